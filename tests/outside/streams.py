"""The live streams: what a program hears of its run, and what an open page hears."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.outside.markup import as_lines
from tests.outside.record import Record
from tests.outside.server import PATIENCE, until
from tests.outside.visitor import OURS, Visitor

ELEMENT = re.compile(r"<[a-z][\w-]*[^>]*?\bid=\"([^\"]+)\"")
TARGET = re.compile(r"hx-(?:swap-oob|partial|target|swap)(?::\w+)?=\"[^\"]*\"|<hx-partial[^>]*>")


class Heard:
    """The events of one stream as (event name, data); fields other than these by name."""

    def __init__(self) -> None:
        self.head = ""
        self.events: list[tuple[str, str]] = []
        self.fields: set[str] = set()

    def take(self, lines: Iterator[str]) -> None:
        """Read events until the stream ends."""
        name = ""
        data: list[str] = []
        for line in lines:
            if line.startswith(":") or not line:
                if not line and (data or name):
                    self.events.append((name, "\n".join(data)))
                    name, data = "", []
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value
            else:
                self.fields.add(field if field == "id" else f"{field}: {value}")

    def told(self, record: Record) -> str:
        """The stream as a set: which names came, with which data; of HTML which elements are put where."""
        seen: set[str] = set()
        for name, data in self.events:
            if "<" in data:
                targets = [*ELEMENT.findall(data), *TARGET.findall(data)]
                seen |= {f"{name or 'unnamed'}: {record.noise.out_of(target, {})}" for target in targets}
            else:
                seen.add(f"{name or 'unnamed'}: {_data(record, data)}")
        return "\n".join([self.head, *sorted(self.fields), *sorted(seen)])


@contextlib.contextmanager
def page_stream(visitor: Visitor, path: str) -> Iterator[Heard]:
    """Listen to a stream while the block runs; it is open when the block begins."""
    heard, opened = Heard(), threading.Event()
    connection = http.client.HTTPConnection(urlsplit(visitor.url).netloc, timeout=PATIENCE)
    connection.request("GET", path, headers=OURS)
    wire = connection.sock

    def listen() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):  # it is closed below
            response = connection.getresponse()
            heard.head = f"GET {path}\n{response.status} {response.getheader('Content-Type')}"
            lines = iter(response.readline, b"")
            heard.take(_noting((line.decode().rstrip("\r\n") for line in lines), opened))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    opened.wait(PATIENCE)
    try:
        yield heard
    finally:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        connection.close()


def _noting(lines: Iterator[str], opened: threading.Event) -> Iterator[str]:
    for line in lines:
        opened.set()
        yield line


def record_snapshot(record: Record, visitor: Visitor, name: str, path: str) -> None:
    """Write what a page hears first that has nothing yet, while nothing happens."""
    with page_stream(visitor, path) as heard:
        until(lambda: heard.events, f"something is heard at {path}")
        known = 0
        while known != len(heard.events):  # it may come in several pieces
            known = len(heard.events)
            time.sleep(0.5)
    told = [f"{event or 'unnamed'}:\n{as_lines(data)}" for event, data in heard.events]
    record.write(name, "\n".join([heard.head, *sorted(heard.fields), record.noise.out_of("\n".join(told))]))


def run_stream(record: Record, visitor: Visitor, project: str, name: str) -> None:
    """Start a run as a v1.1 client does, hear it to its end, and write down what came, in its order."""
    heard = Heard()
    address = f"{visitor.url}/api/generate-images"
    with requests.post(address, json={"projectPath": project}, stream=True, timeout=PATIENCE) as response:
        heard.head = f"{response.status_code} {response.headers.get('Content-Type')}"
        heard.take(response.iter_lines(chunk_size=1, decode_unicode=True))
    told = [f"{name or 'unnamed'}: {_data(record, data)}" for name, data in heard.events]
    first, last = told[:1], told[-1:]
    record.write(name, "\n".join([heard.head, *sorted(heard.fields), *first, *sorted(set(told[1:-1])), *last]))


def _data(record: Record, data: str) -> str:
    try:
        value: Any = json.loads(data)
    except ValueError:
        return record.noise.out_of(as_lines(data) if "<" in data else data)
    return re.sub(r"\n\s*", " ", record.noise.out_of_json(value))
