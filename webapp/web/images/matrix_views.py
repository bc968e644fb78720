"""Views of the matrix: cells, rows, groups, gaps, heads, queue, filters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One frame in the matrix (`images/matrix/_cell.html`)."""

    id: str  # Frame.id; the DOM id is "cell-" + id
    style: str
    number: str  # the beat's number without prefix
    status: str  # pending, generating, complete, exists, error
    sign: str  # ◦ ⟳ ✓ ✗
    word: str  # "Pending", "Generating...", "Complete", "Exists", "Error"
    meta: str  # "8.2 s · $0.039", "Saved earlier", "Not started yet", the error sentence …
    since: float  # epoch seconds its call began; 0 unless generating (the page counts on from it)
    thumb: str  # URL of the thumbnail, "" when there is no image (a regenerating frame keeps its old one)
    href: str  # URL of the frame's details
    truth: str = ""  # "stale" or "blocked"
    marks: tuple[str, ...] = ()  # "locked", "starred", "flagged", "noted"
    place: str = ""  # "Next in queue"
    actions: tuple[FrameAction, ...] = ()
    edit: bool = False  # an edit of its prompt is offered


@dataclass(frozen=True, slots=True)
class BeatRow:
    """One beat (`images/matrix/_beat_row.html`). ``cells`` has one entry per style head; None where the style lacks it.

    ``place`` is its line in the whole table when the page holds only a part, else 0.
    """

    id: str  # "beat-<shot>-<number>" with dots as underscores
    number: str
    phrase: str
    cells: tuple[Cell | None, ...]
    sheet: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class ShotGroup:
    """The beats of one shot; in a long matrix those that belong to block number ``block``.

    ``begins``: the shot's head is above them, in line ``place`` of the whole table.
    """

    id: str  # "shot-<shot>"
    title: str  # "Shot 1"
    done: int
    total: int
    rows: tuple[BeatRow, ...]
    sheet: str = ""
    block: int | None = None
    begins: bool = True
    place: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A block of rows that is not loaded yet (`images/matrix/_unloaded_rows.html`)."""

    block: int
    text: str  # "Beats 4.1 – 6.10"
    href: str  # the page with these rows in it
    fill: str  # the rows alone


@dataclass(frozen=True, slots=True)
class LongMatrix:
    """A long matrix: loaded rows and gaps in order, a line for every beat, the sizes of the blocks, the number of lines
    of the whole table, and the URL of the page with all rows.

    A line has shot, number, phrase and one word for each style, separated by tabs. The word is the letter of the
    status and those of the other filters, "-" where the style lacks the beat.
    """

    parts: tuple[ShotGroup | Gap, ...]
    lines: str
    sizes: tuple[int, ...]
    height: int
    whole: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Requested blocks of rows (`images/matrix/_row_blocks.html`) at the change ``live``."""

    live: str
    groups: tuple[ShotGroup, ...]


@dataclass(frozen=True, slots=True)
class StyleHead:
    """A column's head with its progress (`images/matrix/_style_head.html`, DOM id "style-<name>")."""

    name: str
    done: int
    total: int
    failed: int
    held: bool = False  # paused by itself
    stale: int = 0
    sheet: str = ""  # URL of what may be done with it


@dataclass(frozen=True, slots=True)
class Queue:
    """The start of the queue and its order (`images/frame/_queue.html`); ``order`` is an `Order`."""

    action: str
    order: str
    coming: tuple[str, ...]  # "1.4 illustration"
    more: int  # how many come after those
    list: str = ""  # where the whole of it can be put into another order


@dataclass(frozen=True, slots=True)
class MarkCounts:
    """How many frames each filter beside the statuses finds (`images/matrix/_mark_filters.html`).

    ``bulk`` is the price of regenerating all stale ones, ``retry`` that of all failed ones.
    """

    stale: int = 0
    blocked: int = 0
    locked: int = 0
    starred: int = 0
    flagged: int = 0
    failed: int = 0
    bulk: str = ""
    retry: str = ""
    ask: str = ""  # URL of the question before all stale ones are made anew

    @property
    def chips(self) -> tuple[tuple[str, str, str, int], ...]:
        """(name, sign, word, number) of each filter that finds something."""
        every = (
            ("stale", "↻", "Stale", self.stale),
            ("blocked", "⊘", "Blocked", self.blocked),
            ("locked", "■", "Locked", self.locked),
            ("starred", "★", "Starred", self.starred),
            ("flagged", "⚑", "Flagged", self.flagged),
        )
        return tuple(each for each in every if each[3])


@dataclass(frozen=True, slots=True)
class FrameAction:
    """One button of a frame. ``name`` is the command in its URL, ``value`` names the frame; ``shown``: always, not only
    under pointer or focus.
    """

    name: str
    label: str
    icon: str
    value: str
    price: str = ""
    shown: bool = False
