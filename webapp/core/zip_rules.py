"""Rules for a ZIP that is to become a project, decided from its table of contents before a byte is written.

A refusal is one sentence. What passes is still counted while it is unpacked, since a table of contents can lie.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.errors import BadInput

MAX_ENTRIES = 20_000
MAX_TABLE = MAX_ENTRIES * 400
"""Bytes of a table of contents; a larger one is not even read."""

MAX_FILE = 512_000_000
MAX_TOTAL = 8_000_000_000
MAX_RATIO = 100
FREE_RATIO = 50_000_000
"""Up to this size the ratio does not matter: a silent recording shrinks a thousandfold."""

MAX_DEPTH = 8
MAX_PART = 120

TITLE = ".step8/project.json"
"""The one file of ``.step8`` that is read, for the title: another installation's run must not go on here."""

_FOLDERS = frozenset({"prompts", "storyboards", "voiceover", "generated_images", "selected_images", ".step8"})
_FILES = frozenset({"book.txt", "summary.txt", "script.md", "beats.json", "beats.md", "image_selections.json"})
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_NESTED = re.compile(r".*\.(?:zip|7z|rar|tar|t?gz|t?bz2?|t?xz|zst|jar|iso|cab)\Z", re.IGNORECASE)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_STORED_OR_DEFLATED = frozenset({0, 8})


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One line of the table of contents. ``name`` is as written; ``mode`` the Unix file mode, 0 when none is given.

    ``start`` and ``end`` are where its packed bytes lie in the ZIP, headers included.
    """

    name: str
    size: int
    packed: int
    start: int
    end: int
    flags: int = 0
    method: int = 8
    mode: int = 0


@dataclass(frozen=True, slots=True)
class UnzipPlan:
    """The files to unpack: pairs of the entry's place in the ZIP and the path inside the new project.

    ``folder`` is the name of the ZIP's only top folder, "" when there is none; ``title`` is the place of the entry with
    the project's title, if any.
    """

    files: tuple[tuple[int, str], ...]
    folder: str = ""
    title: int | None = None


def plan(entries: Sequence[ZipEntry]) -> UnzipPlan:
    """Return what of a ZIP becomes the project.

    Raises:
        BadInput: it holds something that a project never has, or that cannot be unpacked safely.
    """
    _check_sizes(entries)
    _check_places(entries)
    paths = {place: _path(entry) for place, entry in enumerate(entries)}
    _check_names(list(paths.values()), entries)
    files = {place: path for place, path in paths.items() if not _is_folder(entries[place])}
    files = {place: path for place, path in files.items() if not _is_litter(path)}
    folder = _common_folder(files.values())
    if folder:
        files = {place: path[1:] for place, path in files.items()}
    _check_is_project(files.values())
    title = next((place for place, path in files.items() if "/".join(path) == TITLE), None)
    kept = ((place, "/".join(path)) for place, path in files.items() if not any(part[0] == "." for part in path))
    return UnzipPlan(tuple(kept), folder, title)


def _check_sizes(entries: Sequence[ZipEntry]) -> None:
    if not entries:
        raise BadInput("This ZIP is empty. Choose the ZIP of a project's folder.")
    if len(entries) > MAX_ENTRIES:
        raise BadInput(f"This ZIP holds more than {MAX_ENTRIES:,} files. Choose the ZIP of one project's folder.")
    largest = max(entries, key=lambda entry: entry.size)
    if largest.size > MAX_FILE:
        raise BadInput(f"{_shown(largest)} is larger than {MAX_FILE // 1_000_000} MB. Take it out of the ZIP.")
    total = sum(entry.size for entry in entries)
    if total > MAX_TOTAL:
        raise BadInput(f"Unpacked this ZIP would be larger than {MAX_TOTAL // 1_000_000_000} GB. Take something out.")
    check_ratio(total, sum(entry.packed for entry in entries))


def check_ratio(total: int, packed: int) -> None:
    """Refuse what unpacks to far more than a project can.

    Raises:
        BadInput: it does.
    """
    if total > FREE_RATIO and total > packed * MAX_RATIO:
        raise BadInput("This ZIP unpacks to more than a hundred times its size, which no project does. Pack it anew.")


def _check_places(entries: Sequence[ZipEntry]) -> None:
    """Refuse entries that share bytes (that is how a small file becomes an endless one) and unusual kinds."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.start):
        if entry.start < end:
            raise BadInput("This ZIP is damaged: its files lie over each other. Pack it anew.")
        end = entry.end
        if entry.flags & _ENCRYPTED:
            raise BadInput("This ZIP is encrypted. Pack it again without a password.")
        if entry.method not in _STORED_OR_DEFLATED:
            raise BadInput(f"{_shown(entry)} is packed in a way that is not read here. Pack the ZIP anew, as usual.")
        kind = stat.S_IFMT(entry.mode)
        if kind == stat.S_IFLNK:
            raise BadInput(f"{_shown(entry)} is a link; links are not followed. Put the file itself into the ZIP.")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadInput(f"{_shown(entry)} is no regular file. Take it out of the ZIP.")


