"""Lines of activity: what happened in a project's runs, one sentence each, and a filter of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from webapp.core.money.attempts import seconds, text
from webapp.core.project import Frame
from webapp.core.run.states import Cause, Run, RunState

KINDS = ("info", "ok", "warn", "error")
LONGEST = 2000
"""Characters of a line that are kept; a provider's own text may have any number."""

_KIND_OF = {
    RunState.DONE: "ok",
    RunState.PARTIAL: "warn",
    RunState.INTERRUPTED: "warn",
    RunState.FAILED: "error",
}


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line. ``at`` is in epoch seconds, ``kind`` one of `KINDS`; ``id`` is opaque, "" before it is stored.

    ``run``, ``style``, ``shot`` and ``beat`` are "" where the line is of none.
    """

    at: float
    kind: str
    text: str
    run: str = ""
    style: str = ""
    shot: str = ""
    beat: str = ""
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values without the empty ones."""
        return {name: value for name, value in asdict(self).items() if value != ""}

    @classmethod
    def from_json(cls, data: object) -> ActivityLine | None:
        """Read what `to_json` wrote; None for anything that is no line with a text."""
        if not isinstance(data, dict) or not text(data, "text"):
            return None
        kind = text(data, "kind")
        return cls(
            seconds(data, "at"),
            kind if kind in KINDS else "info",
            text(data, "text")[:LONGEST],
            *(text(data, name)[:80] for name in ("run", "style", "shot", "beat", "id")),
        )

    def as_text(self) -> str:
        """Return time, kind and sentence as one line of text, without its line end."""
        moment = datetime.fromtimestamp(self.at).strftime("%Y-%m-%d %H:%M:%S") if self.at > 0 else "-"
        return f"{moment}  {self.kind:<5}  {' '.join(self.text.split())}"


def line_of_frame(at: float, kind: str, sentence: str, run: str, frame: Frame | None) -> ActivityLine:
    """Return a line of a run about a frame or (None) about itself."""
    where = (frame.style, frame.shot, frame.beat) if frame else ("", "", "")
    return ActivityLine(at, kind, sentence[:LONGEST], run, *where)


def line_of_change(at: float, after: Run, sentence: str) -> ActivityLine:
    """Return the line for a change of a run; its kind follows from the run's new state."""
    kind = _KIND_OF.get(after.state, "info")
    if after.pausing and after.cause not in ("", Cause.USER):
        kind = "warn"
    return ActivityLine(at, kind, sentence[:LONGEST], after.id)


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which lines are wanted; "" is any. ``q`` is part of the text, in any case."""

    kind: str = ""
    style: str = ""
    beat: str = ""
    run: str = ""
    q: str = ""

    def fits(self, line: ActivityLine) -> bool:
        """Return whether a line is wanted."""
        return (
            self.kind in ("", line.kind)
            and self.style in ("", line.style)
            and self.beat in ("", line.beat)
            and self.run in ("", line.run)
            and self.q.casefold() in line.text.casefold()
        )

    def named(self) -> Mapping[str, str]:
        """Return the fields that are not empty, by name."""
        return {name: value for name, value in asdict(self).items() if value}
