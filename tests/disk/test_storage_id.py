"""The id of a projects folder: one for all who share it, another for every other folder."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.disk.library import Library
from webapp.disk.storage_id import NAME, is_same, storage_id
from webapp.errors import BadSetting


def test_it_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = storage_id(tmp_path)
    assert storage_id(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o644


def test_machines_that_start_together_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from webapp.disk.storage_id import storage_id; "
        "print(storage_id(Path(sys.argv[1])))"
    )
    start = [sys.executable, "-c", program, str(tmp_path)]
    machines = [subprocess.Popen(start, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({machine.communicate()[0] for machine in machines}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_folder_that_cannot_be_written_gets_an_id_all_the_same(tmp_path: Path) -> None:
    nowhere = tmp_path / "gone"
    ident = storage_id(nowhere)
    assert len(ident) == 16 and ident == storage_id(nowhere) != storage_id(tmp_path / "gone too")


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("what?")
    with pytest.raises(BadSetting, match=r"PROJECTS_ROOT: \.step8-storage in it is damaged"):
        storage_id(tmp_path)


def test_a_share_that_was_unmounted_is_noticed(tmp_path: Path) -> None:
    ident = storage_id(tmp_path)
    assert is_same(tmp_path, ident)
    (tmp_path / NAME).rename(tmp_path / "elsewhere")
    assert not is_same(tmp_path, ident)


def test_projects_of_one_name_in_two_storages_are_two_projects(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        root = tmp_path / name
        (root / "film" / "prompts").mkdir(parents=True)
        ids.add(Library(root, storage=storage_id(root)).find("film").id)
    assert len(ids) == 2
