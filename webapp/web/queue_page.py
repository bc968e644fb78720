"""The list of what comes next, in which it can be put into another order. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.project import Frame
from webapp.state.project_state import Standing
from webapp.web import addresses
from webapp.web.chair_views import Sheet

MOST_LISTED = 50
"""Frames of the queue that the list shows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One frame that waits."""

    id: str
    place: int
    number: str  # the beat's number
    style: str
    phrase: str


@dataclass(frozen=True, slots=True)
class QueueSheet(Sheet):
    """What comes next (`partials/_line.html`). ``rest`` is the first frame that is not listed, "" when all are."""

    line: tuple[Waiting, ...] = ()
    rest: str = ""
    more: int = 0  # how many wait behind those that are listed
    move: str = ""  # where a move is posted
    again: str = ""  # where the list alone is read anew


def queue_sheet(standing: Standing) -> QueueSheet:
    """The frames that wait, the next one first."""
    name, line = standing.project.name, standing.line
    shown, hidden = line[:MOST_LISTED], line[MOST_LISTED:]
    text = "Drag an image to another place, or use its buttons. The next call keeps to it." if line else ""
    return QueueSheet(
        "What comes next",
        text,
        (),
        addresses.step(name, "images"),
        line=tuple(_waiting(standing, place, frame) for place, frame in enumerate(shown, 1)),
        rest=hidden[0].id if hidden else "",
        more=len(hidden),
        move=addresses.command(name, "move"),
        again=f"{addresses.command(name, 'queue')}?part=line",
    )


def _waiting(standing: Standing, place: int, frame: Frame) -> Waiting:
    beat = standing.project.beat(frame)
    return Waiting(frame.id, place, frame.beat, frame.style, beat.phrase if beat else "")
