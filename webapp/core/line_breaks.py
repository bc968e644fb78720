"""Line breaks: a text in lines that fit a width, in any script."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def wrapped(text: str, width: Callable[[str], float], most_wide: float, most: int) -> Iterator[str]:
    """Break a text without line breaks into at most ``most`` lines, between words where there are any.

    ``width`` measures a text in the unit of ``most_wide``. The last line ends in an ellipsis when more would follow.
    """
    rest = text
    for line in range(most):
        if not rest:
            return
        if width(rest) <= most_wide:
            yield rest
            return
        last = line == most - 1
        taken = _fitting(rest, width, most_wide, "…" if last else "")
        cut = taken if last or " " not in taken or rest[len(taken) :].startswith(" ") else taken[: taken.rindex(" ")]
        yield cut.rstrip(" ,;:–-") + "…" if last else cut.rstrip()
        rest = rest[len(cut) :].lstrip()


def _fitting(text: str, width: Callable[[str], float], most_wide: float, end: str) -> str:
    """The longest beginning that fits with ``end`` behind it, at least one letter."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + end) <= most_wide else (low, middle - 1)
    return text[:low]
