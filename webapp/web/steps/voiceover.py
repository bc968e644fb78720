"""Segments of a voiceover, by any of the field names that tools use. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from webapp.web.layout.words import at_second, clip
from webapp.web.steps.json_tables import MOST_ROWS

TEXT = ("text", "phrase", "script_phrase", "scriptPhrase", "content", "transcript", "narration", "script")
START = ("start", "start_time", "startTime", "begin", "from")
END = ("end", "end_time", "endTime", "stop", "to")
LENGTH = ("duration", "length", "seconds", "duration_seconds", "durationSeconds")
FILE = ("file", "audio", "audio_file", "audioFile", "audio_path", "audioPath", "filename", "fileName", "path", "url")
NUMBER = ("number", "segment_number", "segmentNumber", "segment", "index", "id", "beat_number", "beatNumber")
LISTS = ("segments", "voiceover", "items", "data")


@dataclass(frozen=True, slots=True)
class Segment:
    """One spoken piece. ``audio`` is the name of its recording in the voiceover folder, "" when there is none."""

    number: str
    text: str
    when: str
    audio: str


def segments(data: Any, recordings: Collection[str]) -> tuple[Segment, ...] | None:
    """Read the segments; ``None`` when the data is not a list of them."""
    items = _items(data)
    if items is None or not any(_first(item, TEXT + FILE) is not None for item in items):
        return None
    return tuple(_segment(place, item, recordings) for place, item in enumerate(items[:MOST_ROWS], 1))


def _items(data: Any) -> Sequence[Mapping[str, Any]] | None:
    if isinstance(data, Mapping):
        data = next((data[name] for name in LISTS if isinstance(data.get(name), list)), None)
    if not isinstance(data, list) or not data or not all(isinstance(item, Mapping) for item in data):
        return None
    return data


def _segment(place: int, item: Mapping[str, Any], recordings: Collection[str]) -> Segment:
    file = _first(item, FILE)
    name = PurePosixPath(file.replace("\\", "/")).name if isinstance(file, str) else ""
    number = _first(item, NUMBER)
    return Segment(
        number=clip(str(number), 20) if isinstance(number, (str, int, float)) else str(place),
        text=clip(str(_first(item, TEXT) or ""), 5000),
        when=_when(item),
        audio=name if name in recordings else "",
    )


def _when(item: Mapping[str, Any]) -> str:
    start, end = at_second(_first(item, START)), at_second(_first(item, END))
    if start and end:
        return f"{start} – {end}"
    length = at_second(_first(item, LENGTH))
    return " · ".join(part for part in (start or end, length and f"{length} long") if part)


def _first(item: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)
