"""Whether what is read back is of the kind that was stored."""

from __future__ import annotations

LARGEST = 1e15
"""No time, sum or number of ours comes near it; larger ones break whoever counts on."""


def fits(value: object, usual: object) -> bool:
    """Whether a value may stand in a field that usually holds such a one. A whole number may stand for a broken one."""
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(usual, bool) and isinstance(value, bool)
    if isinstance(usual, float):
        return isinstance(value, int | float) and abs(value) < LARGEST
    if isinstance(usual, int):
        return isinstance(value, int) and abs(value) < LARGEST
    return isinstance(value, type(usual))
