"""Segments are understood in every spelling of their fields."""

from __future__ import annotations

import pytest

from webapp.web.steps.voiceover import Segment, segments


@pytest.mark.parametrize(
    "data",
    [
        [{"text": "Hello", "start": 0, "end": 2.5, "file": "1.wav"}],
        {"segments": [{"script_phrase": "Hello", "start_time": "0", "end_time": "2.5", "audioPath": "x/1.wav"}]},
        {"data": [{"content": "Hello", "begin": 0.0, "to": 2.5, "path": "C:\\book\\voiceover\\1.wav"}]},
    ],
)
def test_the_usual_spellings_say_the_same(data: object) -> None:
    assert segments(data, ["1.wav"]) == (Segment("1", "Hello", "0:00 – 0:02.5", "1.wav"),)


def test_a_recording_that_is_not_there_gets_no_player() -> None:
    assert segments([{"text": "Hello", "file": "../../etc/passwd"}], ["1.wav"]) == (Segment("1", "Hello", "", ""),)


def test_a_length_alone_is_told() -> None:
    assert segments([{"text": "Hello", "duration": 4}], []) == (Segment("1", "Hello", "0:04 long", ""),)


@pytest.mark.parametrize("data", [None, [], {}, "text", [1, 2], [{"unknown": 1}], {"segments": "none"}])
def test_other_data_is_left_to_the_general_tables(data: object) -> None:
    assert segments(data, []) is None
