"""Search and replace in a project's prompts: counted, or done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.prompts.edits import Entries, Replacement, replaced
from webapp.disk.files.folder import Folder
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadInput, NotFound, Outdated
from webapp.web.prompts.layout import digest_of
from webapp.web.services import services

MOST_SEARCHED = 2_000
CHANGED = "The prompts were changed meanwhile, in another tab or program. Nothing was written; count again."


@dataclass(frozen=True, slots=True)
class SearchReplace:
    """What is looked for, what is put there, in which style ("" for all), and whether capitals matter."""

    find: str
    put: str
    style: str = ""
    match_case: bool = False


def count(folder: Folder, wanted: SearchReplace) -> dict[str, Replacement]:
    """What would be replaced in each style. Nothing is written.

    Raises:
        BadInput: it cannot be done.
    """
    return _run(folder, wanted, write=False)


def replace_all(folder: Folder, wanted: SearchReplace, seen: str | None = None) -> dict[str, Replacement]:
    """Replace it. ``seen`` is the digest of the prompts it was counted in, if that is to be checked.

    Raises:
        BadInput: it cannot be done; nothing was written.
        Outdated: the prompts are not those it was counted in.
    """
    return _run(folder, wanted, write=True, seen=seen)


def _run(folder: Folder, wanted: SearchReplace, write: bool, seen: str | None = None) -> dict[str, Replacement]:
    if max(len(wanted.find), len(wanted.put)) > MOST_SEARCHED:
        raise BadInput(f"Search for at most {MOST_SEARCHED:,} characters, and put in at most as many.")
    found: dict[str, Replacement] = {}

    def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
        if seen is not None and seen != digest_of((name, each.digest) for name, each in current.items()):
            raise Outdated(CHANGED)
        if wanted.style and wanted.style not in current:
            raise NotFound("The project has no such style any more. Load the page again.")
        for name in [wanted.style] if wanted.style else current:
            found[name] = replaced(current[name].entries, wanted.find, wanted.put, wanted.match_case)
        return {name: each.entries for name, each in found.items()} if write else {}

    services().store.change_prompts(folder, f"Replaced “{wanted.find[:40]}”", decide)
    return found
