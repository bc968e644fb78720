"""Port: where settings are read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

Read = TypeVar("Read")


class SettingsReader(Protocol):
    """Settings that are set, by the names of their variables."""

    def names(self) -> Iterable[str]:
        """The names of all that are set."""

    def read(self, name: str, reader: Callable[[str], Read]) -> Read | None:
        """The value of a variable by its reader, ``None`` when it is not set. A ValueError is the caller's."""
