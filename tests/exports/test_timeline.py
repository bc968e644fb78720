"""How long each beat is seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.corrupt import hurt
from webapp.exports.timeline import (
    LONGEST,
    SHORTEST,
    Voice,
    by_words,
    spans,
    voices,
)

BEATS = [("1.1", "One two three"), ("1.2", "Four"), ("2.1", "Five six")]


def seconds(segments: Any, beats: list[tuple[str, str]] = BEATS) -> list[float]:
    """How long each beat is seen with these segments."""
    return [span.seconds for span in spans(beats, segments)]


def test_a_picture_stays_until_the_next_voice_begins() -> None:
    segments = [
        {"beat_number": "1.1", "start": 0.5, "end": 3.0},
        {"beat_number": "1.2", "start": 4.0, "end": 5.0},
        {"beat_number": "2.1", "start": 6.5, "end": 8.5},
    ]
    assert seconds({"segments": segments}) == [4.0, 2.5, 2.0]
    assert [span.start for span in spans(BEATS, segments)] == [0.0, 4.0, 6.5]
    assert all(span.spoken for span in spans(BEATS, segments))


def test_lengths_alone_are_enough_and_names_of_fields_vary() -> None:
    assert seconds([{"beatNumber": "Beat 1.1", "duration": "3.5"}, {"beatNumber": 1.2, "length": 2}]) == [3.5, 2.0, 2.0]


def test_segments_without_numbers_belong_to_the_beats_in_their_place() -> None:
    assert seconds([{"duration": 3}, {"duration": 4}, {"duration": 5}]) == [3.0, 4.0, 5.0]
    assert seconds([{"duration": 3}, {"duration": 4}]) == [SHORTEST] * 3


def test_several_segments_of_a_beat_are_one() -> None:
    segments = [{"beat": "1.1", "start": 0, "end": 2}, {"beat": "1.1", "start": 2, "end": 7}]
    assert seconds(segments) == [7.0, 2.0, 2.0]


def test_a_number_that_two_shots_share_tells_nothing() -> None:
    assert not any(span.spoken for span in spans([("1", "a"), ("1", "b")], [{"beat": "1", "duration": 9}]))


def test_recordings_begin_where_their_beats_do() -> None:
    segments = [
        {"beat": "1.1", "start": 0.5, "end": 3.0, "file": "a.mp3"},
        {"beat": "1.2", "start": 4.0, "end": 5.0, "audio": "C:\\voice\\b.wav"},
        {"beat": "1.2", "start": 5.5, "end": 6.0, "path": "voiceover/c.wav"},
        {"beat": "2.1", "start": 6.5, "end": 8.5},
        {"beat": "9.9", "start": 9, "file": "d.mp3"},
    ]
    assert voices(BEATS, segments) == (Voice(0.5, "a.mp3"), Voice(4.0, "b.wav"), Voice(5.5, "c.wav"))
    assert voices(BEATS, [{"duration": 2, "file": f"{n}.mp3"} for n in range(3)]) == tuple(
        Voice(2.0 * n, f"{n}.mp3") for n in range(3)
    )
    assert voices(BEATS, [{"file": "a.mp3"}]) == () == voices(BEATS)
    earlier = {"beat": "1.2", "start": 3.5, "file": "e.mp3"}
    assert voices(BEATS, [*segments, earlier])[-1] == Voice(3.5, "e.mp3"), "not before its picture"


def test_without_a_voice_words_are_counted_and_signs_where_there_are_no_blanks() -> None:
    assert by_words("") == SHORTEST
    assert by_words(" ".join(["word"] * 25)) == 10.0
    assert by_words("灯" * 40) == 10.0
    assert by_words("등대가 바다 옆에 서 있었다") == SHORTEST


@pytest.mark.parametrize(
    "segments",
    [
        None,
        5,
        "x",
        {},
        {"segments": 5},
        [5, None],
        [{}],
        [{"beat": "1.1", "start": "x", "end": None}],
        [{"beat": "1.1", "start": 5, "end": 1}],
        [{"beat": "1.1", "duration": -1}],
        [{"beat": "1.1", "duration": 1e99}],
    ],
)
def test_segments_that_say_nothing_usable_change_nothing(segments: Any) -> None:
    assert spans(BEATS, segments) == spans(BEATS)


SPOKEN = [
    {"beat": "1.1", "start": 0.5, "end": 3.0, "file": "a.mp3"},
    {"beat": "1.2", "start": 4.0, "duration": 1.0, "file": "b.mp3"},
    {"beat": "2.1", "start": 6.5, "end": 8.5, "file": "c.mp3"},
]


def test_whatever_the_voiceover_says_the_story_has_no_gap() -> None:
    for segments in hurt({"segments": SPOKEN}):
        found = spans(BEATS, segments)
        assert len(found) == len(BEATS)
        at = 0.0
        for span in found:
            assert span.start == pytest.approx(at, abs=0.01)
            assert 0 < span.seconds <= LONGEST
            at = span.end
        heard = voices(BEATS, segments)
        assert all(voice.at >= 0 and voice.file for voice in heard) and len(heard) <= len(SPOKEN)
