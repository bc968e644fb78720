"""The provider double: a real server on loopback that speaks a provider's API, follows a script and keeps a ledger.

It speaks Gemini's unless it is given another wire.

    with Double() as double:
        double.script(limited(retry="0s"), ok("jpeg"))   # the first two calls; then `always`, which is ok()
        double.when("lighthouse", blocked_prompt())       # for calls whose prompt holds this
        ...                                               # GEMINI_BASE_URL=double.url
        double.wait_for_calls(2)
        assert double.charged == 33_600

The program under test may be this process or any other. Nothing here sleeps: waits are on conditions.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.harness.scripted_answers import (
    Answer,
    GeminiWire,
    ImageQuestion,
    Wire,
    WireAnswer,
    ok,
)

PATIENCE = 60.0
"""Seconds a test waits for something that will happen."""


@dataclass
class Call:
    """One call the double got. Times are monotonic; ``ended`` is None while it is in flight.

    ``complete``: every byte of the answer was handed over. ``charged``: what the service would bill, whether or not the
    answer arrived. ``caller`` is the other end of the connection.
    """

    number: int
    asked: ImageQuestion
    answer: Answer
    began: float
    ended: float | None = None
    status: int = 0
    complete: bool = False
    charged: int = 0
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    caller: tuple[str, int] = ("", 0)

    @property
    def key(self) -> str:
        """The key it came with."""
        return self.asked.key

    @property
    def prompt(self) -> str:
        """The words it asked for."""
        return self.asked.prompt


@dataclass
class _Rule:
    prompt: str
    key: str
    answers: deque[Answer]
    again: bool

    def take(self, asked: ImageQuestion) -> Answer | None:
        if not self.answers or self.prompt not in asked.prompt or (self.key and self.key != asked.key):
            return None
        return self.answers[0] if self.again and len(self.answers) == 1 else self.answers.popleft()


@dataclass
class _Gate:
    """A moment at which calls wait: ``permits`` may pass, all of them when it is None."""

    permits: int | None = None
    waiting: int = 0


@dataclass
class ProviderDouble:
    """A provider that does what the test says. With a ``price`` Gemini bills that for an image, otherwise by tokens."""

    latency: float = 0.0
    price: int | None = None
    always: Answer = field(default_factory=ok)
    calls: list[Call] = field(default_factory=list)
    port: int = 0
    wire: Wire = None  # type: ignore[assignment]  # Gemini's is made when there is none

    def __post_init__(self) -> None:
        self.wire = self.wire or GeminiWire(self.price)
        self._changed = threading.Condition()
        self._script: deque[Answer] = deque()
        self._rules: list[_Rule] = []
        self._gates = {"received": _Gate(), "half": _Gate(), "hang": _Gate(permits=0)}
        self._closed = False
        self._left = threading.Event()
        self.faults: list[Exception] = []
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.double = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ProviderDouble:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.leave()
        if self.faults:
            raise ExceptionGroup("the double itself failed", self.faults)

    def leave(self) -> None:
        """Be gone: the port is closed, everything that waits is let go."""
        self._left.set()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address, for the provider's base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *answers: Answer) -> None:
        """Answer the next calls like this, one after the other."""
        with self._changed:
            self._script.extend(answers)

    def when(self, prompt: str = "", *answers: Answer, key: str = "", again: bool = False) -> None:
        """Answer calls with these words in the prompt (and this key) like this; ``again``: the last one for ever."""
        with self._changed:
            self._rules.append(_Rule(prompt, key, deque(answers), again))

    def hold(self, moment: str = "received") -> None:
        """Let every further call wait when it was ``received``, or when ``half`` of its answer was sent."""
        with self._changed:
            self._gates[moment].permits = 0

    def release(self, moment: str = "received", calls: int | None = None) -> None:
        """Let so many calls pass this moment; None opens it for all. ``hang`` ends scripted hangs and stalls."""
        with self._changed:
            gate = self._gates[moment]
            gate.permits = None if calls is None else (gate.permits or 0) + calls
            self._changed.notify_all()

    def held(self, moment: str = "received") -> int:
        """How many calls wait at this moment."""
        return self._gates[moment].waiting

    def wait_until(self, what: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until this is true of the double; an error says what came instead."""
        with self._changed:
            if not self._changed.wait_for(what, patience):
                raise AssertionError(f"It did not happen within {patience:g} s. Calls so far: {self.calls}")

    def wait_for_calls(self, count: int) -> list[Call]:
        """Wait until so many calls have begun, and return all there are."""
        self.wait_until(lambda: len(self.calls) >= count)
        return list(self.calls)

    def wait_for_quiet(self) -> None:
        """Wait until no call is in flight."""
        self.wait_until(lambda: not self.in_flight)

    @property
    def in_flight(self) -> list[Call]:
        """The calls that have begun and not ended."""
        return [call for call in self.calls if call.ended is None]

    @property
    def charged(self) -> int:
        """What the service would bill so far, in micro-dollars."""
        return sum(call.charged for call in self.calls)

    @property
    def most_at_once(self) -> int:
        """The largest number of calls that were in flight together."""
        edges = [(call.began, 1) for call in self.calls] + [
            (call.ended, -1) for call in self.calls if call.ended is not None
        ]
        most = now = 0
        for _, step in sorted(edges):
            now += step
            most = max(most, now)
        return most

    def twins(self) -> list[tuple[Call, Call]]:
        """Pairs of calls for one prompt that were in flight together: two drivers at work."""
        calls = sorted(self.calls, key=lambda call: call.began)
        return [
            (one, other)
            for place, one in enumerate(calls)
            for other in calls[place + 1 :]
            if one.prompt == other.prompt and (one.ended is None or other.began < one.ended)
        ]

    # What the handler of a connection asks for.

    def begin(self, asked: ImageQuestion, headers: dict[str, str], caller: tuple[str, int]) -> Call:
        """Write down a call and choose its answer."""
        with self._changed:
            taken = (answer for rule in self._rules if (answer := rule.take(asked)) is not None)
            answer = next(taken, None) or (self._script.popleft() if self._script else self.always)
            call = Call(len(self.calls) + 1, asked, answer, time.monotonic(), headers=headers, caller=caller)
            self.calls.append(call)
            self._changed.notify_all()
            return call

    def end(self, call: Call, complete: bool) -> None:
        """Write down that it ended."""
        with self._changed:
            call.ended, call.complete = time.monotonic(), complete
            self._changed.notify_all()

    def pass_gate(self, moment: str) -> None:
        """Wait here while this moment is held."""
        with self._changed:
            gate = self._gates[moment]
            gate.waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or gate.permits is None or gate.permits > 0)
            gate.waiting -= 1
            if gate.permits:
                gate.permits -= 1
            self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Let time pass, unless the double is closed; whether it is still open."""
        return not self._left.wait(seconds)  # not on the condition: each call would wake all that pause


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    double: ProviderDouble

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is what some tests are about; anything else is a mistake in the double."""
        fault = sys.exception()
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            self.double.faults.append(fault)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer in pieces would wait 40 ms for the caller's delayed acknowledgement
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the ledger tells."""

    def do_POST(self) -> None:
        """Serve one call."""
        double, length = self.server.double, int(self.headers.get("Content-Length", "0"))
        names = {name.lower(): value for name, value in self.headers.items()}
        data = self.rfile.read(length)
        if len(data) < length:  # the caller broke off: no service acts on half a request
            self.close_connection = True
            return
        if self._answer_aside(names, data):
            return
        asked = double.wire.read(self.path, names, data)
        call = double.begin(asked, names, self.client_address)
        complete = False
        try:
            complete = self._serve(call)
        except OSError:
            self.close_connection = True
        finally:
            double.end(call, complete)

    def do_GET(self) -> None:
        """Answer a question that is no call."""
        if not self._answer_aside({name.lower(): value for name, value in self.headers.items()}, b""):
            self.send_error(404)

    def _answer_aside(self, headers: dict[str, str], data: bytes) -> bool:
        spelled = self.server.double.wire.aside(self.command, self.path, headers, data)
        if spelled is None:
            return False
        self.wfile.write(self._head(spelled, len(spelled.body)) + spelled.body)
        return True

    def _serve(self, call: Call) -> bool:
        double, how = self.server.double, call.answer.how
        if how == "close early":
            return self._reset()
        double.pass_gate("received")
        if double.latency and not double.pause(double.latency):
            return False
        spelled = double.wire.spell(call.answer, call.asked)
        call.status, call.charged = spelled.status, spelled.charged
        if how == "hang":
            double.pass_gate("hang")
        if how == "close late":
            return self._reset()
        return self._deliver(spelled, how, call.answer)

    def _deliver(self, spelled: WireAnswer, how: str, answer: Answer) -> bool:
        double = self.server.double
        middle = len(spelled.body) // 2
        size = len(spelled.body) if answer.size is None else answer.size
        head = self._head(spelled, None if how.endswith("without length") else size)
        if how == "drip head":
            return self._drip(head + spelled.body, answer.every)
        self.wfile.write(head)
        if how == "drip":
            return self._drip(spelled.body, answer.every)
        if how.startswith("large"):
            for _ in self._blocks(size):
                self.wfile.write(b" " * 65536)
            return True
        self.wfile.write(spelled.body[:middle])
        double.pass_gate("half")
        if how == "stall":
            double.pass_gate("hang")
        if how.startswith("cut"):
            self.close_connection = True
            return False
        self.wfile.write(spelled.body[middle:])
        return True

    def _head(self, spelled: WireAnswer, size: int | None) -> bytes:
        lines = [
            f"HTTP/1.1 {spelled.status} So it is",
            *(f"{name}: {value}" for name, value in spelled.headers.items()),
        ]
        if size is None:
            self.close_connection = True
        lines.append("Connection: close" if size is None else f"Content-Length: {size}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _drip(self, data: bytes, every: float) -> bool:
        for place in range(len(data)):
            self.wfile.write(data[place : place + 1])
            if not self.server.double.pause(every):
                return False
        return True

    def _blocks(self, size: int) -> Iterator[int]:
        yield from range(-(-size // 65536))

    def _reset(self) -> bool:
        """End the connection at once, without the courtesies."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        return False
