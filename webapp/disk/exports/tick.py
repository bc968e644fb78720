"""How the makers of exports tell how far they are."""

from __future__ import annotations

from typing import Protocol


class Tick(Protocol):
    """Called after each piece of work; may be called as often as one likes, from native threads too.

    Raises:
        Cancelled: stop now, whatever is half made is removed.
    """

    def __call__(self, done: int, total: int, note: str) -> None: ...
