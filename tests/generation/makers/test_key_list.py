"""Keys of the environment and pasted ones, as one: which pool a style has, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from webapp.config import load
from webapp.core.image_request import Key
from webapp.core.settings.key_pools import keys
from webapp.disk.key_file import KeyFile
from webapp.generation.makers.key_list import KeyList

NO_LIMITS: Any = None
"""Nothing here asks how keys are."""


def keychain(root: Path, **environ: str) -> tuple[KeyList, KeyFile]:
    vault = KeyFile(root, lambda: 0.0)
    return KeyList(load(environ, root).providers, vault, NO_LIMITS), vault


def texts(pool: Sequence[Key]) -> list[str]:
    return [key.secret.reveal() for key in pool]


def test_keys_of_the_environment_come_first(tmp_path: Path) -> None:
    chain, vault = keychain(tmp_path, GEMINI_API_KEYS="env-1,env-2")
    vault.add("gemini", "", keys("page-1,env-2"))
    assert texts(chain.pool("gemini", "clear")) == ["env-1", "env-2", "page-1"]
    assert [entry.variable for entry in chain.held("gemini")] == ["GEMINI_API_KEYS", "GEMINI_API_KEYS", ""]


def test_the_pool_of_a_style_wins_wherever_its_keys_come_from(tmp_path: Path) -> None:
    chain, vault = keychain(tmp_path, GEMINI_API_KEYS="common", GEMINI_API_KEYS_DARK_INK="ink-env")
    vault.add("gemini", "Dark-Ink", keys("ink-page"))
    vault.add("gemini", "clear", keys("clear-page"))
    assert texts(chain.pool("gemini", "Dark-Ink")) == ["ink-env", "ink-page"]
    assert texts(chain.pool("gemini", "clear")) == ["clear-page"]
    assert texts(chain.pool("gemini", "illustration")) == ["common"]
    assert texts(chain.pool("openai", "clear")) == []


def test_a_switched_off_key_is_held_and_not_in_the_pool(tmp_path: Path) -> None:
    chain, vault = keychain(tmp_path, GEMINI_API_KEYS="common")
    vault.add("gemini", "clear", keys("own"))
    vault.switch(vault.kept()[0].id, off=True)
    assert texts(chain.pool("gemini", "clear")) == ["common"]
    assert [(entry.style, entry.off) for entry in chain.held("gemini")] == [("", False), ("clear", True)]


def test_a_named_account_is_told_and_a_key_of_its_own_has_none(tmp_path: Path) -> None:
    chain, _ = keychain(tmp_path, GEMINI_API_KEYS="film=one,two")
    assert [entry.account for entry in chain.held("gemini")] == ["film", ""]


def test_every_key_is_found_by_its_id(tmp_path: Path) -> None:
    chain, vault = keychain(tmp_path, GEMINI_API_KEYS="one,two", GEMINI_API_KEYS_CLEAR="three")
    vault.add("gemini", "", keys("four"))
    held = chain.held("gemini")
    assert len({entry.id for entry in held}) == 4
    assert [chain.find("gemini", entry.id) for entry in held] == held
    assert chain.find("gemini", "gone") is None
