"""Wording of a style: the words before and after each of its prompts in a request.

It is kept in the project's settings, never in the prompts files, so that a v1 reader sees the prompts as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.core.datafiles.source_text import well_formed
from webapp.errors import BadInput

KEY = "wording"
"""Its name in the project's settings."""

MAX_WORDING = 2_000
"""Characters of a prefix or suffix."""


@dataclass(frozen=True, slots=True)
class StyleWording:
    """Words before and after every prompt of a style; "" for none. False when there are none."""

    prefix: str = ""
    suffix: str = ""

    def __bool__(self) -> bool:
        return bool(self.prefix or self.suffix)


def wordings(settings: Mapping[str, Any]) -> dict[str, StyleWording]:
    """Return the wording of each style that has any, from a project's settings. What does not fit is left out."""
    kept = settings.get(KEY)
    if not isinstance(kept, dict):
        return {}
    found = {style: _wording(data) for style, data in kept.items() if isinstance(style, str)}
    return {style: wording for style, wording in found.items() if wording}


def wording_of(settings: Mapping[str, Any], style: str) -> StyleWording:
    """Return one style's wording, from a project's settings."""
    return wordings(settings).get(style, StyleWording())


def with_wordings(settings: Mapping[str, Any], changed: Mapping[str, StyleWording]) -> dict[str, Any]:
    """Return the settings with these styles' wording replaced."""
    kept = {**wordings(settings), **changed}
    data = {style: {"prefix": each.prefix, "suffix": each.suffix} for style, each in kept.items() if each}
    return {**settings, KEY: data}


def read_wording(style: str, prefix: str, suffix: str) -> StyleWording:
    """Return the wording of a form, with blanks and line ends normalized.

    Raises:
        BadInput: it is too long.
    """
    wording = StyleWording(*(" ".join(well_formed(text).split()) for text in (prefix, suffix)))
    if max(len(wording.prefix), len(wording.suffix)) > MAX_WORDING:
        raise BadInput(f"The wording of {style} is longer than {MAX_WORDING:,} characters. Shorten it.")
    return wording


def _wording(data: Any) -> StyleWording:
    if not isinstance(data, dict):
        return StyleWording()
    texts = (data.get("prefix"), data.get("suffix"))
    return StyleWording(*(text[:MAX_WORDING] if isinstance(text, str) else "" for text in texts))
