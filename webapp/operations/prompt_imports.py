"""Commands that import prompts: files or a pasted text, read as a whole, compared, and written only when agreed to.

What was read waits in the project until then; agreeing names it, and the prompts it was compared with. Files of one
style in several forms may come together, as they lie in a v1 folder: the form that counts first is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from webapp.core.datafiles.source_text import decode
from webapp.core.project import STYLE_NAME, order_styles
from webapp.core.prompts.edits import Entries, joined
from webapp.core.prompts.import_diff import Difference, difference
from webapp.core.prompts.import_kinds import bytes_kind
from webapp.core.prompts.prompt_files import prompts_digest
from webapp.core.prompts.tables import SUFFIXES, form_of, read_storyboard
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.project_store import ProjectStore
from webapp.disk.prompts import pending_imports
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadFile, BadInput, Outdated
from webapp.operations.upload_names import base_name, one_a_style, style_in

MOST_BYTES = 20_000_000
MOST_FILES = 60
PASTED = "pasted text"

FoundEntries = dict[str, list[Any]]
"""Entries by style."""


class UploadedFile(NamedTuple):
    """A file of an upload: its name as the browser sent it, and its body."""

    name: str
    body: BinaryIO


class PromptImports:
    """Compares and imports prompts."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store

    def prepare(self, folder: Folder, found: FoundEntries, whole: bool) -> tuple[list[Difference], str]:
        """Compare an import and keep it until `accept`. Returns what it would change, and its name.

        Raises:
            BadFile: an entry cannot be used.
        """
        changes = self.compare(folder, found, whole)
        return changes, pending_imports.put(folder, {"styles": found, "replace": whole})

    def accept(self, folder: Folder, name: str, seen: str) -> list[Difference]:
        """Write an import that was prepared. ``seen`` is the digest of the prompts it was compared with.

        Raises:
            NotFound: it is not kept any more.
            Outdated: the prompts are not those it was compared with.
        """
        kept = pending_imports.get(folder, name)
        return self.write(folder, kept["styles"], kept["replace"], seen)

    def compare(self, folder: Folder, found: FoundEntries, whole: bool) -> list[Difference]:
        """What an import would do, style by style; ``whole``: beats it does not have are removed. Writes nothing.

        Raises:
            BadFile: an entry cannot be used.
        """
        changes: list[Difference] = []

        def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
            changes.extend(_differences(current, found, whole))
            return {}

        self._store.prompts.change(folder, "", decide)
        return changes

    def write(self, folder: Folder, found: FoundEntries, whole: bool, seen: str | None = None) -> list[Difference]:
        """Import at once, as `compare` says. ``seen`` is the digest of the prompts it was compared with, if that is to
        be checked.

        Raises:
            BadFile: an entry cannot be used; nothing was written.
            Outdated: the prompts are not those it was compared with.
        """
        changes: list[Difference] = []

        def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
            if seen is not None and seen != prompts_digest((name, each.digest) for name, each in current.items()):
                raise Outdated("The prompts were changed since this was shown. Nothing was written; import it again.")
            changes.extend(_differences(current, found, whole))
            return {each.style: each.entries for each in changes}

        self._store.prompts.change(folder, f"Imported {joined(order_styles(found))}", decide)
        return changes


class ReadImport(NamedTuple):
    """What was read: entries by style, and a sentence for each thing that was not read or looks spoilt."""

    styles: FoundEntries
    notes: tuple[str, ...]


def read(files: Iterable[UploadedFile], text: str, style: str) -> ReadImport:
    """The entries of files and of a pasted text. ``style``: the one for entries that name none, "" for the file's own.

    Raises:
        BadInput: there is nothing, too much, or no style for it.
        BadFile: something cannot be used; the sentence names line and reason.
    """
    chosen = [file for file in files if file.name]
    if not chosen and not text.strip():
        raise BadInput("Choose a file or paste a text to import.")
    if len(chosen) > MOST_FILES:
        raise BadInput(f"These are more than {MOST_FILES} files. Choose the prompt files only.")
    if style and not STYLE_NAME.match(style):
        raise BadInput("Name the style with Latin letters, digits, - and _ only, a letter or digit first.")
    found: FoundEntries = {}
    notes: list[str] = []
    for file in (chosen[place] for place in one_a_style([each.name for each in chosen], SUFFIXES).values()):
        name, body = base_name(file.name), file.body.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise BadFile(name, f"larger than {MOST_BYTES // 1_000_000} MB. Check that it is the right file.")
        if kind := bytes_kind(body):
            raise BadFile(name, kind)
        rows = run_native(_rows, decode(body, name), name, notes, style)
        _add(found, rows, style or style_in(name, SUFFIXES), name)
    if text.strip():
        _add(found, run_native(_rows, text, f"{PASTED}{form_of(text)}", notes, style), style, PASTED)
    return ReadImport(found, tuple(notes))


def _rows(text: str, name: str, notes: list[str], style: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        return [(row.style, row.entry) for row in read_storyboard(text, name, notes, style)]
    except BadFile as error:
        shown = PASTED if name.startswith(PASTED) else name
        raise BadFile(shown, error.reason, error.line) from error


def _add(found: FoundEntries, rows: Sequence[tuple[str, dict[str, Any]]], style: str, name: str) -> None:
    for named, entry in rows:
        if not (named or style):
            raise BadInput(f"Nothing in {name} says which style it is for. Name the style, or add a column for it.")
        found.setdefault(named or style, []).append(entry)


def _differences(current: Mapping[str, CurrentStyle], found: FoundEntries, whole: bool) -> list[Difference]:
    there = {name: each.entries for name, each in current.items()}
    names = order_styles(found)
    return [difference(name, there.get(name, []), found[name], f"prompts-{name}", whole) for name in names]
