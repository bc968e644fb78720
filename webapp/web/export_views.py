"""What the template of the export page is given."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.views import Shell


@dataclass(frozen=True, slots=True)
class Result:
    """One file that can be downloaded."""

    label: str  # "Images · all styles"
    file: str
    size: str  # "12.4 MB"
    made: str  # "just now"
    href: str


@dataclass(frozen=True, slots=True)
class JobView:
    """The export that is being made or was made last (`partials/_export_job.html`).

    ``kind`` is the banner's: info while it runs, success, warning, error. ``here`` is its own address, asked again
    while it runs.
    """

    here: str
    cancel: str
    results: tuple[Result, ...]
    running: bool = False
    kind: str = ""
    text: str = ""
    sub: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The export page (`export.html`). ``pictures`` are value and label; ``obstacle``: why no animatic can be made."""

    shell: Shell
    base: str
    job: JobView
    pictures: tuple[tuple[str, str], ...]
    single: tuple[tuple[str, str], ...]
    images: int
    seconds: str  # "1:12 long, by the voiceover", "" without beats
    obstacle: str = ""
    problem: str = ""
