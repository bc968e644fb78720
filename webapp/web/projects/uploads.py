"""Prompt files that a user hands in: read and checked as a whole before anything is written.

The style comes from the file's name: ``prompts-clear.js`` and ``clear.json`` are both ``clear``. The three forms of one
style may come together, as they lie in a v1 folder; as there, ``.js`` counts before ``.json`` before ``.txt``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import FileStorage

from webapp.core.datafiles.source_text import decode
from webapp.core.prompts.prompt_files import read_entries
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, BadInput
from webapp.operations.upload_names import base_name, form_rank, style_in
from webapp.web.services import services

MOST_BYTES = 8 * 1024 * 1024
MOST_FILES = 60

Entries = list[dict[str, Any]]


def read(files: Iterable[FileStorage]) -> dict[str, Entries]:
    """The entries in the uploaded files, by style; of several forms of one style, those of the form that counts first.

    Raises:
        BadInput: no file was chosen, or a name gives no style.
        BadFile: a file cannot be used; the sentence names line and reason.
    """
    chosen = [file for file in files if file.filename]
    if not chosen:
        raise BadInput("No file was chosen. Choose files such as prompts-clear.js.")
    if len(chosen) > MOST_FILES:
        raise BadInput(f"These are more than {MOST_FILES} files. Choose the prompt files only.")
    by_style: dict[str, list[FileStorage]] = {}
    for file in chosen:
        by_style.setdefault(style_in(file.filename or ""), []).append(file)
    return {style: _entries(min(forms, key=_rank)) for style, forms in by_style.items()}


def save(folder: Folder, found: Mapping[str, Entries]) -> None:
    """Write the styles into a new project."""
    for style, entries in found.items():
        services().store.save_prompts(folder, style, entries)


def _rank(file: FileStorage) -> int:
    return form_rank(file.filename or "")


def _entries(file: FileStorage) -> Entries:
    name = base_name(file.filename or "")
    body = file.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise BadFile(name, f"larger than {MOST_BYTES // 1024 // 1024} MB. Check that it is the right file.")
    return read_entries(decode(body, name), name)
