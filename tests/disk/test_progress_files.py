"""Progress files never claim an image that is not there, and come right again from any state."""

import json
from pathlib import Path

import pytest

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore

FILE = "image_progress_illustration.json"
BROKEN = {
    "empty": b"",
    "cut": b'{"completedBeats": ["1.1", "1.2"',
    "mark": b'\xef\xbb\xbf{"completedBeats": ["1.1", "2.1"], "note": "mine"}',
    "utf-16": '{"completedBeats": ["1.1"]}'.encode("utf-16"),
    "nul": b'{"completedBeats": ["1.1"]}' + bytes(64),
    "only nul": bytes(4096),
    "trailing comma": b'{"completedBeats": ["1.1", "2.1",], "note": "mine",}',
    "array": b'["1.1", "2.1"]',
    "text for the list": b'{"completedBeats": "1.1"}',
    "objects in the list": b'{"completedBeats": [{"beat": "1.1"}, null, "../x"], "note": "mine"}',
    "deep": b"[" * 100_000,
    "latin": '{"note": "Größe"}'.encode("latin-1"),
}


def read(folder: Folder, file: str = FILE) -> dict[str, object]:
    data = json.loads((folder.path / file).read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def aside(folder: Folder) -> list[Path]:
    return sorted(folder.path.glob(f"{FILE}.corrupt-*"))


def put_right(folder: Folder, store: ProjectStore, style: str = "illustration") -> None:
    project = store.project(folder)
    store.write_progress(folder, project, style, set(store.images.of_project(folder, project)))


def test_a_beat_whose_image_is_cut_is_no_longer_claimed(folder: Folder, store: ProjectStore) -> None:
    assert store.progress(folder, "illustration").completed == ("1.1", "1.2", "2.1")
    put_right(folder, store)
    assert read(folder) == {"completedBeats": ["1.1", "1.2"], "lastUpdated": "2025-01-01T00:00:00.000Z"}
    assert aside(folder) == []


def test_what_the_caller_believes_is_looked_at_once_more(folder: Folder, store: ProjectStore) -> None:
    project = store.project(folder)
    store.write_progress(folder, project, "illustration", project.frames())
    assert read(folder)["completedBeats"] == ["1.1", "1.2"]


def test_what_was_seen_just_now_is_believed_and_what_was_listed_is_looked_at(
    folder: Folder, store: ProjectStore
) -> None:
    project = store.project(folder)
    last = project.frames()[-1]
    store.write_progress(folder, project, last.style, [last], seen=True)
    assert last.beat in store.progress(folder, last.style).completed
    put_right(folder, store, last.style)
    assert last.beat not in store.progress(folder, last.style).completed


def test_numbers_are_written_as_the_prompts_file_writes_them(
    folder: Folder, store: ProjectStore, picture: dict[str, bytes]
) -> None:
    for number in ("1.1", "2.10"):
        path = folder.path / Frame("consistent", number[0], number).image_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture["PNG"])
    put_right(folder, store, "consistent")
    put_right(folder, store, "clear")
    assert read(folder, "image_progress_consistent.json")["completedBeats"] == [1.1, "2.10"]
    assert read(folder, "image_progress_clear.json")["completedBeats"] == ["Beat 1.1"]


def test_unknown_fields_are_kept(folder: Folder, store: ProjectStore) -> None:
    path = folder.path / "image_progress_clear.json"
    path.write_text(path.read_text().replace("Beat 1.1", "Beat 2.1"))
    put_right(folder, store, "clear")
    now = "2025-01-01T00:00:00.000Z"
    assert read(folder, path.name) == {"completedBeats": ["Beat 1.1"], "lastUpdated": now, "totalBeats": 4}


