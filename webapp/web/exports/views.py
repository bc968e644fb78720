"""Views of the export page: what its templates get."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.exports.requests import ExportOption
from webapp.web.layout.widgets import Shell


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file that can be downloaded."""

    label: str  # "Images · all styles"
    file: str
    size: str  # "12.4 MB"
    made: str  # "just now"
    href: str


@dataclass(frozen=True, slots=True)
class JobView:
    """The export that is being made or was made last (`exports/_export_job.html`).

    ``kind`` is the banner's: info while it runs, success, warning, error. ``here`` is its own address, asked again
    while it runs.
    """

    here: str
    cancel: str
    results: tuple[ExportFile, ...]
    running: bool = False
    kind: str = ""
    text: str = ""
    sub: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """A format with its form (`exports/_export_offer.html`). ``images`` are value and label, of which one is chosen.

    ``obstacle``: why it cannot be made on this machine.
    """

    kind: str
    label: str
    note: str
    button: str  # "Export contact sheet"
    images: tuple[tuple[str, str], ...] = ()
    options: tuple[ExportOption, ...] = ()
    hint: str = ""
    obstacle: str = ""
    enabled: bool = True
    print_href: str = ""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The export page (`exports/page.html`). ``of_story`` are the formats of a story, none when there is no prompt;
    ``of_folder`` those that take the folder as it is."""

    shell: Shell
    base: str
    job: JobView
    of_story: tuple[ExportOffer, ...]
    of_folder: tuple[ExportOffer, ...]
    images: int
    seconds: str  # "1:12 long, by the voiceover", "" without beats
    problem: str = ""
