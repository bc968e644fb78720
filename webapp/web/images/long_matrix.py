"""Layout of a long matrix: the rows around one beat, a gap for each other block, a line for every beat. Pure."""

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


def is_long(state: ProjectState) -> bool:
    """True when a page holds only a part of the rows."""
    return len(state.project.rows()) > blocks.WHOLE


def part(state: ProjectState, at: str) -> tuple[tuple[ShotGroup, ...], LongMatrix]:
    """Build the rows that the page holds at first, around the row ``at`` (a DOM id), and its summary of the rest."""
    rows = state.project.rows()
    cut = blocks.divide(rows)
    there = blocks.shown(cut, next((key for key in rows if matrix.row_id(key) == at), None) if at else None)
    parts: list[ShotGroup | Gap] = []
    for block in cut:
        if block.number in there:
            parts += _groups(state, block)
        else:
            parts.append(_gap(state, block))
    return tuple(each for each in parts if isinstance(each, ShotGroup)), LongMatrix(
        parts=tuple(parts),
        lines="\n".join(_line(state, key) for block in cut for key in block.rows),
        sizes=tuple(len(block.rows) for block in cut),
        height=1 + len(rows) + len({shot for shot, _ in rows}),
        whole="?all=1",
    )


def filled(state: ProjectState, numbers: Sequence[int]) -> tuple[ShotGroup, ...]:
    """Build the rows of these blocks.

    Raises NotFound: the matrix no longer has such blocks.
    """
    cut = blocks.divide(state.project.rows())
    if not all(0 <= number < len(cut) for number in numbers):
        raise NotFound(GONE)
    return tuple(group for number in numbers for group in _groups(state, cut[number]))


def address(state: ProjectState, frame: Frame) -> str:
    """The URL of a frame's row in Step 8."""
    ident = matrix.row_id((frame.shot, frame.beat))
    at = f"?at={ident}" if is_long(state) else ""
    return f"{urls.step(state.project.name, 'images')}{at}#{ident}"


def _groups(state: ProjectState, block: RowBlock) -> Iterable[ShotGroup]:
    for stretch in block.stretches:
        head = matrix.group(state, stretch.shot)
        first = stretch.place + stretch.begins
        yield replace(
            head,
            id=head.id if stretch.begins else f"{head.id}--{block.number}",
            rows=tuple(matrix.row(state, key, first + n) for n, key in enumerate(stretch.rows)),
            block=block.number,
            begins=stretch.begins,
            place=stretch.place,
        )


def _gap(state: ProjectState, block: RowBlock) -> Gap:
    first, last = block.rows[0], block.rows[-1]
    return Gap(
        block=block.number,
        text=f"Beat {first[1]}" if first == last else f"Beats {first[1]} – {last[1]}",
        href=address(state, Frame("", *first)),
        fill=urls.rows(state.project.name, block.number),
    )


def _line(state: ProjectState, key: blocks.Key) -> str:
    shot, number = key
    frames = [Frame(style.name, shot, number) for style in state.project.styles]
    beat = next(filter(None, map(state.project.beat, frames)))
    return "\t".join((shot, number, " ".join(beat.phrase.split()), *(_state(state, frame) for frame in frames)))


def _state(state: ProjectState, frame: Frame) -> str:
    """Status and marks of one frame, as letters."""
    status = state.status.get(frame)
    if status is None:
        return "-"
    facts, word = state.facts, LETTERS[status]
    changed = frame in facts.changed
    if changed and frame in state.versions:
        word += "S"
    elif frame in facts.blocked:
        word += "B"
    if status in HAS_IMAGE and (changed or state.failure(frame)) and not state.awaits_redo(frame):
        word += "R"
    mark = facts.marks.get(frame.id) if facts.marks else None
    return word + _letters(mark) if mark else word


def _letters(mark: FrameMarks) -> str:
    marks = (("L", mark.locked), ("T", mark.star), ("F", mark.flag))
    return "".join(letter for letter, there in marks if there)