def test_nothing_is_written_when_nothing_changed(folder: Folder, store: ProjectStore) -> None:
    before = (folder.path / "image_progress_clear.json").stat()
    put_right(folder, store, "clear")
    after = (folder.path / "image_progress_clear.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_kept_aside_and_made_anew_from_the_images(
    folder: Folder, store: ProjectStore, kind: str
) -> None:
    (folder.path / FILE).write_bytes(BROKEN[kind])
    assert not store.progress(folder, "illustration").sound
    assert aside(folder) == []  # reading changes nothing
    project = store.project(folder)
    store.write_progress(folder, project, "illustration", set(store.images.of_project(folder, project)))
    assert read(folder)["completedBeats"] == ["1.1", "1.2"]
    assert read(folder).get("note") == ("mine" if b"mine" in BROKEN[kind] else None)
    assert [path.read_bytes() for path in aside(folder)] == [BROKEN[kind]]
    assert store.progress(folder, "illustration").sound


@pytest.mark.parametrize(
    "written",
    ["2024-11-03T18:25:00.000Z", "2024-11-03T19:25:00+01:00", "2024-11-03 18:25:00", "2999-01-01T00:00:00Z", 7, None],
)
def test_any_time_of_the_last_change_is_read_and_the_next_one_is_written_as_iso(
    folder: Folder, store: ProjectStore, written: object
) -> None:
    (folder.path / FILE).write_text(json.dumps({"completedBeats": ["1.1"], "lastUpdated": written}))
    put_right(folder, store)
    assert read(folder) == {"completedBeats": ["1.1", "1.2"], "lastUpdated": "2025-01-01T00:00:00.000Z"}


def test_numbers_for_texts_and_doubled_beats_are_read(folder: Folder, store: ProjectStore) -> None:
    (folder.path / FILE).write_text('{"completedBeats": [1.1, "1.1", "Beat 1.1", "Beat_1.2"]}')
    put_right(folder, store)
    assert [str(beat) for beat in read(folder)["completedBeats"]] == ["1.1", "1.2"]  # type: ignore[attr-defined]


def test_a_huge_file_is_kept_aside_unread(folder: Folder, store: ProjectStore) -> None:
    with open(folder.path / FILE, "wb") as file:
        file.truncate(50_000_000)
    put_right(folder, store)
    assert read(folder)["completedBeats"] == ["1.1", "1.2"]
    assert aside(folder)[0].stat().st_size == 50_000_000


def test_a_folder_or_a_link_in_its_place_is_kept_aside(folder: Folder, store: ProjectStore, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"completedBeats": ["2.10"]}')
    (folder.path / FILE).unlink()
    (folder.path / FILE).mkdir()
    put_right(folder, store)
    (folder.path / FILE).unlink()
    (folder.path / FILE).symlink_to(tmp_path / "secret.json")
    put_right(folder, store)
    assert read(folder)["completedBeats"] == ["1.1", "1.2"]
    first, second = aside(folder)
    assert first.is_dir()
    assert second.is_symlink()
    assert (tmp_path / "secret.json").read_text() == '{"completedBeats": ["2.10"]}'


def test_a_beat_the_prompts_no_longer_have_stays_while_its_image_is_there(
    folder: Folder, store: ProjectStore, picture: dict[str, bytes]
) -> None:
    (folder.path / FILE).write_text('{"completedBeats": ["Beat 9.9", "9.8", "1.1"]}')
    (folder.path / "generated_images/illustration/Shot_9").mkdir()
    (folder.path / "generated_images/illustration/Shot_9/Beat_9.9.png").write_bytes(picture["PNG"])
    put_right(folder, store)
    assert read(folder)["completedBeats"] == ["1.1", "1.2", "Beat 9.9"]


def test_a_second_broken_file_of_the_same_second_is_kept_too(folder: Folder, store: ProjectStore) -> None:
    for text in ("first", "second"):
        (folder.path / FILE).write_text(text)
        put_right(folder, store)
    assert {path.read_text() for path in aside(folder)} == {"first", "second"}
    assert aside(folder)[0].name == f"{FILE}.corrupt-20250101T000000Z"
