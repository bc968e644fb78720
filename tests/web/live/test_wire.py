"""Events on the wire read back as what was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.web.live.wire import SseEvent, framed, read_event


def read_back(wire: bytes) -> tuple[str, dict[str, str]]:
    """As a browser reads one event: its data, and its other fields."""
    assert wire.endswith(b"\n\n")
    data, others = [], {}
    for line in wire.decode()[:-2].split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        else:
            others[name] = value
    return "\n".join(data), others


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_a_client_reads_exactly_the_text_that_was_sent(text: str) -> None:
    assert read_back(bytes(SseEvent(text)))[0] == text


def test_separators_that_only_python_takes_for_line_ends_stay_what_they_are() -> None:
    text = "one\u2028two\u0085three\x0bfour\x0cfive\x1csix"
    assert bytes(SseEvent(text)) == f"data: {text}\n\n".encode()


def test_each_kind_of_line_end_begins_a_new_data_line() -> None:
    assert bytes(SseEvent("a\r\nb\rc\nd")) == b"data: a\ndata: b\ndata: c\ndata: d\n\n"


def test_an_event_without_text_is_still_dispatched() -> None:
    assert bytes(SseEvent("", type="goodbye")) == b"event: goodbye\ndata: \n\n"


def test_an_empty_id_and_a_retry_of_zero_are_sent() -> None:
    assert read_back(bytes(SseEvent("x", id="", retry=0)))[1] == {"id": "", "retry": "0"}


def test_data_that_is_no_text_travels_as_json_on_one_line() -> None:
    assert json.loads(read_back(bytes(SseEvent({"a": "b\nc"})))[0]) == {"a": "b\nc"}


@pytest.mark.parametrize("field", ["type", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", 7])
def test_a_type_or_id_that_would_break_the_frame_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError):
        SseEvent("x", **{field: value})  # type: ignore[arg-type]


def test_parts_in_a_row_are_one_events_data() -> None:
    parts = framed({"a": "<b>1</b>\n<b>2</b>", "b": "<i>3</i>"})
    assert read_back(b"".join(parts.values()) + b"id: e-1\n\n") == ("<b>1</b>\n<b>2</b>\n<i>3</i>", {"id": "e-1"})


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"7",
        b'{"data": "<script>"}',
        b'{"data": "x", "type": ""}',
        b'{"data": "x", "type": "a\\nb"}',
        b'{"data": "x", "type": "a", "other": 1}',
        b'{"type": "a"}',
        b'{"data": "x", "type": ["a"]}',
        b"[" * 100_000,
    ],
)
def test_from_redis_only_named_events_are_read(payload: bytes) -> None:
    assert read_event(payload) is None


def test_a_named_event_is_read() -> None:
    assert read_event(b'{"data": {"a": 1}, "type": "notice"}') == SseEvent({"a": 1}, type="notice")
