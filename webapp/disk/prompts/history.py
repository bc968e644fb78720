"""History of a project's prompts, for undo: ``.step8/prompt_history/``.

``history.json`` lists the changes, oldest first; ``<number>.json`` holds the text of each style's file before that
change. It is written before the change is made: if the process dies in between, undoing changes nothing. Without the
folder only undo is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.os_calls import PRIVATE
from webapp.errors import BadFile

PLACE = f"{STATE}/prompt_history"
LIST = f"{PLACE}/history.json"
KEPT = 100
"""Changes that can be undone."""

LEAST = 20
"""Changes that can be undone however large they are."""

MOST_BYTES = 64_000_000
MOST_VERSION = 200_000_000
_VERSION = re.compile(r"([0-9]{1,9})\.json\Z")


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One change: its number, when it was made (epoch), a few words on it, and the beats it edited in each style.

    A beat is written ``<shot>-<number>``.
    """

    seq: int
    at: float
    what: str
    beats: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptHistory:
    """The changes that can be undone, and those that can be redone; the next in turn comes last."""

    undo: tuple[PromptVersion, ...] = ()
    redo: tuple[PromptVersion, ...] = ()

    def edits(self) -> dict[tuple[str, str], PromptVersion]:
        """Return the newest change of each prompt that was edited, by style and beat."""
        return {(style, beat): each for each in self.undo for style, beats in each.beats.items() for beat in beats}


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A style's file as it was: its name in ``prompts`` and its bytes."""

    name: str
    data: bytes


def read_history(folder: Folder) -> PromptHistory:
    """Return the known changes. A list that cannot be read is an empty one."""
    data = read_object(folder, LIST)
    return PromptHistory(_versions(data.get("undo")), _versions(data.get("redo")))


def remember(
    folder: Folder, what: str, before: Mapping[str, HistoryFile | None], beats: dict[str, list[str]], now: float
) -> None:
    """Keep these styles (None: not there) before a change that is about to be made.

    Effect: nothing can be redone any more.
    """
    history = read_history(folder)
    version = PromptVersion(_next(folder), now, what, beats)
    _write(folder, version.seq, before)
    keep = _fitting(folder, (*history.undo, version))
    _write_list(folder, PromptHistory(keep))
    _forget(folder, [old.seq for old in (*history.undo, *history.redo) if old not in keep])


def kept_by(folder: Folder, seq: int) -> dict[str, HistoryFile | None]:
    """Return what each style was before a change.

    Raises:
        BadFile: the file that says so is gone or damaged.
    """
    name = f"{PLACE}/{seq}.json"
    body = folder.files.read(name, MOST_VERSION)
    try:
        styles = json.loads(body or b"")["styles"]
        return {style: _kept(data) for style, data in styles.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise BadFile(name, "what the prompts were before cannot be read any more.") from None


def turn_back(folder: Folder, now_there: Mapping[str, HistoryFile | None], forward: bool, now: float) -> int:
    """Note that the newest change is undone (or with ``forward`` redone); ``now_there`` is kept for the way back.

    Returns the number of the version that is used up; `forget` it when the files are written.
    """
    history = read_history(folder)
    used = (history.redo if forward else history.undo)[-1]
    version = PromptVersion(_next(folder), used.at if forward else now, used.what, used.beats)
    _write(folder, version.seq, now_there)
    if forward:
        _write_list(folder, PromptHistory((*history.undo, version), history.redo[:-1]))
    else:
        _write_list(folder, PromptHistory(history.undo[:-1], (*history.redo, version)))
    return used.seq


def forget(folder: Folder, seq: int) -> None:
    """Remove what was kept of a change."""
    _forget(folder, [seq])


def _versions(data: Any) -> tuple[PromptVersion, ...]:
    found = []
    for item in data if isinstance(data, list) else ():
        try:
            beats = {str(style): [str(beat) for beat in known] for style, known in item["beats"].items()}
            found.append(PromptVersion(int(item["seq"]), float(item["at"]), str(item["what"]), beats))
        except (TypeError, ValueError, LookupError, AttributeError):
            continue
    return tuple(found)


def _write_list(folder: Folder, history: PromptHistory) -> None:
    stacks = {"undo": history.undo, "redo": history.redo}
    write_object(folder, LIST, {name: [asdict(each) for each in stack] for name, stack in stacks.items()})


def _write(folder: Folder, seq: int, before: Mapping[str, HistoryFile | None]) -> None:
    styles = {
        style: {"name": kept.name, "text": kept.data.decode("utf-8", "surrogateescape")} if kept else None
        for style, kept in before.items()
    }
    body = json.dumps({"styles": styles}).encode()  # in ASCII, so that bytes that are no UTF-8 survive too
    folder.files.write_whole(f"{PLACE}/{seq}.json", body, PRIVATE)


def _kept(data: Any) -> HistoryFile | None:
    if data is None:
        return None
    return HistoryFile(str(data["name"]), str(data["text"]).encode("utf-8", "surrogateescape"))


def _next(folder: Folder) -> int:
    return 1 + max((seq for seq, _ in _numbered(folder)), default=0)


def _numbered(folder: Folder) -> list[tuple[int, str]]:
    names = folder.files.names(PLACE)
    return [(int(match[1]), name) for name in names if (match := _VERSION.match(name))]


def _fitting(folder: Folder, versions: tuple[PromptVersion, ...]) -> tuple[PromptVersion, ...]:
    """Return the newest versions that are kept: `KEPT`, and fewer where they are large."""
    sizes = folder.files.stats(PLACE, [name for _, name in _numbered(folder)])
    total, keep = 0, 0
    for version in reversed(versions[-KEPT:]):
        status = sizes.get(f"{version.seq}.json")
        total += status.st_size if status else 0
        if total > MOST_BYTES and keep >= LEAST:
            break
        keep += 1
    return versions[-keep:]


def _forget(folder: Folder, numbers: Iterable[int]) -> None:
    for seq in numbers:
        folder.files.remove(f"{PLACE}/{seq}.json")
