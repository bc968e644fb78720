"""The wire format of live streams: server-sent events, and the positions in their ids.

The events are flask-sse's messages, framed without its traps: flask-sse splits data wherever Python sees a line end
(U+2028, U+0085, form feed …), which changes the text; it drops an empty id and writes ``data:`` without the space that
clients of v1.1 look for.
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
"""The first bytes of every page's stream: they make the headers go out, and say how soon to reconnect (ms)."""

COMMENT = b": still here\n\n"
"""A heartbeat that no client sees."""


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
    """Frame ``text`` as the ``data`` lines of an event, without the blank line that ends one."""
    return "".join(f"data: {line}\n" for line in LINE_END.split(text))


def framed(parts: Mapping[str, str]) -> dict[str, bytes]:
    """Frame rendered parts as data lines; several of them in a row are one event's data."""
    return {key: data_lines(html).encode() for key, html in parts.items()}


def chunk(data: bytes) -> bytes:
    """Frame ``data`` as one chunk of HTTP's chunked coding (RFC 9112)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def read_event(payload: bytes) -> SseEvent | None:
    """Read a named event as flask-sse publishes it; ``None`` for anything else.

    Not unnamed ones: a page swaps them in as HTML, and write access to Redis must not be write access to pages.
    """
    try:
        fields = json.loads(payload)
        event = SseEvent(**fields)
        return event if event.type and set(fields) <= {"data", "type", "id", "retry"} else None
    except (ValueError, TypeError, RecursionError):
        return None


POSITION = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{1,15})\Z")
SERVER = re.compile(r"[0-9a-z]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """The number of a change in its epoch: it rises by one with each change of a project."""

    epoch: str
    number: int

    @classmethod
    def read(cls, text: str) -> StreamPosition | None:
        """Read ``<epoch>-<number>``; ``None`` for anything else. The text may come from clients."""
        match = POSITION.match(text)
        return cls(match[1], int(match[2])) if match else None

    def before(self, other: StreamPosition) -> bool:
        """Whether the other is later in the same epoch."""
        return self.epoch == other.epoch and self.number < other.number

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a page has: the position of its newest change, and the Redis server that counted it (``None``: unknown).

    A Redis server that crashed may have lost its last second and use those numbers again. So a position counts only
    with the server it comes from. On the wire: ``<epoch>-<number>@<server>``.
    """

    position: StreamPosition | None = None
    server: str | None = None

    @classmethod
    def read(cls, text: str) -> ResumePoint:
        """Read an event id or the ``since`` of a page; nonsense reads as nothing."""
        position, _, server = text.partition("@")
        return cls(StreamPosition.read(position), server if SERVER.match(server) else None)

    @classmethod
    def newest(cls, last_event_id: str, since: str) -> ResumePoint:
        """The newer of two: what the stream sent last, and what the page was rendered with.

        Of two epochs the stream's is the newer one: it was sent after the page was rendered.
        """
        sent, rendered = cls.read(last_event_id), cls.read(since)
        if sent.position is None:
            return rendered
        if rendered.position and sent.position.before(rendered.position):
            return rendered
        return sent


UNKNOWN = ResumePoint()
