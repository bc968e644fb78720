"""Hints: that something of a project changed, not what. For pages that show little of it, and read that little anew.

All projects of a storage share one channel, so one subscription serves every page of a process, and the page of all
runs hears of those that begin, too. A hint is ``<kind> <project id>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
