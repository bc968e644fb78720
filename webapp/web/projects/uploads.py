"""Uploaded prompt files: read and checked as a whole before anything is written.

The style comes from the file's name: ``prompts-clear.js`` and ``clear.json`` are both ``clear``. Several forms of one
style may come together, as they lie in a v1 folder; one of them counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from werkzeug.datastructures import FileStorage

from webapp.core.datafiles.source_text import decode
from webapp.core.project import STYLE_NAME
from webapp.core.prompts.prompt_files import SUFFIXES, form_rank, read_entries
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, BadInput
from webapp.web.layout.words import clip
from webapp.web.services import services

MOST_BYTES = 8 * 1024 * 1024
MOST_FILES = 60
PREFIX = re.compile(r"prompts[-_ ]+", re.IGNORECASE)

Entries = list[dict[str, Any]]


def read(files: Iterable[FileStorage]) -> dict[str, Entries]:
    """Read the entries of uploaded files, by style.

    Raises BadInput: no file was chosen, or a name gives no style. BadFile: a file cannot be used; with line and reason.
    """
    chosen = [file for file in files if file.filename]
    if not chosen:
        raise BadInput("No file was chosen. Choose files such as prompts-clear.js.")
    if len(chosen) > MOST_FILES:
        raise BadInput(f"These are more than {MOST_FILES} files. Choose the prompt files only.")
    return {style: _entries(file) for style, file in by_style(chosen, SUFFIXES).items()}


def save(folder: Folder, found: Mapping[str, Entries]) -> None:
    """Write the styles into a new project."""
    for style, entries in found.items():
        services().store.save_prompts(folder, style, entries)


def by_style(files: Sequence[FileStorage], forms: Sequence[str]) -> dict[str, FileStorage]:
    """The file that counts for each style: of several forms the one that is first among ``forms``.

    Raises BadInput: a name gives no style.
    """
    found: dict[str, FileStorage] = {}
    for file in sorted(files, key=lambda file: form_rank(label(file.filename or ""), forms)):
        found.setdefault(style_in(file.filename or "", forms), file)
    return found


def style_in(name: str, suffixes: Sequence[str] = SUFFIXES) -> str:
    """The style in a file name. ``suffixes`` are the forms that are accepted.

    Raises BadInput: it names none.
    """
    path = PurePath(label(name))
    style = PREFIX.sub("", path.stem, count=1).strip().replace(" ", "-")
    if path.suffix.lower() not in suffixes or not STYLE_NAME.match(style):
        forms = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise BadInput(f"“{clip(str(path), 80)}” names no style. Name it like prompts-clear.js ({forms}).")
    return style


def _entries(file: FileStorage) -> Entries:
    name = label(file.filename or "")
    body = file.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise BadFile(name, f"larger than {MOST_BYTES // 1024 // 1024} MB. Check that it is the right file.")
    return read_entries(decode(body, name), name)


def label(name: str) -> str:
    """The bare name of an uploaded file; some browsers send a whole path."""
    return re.split(r"[/\\]", name)[-1].strip()
