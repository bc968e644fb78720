"""Layout of one frame in full: its image, its facts, what can be done with it, its history. Pure."""

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
from webapp.web.images import long_matrix, matrix, offered_actions
from webapp.web.images.matrix_views import Cell
from webapp.web.images.views import DeletedImageView, FrameActions, FrameDetails, KeptImage
from webapp.web.layout.command_result import ResultView
from webapp.web.layout.words import moment

EMBEDDED = ("Software", "Provider", "Model", "Seed", "Prompt digest", "Attempt")
"""The texts of an image that are shown, in this order."""


@dataclass(frozen=True, slots=True)
class FramePast:
    """What the disk has of a frame: its images by number, the deleted ones, the current one."""

    kept: Sequence[HistoryImage]
    trash: Sequence[DeletedImage]
    image: Image | None


def frame_actions(
    state: ProjectState,
    frame: Frame,
    past: FramePast,
    ledger: Ledger,
    compare: int = 0,
    done: ResultView | None = None,
) -> FrameActions:
    """Build what can be done with a frame. ``compare``: the number of an image to show beside the current one."""
    name, facts = state.project.name, state.facts
    mark, version, status = facts.mark(frame), state.versions.get(frame, ""), state.status[frame]
    maker = facts.makers.get(frame.style)
    kept = tuple(_kept(name, frame, each, ledger) for each in past.kept)
    return FrameActions(
        ident=frame.id,
        named=f"{frame.id}@{version}" if version else frame.id,
        buttons=offered_actions.actions(state, frame),
        price=offered_actions.price(facts.price(frame.style)),
        model=maker.model if maker and PROVIDERS[maker.provider].model_field else "",
        place=offered_actions.place(state, frame),
        truth=_truth(state, frame),
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
        trash=tuple(DeletedImageView(each.id, moment(each.at)) for each in past.trash),
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
    """How an image was made, by its embedded texts, and what it cost, by the attempt that made it."""
    texts = image.texts
    made = next((each for each in ledger.attempts if each.id == texts.get("Attempt")), None)
    seed = texts.get("Seed", "")
    parts = [
        moment(made.at) if made else "",
        f"seed {seed}" if seed and seed != "None" else "",
        texts.get("Model", ""),
        attempts.cost(made) if made else "",
    ]
    return " · ".join(part for part in parts if part) or "Nothing is known of how it was made"


def _truth(state: ProjectState, frame: Frame) -> str:
    changed = state.facts.changed.get(frame)
    if changed:
        return f"Stale: {' and '.join(changed)} changed since this image was made."
    if frame in state.facts.blocked:
        return "Blocked: the provider refused this prompt as it is. An edit of the prompt helps, or try it once more."
    return matrix.cell(state, frame).meta if state.failure(frame) else ""


def _embedded(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, texts[name]) for name in EMBEDDED if texts.get(name) not in (None, "", "None"))


def frame_page(
    state: ProjectState,
    frame: Frame,
    beat: Beat,
    past: FramePast,
    ledger: Ledger,
    done: ResultView | None = None,
    *,
    problem: str = "",
    compare: int = 0,
) -> FrameDetails:
    """Build the details of a frame, after a command that had this result or met a problem."""
    name, image, version = state.project.name, past.image, state.versions.get(frame, "")
    before, after = _neighbours(state.project, frame)
    return FrameDetails(
        cell=matrix.cell(state, frame),
        beat=f"Beat {beat.number}",
        shot=f"Shot {beat.shot}",
        phrase=beat.phrase,
        prompt=beat.prompt,
        transition=beat.transition,
        image=urls.image(name, frame, version) if image and version else "",
        size=f"{image.width} × {image.height}" if image else "",
        tabs=_tabs(state, frame),
        facts=_facts(state, frame, beat, ledger),
        previous=urls.details(name, before) if before else "",
        next=urls.details(name, after) if after else "",
        back=long_matrix.address(state, frame),
        attempts=attempts.lines(ledger, frame, version),
        tried=ledger.frame(frame)[1].attempts,
        all_attempts=urls.frame_costs(name, frame),
        actions=replace(frame_actions(state, frame, past, ledger, compare, done), problem=problem),
    )


def _tabs(state: ProjectState, frame: Frame) -> tuple[Cell, ...]:
    beats = (Frame(style.name, frame.shot, frame.beat) for style in state.project.styles)
    return tuple(matrix.cell(state, each) for each in beats if each in state.status)


def _facts(state: ProjectState, frame: Frame, beat: Beat, ledger: Ledger) -> tuple[tuple[str, str], ...]:
    status, version = state.status[frame], state.versions.get(frame, "")
    sign, word = WORDS[status]
    facts = [("Status", f"{sign} {word}"), ("Transition", beat.transition or "–")]
    facts += attempts.facts(attempts.maker(ledger, frame, version), ledger.frame(frame)[1])
    return (*facts, *_news_facts(state.run_news(frame) if status is not Status.PENDING else None))


def _news_facts(news: FrameNews | None) -> list[tuple[str, str]]:
    if news is None:
        return []
    facts = [("Failed tries", str(news.tries) if news.tries else ""), ("Reason", news.error)]
    return [(name, value) for name, value in facts if value]


def _neighbours(project: Project, frame: Frame) -> tuple[Frame | None, Frame | None]:
    beats = [f for f in project.frames() if f.style == frame.style]
    place = beats.index(frame)
    return (beats[place - 1] if place else None), (beats[place + 1] if place + 1 < len(beats) else None)
