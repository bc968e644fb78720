"""Pasted keys: kept for their owner alone, seen by every process, and never lost to a damaged file."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from webapp.core.image_request import Key
from webapp.core.settings.key_pools import keys
from webapp.disk.key_file import FILE, MOST_KEYS, KeyFile
from webapp.errors import BadFile, BadInput, DiskTrouble, NotFound

FIRST = "AIza-canary-vault-0001"
SECOND = "AIza-canary-vault-0002"


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock) -> KeyFile:
    return KeyFile(tmp_path, clock)


def secrets(pool: tuple[Key, ...]) -> list[str]:
    return [key.secret.reveal() for key in pool]


def test_pasted_keys_are_kept_with_their_accounts_and_only_their_owner_may_read_them(
    vault: KeyFile, tmp_path: Path, clock: Clock
) -> None:
    assert vault.add("gemini", "", keys(f"film={FIRST},{SECOND}")) == 2
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    again = KeyFile(tmp_path, clock)
    assert secrets(again.pool("gemini", "")) == [FIRST, SECOND]
    assert [kept.key.account for kept in again.kept()] == ["film", keys(SECOND)[0].account]
    assert again.pool("openai", "") == again.pool("gemini", "clear") == ()


def test_a_style_has_a_pool_of_its_own_however_its_name_is_written(vault: KeyFile) -> None:
    vault.add("gemini", "Dark-Ink", keys(FIRST))
    assert secrets(vault.pool("gemini", "dark_ink")) == [FIRST]


def test_a_key_that_is_there_is_not_kept_twice_but_gets_its_account(vault: KeyFile) -> None:
    vault.add("gemini", "", keys(FIRST))
    assert vault.add("gemini", "", keys(f"film={FIRST}")) == 0
    (kept,) = vault.kept()
    assert kept.key.account == "film"


def test_a_key_that_is_switched_off_is_not_used_until_it_is_switched_on(vault: KeyFile) -> None:
    vault.add("gemini", "", keys(f"{FIRST},{SECOND}"))
    first = vault.kept()[0].id
    vault.switch(first, off=True)
    assert secrets(vault.pool("gemini", "")) == [SECOND]
    vault.switch(first, off=False)
    assert secrets(vault.pool("gemini", "")) == [FIRST, SECOND]


def test_a_removed_key_is_gone_from_the_disk(vault: KeyFile, tmp_path: Path) -> None:
    vault.add("gemini", "", keys(f"{FIRST},{SECOND}"))
    ident = vault.kept()[0].id
    vault.remove(ident)
    vault.remove(ident)
    assert FIRST not in (tmp_path / FILE).read_text()
    with pytest.raises(NotFound):
        vault.switch(ident, off=True)


def test_another_process_sees_a_change_within_a_second(vault: KeyFile, tmp_path: Path, clock: Clock) -> None:
    other = KeyFile(tmp_path, clock)
    assert other.kept() == ()
    vault.add("gemini", "", keys(FIRST))
    clock.now += 0.9
    assert secrets(other.pool("gemini", "")) == [FIRST]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": [1]}', '{"keys": [{"id": "a", "secret": ["x"]}]}'])
def test_a_damaged_file_is_told_and_never_overwritten(vault: KeyFile, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert vault.kept() == ()
    assert "keys.json: the file in DATA_DIR is damaged." in vault.problem
    with pytest.raises(BadFile, match="damaged"):
        vault.add("gemini", "", keys(FIRST))
    assert (tmp_path / FILE).read_text() == text


def test_too_many_keys_are_refused_as_a_whole(vault: KeyFile) -> None:
    with pytest.raises(BadInput, match=f"No more than {MOST_KEYS} keys"):
        vault.add("gemini", "", keys(",".join(f"key-{n}" for n in range(MOST_KEYS + 1))))
    assert vault.kept() == ()


def test_a_folder_that_is_gone_is_named(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(DiskTrouble, match="The keys could not be kept in"):
        KeyFile(tmp_path / "gone", clock).add("gemini", "", keys(FIRST))


def test_nothing_shows_a_key(vault: KeyFile, tmp_path: Path) -> None:
    vault.add("gemini", "", keys(FIRST))
    assert "canary" not in repr(vault.kept())
    (tmp_path / FILE).write_text(json.dumps({"keys": [{"id": 1, "secret": FIRST}]}))
    with pytest.raises(BadFile) as caught:
        vault.remove("x")
    assert caught.value.__context__ is None and "canary" not in repr(caught.value)
