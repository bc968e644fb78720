"""Views of step 9."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.layout.widgets import Banner, Shell


@dataclass(frozen=True, slots=True)
class StyleCard:
    """One style of the beat on screen. ``src`` is "" without an image; then ``sign`` and ``word`` say why."""

    style: str
    key: str  # "1" … "9", "" for styles beyond
    chosen: bool
    choosable: bool
    src: str
    image_id: str  # another image has another one
    status: str
    sign: str
    word: str
    note: str


@dataclass(frozen=True, slots=True)
class FilmItem:
    """One beat in the filmstrip. ``style`` is the text below it: the chosen style, "–" or "no image"."""

    id: str
    number: str
    href: str
    label: str
    thumb: str
    style: str
    flagged: bool
    current: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the filmstrip."""

    slug: str
    word: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class BulkChoice:
    """One style for all open beats: how many would be chosen, how many lack an image in it."""

    style: str
    count: int
    without: int


@dataclass(frozen=True, slots=True)
class UndoView:
    """The change that can be undone, in words."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ChosenBeat:
    """The beat on screen. URLs are "" where there is none; ``frame`` is its row in Step 8."""

    number: str
    place: int
    phrase: str
    cards: tuple[StyleCard, ...]
    notes: tuple[str, ...]
    choice: str  # the style chosen, "" for none
    flagged: bool
    clearable: bool
    previous: str
    next: str
    next_open: str
    first: str
    last: str
    frame: str

    @property
    def has_images(self) -> bool:
        """True when there is an image to show."""
        return any(card.src for card in self.cards)

    @property
    def images(self) -> tuple[StyleCard, ...]:
        """The cards that have an image."""
        return tuple(card for card in self.cards if card.src)


@dataclass(frozen=True, slots=True)
class SelectPage:
    """All of step 9. ``message`` is for screen readers only; ``live``: a run is active, new images may come."""

    shell: Shell
    action: str  # what the addresses of the commands begin with
    show: str
    total: int
    chosen: int
    flagged: int
    advance: bool
    beat: ChosenBeat | None
    film: tuple[FilmItem, ...]
    filters: tuple[Filter, ...]
    bulk: tuple[BulkChoice, ...]
    undo: UndoView | None
    banner: Banner | None
    message: str
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    ahead: tuple[str, ...]  # URLs of images that are likely to be shown next
    live: bool
