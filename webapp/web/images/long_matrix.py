"""A long matrix in a page: the rows around one beat, a gap for each other block, a line for every beat. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from webapp.core.frames import Status
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame
from webapp.errors import NotFound
from webapp.state.frame_scope import GONE
from webapp.state.project_state import HAS_IMAGE, ProjectState
from webapp.web import urls
from webapp.web.images import blocks, matrix
from webapp.web.images.blocks import RowBlock
from webapp.web.images.matrix_views import Gap, LongMatrix, ShotGroup

LETTERS = {
    Status.PENDING: "p",
    Status.GENERATING: "g",
    Status.COMPLETE: "c",
    Status.EXISTS: "x",
    Status.ERROR: "e",
}
"""How a line tells a status; static/js/images/beats.js reads them."""


def is_long(standing: ProjectState) -> bool:
    """Whether a page holds only a part of the rows."""
    return len(standing.project.rows()) > blocks.WHOLE


def part(standing: ProjectState, at: str) -> tuple[tuple[ShotGroup, ...], LongMatrix]:
    """The rows that the page has at first, around the row ``at`` (a DOM id), and what it knows of the rest."""
    rows = standing.project.rows()
    cut = blocks.divide(rows)
    there = blocks.shown(cut, next((key for key in rows if matrix.row_id(key) == at), None) if at else None)
    parts: list[ShotGroup | Gap] = []
    for block in cut:
        if block.number in there:
            parts += _groups(standing, block)
        else:
            parts.append(_gap(standing, block))
    return tuple(each for each in parts if isinstance(each, ShotGroup)), LongMatrix(
        parts=tuple(parts),
        lines="\n".join(_line(standing, key) for block in cut for key in block.rows),
        sizes=tuple(len(block.rows) for block in cut),
        height=1 + len(rows) + len({shot for shot, _ in rows}),
        whole="?all=1",
    )


def filled(standing: ProjectState, numbers: Sequence[int]) -> tuple[ShotGroup, ...]:
    """The rows of these blocks.

    Raises:
        NotFound: the matrix has no such blocks any more.
    """
    cut = blocks.divide(standing.project.rows())
    if not all(0 <= number < len(cut) for number in numbers):
        raise NotFound(GONE)
    return tuple(group for number in numbers for group in _groups(standing, cut[number]))


def address(standing: ProjectState, frame: Frame) -> str:
    """Where Step 8 shows a frame's row."""
    ident = matrix.row_id((frame.shot, frame.beat))
    at = f"?at={ident}" if is_long(standing) else ""
    return f"{urls.step(standing.project.name, 'images')}{at}#{ident}"


def _groups(standing: ProjectState, block: RowBlock) -> Iterable[ShotGroup]:
    for stretch in block.stretches:
        head = matrix.group(standing, stretch.shot)
        first = stretch.place + stretch.begins
        yield replace(
            head,
            id=head.id if stretch.begins else f"{head.id}--{block.number}",
            rows=tuple(matrix.row(standing, key, first + n) for n, key in enumerate(stretch.rows)),
            block=block.number,
            begins=stretch.begins,
            place=stretch.place,
        )


def _gap(standing: ProjectState, block: RowBlock) -> Gap:
    first, last = block.rows[0], block.rows[-1]
    return Gap(
        block=block.number,
        text=f"Beat {first[1]}" if first == last else f"Beats {first[1]} – {last[1]}",
        href=address(standing, Frame("", *first)),
        fill=urls.rows(standing.project.name, block.number),
    )


def _line(standing: ProjectState, key: blocks.Key) -> str:
    shot, number = key
    frames = [Frame(style.name, shot, number) for style in standing.project.styles]
    beat = next(filter(None, map(standing.project.beat, frames)))
    return "\t".join((shot, number, " ".join(beat.phrase.split()), *(_state(standing, frame) for frame in frames)))


def _state(standing: ProjectState, frame: Frame) -> str:
    """One frame as a line tells it."""
    status = standing.status.get(frame)
    if status is None:
        return "-"
    truths, word = standing.truths, LETTERS[status]
    changed = frame in truths.changed
    if changed and frame in standing.versions:
        word += "S"
    elif frame in truths.blocked:
        word += "B"
    if status in HAS_IMAGE and (changed or standing.failure(frame)) and not standing.awaits_redo(frame):
        word += "R"
    mark = truths.marks.get(frame.id) if truths.marks else None
    return word + _letters(mark) if mark else word


def _letters(mark: FrameMarks) -> str:
    told = (("L", mark.locked), ("T", mark.star), ("F", mark.flag))
    return "".join(letter for letter, there in told if there)
