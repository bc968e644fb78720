"""The matrix of Step 8: a column for each style, a row for each beat, a cell for each frame. Pure."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.frames import WORDS, FrameNews, Status
from webapp.core.marks import FrameMarks
from webapp.core.money.prices import per_image
from webapp.core.project import Frame
from webapp.state import frame_scope
from webapp.state.frame_facts import COMING_SHOWN
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import blocks, offered_actions
from webapp.web.images.matrix_views import (
    BeatRow,
    Cell,
    MarkCounts,
    Queue,
    ShotGroup,
    StyleHead,
)


def groups(standing: ProjectState) -> tuple[ShotGroup, ...]:
    """The whole matrix: beats by shot, a cell per style."""
    return tuple(
        replace(group(standing, shot), rows=tuple(row(standing, key) for key in keys))
        for shot, keys in blocks.by_shot(standing.project.rows()).items()
    )


def row(standing: ProjectState, key: blocks.Key, place: int = 0) -> BeatRow:
    """One beat in all styles."""
    shot, number = key
    frames = [Frame(style.name, shot, number) for style in standing.project.styles]
    beat = next(filter(None, map(standing.project.beat, frames)))
    cells = tuple(cell(standing, frame) if frame in standing.status else None for frame in frames)
    return BeatRow(row_id(key), number, beat.phrase, cells, _sheet(standing, shot=shot, beat=number), place)


def row_id(key: blocks.Key) -> str:
    """The DOM id of a row."""
    return f"beat-{key[0]}-{key[1]}".replace(".", "_")


def group(standing: ProjectState, shot: str) -> ShotGroup:
    """The head of one shot, without its rows."""
    counts, ident = standing.group(shot), f"shot-{shot}".replace(".", "_")
    return ShotGroup(ident, f"Shot {shot}", counts.done, counts.total, (), _sheet(standing, shot=shot))


def heads(standing: ProjectState) -> tuple[StyleHead, ...]:
    """The columns' heads."""
    return tuple(head(standing, style.name) for style in standing.project.styles)


def head(standing: ProjectState, style: str) -> StyleHead:
    """One column's head."""
    counts = standing.counts(style)
    stale = sum(frame.style == style for frame in standing.truths.changed)
    return StyleHead(
        style,
        counts.done,
        counts.total,
        counts.error,
        standing.truths.held(style),
        stale,
        _sheet(standing, style=style),
    )


def cell(standing: ProjectState, frame: Frame) -> Cell:
    """One frame in the matrix."""
    status = standing.status[frame]
    sign, word = WORDS[status]
    news, truths = standing.fact(frame), standing.truths
    version = standing.versions.get(frame, "")
    name = standing.project.name
    stale, blocked = frame in truths.changed, frame in truths.blocked
    return Cell(
        id=frame.id,
        style=frame.style,
        number=frame.beat,
        status=status.value,
        sign=sign,
        word=word,
        meta=_meta(standing, frame),
        since=news.since if news and status is Status.GENERATING else 0.0,
        thumb=urls.thumb(name, frame, version) if version else "",
        href=urls.details(name, frame),
        truth="stale" if stale and version else "blocked" if blocked else "",
        marks=mark_words(truths.mark(frame)),
        place=offered_actions.place(standing, frame),
        verbs=offered_actions.verbs(standing, frame),
        edit=offered_actions.needs_edit(standing, frame) and not truths.mark(frame).locked,
    )


def mark_words(mark: FrameMarks) -> tuple[str, ...]:
    """What the user said of a frame, as words."""
    told = (("locked", mark.locked), ("starred", mark.star), ("flagged", mark.flag), ("noted", bool(mark.note)))
    return tuple(word for word, there in told if there)


def marked(standing: ProjectState) -> MarkCounts:
    """How many frames carry what the filter can choose, and what the bulk commands beside it cost."""
    truths = standing.truths
    marks = [mark for ident, mark in truths.marks.items() if ident in standing.by_id]
    stale = frame_scope.stale(standing)
    failed = frame_scope.failed(standing)
    return MarkCounts(
        stale=len(truths.changed),
        blocked=len(truths.blocked),
        locked=sum(mark.locked for mark in marks),
        starred=sum(mark.star for mark in marks),
        flagged=sum(mark.flag for mark in marks),
        failed=len(failed),
        bulk=offered_actions.about(offered_actions.total(standing, stale)) if stale else "",
        retry=offered_actions.about(offered_actions.total(standing, failed)) if failed else "",
        ask=urls.ask(standing.project.name, "regenerate", ("only", "stale")),
    )


def queue(standing: ProjectState) -> Queue:
    """What comes next, and the order of the work."""
    shown = standing.line[:COMING_SHOWN]
    return Queue(
        action=urls.command(standing.project.name, "order"),
        order=standing.truths.plan.order.value,
        coming=tuple(f"{frame.beat} {frame.style}" for frame in shown),
        more=len(standing.line) - len(shown),
        list=urls.command(standing.project.name, "queue"),
    )


def _sheet(standing: ProjectState, **scope: str) -> str:
    return urls.action_menu(standing.project.name, **scope)


def _meta(standing: ProjectState, frame: Frame) -> str:
    status, news = standing.status[frame], standing.fact(frame)
    failure = standing.failure(frame)
    if status is Status.ERROR:
        return failure
    if status is Status.PENDING:
        if frame in standing.truths.blocked:
            return f"Blocked: {standing.truths.given_up[frame].sentence}"
        return "Not started yet" if not news or not news.tries else f"Waiting to try again after {news.tries} tries"
    if status is Status.GENERATING:
        return f"try {news.tries + 1}" if news and news.tries else ""
    if failure:
        return f"Could not be made anew: {failure}"
    if standing.awaits_redo(frame):
        return "Will be made anew"
    if frame in standing.truths.changed:
        return f"Stale: {' and '.join(standing.truths.changed[frame])} changed"
    return "Saved earlier" if status is Status.EXISTS or news is None else _made(news)


def _made(news: FrameNews) -> str:
    parts = [f"{news.seconds:.1f} s"]
    if news.cost:
        parts.append(per_image(news.cost))
    if news.note:
        parts.append(news.note)
    return " · ".join(parts)
