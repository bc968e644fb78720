"""One frame in full, for the drawer and its own page. Pure."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.frames import WORDS, FrameNews, Status
from webapp.core.money.ledger import Ledger
from webapp.core.project import Beat, Frame, Project
from webapp.state.project_state import Standing
from webapp.web import addresses, attempt_lines, long, matrix
from webapp.web.chair_views import Done
from webapp.web.cost_views import frame_query
from webapp.web.drawer import FrameInChair, Past, chair
from webapp.web.matrix_views import Cell


def frame_page(
    standing: Standing,
    frame: Frame,
    beat: Beat,
    past: Past,
    ledger: Ledger,
    done: Done | None = None,
    *,
    problem: str = "",
    compare: int = 0,
) -> FrameInChair:
    """The details of the frame of this ``beat``; the rest as in `Snapshots.frame`."""
    name, image, version = standing.project.name, past.image, standing.versions.get(frame, "")
    before, after = _neighbours(standing.project, frame)
    return FrameInChair(
        cell=matrix.cell(standing, frame),
        beat=f"Beat {beat.number}",
        shot=f"Shot {beat.shot}",
        phrase=beat.phrase,
        prompt=beat.prompt,
        transition=beat.transition,
        image=addresses.image(name, frame, version) if image and version else "",
        size=f"{image.width} × {image.height}" if image else "",
        tabs=_tabs(standing, frame),
        facts=_facts(standing, frame, beat, ledger),
        previous=addresses.details(name, before) if before else "",
        next=addresses.details(name, after) if after else "",
        back=long.address(standing, frame),
        attempts=attempt_lines.lines(ledger, frame, version),
        tried=ledger.frame(frame)[1].attempts,
        all_attempts=f"{addresses.costs(name)}{frame_query(frame)}",
        chair=replace(chair(standing, frame, past, ledger, compare, done), problem=problem),
    )


def _tabs(standing: Standing, frame: Frame) -> tuple[Cell, ...]:
    """The same beat in every style that has it."""
    beats = (Frame(style.name, frame.shot, frame.beat) for style in standing.project.styles)
    return tuple(matrix.cell(standing, each) for each in beats if each in standing.status)


def _facts(standing: Standing, frame: Frame, beat: Beat, ledger: Ledger) -> tuple[tuple[str, str], ...]:
    """Name and value of what is known of a frame. Who made its image is told by the attempt that did, not by what is
    set today."""
    status, version = standing.status[frame], standing.versions.get(frame, "")
    sign, word = WORDS[status]
    facts = [("Status", f"{sign} {word}"), ("Transition", beat.transition or "–")]
    facts += attempt_lines.facts(attempt_lines.maker(ledger, frame, version), ledger.frame(frame)[1])
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