def _path(entry: ZipEntry) -> tuple[str, ...]:
    """Return the parts of an entry's name, which must be valid on every system."""
    name = unicodedata.normalize("NFC", entry.name)
    parts = tuple(name.removesuffix("/").split("/"))
    if name.startswith("/") or ".." in parts:
        raise BadInput(f"{_shown(entry)} leads out of the project's folder. Pack the ZIP anew.")
    if len(parts) > MAX_DEPTH:
        raise BadInput(f"{_shown(entry)} lies more than {MAX_DEPTH} folders deep. Pack the project's folder alone.")
    for part in parts:
        bad = not part or part == "." or _UNSAFE.search(part) or _DEVICE.match(part) or part[-1] in " ."
        if bad or len(part.encode("utf-8", "replace")) > 2 * MAX_PART or len(part) > MAX_PART or not _is_text(part):
            raise BadInput(f"{_shown(entry)} has a name that cannot be used on every system. Rename it, pack anew.")
    if _NESTED.match(parts[-1]) and not _is_folder(entry):
        raise BadInput(f"{_shown(entry)} is an archive inside the ZIP. Unpack it or take it out, then pack anew.")
    return parts


def _check_names(paths: list[tuple[str, ...]], entries: Sequence[ZipEntry]) -> None:
    """Refuse a name that stands twice, also in another case, and a file that is a folder too."""
    folded = [tuple(part.casefold() for part in path) for path in paths]
    twice = next((path for path, count in Counter(folded).items() if count > 1), None)
    if twice is not None:
        raise BadInput(f"“{_clip('/'.join(twice))}” is in the ZIP twice. Pack it anew.")
    above = {path[:depth] for path in folded for depth in range(1, len(path))}
    for place, path in enumerate(folded):
        if path in above and not _is_folder(entries[place]):
            raise BadInput(f"{_shown(entries[place])} is a file and a folder in this ZIP. Pack it anew.")


def _common_folder(paths: Iterable[tuple[str, ...]]) -> str:
    tops = {path[0] for path in paths}
    deep = all(len(path) > 1 for path in paths)
    only = next(iter(tops)) if len(tops) == 1 and deep else ""
    return "" if only in _FOLDERS or only.startswith(".") else only


def _check_is_project(paths: Iterable[tuple[str, ...]]) -> None:
    if not any((len(path) > 1 and path[0] in _FOLDERS) or (len(path) == 1 and path[0] in _FILES) for path in paths):
        raise BadInput("This ZIP holds no project: no prompts, script or images. Pack the project's folder itself.")


def _is_folder(entry: ZipEntry) -> bool:
    return entry.name.endswith("/")


def _is_litter(path: tuple[str, ...]) -> bool:
    return path[0] == "__MACOSX" or path[-1].casefold() in _LITTER


def _is_text(part: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in part)


def _shown(entry: ZipEntry) -> str:
    plain = "".join(letter if letter.isprintable() else "·" for letter in entry.name)
    return f"“{_clip(plain)}”"


def _clip(text: str) -> str:
    return text if len(text) <= 80 else "…" + text[-79:]
