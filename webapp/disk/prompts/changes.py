"""Changes of a project's prompts: decided by a pure function, kept for undo first, then written in all three forms."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.datafiles.source_text import decode
from webapp.core.project import STYLE_NAME, order_styles
from webapp.core.prompts import prompt_files
from webapp.core.prompts.edits import Entries, edited
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.prompts import history as prompt_history
from webapp.disk.prompts.files import (
    MAX_STYLES,
    PROMPTS,
    counting,
    digest_of,
)
from webapp.disk.prompts.history import HistoryFile, PromptHistory
from webapp.errors import BadFile, BadInput, Outdated


@dataclass(frozen=True, slots=True)
class CurrentStyle:
    """A style as its file has it now. ``entries`` may be changed freely."""

    entries: Entries
    digest: str


Decide = Callable[[Mapping[str, CurrentStyle]], Mapping[str, Entries]]
"""Returns the styles that are to change, with their new entries. What it raises keeps everything as it is."""


class PromptStore:
    """Changes the prompts of projects. ``clock`` gives epoch seconds, for the times in files.

    Each change can be undone. While one is decided and written, other tabs and processes of this machine wait.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def change(self, folder: Folder, what: str, decide: Decide) -> tuple[str, ...]:
        """Change the prompts as ``decide`` says, and return the styles that changed. ``what`` names it for undoing.

        A style whose file cannot be used is not passed to ``decide``, which may still give it new entries.

        Raises:
            BadInput: a name cannot be a style's, or what ``decide`` raises.
            BadFile: an entry that is new or changed cannot be used; nothing was written.
        """
        return run_native(_change, folder, what, decide, self._clock())

    def save(self, folder: Folder, style: str, entries: Sequence[dict[str, Any]]) -> None:
        """Write a style's prompts in all three forms, unknown fields included, even when nothing changed.

        An empty or damaged file is overwritten: undoing brings it back.

        Raises:
            BadInput: this cannot be a style's name.
            BadFile: an entry cannot be used; nothing was written.
        """
        run_native(_save, folder, style, entries, self._clock())

    def history(self, folder: Folder) -> PromptHistory:
        """Return the changes that can be undone or redone."""
        return prompt_history.read_history(folder)

    def undo(self, folder: Folder, seq: int, forward: bool = False) -> None:
        """Undo the newest change, or with ``forward`` redo the one undone last. ``seq`` is its number on the page.

        Raises:
            Outdated: another one is in turn by now.
            BadFile: what was kept of it cannot be read.
        """
        run_native(_undo, folder, seq, self._clock(), forward)

    def entries_before(self, folder: Folder, seq: int, style: str) -> Entries:
        """Return a style's entries before that change; none when they are not known.

        Raises:
            BadFile: what was kept of the change cannot be read.
        """
        return run_native(_entries_before, folder, seq, style)

    def loose_entries(self, folder: Folder, style: str) -> list[Any]:
        """Return the entries of a style whose file cannot be used as it is, unchecked.

        Raises:
            BadFile: the entries cannot even be told apart.
        """
        return run_native(_loose_entries, folder, style)


def _change(folder: Folder, what: str, decide: Decide, now: float) -> tuple[str, ...]:
    with folder.files.locked():
        there = _there(folder)
        before = _usable(there)
        wanted = decide(copy.deepcopy(before))
        after = {
            style: list(entries)
            for style, entries in wanted.items()
            if style not in before or before[style].entries != entries
        }
        for style, entries in after.items():
            _check(style, entries, before[style].entries if style in before else ())
        if after:
            beats = {style: _edited(before.get(style), entries) for style, entries in after.items()}
            lost = {style: there.get(style) for style in after}
            prompt_history.remember(folder, what, lost, {style: ids for style, ids in beats.items() if ids}, now)
        for style, entries in after.items():
            _write(folder, style, _forms(entries))
        return tuple(after)


def _save(folder: Folder, style: str, entries: Sequence[dict[str, Any]], now: float) -> None:
    _check(style, entries)
    if not _change(folder, f"Saved {style}", lambda _: {style: list(entries)}, now):
        with folder.files.locked():
            _write(folder, style, _forms(entries))


