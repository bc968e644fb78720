"""Layout of the matrix of Step 8: a column for each style, a row for each beat, a cell for each frame. Pure."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.frames import WORDS, FrameNews, Status
from webapp.core.marks import FrameMarks
from webapp.core.money.amounts import per_image
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


def groups(state: ProjectState) -> tuple[ShotGroup, ...]:
    """Build the whole matrix: beats by shot, a cell per style."""
    return tuple(
        replace(group(state, shot), rows=tuple(row(state, key) for key in keys))
        for shot, keys in blocks.by_shot(state.project.rows()).items()
    )


def row(state: ProjectState, key: blocks.Key, place: int = 0) -> BeatRow:
    """Build one beat in all styles."""
    shot, number = key
    frames = [Frame(style.name, shot, number) for style in state.project.styles]
    beat = next(filter(None, map(state.project.beat, frames)))
    cells = tuple(cell(state, frame) if frame in state.status else None for frame in frames)
    return BeatRow(row_id(key), number, beat.phrase, cells, _sheet(state, shot=shot, beat=number), place)


def row_id(key: blocks.Key) -> str:
    """The DOM id of a row."""
    return f"beat-{key[0]}-{key[1]}".replace(".", "_")


def group(state: ProjectState, shot: str) -> ShotGroup:
    """Build the head of one shot, without its rows."""
    counts, ident = state.shot_counts(shot), f"shot-{shot}".replace(".", "_")
    return ShotGroup(ident, f"Shot {shot}", counts.done, counts.total, (), _sheet(state, shot=shot))


def heads(state: ProjectState) -> tuple[StyleHead, ...]:
    """Build the heads of all columns."""
    return tuple(head(state, style.name) for style in state.project.styles)


def head(state: ProjectState, style: str) -> StyleHead:
    """Build the head of one column."""
    counts = state.counts(style)
    stale = sum(frame.style == style for frame in state.facts.changed)
    return StyleHead(
        style,
        counts.done,
        counts.total,
        counts.error,
        state.facts.held(style),
        stale,
        _sheet(state, style=style),
    )


def cell(state: ProjectState, frame: Frame) -> Cell:
    """Build the cell of one frame."""
    status = state.status[frame]
    sign, word = WORDS[status]
    news, facts = state.run_news(frame), state.facts
    version = state.versions.get(frame, "")
    name = state.project.name
    stale, blocked = frame in facts.changed, frame in facts.blocked
    return Cell(
        id=frame.id,
        style=frame.style,
        number=frame.beat,
        status=status.value,
        sign=sign,
        word=word,
        meta=_meta(state, frame),
        since=news.since if news and status is Status.GENERATING else 0.0,
        thumb=urls.thumb(name, frame, version) if version else "",
        href=urls.details(name, frame),
        truth="stale" if stale and version else "blocked" if blocked else "",
        marks=mark_words(facts.mark(frame)),
        place=offered_actions.place(state, frame),
        actions=offered_actions.actions(state, frame),
        edit=offered_actions.needs_edit(state, frame) and not facts.mark(frame).locked,
    )


def mark_words(mark: FrameMarks) -> tuple[str, ...]:
    """The marks of a frame as words."""
    marks = (("locked", mark.locked), ("starred", mark.star), ("flagged", mark.flag), ("noted", bool(mark.note)))
    return tuple(word for word, there in marks if there)


def marked(state: ProjectState) -> MarkCounts:
    """Count the frames with marks that the filter can choose, and price the bulk commands beside it."""
    facts = state.facts
    marks = [mark for ident, mark in facts.marks.items() if ident in state.by_id]
    stale = frame_scope.stale(state)
    failed = frame_scope.failed(state)
    return MarkCounts(
        stale=len(facts.changed),
        blocked=len(facts.blocked),
        locked=sum(mark.locked for mark in marks),
        starred=sum(mark.star for mark in marks),
        flagged=sum(mark.flag for mark in marks),
        failed=len(failed),
        bulk=offered_actions.about(offered_actions.total(state, stale)) if stale else "",
        retry=offered_actions.about(offered_actions.total(state, failed)) if failed else "",
        ask=urls.ask(state.project.name, "regenerate", ("only", "stale")),
    )


def queue(state: ProjectState) -> Queue:
    """Build the start of the queue and its order."""
    shown = state.queue[:COMING_SHOWN]
    return Queue(
        action=urls.command(state.project.name, "order"),
        order=state.facts.plan.order.value,
        coming=tuple(f"{frame.beat} {frame.style}" for frame in shown),
        more=len(state.queue) - len(shown),
        list=urls.command(state.project.name, "queue"),
    )


def _sheet(state: ProjectState, **scope: str) -> str:
    return urls.action_menu(state.project.name, **scope)


def _meta(state: ProjectState, frame: Frame) -> str:
    status, news = state.status[frame], state.run_news(frame)
    failure = state.failure(frame)
    if status is Status.ERROR:
        return failure
    if status is Status.PENDING:
        if frame in state.facts.blocked:
            return f"Blocked: {state.facts.given_up[frame].sentence}"
        return "Not started yet" if not news or not news.tries else f"Waiting to try again after {news.tries} tries"
    if status is Status.GENERATING:
        return f"try {news.tries + 1}" if news and news.tries else ""
    if failure:
        return f"Could not be made anew: {failure}"
    if state.awaits_redo(frame):
        return "Will be made anew"
    if frame in state.facts.changed:
        return f"Stale: {' and '.join(state.facts.changed[frame])} changed"
    return "Saved earlier" if status is Status.EXISTS or news is None else _made(news)


def _made(news: FrameNews) -> str:
    parts = [f"{news.seconds:.1f} s"]
    if news.cost:
        parts.append(per_image(news.cost))
    if news.note:
        parts.append(news.note)
    return " · ".join(parts)
