"""Shapes in which programs write prompts as JSON, each turned into a plain list of entries.

Known are: one entry alone, an object that holds the list (``scenes``, ``beats`` …), scenes that hold their shots, a
map from number to entry or prompt, one entry a line, and JSON whose quotation marks a word processor has curled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from webapp.core.datafiles import json5
from webapp.core.project import beat_number
from webapp.errors import BadFile

LISTS = ("prompts", "beats", "entries", "scenes", "shots", "frames", "items", "visual_prompts", "image_prompts")
"""Names of the field that holds the list, the one that counts first."""

_NESTED = ("beats", "shots", "frames")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")

KnowsPrompt = Callable[[dict[str, Any]], bool]
"""Whether an object has a field that can be a prompt."""


def plain_name(name: str) -> str:
    """Return the name of a field or column in small letters: "ai_prompt" for ``aiPrompt`` and ``AI Prompt``."""
    return _NOT_A_WORD.sub("_", _CAMEL.sub("_", name.strip()).lower()).strip("_")


def read_shape(text: str, file: str, knows: KnowsPrompt) -> list[Any] | None:
    """Return the entries of a text that is no plain list; None where its shape is not known.

    Raises:
        BadFile: an object whose fields hold no list of prompts.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped.startswith(("{", "[")):
        return None
    value = _value(text, file)
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return _one_a_line(text, file)
    entries = _of_object(value, knows)
    if entries is None:
        fields = ", ".join(f"“{str(name)[:30]}”" for name in list(value)[:4])
        reason = f"this is an object with {fields or 'no fields'}, and no list of prompts in it. Give it as [ … ]."
        raise BadFile(file, reason)
    return entries


def _value(text: str, file: str) -> Any:
    for candidate in (text, text.replace("“", '"').replace("”", '"') if '"' not in text and "“" in text else ""):
        if candidate:
            try:
                return json5.read(candidate, file)
            except BadFile:
                continue
    return None


def _one_a_line(text: str, file: str) -> list[Any] | None:
    found = []
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip():
            if not line.strip().startswith("{"):
                return None
            try:
                found.append(json5.read(line.strip().removesuffix(","), file))
            except BadFile:
                return None
    return found if len(found) > 1 else None


def _of_object(value: dict[str, Any], knows: KnowsPrompt) -> list[Any] | None:
    if knows(value) or isinstance(value.get("prompts"), dict):
        return [value]
    lists = [name for name in value if plain_name(name) in LISTS and isinstance(value[name], list)]
    if len(lists) == 1:
        return _flat(value[lists[0]], knows)
    if not lists and value and all(beat_number(name) is not None for name in value):
        return [_numbered(name, each) for name, each in value.items()]
    return None


def _numbered(name: str, each: Any) -> Any:
    if isinstance(each, str):
        return {"beat_number": name, "ai_prompt": each}
    named = isinstance(each, dict) and any(plain_name(field) in ("beat_number", "beat") for field in each)
    return {"beat_number": name, **each} if isinstance(each, dict) and not named else each


def _flat(entries: list[Any], knows: KnowsPrompt) -> list[Any]:
    """Put the shots of each scene in place of the scene; a shot without a number of its own is not guessed."""
    found: list[Any] = []
    for entry in entries:
        inner = (
            next((entry[n] for n in entry if plain_name(n) in _NESTED and isinstance(entry[n], list)), None)
            if (isinstance(entry, dict) and not knows(entry))
            else None
        )
        found += _flat(inner, knows) if inner is not None else [entry]
    return found
