"""What the board says: one change of a project, or all of it. Read with care, since anybody may write to Redis.

Hints: that something of a project changed, not what. For pages that show little of it, and read that little anew.

All projects of a storage share one channel, so one subscription serves every page of a process, and the page of all
runs hears of those that begin, too. A hint is ``<kind> <project id>``.
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
    """One change, or the whole board. ``frames`` are by `Frame.id`; ``log`` is newest last in a change, newest first on
    the board."""

    id: str = ""
    run: Run | None = None
    now: dict[str, Any] | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    frames: dict[str, FrameNews] = field(default_factory=dict)
    log: tuple[dict[str, Any], ...] = ()

    @property
    def epoch(self) -> str:
        """The part of the id that is new when Redis lost its data."""
        return self.id.partition("-")[0]

    @property
    def number(self) -> int:
        """The part of the id that rises by one with each message; 0 before the first."""
        number = self.id.partition("-")[2]
        return int(number) if number.isdecimal() else 0


def read_message(text: str | bytes) -> Message | None:
    """A published message, or ``None`` when it is none (anybody could write to the channel)."""
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
    """The pub/sub channel of a project; ``project`` is its opaque id."""
    return f"step8:live:{project}"


def numbered(news: FrameNews, number: int) -> tuple[str, FrameNews]:
    """A frame's id, and its news with the number of the message that told it."""
    data = {**news.to_json(), "seq": number}
    fresh = FrameNews.from_json(data)
    assert fresh is not None  # it was read from the same values
    return Frame(news.style, news.shot, news.beat).id, fresh


def counts_of(data: Any) -> dict[str, Counts]:
    """Counts by style, of what was read; none of anything else."""
    return {str(style): Counts.from_json(c) for style, c in data.items()} if isinstance(data, dict) else {}


def loads(text: Any) -> Any:
    """What a text of JSON holds; ``None`` when it is none."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


RUN = "run"
"""The run: anything that the board tells."""

EXPORT = "export"
"""An export: how far it is, or that it ended."""

_HINT = re.compile(rb"(run|export) ([0-9A-Za-z_-]{1,64})")


@dataclass(frozen=True, slots=True)
class Hint:
    """What changed of which project (its opaque id)."""

    kind: str
    project: str

    def __str__(self) -> str:
        return f"{self.kind} {self.project}"


def read_hint(payload: bytes) -> Hint | None:
    """A published hint, or ``None`` when it is none (anybody could write to the channel)."""
    found = _HINT.fullmatch(payload)
    return Hint(found[1].decode(), found[2].decode()) if found else None


def hints_channel(storage: str) -> str:
    """The pub/sub channel of a storage's hints."""
    return f"step8:hints:{storage}"
