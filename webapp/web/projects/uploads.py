"""Uploaded prompt files: read and checked as a whole before anything is written.

The style comes from the file's name: ``prompts-clear.js`` and ``clear.json`` are both ``clear``. Several forms of one
style may come together, as they lie in a v1 folder; one of them counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import FileStorage

from webapp.core.datafiles.source_text import decode
from webapp.core.prompts.prompt_files import checked_entries
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, BadInput
from webapp.operations.upload_names import base_name, one_a_style
from webapp.web.services import services

MOST_BYTES = 8 * 1024 * 1024
MOST_FILES = 60

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
    return {style: _entries(file) for style, file in _by_style(chosen).items()}


def save(folder: Folder, found: Mapping[str, Entries]) -> None:
    """Write the styles into a new project."""
    for style, entries in found.items():
        services().store.prompts.save(folder, style, entries)


def _by_style(files: Sequence[FileStorage]) -> dict[str, FileStorage]:
    counting = one_a_style([file.filename or "" for file in files])
    return {style: files[place] for style, place in counting.items()}


def _entries(file: FileStorage) -> Entries:
    name = base_name(file.filename or "")
    body = file.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise BadFile(name, f"larger than {MOST_BYTES // 1024 // 1024} MB. Check that it is the right file.")
    return checked_entries(decode(body, name), name)
