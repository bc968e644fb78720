"""Views of the pages that only show files."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.layout.widgets import Shell


@dataclass(frozen=True, slots=True)
class RecordingView:
    """One recording with its text."""

    label: str
    src: str
    text: str = ""
    length: str = ""  # "4.2 s"


@dataclass(frozen=True, slots=True)
class ContentBlock:
    """One block of a step page (`steps/_block.html`). ``kind`` says which other values it has:

    markdown: ``html``, safe. text: ``text``, plain. table: ``head`` and ``rows``, plain texts. facts: ``pairs`` of name
    and value. audio: ``players``. ``file`` is its source, relative to the project.
    """

    kind: str
    title: str = ""
    file: str = ""
    note: str = ""
    html: str = ""
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    players: tuple[RecordingView, ...] = ()


@dataclass(frozen=True, slots=True)
class StepPage:
    """Any step but 1, 7, 8 and 9 (`steps/page.html`). Without ``blocks`` the page names ``files``."""

    shell: Shell
    no: int
    name: str
    files: tuple[str, ...]
    blocks: tuple[ContentBlock, ...] = ()
    summary: str = ""  # "12 segments, 48 s"
    problems: tuple[str, ...] = ()
