"""Messages on Redis channels: changes of a project's live state, and hints. Readers accept only what is valid.

A hint says that something of a project changed, not what: pages that show little of a project read that little anew.
All projects of a storage share one channel of hints, so that one subscription serves all of them, also for runs that
begin elsewhere. A hint is ``<kind> <project id>``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from webapp.core.frames import Counts, FrameNews
from webapp.core.project import Frame
from webapp.core.run.states import Run


@dataclass(frozen=True, slots=True)
class Message:
    """One change, or the whole live state. ``frames`` are by `Frame.id`; ``log`` is newest last in a change, newest
    first in the whole."""

    id: str = ""
    run: Run | None = None
    now: dict[str, Any] | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    frames: dict[str, FrameNews] = field(default_factory=dict)
    log: tuple[dict[str, Any], ...] = ()

    @property
    def epoch(self) -> str:
        """The part of the id that changes when Redis lost its data."""
        return self.id.partition("-")[0]

    @property
    def number(self) -> int:
        """The part of the id that rises by one with each message; 0 before the first."""
        number = self.id.partition("-")[2]
        return int(number) if number.isdecimal() else 0


def read_message(text: str | bytes) -> Message | None:
    """Read a published message; ``None`` for anything else."""
    try:
        data = json.loads(text)
        number = int(data["id"].partition("-")[2])
        news = [n for n in map(FrameNews.from_json, data.get("frames") or ()) if n]
        return Message(
            id=data["id"],
            run=Run.from_json(data["run"]) if data.get("run") else None,
            now=data.get("now") if isinstance(data.get("now"), dict) else None,
            counts=counts_of(data.get("counts")),
            frames=dict(numbered(n, number) for n in news),
            log=tuple(line for line in data.get("log") or () if isinstance(line, dict)),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def live_channel(project: str) -> str:
    """The channel of a project's changes; ``project`` is its opaque id."""
    return f"step8:live:{project}"


def numbered(news: FrameNews, number: int) -> tuple[str, FrameNews]:
    """A frame's id, and its news with the number of the message it came in as ``seq``."""
    data = {**news.to_json(), "seq": number}
    fresh = FrameNews.from_json(data)
    assert fresh is not None  # it was read from the same values
    return Frame(news.style, news.shot, news.beat).id, fresh


def counts_of(data: Any) -> dict[str, Counts]:
    """Read counts by style; {} for anything else."""
    return {str(style): Counts.from_json(c) for style, c in data.items()} if isinstance(data, dict) else {}


def loads(text: Any) -> Any:
    """Parse JSON; ``None`` when there is no text or no JSON."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


RUN = "run"
"""Kind of hint: anything in the live state."""

EXPORT = "export"
"""Kind of hint: an export progressed or ended."""

_HINT = re.compile(rb"(run|export) ([0-9A-Za-z_-]{1,64})")


@dataclass(frozen=True, slots=True)
class Hint:
    """A kind of change, and the opaque id of the project."""

    kind: str
    project: str

    def __str__(self) -> str:
        return f"{self.kind} {self.project}"


def read_hint(payload: bytes) -> Hint | None:
    """Read a published hint; ``None`` for anything else."""
    found = _HINT.fullmatch(payload)
    return Hint(found[1].decode(), found[2].decode()) if found else None


def hints_channel(storage: str) -> str:
    """The channel of a storage's hints."""
    return f"step8:hints:{storage}"
