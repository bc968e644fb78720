"""Who is told what happens in runs, beside those who do it: the project's diary, and whoever wants to be called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from webapp.core.run.states import Move, Run


class Witness(Protocol):
    """Is told of lines of activity and of each change of a run, in the process that made it. Never waits or raises."""

    def wrote(self, folder: Any, lines: Sequence[dict[str, Any]]) -> None:
        """These lines of activity were told."""

    def saw(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        """The run was changed. Told once for each change over all processes."""


class Nobody:
    """A witness that does not care."""

    def wrote(self, folder: Any, lines: Sequence[dict[str, Any]]) -> None:
        """Nothing comes of it."""

    def saw(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        """Nothing comes of it."""


NOBODY = Nobody()
