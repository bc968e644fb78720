"""What is shown of a command: its question, what it did; and one frame in full."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.matrix_views import Cell


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did, in one sentence, and how to take it back (`partials/_done.html`): the command that does so
    and the fields of its form; no ``action``: it cannot be taken back."""

    id: str
    text: str
    action: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    label: str = "Undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a sheet offers: a form that posts ``fields``, or a link to a further sheet."""

    label: str
    note: str = ""
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""  # "", "primary", "danger"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question, or what may be done with a beat, a shot or a style (`partials/_sheet.html`)."""

    title: str
    text: str
    offers: tuple[Offer, ...]
    back: str
    asks: bool = False  # a question: cancel stands first


@dataclass(frozen=True, slots=True)
class FrameDetails:
    """The read-only drawer of one frame (`frame.html`, `partials/_frame.html`)."""

    cell: Cell
    beat: str  # "Beat 1.4"
    shot: str
    phrase: str
    prompt: str
    transition: str
    image: str  # URL of the full image, "" when there is none
    size: str  # "1344 × 768", ""
    tabs: tuple[Cell, ...]  # the same beat in all styles, for the tabs
    facts: tuple[tuple[str, str], ...]  # (name, value): Status, Provider, Model, Seed, Cost, Time
    previous: str  # URLs of the neighbours in story order, "" at the ends
    next: str
    back: str  # URL of Step 8 at this frame's row
