"""Commands for a project's prompts: save one, edit a beat in several styles, search and replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.project import Frame
from webapp.core.prompts.edits import Entries, Replacement, replaced
from webapp.core.prompts.prompt_files import prompts_digest
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadInput, NotFound, Outdated
from webapp.operations.beat_edit import BeatEdit
from webapp.operations.publisher import ChangePublisher

MOST_SEARCHED = 2_000
CHANGED = "The prompts were changed meanwhile, in another tab or program. Nothing was written; count again."


@dataclass(frozen=True, slots=True)
class SearchReplace:
    """What is searched, what is put there, in which style ("" for all), and whether capitals matter."""

    find: str
    put: str
    style: str = ""
    match_case: bool = False


class PromptOperations:
    """Changes prompts in all three files of a style, all of a command or nothing; each can be undone."""

    def __init__(self, store: ProjectStore, publisher: ChangePublisher) -> None:
        self._store = store
        self._publisher = publisher

    def save_prompt(self, folder: Folder, frame: Frame, prompt: str, based_on: str | None = None) -> None:
        """Save one prompt. ``based_on``: the text it was edited from, if that is to be checked.

        Raises:
            BadInput: it cannot be used, or the file says something else by now; nothing was written.
        """
        project = self._store.project(folder)
        edit = BeatEdit.single(project, (frame.shot, frame.beat), frame.style, prompt, based_on)
        self._store.prompts.change(folder, f"Edited beat {frame.beat} in {frame.style}", edit.decide)
        self._publisher.log(folder, f"[{frame.style}] Beat {frame.beat}: prompt edited.")

    def edit_beat(self, folder: Folder, edit: BeatEdit) -> tuple[str, ...]:
        """Carry out an edit of a beat. Returns the styles it changed.

        Raises:
            BadInput: it cannot be done in one style, so it was done in none; `BeatEdit.problems` says why.
        """
        return self._store.prompts.change(folder, edit.what, edit.decide)

    def count(self, folder: Folder, wanted: SearchReplace) -> dict[str, Replacement]:
        """What would be replaced in each style. Nothing is written.

        Raises:
            BadInput: it cannot be done.
        """
        return self._search(folder, wanted, write=False)

    def replace_all(self, folder: Folder, wanted: SearchReplace, seen: str | None = None) -> dict[str, Replacement]:
        """Replace it. ``seen`` is the digest of the prompts it was counted in, if that is to be checked.

        Raises:
            BadInput: it cannot be done; nothing was written.
            Outdated: the prompts are not those it was counted in.
        """
        return self._search(folder, wanted, write=True, seen=seen)

    def _search(
        self, folder: Folder, wanted: SearchReplace, write: bool, seen: str | None = None
    ) -> dict[str, Replacement]:
        if max(len(wanted.find), len(wanted.put)) > MOST_SEARCHED:
            raise BadInput(f"Search for at most {MOST_SEARCHED:,} characters, and put in at most as many.")
        found: dict[str, Replacement] = {}

        def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
            if seen is not None and seen != prompts_digest((name, each.digest) for name, each in current.items()):
                raise Outdated(CHANGED)
            if wanted.style and wanted.style not in current:
                raise NotFound("The project has no such style any more. Load the page again.")
            for name in [wanted.style] if wanted.style else current:
                found[name] = replaced(current[name].entries, wanted.find, wanted.put, wanted.match_case)
            return {name: each.entries for name, each in found.items()} if write else {}

        self._store.prompts.change(folder, f"Replaced “{wanted.find[:40]}”", decide)
        return found
