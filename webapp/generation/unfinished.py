"""Attempts that a worker left without an outcome, as the journal tells them to the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.core.project import Frame

OUTCOMES = frozenset({"saved", "restored", "failed", "lost", "not sent"})
"""Records that end an attempt."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An attempt whose intent has no outcome: its call may have been made, and may still go on at the service.

    ``job`` is the service's own id for it, "" when it told none. ``inputs`` is the code of what the picture was to be
    made from, ``replaces`` the version of the image whose place it was to take, "" where there was none.
    """

    attempt: str
    frame: Frame
    run: str
    provider: str
    job: str = ""
    inputs: str = ""
    replaces: str = ""


def unfinished(records: Iterable[Mapping[str, Any]]) -> dict[str, Unfinished]:
    """The attempts without an outcome by their id, oldest first. Records that cannot be understood are passed over."""
    found: dict[str, Unfinished] = {}
    for record in records:
        attempt = str(record.get("attempt", ""))
        match record.get("what"):
            case "intent" if (intent := _intent(record)) is not None:
                found[attempt] = intent
            case "job" if attempt in found:
                found[attempt] = replace(found[attempt], job=str(record.get("job") or ""))
            case what if what in OUTCOMES:
                found.pop(attempt, None)
            case _:
                pass
    return found


def made_in(records: Iterable[Mapping[str, Any]], run: str) -> set[Frame]:
    """The frames whose picture this run has saved, whether or not it is still there."""
    asked: dict[str, Frame] = {}
    made: set[Frame] = set()
    for record in records:
        if record.get("run") != run:
            continue
        attempt = str(record.get("attempt", ""))
        if record.get("what") == "intent" and (intent := _intent(record)) is not None:
            asked[attempt] = intent.frame
        elif record.get("what") in ("saved", "restored") and attempt in asked:
            made.add(asked[attempt])
    return made


def driven_elsewhere(records: Iterable[Mapping[str, Any]], run: str, project: str) -> bool:
    """Whether the run was last driven in a folder of another name: this one is its copy, or was renamed."""
    places = [record.get("project") for record in records if record.get("what") == "taken" and record.get("run") == run]
    return bool(places) and places[-1] not in (None, project)


def _intent(record: Mapping[str, Any]) -> Unfinished | None:
    names = ("attempt", "style", "shot", "beat", "run", "provider")
    texts = [value for name in names if isinstance(value := record.get(name), str)]
    if len(texts) < len(names):
        return None
    attempt, style, shot, beat, run, provider = texts
    inputs, replaces = (str(record.get(name) or "") for name in ("inputs", "replaces"))
    return Unfinished(attempt, Frame(style, shot, beat), run, provider, inputs=inputs, replaces=replaces)