def _undo(folder: Folder, seq: int, now: float, forward: bool = False) -> None:
    with folder.files.locked():
        history = prompt_history.read_history(folder)
        stack = history.redo if forward else history.undo
        if not stack or stack[-1].seq != seq:
            raise Outdated("The prompts were changed meanwhile. Look at what can be undone now, and try again.")
        back = prompt_history.kept_by(folder, seq)
        for style in back:
            if not STYLE_NAME.match(style):
                raise BadFile(f"{prompt_history.PLACE}/{seq}.json", "a style’s name in it cannot be used.")
        there = _there(folder)
        used = prompt_history.turn_back(folder, {style: there.get(style) for style in back}, forward, now)
        for style, kept in back.items():
            _restore(folder, style, kept)
        prompt_history.forget(folder, used)


def _entries_before(folder: Folder, seq: int, style: str) -> Entries:
    current = _current(prompt_history.kept_by(folder, seq).get(style))
    return current.entries if current else []


def _loose_entries(folder: Folder, style: str) -> list[Any]:
    kept = _there(folder).get(style)
    if kept is None:
        raise BadFile(f"{PROMPTS}/prompts-{style}", "there is no such file any more.")
    return prompt_files.read_loosely(decode(kept.data, kept.name), kept.name)


def _there(folder: Folder) -> dict[str, HistoryFile]:
    found = {}
    for style, name in counting([name for name in folder.files.names(PROMPTS) if prompt_files.style_of(name)]).items():
        with contextlib.suppress(BadFile):  # too large, or no regular file: nothing anybody wrote as prompts
            data = folder.files.read(f"{PROMPTS}/{name}", prompt_files.MAX_FILE)
            if data is not None:
                found[style] = HistoryFile(name, data)
    return found


def _usable(there: Mapping[str, HistoryFile]) -> dict[str, CurrentStyle]:
    # the same styles as in `PromptFiles.read`
    found: dict[str, CurrentStyle] = {}
    lower: set[str] = set()
    for style in order_styles(there)[:MAX_STYLES]:
        current = _current(there[style]) if STYLE_NAME.match(style) and style.lower() not in lower else None
        if current:
            lower.add(style.lower())
            found[style] = current
    return found


def _current(kept: HistoryFile | None) -> CurrentStyle | None:
    if kept is None:
        return None
    try:
        return CurrentStyle(prompt_files.read_entries(decode(kept.data, kept.name), kept.name), digest_of(kept.data))
    except BadFile:
        return None


def _edited(before: CurrentStyle | None, entries: Entries) -> list[str]:
    return ["-".join(key) for key in edited(before.entries if before else [], entries)]


def _check(style: str, entries: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]] = ()) -> None:
    if not STYLE_NAME.match(style):
        raise BadInput("Name the style with Latin letters, digits, - and _ only, a letter or digit first.")
    # what could not be used before may stay as it is: it keeps nobody from editing the other beats
    kept = prompt_files.new_entries(entries, before) if before else entries
    prompt_files.parse_entries(kept, f"{PROMPTS}/{prompt_files.file_names(style)[0]}")


def _forms(entries: Sequence[dict[str, Any]]) -> dict[str, bytes]:
    texts = (prompt_files.write_js(entries), prompt_files.write_json(entries), prompt_files.write_txt(entries))
    return {suffix: text.encode() for suffix, text in zip(prompt_files.SUFFIXES, texts, strict=True)}


def _write(folder: Folder, style: str, forms: Mapping[str, bytes]) -> None:
    # the form that counts is written last: until then the old ones hold
    for name, suffix in reversed(list(zip(prompt_files.file_names(style), prompt_files.SUFFIXES, strict=True))):
        if suffix in forms:
            folder.files.write_whole(f"{PROMPTS}/{name}", forms[suffix])


def _restore(folder: Folder, style: str, kept: HistoryFile | None) -> None:
    """Restore a style: the file that counted byte by byte, the others in step with it."""
    names = dict(zip(prompt_files.SUFFIXES, prompt_files.file_names(style), strict=True))
    suffix = next((suffix for suffix, name in names.items() if kept and name == kept.name), None)
    current = _current(kept)
    if kept and suffix and current:
        _write(folder, style, {**_forms(current.entries), suffix: kept.data})
        return
    if kept and suffix:
        _write(folder, style, {suffix: kept.data})
    for other, name in names.items():  # what would count before it, or all where there was nothing
        if suffix is None or prompt_files.SUFFIXES.index(other) < prompt_files.SUFFIXES.index(suffix):
            folder.files.remove(f"{PROMPTS}/{name}")
