"""The paid service of the benchmarks: the tests' provider double in a process of its own, so that it takes no time from
the app's."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType

from tests.harness.app_process import until
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import Answer, GeminiWire, ok
from tests.harness.wires.openai import OpenAIWire

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Served:
    """One call in the service's ledger; times are on the machine's monotonic clock. ``wish`` is the silence a 429 asked
    for, in seconds, ``None`` when it did not say."""

    key: str
    prompt: str
    began: float
    ended: float
    status: int
    wish: float | None


@dataclass(frozen=True, slots=True)
class Manners:
    """How the service behaves: its API (``gemini`` or ``openai``), seconds for each answer, the first answers in their
    order, and the answer to everything after them."""

    api: str = "gemini"
    latency: float = 0.0
    script: Sequence[Answer] = ()
    always: Answer = ok()  # noqa: RUF009 - an Answer is frozen


class Service:
    """The service while it runs."""

    def __init__(self, manners: Manners) -> None:
        self._pipe, other = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(manners, other), daemon=True)

    def __enter__(self) -> Service:
        self._process.start()
        self.url: str = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.send("leave")
        self._process.join(30)

    def wait_for_call(self, after: float) -> float:
        """When the first call began after this moment (monotonic); waits for it to come and to end."""
        first = until(lambda: next((call.began for call in self.ledger() if call.began >= after), None))
        return float(first)

    def wait_for_calls(self, count: int) -> None:
        """Wait until so many calls have ended."""
        until(lambda: len(self.ledger()) >= count)

    def ledger(self) -> list[Served]:
        """The calls that have ended, by the time of their beginning."""
        self._pipe.send("ledger")
        calls: list[Served] = self._pipe.recv()
        return calls


def _serve(manners: Manners, pipe: Connection) -> None:
    wire = OpenAIWire() if manners.api == "openai" else GeminiWire(None)
    with ProviderDouble(latency=manners.latency, always=manners.always, wire=wire) as double:
        double.script(*manners.script)
        pipe.send(double.url)
        while pipe.recv() == "ledger":
            pipe.send(_ledger(double))


def _ledger(double: ProviderDouble) -> list[Served]:
    calls = [
        Served(call.key, call.prompt, call.began, call.ended, call.status, _wish(call.answer))
        for call in list(double.calls)
        if call.ended is not None
    ]
    return sorted(calls, key=lambda call: call.began)


def _wish(answer: Answer) -> float | None:
    said = answer.more.get("header") or str(answer.more.get("retry") or "").rstrip("s")
    return float(said) if said else None
