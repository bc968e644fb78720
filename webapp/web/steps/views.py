"""What the page of a step that only shows files is given."""

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
    """One piece of a step page (`steps/_block.html`); ``kind`` says which of the other values it has.

    markdown: ``html``, safe already. text: ``text``, shown as it is. table: ``head`` and ``rows``, plain texts.
    facts: ``pairs`` of name and value. audio: ``players``. ``file`` is the file it was read from, relative to
    the project.
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
    """Any step but 1 and 8 (`steps/page.html`). No ``blocks``: the page says that it would show ``files``."""

    shell: Shell
    no: int
    name: str
    files: tuple[str, ...]
    blocks: tuple[ContentBlock, ...] = ()
    summary: str = ""  # "12 segments, 48 s"
    problems: tuple[str, ...] = ()
