"""Server-sent events as bytes: flask-sse's message, framed without its traps.

flask-sse splits data wherever Python sees a line end (U+2028, U+0085, form feed …), which changes the text; it drops an
empty id and writes ``data:`` without the space that clients of v1.1 look for.

Where a page is in the news of its project, as it travels over the wire.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_sse import Message

LINE_END = re.compile(r"\r\n|\r|\n")
FIELD = re.compile(r"[^\r\n\0]*\Z")

RETRY = b"retry: 1000\n\n"
"""The first bytes of every page's stream: they make the headers go out, and tell how soon to come back."""

COMMENT = b": still here\n\n"
"""A heartbeat no client sees."""


class SseEvent(Message):  # type: ignore[misc]
    """One server-sent event. ``str`` and ``bytes`` are its wire form; a client reads back exactly ``data``.

    ``data`` that is no string is written as JSON on one line.

    Raises:
        ValueError: type or id would break the frame.
    """

    def __init__(self, data: object, type: str | None = None, id: str | None = None, retry: int | None = None) -> None:
        for field in (type, id):
            if field is not None and not (isinstance(field, str) and FIELD.match(field)):
                raise ValueError("An event's type and id are strings of one line.")
        super().__init__(data, type=type, id=id, retry=retry)

    def __str__(self) -> str:
        lines = [f"event: {self.type}\n"] if self.type else []
        lines.append(data_lines(self.data if isinstance(self.data, str) else json.dumps(self.data)))
        if self.id is not None:
            lines.append(f"id: {self.id}\n")
        if self.retry is not None:
            lines.append(f"retry: {int(self.retry)}\n")
        return "".join(lines) + "\n"

    def __bytes__(self) -> bytes:
        return str(self).encode()


def data_lines(text: str) -> str:
    """``text`` as the ``data`` lines of an event, without the blank line that ends one."""
    return "".join(f"data: {line}\n" for line in LINE_END.split(text))


def framed(parts: Mapping[str, str]) -> dict[str, bytes]:
    """Rendered parts as data lines, made once for all viewers; several of them in a row are one event's data."""
    return {key: data_lines(html).encode() for key, html in parts.items()}


def chunk(data: bytes) -> bytes:
    """``data`` as one piece of an answer in HTTP's chunked form."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def read_event(payload: bytes) -> SseEvent | None:
    """A named event as `Hub.publish` sends it, or ``None``.

    Only named events pass: a page swaps unnamed ones in as HTML, and whoever can write to Redis must not write our
    pages.
    """
    try:
        fields = json.loads(payload)
        event = SseEvent(**fields)
        return event if event.type and set(fields) <= {"data", "type", "id", "retry"} else None
    except (ValueError, TypeError, RecursionError):
        return None


PLACE = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{1,15})\Z")
SERVER = re.compile(r"[0-9a-z]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """A point in a project's news: the number rises by one with each message of an epoch."""

    epoch: str
    number: int

    @classmethod
    def read(cls, text: str) -> StreamPosition | None:
        """Read ``<epoch>-<number>``; ``None`` for anything else (it comes from clients and from Redis)."""
        match = PLACE.match(text)
        return cls(match[1], int(match[2])) if match else None

    def before(self, other: StreamPosition) -> bool:
        """Whether the other is later in the same epoch."""
        return self.epoch == other.epoch and self.number < other.number

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a page says it has: a place, and the Redis server that counted it (``None`` when the page does not know).

    A Redis server that crashed may have lost its last second and count those numbers again. So a place counts only with
    the server it comes from. On the wire: ``<epoch>-<number>@<server>``.
    """

    place: StreamPosition | None = None
    server: str | None = None

    @classmethod
    def read(cls, text: str) -> ResumePoint:
        """Read an event id or the ``since`` of a page; nonsense reads as knowing nothing."""
        place, _, server = text.partition("@")
        return cls(StreamPosition.read(place), server if SERVER.match(server) else None)

    @classmethod
    def newest(cls, last_event_id: str, since: str) -> ResumePoint:
        """Where to go on: what the stream said last, or what the page was rendered with, whichever is newer.

        Of two epochs the stream's is the newer one: it was told after the page was made.
        """
        told, shown = cls.read(last_event_id), cls.read(since)
        if told.place is None:
            return shown
        if shown.place and shown.place.epoch == told.place.epoch and shown.place.number > told.place.number:
            return shown
        return told


UNKNOWN = ResumePoint()
