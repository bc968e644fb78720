"""The matrix of Step 8: a column for each style, a row for each beat, a cell for each frame. Pure."""

from __future__ import annotations

from typing import Any

from webapp.core.frames import WORDS, Status
from webapp.core.money import per_image
from webapp.core.project import Frame
from webapp.web import addresses
from webapp.web.standing import Standing
from webapp.web.views import Cell, Group, Row, StyleHead


def groups(standing: Standing) -> tuple[Group, ...]:
    """The matrix: beats by shot, a cell per style."""
    project = standing.project
    styles = [style.name for style in project.styles]
    by_shot: dict[str, list[Row]] = {}
    for shot, number in project.rows():
        frames = [Frame(style, shot, number) for style in styles]
        beats = [beat for beat in map(project.beat, frames) if beat]
        cells = tuple(cell(standing, frame) if frame in standing.status else None for frame in frames)
        row = Row(f"beat-{shot}-{number}".replace(".", "_"), number, beats[0].phrase, cells)
        by_shot.setdefault(shot, []).append(row)
    return tuple(group(standing, shot, tuple(rows)) for shot, rows in by_shot.items())


def group(standing: Standing, shot: str, rows: tuple[Row, ...] = ()) -> Group:
    """The head of one shot, with its rows when they are wanted."""
    counts = standing.group(shot)
    return Group(f"shot-{shot}".replace(".", "_"), f"Shot {shot}", counts.done, counts.total, rows)


def heads(standing: Standing) -> tuple[StyleHead, ...]:
    """The columns' heads."""
    return tuple(head(standing, style.name) for style in standing.project.styles)


def head(standing: Standing, style: str) -> StyleHead:
    """One column's head."""
    counts = standing.counts(style)
    return StyleHead(style, counts.done, counts.total, counts.error)


def cell(standing: Standing, frame: Frame) -> Cell:
    """One frame in the matrix."""
    status = standing.status[frame]
    sign, word = WORDS[status]
    news = standing.fact(frame)
    version = standing.versions.get(frame, "")
    name = standing.project.name
    return Cell(
        id=frame.id,
        style=frame.style,
        number=frame.beat,
        status=status.value,
        sign=sign,
        word=word,
        meta=_meta(status, news),
        since=news.since if news and status is Status.GENERATING else 0.0,
        thumb=addresses.thumb(name, frame, version) if version else "",
        href=addresses.details(name, frame),
    )


def _meta(status: Status, news: Any) -> str:
    if status is Status.PENDING:
        return "Not started yet" if not news or not news.tries else f"Waiting to try again after {news.tries} tries"
    if status is Status.EXISTS:
        return "Saved earlier"
    if news is None:
        return ""
    if status is Status.ERROR:
        return str(news.error)
    if status is Status.GENERATING:
        return f"try {news.tries + 1}" if news.tries else ""
    parts = [f"{news.seconds:.1f} s"]
    if news.cost:
        parts.append(per_image(news.cost))
    if news.note:
        parts.append(news.note)
    return " · ".join(parts)
