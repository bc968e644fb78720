"""Any JSON becomes something readable, whatever its shape."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.web.layout.words import LONGEST
from webapp.web.steps.json_tables import MOST_ROWS, one_line, readable, words

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def test_a_list_of_objects_is_one_table_with_the_union_of_their_keys() -> None:
    beats = [{"beat_number": "1.1", "scriptPhrase": "A"}, {"beat_number": "1.2", "mood": None}]
    (table,) = readable(beats, "Beats", "beats.json")
    assert table.head == ("Beat number", "Script phrase", "Mood")
    assert table.rows == (("1.1", "A", ""), ("1.2", "", "–"))
    assert table.file == "beats.json"


def test_an_object_shows_its_values_and_a_table_for_each_list_in_it() -> None:
    facts, table = readable({"title": "Walden", "done": True, "shots": [{"no": 1}]}, "Storyboard")
    assert (facts.kind, facts.pairs) == ("facts", (("Title", "Walden"), ("Done", "yes")))
    assert (table.title, table.head, table.rows) == ("Storyboard · Shots", ("No",), (("1",),))


def test_nothing_is_shown_for_nothing() -> None:
    assert readable(None) == readable([]) == readable({}) == ()


def test_a_huge_list_is_cut_and_says_so() -> None:
    (table,) = readable([{"n": n} for n in range(MOST_ROWS + 1)])
    assert len(table.rows) == MOST_ROWS
    assert table.note == f"The first {MOST_ROWS} of {MOST_ROWS + 1} rows."


def test_keys_that_find_no_column_are_named() -> None:
    (table,) = readable([{f"key_{n}": n for n in range(14)}])
    assert table.note == "Not shown: Key 12, Key 13."


def test_keys_read_like_words() -> None:
    assert words("script_phrase") == words("scriptPhrase") == words("Script-Phrase") == "Script phrase"


@given(JSON)
def test_every_json_value_is_shown_within_bounds_and_with_full_rows(value: object) -> None:
    for block in readable(value, "x"):
        assert all(len(row) == len(block.head) for row in block.rows)
        assert all(len(text) <= LONGEST for row in block.rows for text in row)
    assert len(one_line(value)) <= LONGEST
