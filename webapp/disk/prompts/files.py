"""Prompts files of a project, for reading: ``prompts/prompts-<style>.js|.json|.txt``."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass

from webapp.core.datafiles.source_text import decode
from webapp.core.project import STYLE_NAME, Problem, Style, order_styles
from webapp.core.prompts import prompt_files
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile

PROMPTS = "prompts"
MAX_STYLES = 32
CACHED = 1024

Stamps = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The styles whose prompts can be used, in order, and what is wrong with the other files."""

    styles: tuple[Style, ...]
    problems: tuple[Problem, ...]


class PromptFiles:
    """Reads prompts files. Their content is remembered until one of them changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stamps, Prompts]] = {}

    def read(self, folder: Folder) -> Prompts:
        """Return all prompts of a project. A file that cannot be used is in ``problems``, never an empty style; an
        entry that cannot is there too, and its style has the others.

        Raises:
            DiskTrouble: the project's folder is gone.
        """
        try:
            names = [name for name in folder.files.names(PROMPTS) if prompt_files.style_of(name) is not None]
        except BadFile as error:
            return Prompts((), (_problem(error),))
        status = folder.files.stats(PROMPTS, names)
        stamps = tuple((name, s.st_mtime_ns, s.st_size, s.st_ino) for name, s in sorted(status.items()))
        known = self._known.get(folder.name)
        if known and known[0] == stamps and len(status) == len(names):
            return known[1]
        found = _read_all(folder, names)
        while len(self._known) >= CACHED:
            with contextlib.suppress(KeyError, StopIteration, RuntimeError):  # another thread was quicker
                del self._known[next(iter(self._known))]
        self._known[folder.name] = stamps, found
        return found


def _read_all(folder: Folder, names: list[str]) -> Prompts:
    problems: list[Problem] = []
    styles: dict[str, Style] = {}
    unread = 0
    first = counting(names)
    for style in order_styles(first):
        file = f"{PROMPTS}/{first[style]}"
        try:
            if len(styles) + unread >= MAX_STYLES:
                raise BadFile(file, f"a project has at most {MAX_STYLES} styles. Move some prompts files away.")
            styles[style.lower()], left_out = _read_style(folder, style, file, set(styles))
            problems += left_out
        except BadFile as error:
            problems.append(_problem(error))
            unread += 1
    return Prompts(tuple(styles.values()), tuple(problems))


def counting(names: list[str]) -> dict[str, str]:
    """The file that counts for each style, of the names in ``prompts``. A copy of a style is none."""
    found = {
        prompt_files.style_of(name) or "": name for name in sorted(names, key=prompt_files.form_rank, reverse=True)
    }
    return {style: found[style] for style in prompt_files.without_copies(found)}


def digest_of(data: bytes) -> str:
    """Return a digest of a file's bytes."""
    return hashlib.blake2s(data, digest_size=8).hexdigest()


def _read_style(folder: Folder, style: str, file: str, taken: set[str]) -> tuple[Style, tuple[Problem, ...]]:
    if not STYLE_NAME.match(style):
        raise BadFile(file, "a style is named with Latin letters, digits, - and _ only. Rename the file.")
    if style.lower() in taken:
        raise BadFile(file, "another style has the same name but for its capitals. Rename one of them.")
    data = folder.files.read(file, prompt_files.MAX_FILE)
    if data is None:
        raise BadFile(file, "the file vanished while it was read. Reload the page.")
    read = prompt_files.parse_prompts(decode(data, file), file)
    return Style(style, read.beats, file, digest_of(data)), read.left_out


def _problem(error: BadFile) -> Problem:
    return Problem(error.file, error.reason, error.line)
