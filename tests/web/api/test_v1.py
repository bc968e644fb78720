"""The JSON API, word for word as v1.1 clients know it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.harness.app_process import Apps
from tests.harness.web_app import (
    HOST,
    WebApp,
    draw,
    entries,
    image,
)

WITH_PATH = (
    "generate-images",
    "stop-generation",
    "get-generation-progress",
    "get-generated-images",
    "get-image-selections",
    "save-image-selection",
    "clear-image-selection",
    "save-open-image-selections",
    "undo-image-selection",
    "save-prompts",
)


JSON = {"Host": HOST, "Content-Type": "application/json"}


def test_ping(site: WebApp) -> None:
    answer = site.get("/api/ping")
    assert answer.json is not None
    assert answer.json["success"] is True
    assert set(answer.json) == {"success", "message", "timestamp"}


@pytest.mark.parametrize("endpoint", WITH_PATH)
def test_a_path_that_names_no_project_is_answered_alike_everywhere(site: WebApp, endpoint: str) -> None:
    whole: dict[str, Any] = {"style": "clear", "beatNumber": "1.1", "isFlagged": False, "prompts": entries(1)}
    for body, status in (
        (None, 400),
        ([], 400),
        ({}, 400),
        ({"projectPath": ""}, 400),
        ({"projectPath": None}, 400),
        ({"projectPath": 7}, 400),
        ({"projectPath": ["demo"]}, 400),
        ({"projectPath": "nobody", **whole}, 404),
        ({"projectPath": str(site.root / "nobody"), **whole}, 404),
        ({"projectPath": "..", **whole}, 403),
        ({"projectPath": "/etc", **whole}, 403),
    ):
        text = "null" if body is None else json.dumps(body)
        answer = site.client.post(f"/api/{endpoint}", data=text, headers=JSON)
        assert (body, answer.status_code) == (body, status)
        assert answer.json is not None
        assert answer.json["success"] is False
        assert answer.json["error"].endswith((".", "}."))


def test_a_link_out_of_the_root_is_outside(site: WebApp, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (site.root / "link").symlink_to(tmp_path / "elsewhere")
    assert site.call("get-generated-images", {"projectPath": "link"}).status_code == 403


@pytest.mark.parametrize("body", [b'{"projectPath": ', b"", b"\xff", b"[" * 100_000, b'"demo"'])
def test_malformed_json_is_one_clear_sentence(site: WebApp, body: bytes) -> None:
    answer = site.client.post("/api/get-generated-images", data=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json == {"success": False, "error": 'Send a JSON object, for example {"projectPath": "my-project"}.'}


def test_nothing_is_generating(site: WebApp) -> None:
    folder = site.project()
    for path in ("demo", str(folder).replace("/", "%2F"), str(folder)):
        answer = site.get(f"/api/generation-status/{path}")
        assert (path, answer.status_code) == (path, 200)
        assert answer.json == {"success": True, "isGenerating": False}
    stopped = site.call("stop-generation", {"projectPath": "demo"})
    assert stopped.json == {"success": False, "error": "No active generation found"}


def test_progress_is_what_lies_on_disk(site: WebApp) -> None:
    folder = site.project()
    (folder / "image_progress_illustration.json").write_text(
        '{"completedBeats": ["1.1", "1.2"], "lastUpdated": "2025-01-02T03:04:05.000Z"}'
    )
    draw(image(folder, "illustration", "1.2"))
    answer = site.call("get-generation-progress", {"projectPath": str(folder)})
    assert answer.json == {
        "success": True,
        "progress": {
            "illustration": {"completedBeats": ["1.2"], "lastUpdated": "2025-01-02T03:04:05.000Z"},
            "clear": {"completedBeats": [], "lastUpdated": None},
            "consistent": {"completedBeats": [], "lastUpdated": None},
        },
    }


def test_images_are_found_under_both_spellings(site: WebApp) -> None:
    folder = site.project()
    draw(image(folder, "clear", "1.2"))
    answer = site.call("get-generated-images", {"projectPath": "demo"})
    path = "generated_images/clear/Shot_1/Beat_1.2.png"
    assert answer.json == {"success": True, "images": {"illustration": {}, "clear": {"1.2": path, "Beat 1.2": path}}}


def test_a_choice_copies_the_image_and_is_remembered(site: WebApp) -> None:
    folder = site.project()
    file = draw(image(folder, "clear", "1.2"))
    body = {"projectPath": "demo", "beatNumber": "1.2", "style": "clear", "isFlagged": False}
    answer = site.call("save-image-selection", body)
    assert (answer.status_code, answer.json) == (200, {"success": True, "message": "Image selection saved"})
    assert (folder / "selected_images" / "Beat_1.2.png").read_bytes() == file.read_bytes()
    chosen = site.call("get-image-selections", {"projectPath": "demo"}).json
    assert chosen is not None and chosen["success"] is True
    assert (chosen["selections"]["1.2"]["style"], chosen["selections"]["1.2"]["isFlagged"]) == ("clear", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"isFlagged": "yes"},
        {"beatNumber": None},
        {"beatNumber": True},
        {"beatNumber": "../1"},
        {"beatNumber": "9.9"},
        {"style": None},
        {"style": "../clear"},
        {"style": "other"},
    ],
)
def test_a_choice_that_makes_no_sense_changes_nothing(site: WebApp, wrong: dict[str, Any]) -> None:
    folder = site.project()
    draw(image(folder, "clear", "1.2"))
    body = {"projectPath": "demo", "beatNumber": "1.2", "style": "clear", "isFlagged": False, **wrong}
    answer = site.call("save-image-selection", body)
    assert answer.status_code in (400, 404)
    assert not (folder / "image_selections.json").exists()
    assert not (folder / "selected_images").exists()


def test_saved_prompts_are_there_in_all_three_forms(site: WebApp) -> None:
    folder = site.project(styles=())
    answer = site.call("save-prompts", {"projectPath": "demo", "style": "ink", "prompts": entries(2)})
    assert answer.json == {"success": True, "message": "2 prompts saved"}
    names = sorted(path.name for path in (folder / "prompts").iterdir())
    assert names == ["prompts-ink.js", "prompts-ink.json", "prompts-ink.txt"]
    assert json.loads((folder / "prompts" / "prompts-ink.json").read_text()) == entries(2)
    one = site.call("save-prompts", {"projectPath": "demo", "style": "ink", "prompts": entries(1)})
    assert one.json == {"success": True, "message": "1 prompt saved"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompts": None},
        {"prompts": {}},
        {"prompts": []},
        {"prompts": ["text"]},
        {"prompts": [{**entries(1)[0], "beat_number": "../1"}]},
        {"prompts": [{**entries(1)[0], "ai_prompt": ""}]},
        {"prompts": entries(1) * 2},
        {"style": "../ink"},
        {"style": ""},
        {"style": 5},
    ],
)
def test_prompts_that_make_no_sense_are_refused_and_nothing_is_written(site: WebApp, wrong: dict[str, Any]) -> None:
    folder = site.project()
    before = {path.name: path.read_bytes() for path in (folder / "prompts").iterdir()}
    answer = site.call("save-prompts", {"projectPath": "demo", "style": "clear", "prompts": entries(1), **wrong})
    assert answer.status_code == 400
    assert {path.name: path.read_bytes() for path in (folder / "prompts").iterdir()} == before


def test_a_project_is_made_with_book_and_title(site: WebApp) -> None:
    book = "When I wrote \ud800 the following pages"
    body = {"projectPath": "walden", "bookContent": book, "videoTitle": "Beans & woods"}
    answer = site.call("project", body)
    assert answer.status_code == 201
    assert answer.json is not None
    assert (answer.json["success"], answer.json["projectPath"]) == (True, "walden")
    assert (site.root / "walden" / "book.txt").read_text() == "When I wrote \ufffd the following pages"
    assert "Beans &amp; woods" in site.get("/").text
    again = site.call("project", body)
    assert again.status_code == 400
    absolute = site.call("project", {"projectPath": str(site.root / "two")})
    assert (absolute.status_code, (site.root / "two").is_dir()) == (201, True)


@pytest.mark.parametrize(
    "wrong", [{"bookContent": 5}, {"videoTitle": ["x"]}, {"projectPath": "a/../../b"}, {"projectPath": "/tmp/x"}]
)
def test_a_project_that_makes_no_sense_is_not_made(site: WebApp, wrong: dict[str, Any]) -> None:
    answer = site.call("project", {"projectPath": "new", **wrong})
    assert answer.status_code in (400, 403)
    assert site.services.library.names() == []


def test_images_are_served_by_their_path(site: WebApp) -> None:
    folder = site.project()
    file = draw(image(folder, "clear", "1.1"))
    draw(folder / "selected_images" / "Beat_1.1.png")
    for path in (file, "demo/generated_images/clear/Shot_1/Beat_1.1.png", folder / "selected_images" / "Beat_1.1.png"):
        answer = site.client.get("/api/serve-image", query_string={"path": str(path)}, headers={"Host": HOST})
        assert (path, answer.status_code, answer.mimetype) == (path, 200, "image/png")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 400),
        ("demo/book.txt", 404),
        ("demo", 404),
        ("demo/generated_images/clear/Shot_1/Beat_2.2.png", 404),
        ("demo/generated_images/../book.txt", 404),
        ("demo/generated_images", 404),
        ("/etc/passwd", 403),
        ("../../etc/passwd", 403),
        ("/generated_images/x.png", 403),
        ("nobody/generated_images/clear/Shot_1/Beat_1.1.png", 404),
    ],
)
def test_nothing_else_is_served(site: WebApp, path: str, status: int) -> None:
    (site.project() / "book.txt").write_text("a canary")
    answer = site.client.get("/api/serve-image", query_string={"path": path}, headers={"Host": HOST})
    assert (answer.status_code, "canary" in answer.text) == (status, False)


@pytest.mark.parametrize("path", ["demo/script.md", "demo", "demo/none/script.md"])
def test_the_path_of_another_file_is_told_from_a_missing_project(site: WebApp, path: str) -> None:
    (site.project() / "script.md").write_text("a canary")
    answer = site.client.get("/api/serve-image", query_string={"path": path}, headers={"Host": HOST})
    sentence = "This is not an image of a project. Send a path in generated_images or selected_images."
    assert (answer.status_code, answer.json) == (404, {"success": False, "error": sentence})


def test_a_project_without_prompts_does_not_start(site: WebApp) -> None:
    site.project(styles=())
    answer = site.call("generate-images", {"projectPath": "demo"})
    assert answer.status_code in (400, 404)
    assert answer.json is not None and "no prompts" in answer.json["error"]


def make_walden(site: str) -> None:
    """A project of two frames, made through the API."""
    path = {"projectPath": "walden"}
    requests.post(f"{site}/project", json=path, timeout=60).raise_for_status()
    prompts = {**path, "style": "clear", "prompts": entries(2)}
    requests.post(f"{site}/save-prompts", json=prompts, timeout=60).raise_for_status()


def test_a_v1_client_follows_a_run_to_its_end(apps: Apps) -> None:
    app = apps.start()
    site = f"{app.url}/api"
    make_walden(site)
    with requests.post(f"{site}/generate-images", json={"projectPath": "walden"}, stream=True, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines(decode_unicode=True) if line.startswith("data: ")]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert events[0]["type"] == "start"
    assert events[-1]["type"] == "complete"
    assert events[-1]["result"]["success"] is True
    images = requests.post(f"{site}/get-generated-images", json={"projectPath": "walden"}, timeout=60).json()["images"]
    for path in images["clear"].values():
        picture = requests.get(f"{site}/serve-image", params={"path": f"walden/{path}"}, timeout=60)
        assert picture.content.startswith(b"\x89PNG")


def test_a_second_start_is_told_that_one_is_going_on_and_stop_stops_it(apps: Apps) -> None:
    app = apps.start(SKETCH_DELAY="30")
    site = f"{app.url}/api"
    path = {"projectPath": "walden"}
    make_walden(site)
    with requests.post(f"{site}/generate-images", json=path, stream=True, timeout=60) as first:
        assert next(first.iter_lines()).startswith(b"data: ")
        assert requests.get(f"{site}/generation-status/walden", timeout=60).json()["isGenerating"] is True
        second = requests.post(f"{site}/generate-images", json=path, timeout=60)
        assert second.status_code == 409
        assert second.json() == {"success": False, "error": "Image generation already in progress"}
    stop = requests.post(f"{site}/stop-generation", json=path, timeout=60)
    assert stop.json() == {"success": True, "message": "Stop signal sent"}


@pytest.mark.parametrize(
    ("shot", "beat", "file"),
    [
        (1, "Beat8.1", "Shot_1/Beat_Beat8.1.png"),
        (1, " Beat 10 ", "Shot_1/Beat_Beat 10.png"),
        (1, " Beat 10 ", "Shot_1/Beat_ Beat 10 .png"),
        ("Shot 2", "1.1", "Shot_Shot 2/Beat_1.1.png"),
        ("Shot_2", "Beat8.1", "Shot_Shot_2/Beat_Beat8.1.png"),
    ],
)
def test_images_that_v1_made_under_its_spellings_are_there(site: WebApp, shot: Any, beat: str, file: str) -> None:
    folder = site.project(styles=())
    entry = {"shot_number": shot, "beat_number": beat, "ai_prompt": "A lake"}
    (folder / "prompts/prompts-clear.json").write_text(json.dumps([entry]))
    made = draw(folder / "generated_images/clear" / file)
    images = site.call("get-generated-images", {"projectPath": "demo"}).json["images"]["clear"]  # type: ignore[index]
    assert set(images.values()) == {f"generated_images/clear/{file}"}
    progress = site.call("get-generation-progress", {"projectPath": "demo"}).json["progress"]  # type: ignore[index]
    assert progress["clear"]["completedBeats"] == [beat]
    served = site.client.get("/api/serve-image", query_string={"path": str(made)}, headers={"Host": HOST})
    assert served.data == made.read_bytes()
    ((frame, _),) = services_images(site).items()
    assert site.get(f"/p/demo/image/{frame.id}").data == made.read_bytes()
    assert site.get(f"/p/demo/thumb/{frame.id}").status_code == 200
    chosen = {"projectPath": "demo", "beatNumber": beat, "style": "clear", "isFlagged": False}
    assert site.call("save-image-selection", chosen).status_code == 200


def services_images(site: WebApp) -> dict[Any, Any]:
    """The images of the demo project."""
    folder = site.services.library.find("demo")
    return site.services.store.images.of_project(folder, site.services.store.project(folder))


def test_an_image_under_a_v1_spelling_that_is_deleted_does_not_come_back(site: WebApp) -> None:
    folder = site.project(styles=())
    entry = {"shot_number": "Shot 2", "beat_number": "Beat8.1", "ai_prompt": "A lake"}
    (folder / "prompts/prompts-clear.json").write_text(json.dumps([entry]))
    made = draw(folder / "generated_images/clear/Shot_Shot 2/Beat_Beat8.1.png")
    before = made.read_bytes()
    deleted = site.call("delete-image", {"projectPath": "demo", "frames": ["clear-2-8_1"]}).json
    assert services_images(site) == {}
    assert deleted is not None
    site.call("restore-image", {"projectPath": "demo", "trash": deleted["undo"]["trash"]})
    (found,) = services_images(site).values()
    assert (folder / found.path).read_bytes() == before


def test_images_without_a_prompt_are_listed_served_and_chosen(site: WebApp) -> None:
    folder = site.project()
    file = draw(image(folder, "clear", "9.9"))
    odd = draw(folder / "generated_images/ink/Shot_1/Beat_12: intro.png")
    (image(folder, "clear", "9.8")).write_bytes(b"cut off")
    images = site.call("get-generated-images", {"projectPath": "demo"}).json["images"]  # type: ignore[index]
    assert set(images["clear"]) == {"9.9", "Beat 9.9"}
    assert images["ink"]["12: intro"] == "generated_images/ink/Shot_1/Beat_12: intro.png"
    for path in (file, odd):
        served = site.client.get("/api/serve-image", query_string={"path": str(path)}, headers={"Host": HOST})
        assert served.data == path.read_bytes()
    chosen = {"projectPath": "demo", "beatNumber": "Beat 9.9", "style": "clear", "isFlagged": False}
    assert site.call("save-image-selection", chosen).status_code == 200
    assert (folder / "selected_images/Beat_9.9.png").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("written", ["Beat 1.2", "1.2", "Beat_1.2", "beat 1.2"])
@pytest.mark.parametrize("sent", ["1.2", "Beat 1.2"])
def test_a_choice_is_found_under_the_spelling_a_client_sent(site: WebApp, written: str, sent: str) -> None:
    folder = site.project(styles=())
    entry = {"shot_number": 1, "beat_number": written, "ai_prompt": "A lake"}
    (folder / "prompts/prompts-clear.json").write_text(json.dumps([entry]))
    draw(image(folder, "clear", "1.2"))
    body = {"projectPath": "demo", "beatNumber": sent, "style": "clear", "isFlagged": True}
    assert site.call("save-image-selection", body).status_code == 200
    chosen = site.call("get-image-selections", {"projectPath": "demo"}).json["selections"]  # type: ignore[index]
    assert chosen[sent]["isFlagged"] is True and chosen[written] == chosen[sent]
    assert list(json.loads((folder / "image_selections.json").read_text())) == [written]


@pytest.mark.parametrize("styles", [(), ("illustration",), ("ink",)])
def test_the_usual_styles_are_always_in_the_progress(site: WebApp, styles: tuple[str, ...]) -> None:
    site.project(styles=styles)
    progress = site.call("get-generation-progress", {"projectPath": "demo"}).json["progress"]  # type: ignore[index]
    assert {"illustration", "clear", "consistent", *styles} == set(progress)
    assert all(style["completedBeats"] == [] for style in progress.values())


@pytest.mark.parametrize(("sent", "kept"), [(None, False), ("true", True), (1, True), (0, False), ("false", False)])
def test_a_flag_is_read_as_clients_of_v1_send_it(site: WebApp, sent: Any, kept: bool) -> None:
    draw(image(site.project(), "clear", "1.2"))
    body = {"projectPath": "demo", "beatNumber": "1.2", "style": "clear", "isFlagged": sent}
    assert site.call("save-image-selection", body).status_code == 200
    chosen = site.call("get-image-selections", {"projectPath": "demo"}).json["selections"]  # type: ignore[index]
    assert chosen["1.2"]["isFlagged"] is kept


@pytest.mark.parametrize("inside", ["", "series"])
def test_a_project_is_made_in_the_folder_that_v1_sends(site: WebApp, inside: str) -> None:
    parent = site.root / inside
    parent.mkdir(exist_ok=True)
    body = {"projectPath": str(parent), "bookContent": "x", "videoTitle": "New Film: 1/2"}
    answer = site.call("project", body)
    assert (answer.status_code, answer.json["projectPath"]) == (201, str(parent / "New Film- 1-2"))  # type: ignore[index]
    assert (parent / "New Film- 1-2" / "book.txt").read_text() == "x"
    assert site.call("get-generation-progress", {"projectPath": str(parent / "New Film- 1-2")}).status_code == 200
    again = site.call("project", body)
    assert again.status_code == 400 and "already" in again.json["error"]  # type: ignore[index]
    assert site.call("project", {"projectPath": str(parent), "bookContent": "x"}).status_code == 400


@pytest.mark.parametrize("endpoint", ["beats", "storyboard", "save-summary", "generate-voiceover"])
def test_an_endpoint_of_another_step_is_answered_with_one_sentence(site: WebApp, endpoint: str) -> None:
    answer = site.call(endpoint, {"projectPath": "demo"})
    assert answer.status_code == 501
    assert answer.json is not None and answer.json["success"] is False and answer.json["error"].endswith(".")
