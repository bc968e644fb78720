"""Timeline of a story: how long each beat is seen, by the voiceover where there is one, else by its number of words.

Segments are objects from several versions of several tools, so their fields have many names. A segment belongs to the
beat whose number it carries; where none does and there are as many segments as beats, to the beat in its place.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.core.project import beat_number

WORDS_A_SECOND = 2.5
SIGNS_A_SECOND = 4.0
"""The pace of a narrator: in words, and in signs for scripts that put no blanks between words."""

SHORTEST = 2.0
LONGEST = 600.0
SHORTEST_SEEN = 0.04
MOST_SEGMENTS = 20_000

_LISTS = ("segments", "voiceover", "items", "data")
_START = ("start", "start_time", "startTime", "begin", "from")
_END = ("end", "end_time", "endTime", "stop", "to")
_LENGTH = ("duration", "length", "seconds", "duration_seconds", "durationSeconds")
_FILE = ("file", "audio", "audio_file", "audioFile", "audio_path", "audioPath", "filename", "fileName", "path", "url")
_BEAT = ("beat_number", "beatNumber", "beat", "number")


@dataclass(frozen=True, slots=True)
class Span:
    """When a beat is seen, in seconds from the start. ``spoken``: by the voiceover."""

    start: float
    seconds: float
    spoken: bool = False

    @property
    def end(self) -> float:
        """When the next one begins."""
        return self.start + self.seconds


def spans(beats: Sequence[tuple[str, str]], segments: Any = None) -> tuple[Span, ...]:
    """The span of each beat, without a gap. ``beats`` are (number, phrase), ``segments`` the voiceover's data."""
    spoken = _matched(beats, _pieces(segments))
    if spoken and (first := spoken[0]) and first.start is not None and (first.end is None or first.end > first.start):
        spoken[0] = replace(first, start=0.0)  # the silence before the first word belongs to the first image
    found: list[Span] = []
    at = 0.0
    for place, (_, phrase) in enumerate(beats):
        following = spoken[place + 1] if place + 1 < len(beats) else None
        seconds = _seconds(spoken[place], following)
        length = min(max(seconds if seconds is not None else by_words(phrase), SHORTEST_SEEN), LONGEST)
        found.append(Span(round(at, 3), round(length, 3), seconds is not None))
        at += length
    return tuple(found)


def by_words(phrase: str) -> float:
    """Seconds it takes to read a phrase aloud."""
    signs = sum(1 for letter in phrase if _is_ideograph(letter))
    words = len("".join(" " if _is_ideograph(letter) else letter for letter in phrase).split())
    return max(SHORTEST, words / WORDS_A_SECOND + signs / SIGNS_A_SECOND)


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording: when it begins, in seconds from the start, and the name of its file."""

    at: float
    file: str


def voices(beats: Sequence[tuple[str, str]], segments: Any = None) -> tuple[Voice, ...]:
    """The recordings where they belong: each in its beat, as long after its beginning as the voiceover has it."""
    pieces = _pieces(segments)
    times = Counter(number for number, _ in beats)
    places = {number: place for place, (number, _) in enumerate(beats) if times[number] == 1}
    numbered = any(piece.beat in places for piece in pieces)
    if not numbered and len(pieces) != len(beats):
        return ()
    found: list[Voice] = []
    first: dict[int, float] = {}
    shown = spans(beats, segments)
    for order, piece in enumerate(pieces):
        place = places.get(piece.beat or "") if numbered else order
        if place is None:
            continue
        begun = first.setdefault(place, piece.start or 0.0) if place else 0.0  # the first beat begins before its voice
        if piece.file:
            found.append(Voice(round(shown[place].start + max(0.0, (piece.start or begun) - begun), 3), piece.file))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Piece:
    beat: str | None
    start: float | None
    end: float | None
    length: float | None
    file: str = ""


def _pieces(data: Any) -> list[_Piece]:
    if isinstance(data, Mapping):
        data = next((data[name] for name in _LISTS if isinstance(data.get(name), list)), None)
    if not isinstance(data, list):
        return []
    return [_piece(item) for item in data[:MOST_SEGMENTS] if isinstance(item, Mapping)]


def _piece(item: Mapping[str, Any]) -> _Piece:
    written = next((item[name] for name in _BEAT if isinstance(item.get(name), (str, int, float))), None)
    number = beat_number(written) if written is not None else None
    file = next((item[name] for name in _FILE if isinstance(item.get(name), str)), "")
    bare = file.replace("\\", "/").rpartition("/")[2]
    return _Piece(number, _first(item, _START), _first(item, _END), _first(item, _LENGTH), bare)


def _first(item: Mapping[str, Any], names: Sequence[str]) -> float | None:
    return next((value for value in (_number(item.get(name)) for name in names) if value is not None), None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and 0 <= number < 1e6 else None


def _matched(beats: Sequence[tuple[str, str]], pieces: Sequence[_Piece]) -> list[_Piece | None]:
    """For each beat what is said in it. A number that two beats share tells nothing."""
    numbers = [number for number, _ in beats]
    times = Counter(numbers)
    by_number: dict[str, list[_Piece]] = {}
    for piece in pieces:
        if piece.beat is not None and times[piece.beat] == 1:
            by_number.setdefault(piece.beat, []).append(piece)
    if by_number:
        return [_joined(by_number.get(number, ())) for number in numbers]
    return list(pieces) if len(pieces) == len(beats) else [None] * len(beats)


def _joined(pieces: Sequence[_Piece]) -> _Piece | None:
    """Several segments of one beat as one."""
    if len(pieces) < 2:
        return pieces[0] if pieces else None
    starts = [piece.start for piece in pieces if piece.start is not None]
    ends = [piece.end for piece in pieces if piece.end is not None]
    lengths = [length for piece in pieces if (length := _own_length(piece)) is not None]
    length = sum(lengths) if len(lengths) == len(pieces) else None
    return _Piece(pieces[0].beat, min(starts, default=None), max(ends, default=None), length)


def _seconds(piece: _Piece | None, following: _Piece | None) -> float | None:
    """Until the next beat's voice begins, so that pauses belong to the image before them; else the voice's length."""
    if piece is None:
        return None
    if following and piece.start is not None and following.start is not None and following.start > piece.start:
        return following.start - piece.start
    return _own_length(piece)


def _own_length(piece: _Piece) -> float | None:
    if piece.start is not None and piece.end is not None and piece.end > piece.start:
        return piece.end - piece.start
    return piece.length if piece.length else None


def _is_ideograph(letter: str) -> bool:
    return ord(letter) >= 0x0E00 and unicodedata.category(letter) == "Lo" and not 0xAC00 <= ord(letter) < 0xD7B0
