"""What may be done with one frame, and the images it has had, for its details. Pure, but for what it is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.core.frames import Status
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.disk.images.completeness import Image
from webapp.disk.images.history import Kept
from webapp.disk.images.trash import Deleted
from webapp.generation.makers.provider_choice import model_field
from webapp.state.project_state import HAS_IMAGE, Standing
from webapp.web import addresses, attempt_lines, matrix, verbs
from webapp.web.attempt_lines import FrameHistory
from webapp.web.chair_views import Done
from webapp.web.verbs import Verb

EMBEDDED = ("Software", "Provider", "Model", "Seed", "Prompt digest", "Attempt")
"""The texts of an image that are shown, in this order."""


@dataclass(frozen=True, slots=True)
class KeptImage:
    """One image of a frame's history. ``src`` is the picture, ``small`` a small one; ``note`` says how it was made.

    ``compare`` leads to the details with this image beside the one in use.
    """

    number: int
    src: str
    small: str
    note: str
    used: bool
    size: str
    compare: str


@dataclass(frozen=True, slots=True)
class Trashed:
    """One deleted image of a frame."""

    id: str
    at: str


@dataclass(frozen=True, slots=True)
class Chair:
    """What may be done with a frame (`partials/_chair.html`, `partials/_kept.html`). Addresses are of commands."""

    ident: str
    named: str  # the frame with the version of its image, as a command names it
    verbs: tuple[Verb, ...]
    price: str
    model: str
    place: str
    truth: str  # one sentence about a stale or blocked frame
    locked: bool
    star: bool
    flag: bool
    note: str
    busy: bool
    has_image: bool
    images: str  # the start of the commands for images
    frame: str  # the start of the commands for this frame
    kept: tuple[KeptImage, ...]
    compared: KeptImage | None
    trash: tuple[Trashed, ...]
    embedded: tuple[tuple[str, str], ...]
    done: Done | None = None
    problem: str = ""
    typed: str | None = None  # the prompt of a rejection that was refused


@dataclass(frozen=True, slots=True)
class FrameInChair(FrameHistory):
    """The details of a frame with everything that may be done with it (`partials/_frame.html`)."""

    chair: Chair | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the disk has of a frame: its images by number, its deleted ones, the one in use."""

    kept: Sequence[Kept]
    trash: Sequence[Deleted]
    image: Image | None


def chair(
    standing: Standing, frame: Frame, past: Past, ledger: Ledger, compare: int = 0, done: Done | None = None
) -> Chair:
    """What may be done with a frame now. ``compare`` is the number of an image to be seen beside the one in use."""
    name, truths = standing.project.name, standing.truths
    mark, version, status = truths.mark(frame), standing.versions.get(frame, ""), standing.status[frame]
    maker = truths.makers.get(frame.style)
    kept = tuple(_kept(name, frame, each, ledger) for each in past.kept)
    return Chair(
        ident=frame.id,
        named=f"{frame.id}@{version}" if version else frame.id,
        verbs=verbs.verbs(standing, frame),
        price=verbs.price(truths.price(frame.style)),
        model=maker.model if maker and model_field(maker.provider) else "",
        place=verbs.place(standing, frame),
        truth=_truth(standing, frame),
        locked=mark.locked,
        star=mark.star,
        flag=mark.flag,
        note=mark.note,
        busy=status is Status.GENERATING,
        has_image=status in HAS_IMAGE,
        images=addresses.command(name, "").rstrip("/"),
        frame=addresses.details(name, frame),
        kept=kept if len(kept) > 1 or any(not each.used for each in kept) else (),
        compared=next((each for each in kept if each.number == compare and not each.used), None),
        trash=tuple(Trashed(each.id, attempt_lines.moment(each.at)) for each in past.trash),
        embedded=_embedded(past.image.texts if past.image else {}),
        done=done,
    )


def _kept(name: str, frame: Frame, kept: Kept, ledger: Ledger) -> KeptImage:
    image = kept.image
    src = (
        addresses.image(name, frame, image.version)
        if kept.used
        else addresses.kept(name, frame, kept.number, image.version)
    )
    return KeptImage(
        number=kept.number,
        src=src,
        small=addresses.thumb(name, frame, image.version) if kept.used else f"{src}&small=1",
        note=_note(image, ledger),
        used=kept.used,
        size=f"{image.width} × {image.height}",
        compare=f"{addresses.details(name, frame)}?compare={kept.number}",
    )


def _note(image: Image, ledger: Ledger) -> str:
    """How an image was made, by its own texts, and what it cost, by the attempt that made it."""
    texts = image.texts
    made = next((each for each in ledger.attempts if each.id == texts.get("Attempt")), None)
    seed = texts.get("Seed", "")
    parts = [
        attempt_lines.moment(made.at) if made else "",
        f"seed {seed}" if seed and seed != "None" else "",
        texts.get("Model", ""),
        attempt_lines.cost(made) if made else "",
    ]
    return " · ".join(part for part in parts if part) or "Nothing is known of how it was made"


def _truth(standing: Standing, frame: Frame) -> str:
    changed = standing.truths.changed.get(frame)
    if changed:
        return f"Stale: {' and '.join(changed)} changed since this image was made."
    if frame in standing.truths.blocked:
        return "Blocked: the provider refused this prompt as it is. An edit of the prompt helps, or try it once more."
    return matrix.cell(standing, frame).meta if standing.failure(frame) else ""


def _embedded(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, texts[name]) for name in EMBEDDED if texts.get(name) not in (None, "", "None"))
