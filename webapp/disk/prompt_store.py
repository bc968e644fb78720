"""The prompts of a project as they are changed: saved, undone, looked up as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from webapp.core.prompts.edits import Entries
from webapp.disk import prompt_changes, prompt_history
from webapp.disk.folder import Folder
from webapp.disk.pool import run_native
from webapp.disk.prompt_changes import Decide
from webapp.disk.prompt_history import History


class PromptStore:
    """Changes prompts. ``clock`` gives seconds since the epoch, for the times that files carry."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def save_prompts(self, folder: Folder, style: str, entries: Sequence[dict[str, Any]]) -> None:
        """Write a style's prompts as ``.js``, ``.json`` and ``.txt``. Unknown fields of entries are kept.

        Raises:
            BadInput: this cannot be a style's name.
            BadFile: an entry cannot be used; nothing was written.
        """
        run_native(prompt_changes.save, folder, style, entries, self._clock())

    def change_prompts(self, folder: Folder, what: str, decide: Decide) -> tuple[str, ...]:
        """Change the prompts as ``decide`` says; ``what`` names the change when it is undone. The styles that changed.

        Raises:
            BadInput: a name cannot be a style's, or what ``decide`` raises.
            BadFile: an entry cannot be used; nothing was written.
        """
        return run_native(prompt_changes.change, folder, what, decide, self._clock())

    def prompt_history(self, folder: Folder) -> History:
        """The changes of the prompts that can be undone, or made again."""
        return prompt_history.read_history(folder)

    def undo_prompts(self, folder: Folder, seq: int, forward: bool = False) -> None:
        """Undo the newest change of the prompts, which was shown as ``seq``; ``forward``: make the last undone again.

        Raises:
            Outdated: another one is in turn by now.
            BadFile: what was kept of it cannot be read.
        """
        run_native(prompt_changes.undo, folder, seq, self._clock(), forward)

    def prompts_before(self, folder: Folder, seq: int, style: str) -> Entries:
        """A style's entries before that change; none when they cannot be told.

        Raises:
            BadFile: what was kept of the change cannot be read.
        """
        return run_native(prompt_changes.entries_before, folder, seq, style)

    def loose_prompts(self, folder: Folder, style: str) -> list[Any]:
        """The entries of a style whose file cannot be used as it is, unchecked.

        Raises:
            BadFile: the entries cannot even be told apart.
        """
        return run_native(prompt_changes.loose_entries, folder, style)
