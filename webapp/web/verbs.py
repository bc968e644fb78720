"""What may be asked of a frame now, in the words of its buttons, with the price. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.frames import Status
from webapp.core.money.prices import dollars, per_image
from webapp.core.project import Frame
from webapp.state.frame_facts import COMING_SHOWN
from webapp.state.project_state import HAS_IMAGE, Standing


@dataclass(frozen=True, slots=True)
class Verb:
    """One button. ``name`` is the command in its address, ``value`` what names the frame, ``shown`` always and not only
    where the pointer or the focus is."""

    name: str
    label: str
    icon: str
    value: str
    price: str = ""
    shown: bool = False


def verbs(standing: Standing, frame: Frame) -> tuple[Verb, ...]:
    """The buttons of a frame: none while it is being made, waits to be made next, or is locked."""
    status, version = standing.status[frame], standing.versions.get(frame, "")
    if status is Status.GENERATING or standing.truths.mark(frame).locked:
        return ()
    cost = price(standing.truths.price(frame.style))
    if status in HAS_IMAGE:
        if standing.awaits_redo(frame):
            return ()
        failed = bool(standing.failure(frame))
        label, shown = ("Retry", True) if failed else ("Regenerate", frame in standing.truths.changed)
        return (Verb("regenerate", label, "retry", f"{frame.id}@{version}", cost, shown),)
    if status is Status.ERROR or frame in standing.truths.blocked:
        return (Verb("generate", "Retry", "retry", frame.id, cost, True),)
    if not standing.takes_wishes:
        return (Verb("generate", "Generate", "play", frame.id, cost),)
    if frame in standing.line[:COMING_SHOWN]:
        return ()
    scope = standing.truths.plan.scope(standing.run.id)
    new = scope.only is not None and frame.id not in scope.only  # the run was not for it: this costs more
    return (Verb("generate", "Generate next", "next", frame.id, cost if new else ""),)


def place(standing: Standing, frame: Frame) -> str:
    """Where a frame stands in the queue, as far as that is worth a word: "Next in queue", "In the queue"."""
    if frame in standing.line[:COMING_SHOWN]:
        return "Next in queue"
    return "In the queue" if standing.awaits_redo(frame) else ""


def needs_edit(standing: Standing, frame: Frame) -> bool:
    """Whether an edit of its prompt is what helps this frame."""
    return standing.status[frame] is Status.ERROR or frame in standing.truths.blocked or bool(standing.failure(frame))


def price(micro: int | None) -> str:
    """The price on a button: "" where it is free, "price unknown" where nobody knows."""
    return "price unknown" if micro is None else per_image(micro) if micro else ""


def total(standing: Standing, frames: list[Frame]) -> int | None:
    """What making these frames will cost, in micro-dollars; ``None`` when the price of one is not known."""
    prices = [standing.truths.price(frame.style) for frame in frames]
    return None if None in prices else sum(each or 0 for each in prices)


def about(micro: int | None) -> str:
    """A sum on a button: "about $1.17", "free", "price unknown"."""
    return "price unknown" if micro is None else f"about {dollars(micro)}" if micro else "free"
