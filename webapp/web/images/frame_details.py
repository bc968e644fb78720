"""What may be done with one frame, and the images it has had, for its details. Pure, but for what it is handed.

One frame in full, for the drawer and its own page. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from webapp.core.frames import WORDS, FrameNews, Status
from webapp.core.money.ledger import Ledger
from webapp.core.project import Beat, Frame, Project
from webapp.disk.images.completeness import Image
from webapp.disk.images.history import HistoryImage
from webapp.disk.images.trash import DeletedImage
from webapp.providers.table import PROVIDERS
from webapp.state.project_state import HAS_IMAGE, ProjectState
from webapp.web import urls
from webapp.web.costs import attempts
from webapp.web.costs.attempts import FrameHistory
from webapp.web.costs.views import frame_query
from webapp.web.images import long_matrix, matrix
from webapp.web.images import offered_actions as verbs
from webapp.web.images.matrix_views import Cell, FrameAction
from webapp.web.layout.command_result import ResultView

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
class DeletedImageView:
    """One deleted image of a frame."""

    id: str
    at: str


@dataclass(frozen=True, slots=True)
class FrameActions:
    """What may be done with a frame (`images/_frame_actions.html`, `images/_image_history.html`). Addresses are of
    commands."""

    ident: str
    named: str  # the frame with the version of its image, as a command names it
    verbs: tuple[FrameAction, ...]
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
    trash: tuple[DeletedImageView, ...]
    embedded: tuple[tuple[str, str], ...]
    done: ResultView | None = None
    problem: str = ""
    typed: str | None = None  # the prompt of a rejection that was refused


@dataclass(frozen=True, slots=True)
class FrameInDetails(FrameHistory):
    """The details of a frame with everything that may be done with it (`images/_frame_details.html`)."""

    chair: FrameActions | None = None


@dataclass(frozen=True, slots=True)
class FramePast:
    """What the disk has of a frame: its images by number, its deleted ones, the one in use."""

    kept: Sequence[HistoryImage]
    trash: Sequence[DeletedImage]
    image: Image | None


def chair(
    standing: ProjectState,
    frame: Frame,
    past: FramePast,
    ledger: Ledger,
    compare: int = 0,
    done: ResultView | None = None,
) -> FrameActions:
    """What may be done with a frame now. ``compare`` is the number of an image to be seen beside the one in use."""
    name, truths = standing.project.name, standing.truths
    mark, version, status = truths.mark(frame), standing.versions.get(frame, ""), standing.status[frame]
    maker = truths.makers.get(frame.style)
    kept = tuple(_kept(name, frame, each, ledger) for each in past.kept)
    return FrameActions(
        ident=frame.id,
        named=f"{frame.id}@{version}" if version else frame.id,
        verbs=verbs.verbs(standing, frame),
        price=verbs.price(truths.price(frame.style)),
        model=maker.model if maker and PROVIDERS[maker.provider].model_field else "",
        place=verbs.place(standing, frame),
        truth=_truth(standing, frame),
        locked=mark.locked,
        star=mark.star,
        flag=mark.flag,
        note=mark.note,
        busy=status is Status.GENERATING,
        has_image=status in HAS_IMAGE,
        images=urls.command(name, "").rstrip("/"),
        frame=urls.details(name, frame),
        kept=kept if len(kept) > 1 or any(not each.used for each in kept) else (),
        compared=next((each for each in kept if each.number == compare and not each.used), None),
        trash=tuple(DeletedImageView(each.id, attempts.moment(each.at)) for each in past.trash),
        embedded=_embedded(past.image.texts if past.image else {}),
        done=done,
    )


def _kept(name: str, frame: Frame, kept: HistoryImage, ledger: Ledger) -> KeptImage:
    image = kept.image
    src = (
        urls.image(name, frame, image.version)
        if kept.used
        else urls.history_image(name, frame, kept.number, image.version)
    )
    return KeptImage(
        number=kept.number,
        src=src,
        small=urls.thumb(name, frame, image.version) if kept.used else f"{src}&small=1",
        note=_note(image, ledger),
        used=kept.used,
        size=f"{image.width} × {image.height}",
        compare=f"{urls.details(name, frame)}?compare={kept.number}",
    )


def _note(image: Image, ledger: Ledger) -> str:
    """How an image was made, by its own texts, and what it cost, by the attempt that made it."""
    texts = image.texts
    made = next((each for each in ledger.attempts if each.id == texts.get("Attempt")), None)
    seed = texts.get("Seed", "")
    parts = [
        attempts.moment(made.at) if made else "",
        f"seed {seed}" if seed and seed != "None" else "",
        texts.get("Model", ""),
        attempts.cost(made) if made else "",
    ]
    return " · ".join(part for part in parts if part) or "Nothing is known of how it was made"


def _truth(standing: ProjectState, frame: Frame) -> str:
    changed = standing.truths.changed.get(frame)
    if changed:
        return f"Stale: {' and '.join(changed)} changed since this image was made."
    if frame in standing.truths.blocked:
        return "Blocked: the provider refused this prompt as it is. An edit of the prompt helps, or try it once more."
    return matrix.cell(standing, frame).meta if standing.failure(frame) else ""


def _embedded(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, texts[name]) for name in EMBEDDED if texts.get(name) not in (None, "", "None"))


def frame_page(
    standing: ProjectState,
    frame: Frame,
    beat: Beat,
    past: FramePast,
    ledger: Ledger,
    done: ResultView | None = None,
    *,
    problem: str = "",
    compare: int = 0,
) -> FrameInDetails:
    """The details of the frame of this ``beat``; the rest as in `webapp.web.images.page.frame_view`."""
    name, image, version = standing.project.name, past.image, standing.versions.get(frame, "")
    before, after = _neighbours(standing.project, frame)
    return FrameInDetails(
        cell=matrix.cell(standing, frame),
        beat=f"Beat {beat.number}",
        shot=f"Shot {beat.shot}",
        phrase=beat.phrase,
        prompt=beat.prompt,
        transition=beat.transition,
        image=urls.image(name, frame, version) if image and version else "",
        size=f"{image.width} × {image.height}" if image else "",
        tabs=_tabs(standing, frame),
        facts=_facts(standing, frame, beat, ledger),
        previous=urls.details(name, before) if before else "",
        next=urls.details(name, after) if after else "",
        back=long_matrix.address(standing, frame),
        attempts=attempts.lines(ledger, frame, version),
        tried=ledger.frame(frame)[1].attempts,
        all_attempts=f"{urls.costs(name)}{frame_query(frame)}",
        chair=replace(chair(standing, frame, past, ledger, compare, done), problem=problem),
    )


def _tabs(standing: ProjectState, frame: Frame) -> tuple[Cell, ...]:
    """The same beat in every style that has it."""
    beats = (Frame(style.name, frame.shot, frame.beat) for style in standing.project.styles)
    return tuple(matrix.cell(standing, each) for each in beats if each in standing.status)


def _facts(standing: ProjectState, frame: Frame, beat: Beat, ledger: Ledger) -> tuple[tuple[str, str], ...]:
    """Name and value of what is known of a frame. Who made its image is told by the attempt that did, not by what is
    set today."""
    status, version = standing.status[frame], standing.versions.get(frame, "")
    sign, word = WORDS[status]
    facts = [("Status", f"{sign} {word}"), ("Transition", beat.transition or "–")]
    facts += attempts.facts(attempts.maker(ledger, frame, version), ledger.frame(frame)[1])
    return (*facts, *_news_facts(standing.fact(frame) if status is not Status.PENDING else None))


def _news_facts(news: FrameNews | None) -> list[tuple[str, str]]:
    """What the newest run says of a frame beyond its attempts."""
    if news is None:
        return []
    facts = [("Failed tries", str(news.tries) if news.tries else ""), ("Reason", news.error)]
    return [(name, value) for name, value in facts if value]


def _neighbours(project: Project, frame: Frame) -> tuple[Frame | None, Frame | None]:
    """The beats before and after, in the same style where that has them."""
    beats = [f for f in project.frames() if f.style == frame.style]
    place = beats.index(frame)
    return (beats[place - 1] if place else None), (beats[place + 1] if place + 1 < len(beats) else None)
