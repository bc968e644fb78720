"""What may have happened to a record or a text of ours by the time it is read back: something of it is something else.

Whatever is drawn at random alone is refused at the first look. Only what was whole once gets as far as the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


_LIKE = {bool: st.booleans(), int: st.integers(), float: st.floats(), str: st.text(max_size=5)}


@st.composite
def damaged(draw: st.DrawFn, record: Any) -> Any:
    """The record with something else in up to three of its places, however deep they lie."""
    for _ in range(draw(st.integers(0, 3))):
        record = _struck(draw, record)
    return record


def _struck(draw: st.DrawFn, value: Any) -> Any:
    if not isinstance(value, (dict, list)) or not value:
        return draw(ANYTHING | _LIKE.get(type(value), ANYTHING))
    if draw(st.sampled_from(range(4))) == 3:
        return draw(ANYTHING)
    place = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    struck = value.copy()
    struck[place] = _struck(draw, value[place])
    return struck


@st.composite
def garbled(draw: st.DrawFn, text: str, signs: str) -> str:
    """The text with some of these signs over, between or instead of others in up to three of its places."""
    for _ in range(draw(st.integers(0, 3))):
        piece, place = draw(st.text(signs, max_size=2)), draw(st.integers(0, len(text)))
        gone = draw(st.sampled_from([0, len(piece), 9]))
        text = text[:place] + piece + text[place + gone :]
    return text


WRONG: tuple[Any, ...] = (None, True, -1, 1.5, 700_000, "", "x", [], [5], {}, {"x": 5})


def hurt(record: Any) -> Iterator[Any]:
    """The record with each of its places in turn gone or, one after the other, something wrong."""
    yield from WRONG
    if isinstance(record, dict):
        yield from ({name: each for name, each in record.items() if name != gone} for gone in record)
    for place in record if isinstance(record, dict) else range(len(record)) if isinstance(record, list) else ():
        for part in hurt(record[place]):
            other = record.copy()
            other[place] = part
            yield other
