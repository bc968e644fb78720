"""Lines of activity: what happened in a project's runs, one sentence each, and which of them somebody wants to see."""

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
"""Characters of one line that are kept; a provider's own words may be any number of them."""

_KIND_OF = {
    RunState.DONE: "ok",
    RunState.PARTIAL: "warn",
    RunState.INTERRUPTED: "warn",
    RunState.FAILED: "error",
}


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line. ``at`` is in seconds since the epoch, ``kind`` one of `KINDS`; ``run``, ``style``, ``shot`` and
    ``beat`` are "" where it is of none. ``id`` is opaque and its own; lines that are only told have none."""

    at: float
    kind: str
    text: str
    run: str = ""
    style: str = ""
    shot: str = ""
    beat: str = ""
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value != ""}

    @classmethod
    def from_json(cls, data: object) -> ActivityLine | None:
        """Read what `to_json` wrote; ``None`` for anything that is no line with a text."""
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
        """For reading: moment, kind and sentence in one line, without its end."""
        moment = datetime.fromtimestamp(self.at).strftime("%Y-%m-%d %H:%M:%S") if self.at > 0 else "-"
        return f"{moment}  {self.kind:<5}  {' '.join(self.text.split())}"


def line_of_frame(at: float, kind: str, sentence: str, run: str, frame: Frame | None) -> ActivityLine:
    """A line that a run says, of a frame or (``None``) of itself."""
    where = (frame.style, frame.shot, frame.beat) if frame else ("", "", "")
    return ActivityLine(at, kind, sentence[:LONGEST], run, *where)


def line_of_change(at: float, after: Run, sentence: str) -> ActivityLine:
    """The line that goes with a change of a run; how bad it is follows from where the run stands then."""
    kind = _KIND_OF.get(after.state, "info")
    if after.pausing and after.cause not in ("", Cause.USER):
        kind = "warn"
    return ActivityLine(at, kind, sentence[:LONGEST], after.id)


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which lines are wanted; "" is any. ``q`` stands somewhere in the text, in whatever case."""

    kind: str = ""
    style: str = ""
    beat: str = ""
    run: str = ""
    q: str = ""

    def fits(self, line: ActivityLine) -> bool:
        """Whether a line is among them."""
        return (
            self.kind in ("", line.kind)
            and self.style in ("", line.style)
            and self.beat in ("", line.beat)
            and self.run in ("", line.run)
            and self.q.casefold() in line.text.casefold()
        )

    def named(self) -> Mapping[str, str]:
        """What was asked for, by name; nothing that is empty."""
        return {name: value for name, value in asdict(self).items() if value}
