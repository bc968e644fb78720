"""Progress files of v1, ``image_progress_<style>.json``: parse, write, and what they ought to list."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from webapp.core.datafiles import json5
from webapp.core.project import Frame, Style, beat_number
from webapp.errors import BadFile

MAX_FILE = 5_000_000

Written = str | int | float
"""A beat number as a file spells it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The content of a progress file. ``completed`` are beat numbers as written there, each beat once.

    ``extra`` are unknown fields, which are kept. ``sound``: v1, which knows only strict JSON, can read the file too.
    """

    completed: tuple[Written, ...] = ()
    last_updated: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    sound: bool = True


def parse_progress(text: str, file: str = "image_progress.json") -> Progress:
    """Read a progress file, also one in JSON5.

    Raises:
        BadFile: it is not an object with an array ``completedBeats``.
    """
    data = json5.read(text, file)
    if not isinstance(data, dict):
        raise BadFile(file, "this is not an object with completedBeats.", 1)
    completed = data.pop("completedBeats", [])
    if not isinstance(completed, list):
        raise BadFile(file, "completedBeats is not an array.", 1)
    updated = data.pop("lastUpdated", "")
    known = [entry for entry in completed if beat_number(entry) is not None]
    return Progress(tuple(each_once(known)), str(updated or ""), data, _is_json_text(text) and known == completed)


def dump_progress(progress: Progress) -> str:
    """Return the file's text, as v1 reads it."""
    return json5.write(
        {"completedBeats": list(progress.completed), "lastUpdated": progress.last_updated, **progress.extra}
    )


def completed_beats(style: Style, done: Collection[Frame]) -> tuple[Written, ...]:
    """Return the style's finished beats in story order, as its prompts file spells them.

    A beat of several shots is finished when all of them have their image.
    """
    unfinished = {frame.beat for frame in style.frames() if frame not in done}
    return tuple(each_once(beat.written for beat in style.beats if beat.number not in unfinished))


def each_once(entries: Iterable[Written]) -> list[Written]:
    """Return each beat once, in its first spelling."""
    first: dict[str | None, Written] = {}
    for entry in entries:
        first.setdefault(beat_number(entry), entry)
    return list(first.values())


def iso_time(now: float) -> str:
    """Return epoch seconds as JavaScript's ``toISOString`` writes them: ``2025-01-31T09:30:00.000Z``."""
    moment = datetime.fromtimestamp(now, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_json_text(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> float:
    raise ValueError(name)
