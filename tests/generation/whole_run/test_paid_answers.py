"""What a run pays for: answers of services and relays in every shape, status and spelling, over the real clients."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.harness.in_memory_project import story
from tests.harness.provider_double import ProviderDouble
from tests.harness.run_bench import RunBench
from tests.harness.scripted_answers import Answer, GeminiWire, ImageQuestion, Wire, WireAnswer, picture
from tests.harness.wires.openai import OpenAIWire
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.core.image_request import ImageAnswer, ImageRequest, Key, Secret
from webapp.core.money.prices import Prices
from webapp.core.run.states import Cause, RunState
from webapp.generation.job import RunLimits
from webapp.outbound.client import Http
from webapp.providers.contract import Options
from webapp.providers.table import make_provider

PRICE = 100_000
KEY = Key(Secret("key-of-this-test"), "film")
PNG = picture("paid")
PAGE = b"<!doctype html><title>524</title>"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300)

PRICES = Prices.from_json(
    json.dumps(
        {
            "images": [
                {"provider": name, "model": "relayed", "amount": PRICE, "as_of": "2026-11", "source": "this test"}
                for name in ("openai", "gemini")
            ]
        }
    )
)


@dataclass(frozen=True)
class Case:
    """What a service answers to one frame, call after call (the last for ever), and what it charges for each.

    ``image``: whether the frame's image must be there in the end; ``calls`` the most that may be made for it.
    """

    answers: tuple[tuple[int, bytes, int], ...]
    image: bool
    calls: int = 1


class RelayWire:
    """Any API whose answers are a case's; what is fetched lies on its shelf."""

    def __init__(self, inner: Wire, cases: Mapping[str, Case]) -> None:
        self.inner, self.cases = inner, cases
        self.asked: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        if method != "GET":
            return None
        self.fetched[path] += 1
        if path.startswith("/kept/"):
            return WireAnswer(200, {"Content-Type": "image/png"}, PNG)
        if path.startswith("/page/"):
            return WireAnswer(200, {"Content-Type": "text/html"}, PAGE)
        return WireAnswer(404, {}, b"")

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        return self.inner.read(path, headers, data)

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        answers = self.cases[asked.prompt].answers
        status, body, charged = answers[min(self.asked[asked.prompt], len(answers) - 1)]
        self.asked[asked.prompt] += 1
        kind = "text/html" if body == PAGE else "application/json"
        return WireAnswer(status, {"Content-Type": kind}, body, charged)


class PaidProvider:
    """The real client of a service at the double's address, as a run uses it."""

    offline, needs_key = False, False
    requests_per_minute: float | None = None

    def __init__(self, name: str, url: str, parallel: int) -> None:
        base = f"{url}/v1" if name == "openai" else url
        options = Options(
            {}, "relayed", base, 20.0, Http(), PRICES, lambda seconds: None, lambda work, *given: work(*given)
        )
        self._client: Any = make_provider(name, options)
        self.name, self.label, self.model = name, self._client.label, self._client.model
        self.parallel, self.price = parallel, self._client.price
        self.calls: list[Any] = []
        self.key_names: dict[str, str] = {}

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        answer: ImageAnswer = self._client.generate(request, KEY)
        return answer

    def release(self) -> None:
        """Nothing is held."""


Run = Callable[..., tuple[RunBench, RelayWire, ProviderDouble]]


@pytest.fixture(params=["openai", "gemini"])
def run(request: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(CircuitBreaker, "ask", lambda *given, **more: 0.0)  # no pause: what is paid for is the matter
    opened: list[Any] = []

    def drive(
        cases: Callable[[str], list[Case]], words: int = 0, **limits: Any
    ) -> tuple[RunBench, RelayWire, ProviderDouble]:
        inner: Wire = OpenAIWire() if request.param == "openai" else GeminiWire(None)
        wire = RelayWire(inner, {})
        double = ProviderDouble(wire=wire).__enter__()
        made = cases(double.url)
        wire.cases = {f"prompt {number}": case for number, case in enumerate(made, 1)}
        provider: Any = PaidProvider(request.param, double.url, 1)
        wanted = RunLimits(1, None, 4, **limits)
        project = story(len(made), ("clear",))
        if words:
            style = project.styles[0]
            beats = (replace(style.beats[0], prompt="x" * words), *style.beats[1:])
            project = replace(project, styles=(replace(style, beats=beats),))
        bench = RunBench(redis_url, project, provider, wanted)
        opened.append((bench, double))
        bench.start()
        bench.finish()
        return bench, wire, double

    yield drive
    for bench, double in opened:
        bench.close()
        double.__exit__(None, None, None)


def spellings() -> list[str]:
    plain = base64.b64encode(PNG).decode()
    safe = base64.urlsafe_b64encode(PNG).decode()
    return [
        plain,
        plain.rstrip("="),
        safe,
        safe.rstrip("="),
        base64.encodebytes(PNG).decode(),
        f"data:image/png;base64,{plain}",
    ]


def shapes(coded: str, url: str) -> list[Any]:
    plain = coded if coded.startswith("data:") else f"data:image/png;base64,{''.join(coded.split())}"
    event = f"data: {json.dumps({'b64_json': coded})}\n\ndata: [DONE]\n\n".encode()
    parts = [{"text": "Here."}, {"inlineData": {"mimeType": "image/png", "data": coded}}]
    return [
        {"data": [{"b64_json": coded}]},
        {"data": [{"revised_prompt": "x"}, {"b64_json": coded}]},
        [{"b64_json": [coded]}],
        {"output": [coded]},
        {"choices": [{"message": {"content": f"![i]({plain})"}}]},
        {"choices": [{"message": {"content": "", "images": [{"image_url": {"url": plain}}]}}]},
        event,
        PNG,
        {"candidates": [{"finishReason": "SAFETY"}, {"content": {"parts": parts}}]},
        [{"candidates": [{"content": {"parts": parts}}]}],
        {"candidates": [{"content": {"parts": [{"text": plain}]}}]},
        {"candidates": [{"content": {"parts": [{"fileData": {"fileUri": f"{url}/kept/a"}}]}}]},
        {"data": {"data": [{"url": [f"{url}/kept/b"]}]}},
        {"images": [{"url": f"{url}/kept/c"}]},
    ]


def spelled(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def many(url: str) -> list[Case]:
    """300 cases: every shape in every spelling under each good status, and among them what goes wrong."""
    chance = random.Random(7)
    good = [
        Case(((status, spelled(shape), PRICE),), True)
        for coded in spellings()
        for shape in shapes(coded, url)
        for status in (200, 201, 202)
    ]
    image = (200, spelled({"data": [{"b64_json": spellings()[0]}]}), PRICE)
    lost = spelled({"error": {"message": "late"}})
    bad = [
        *(
            Case(((status, body, charge), image), True, 2)
            for status, body, charge in itertools.product((500, 502, 504, 524), (PAGE, lost, b""), (0, PRICE))
        ),
        *(Case(((status, body, 0), image), True, 2) for status, body in itertools.product((503, 521), (PAGE, lost))),
        Case(((200, HEIC, PRICE),), False),
        Case(((200, spelled({"data": [{"url": f"{url}/gone/a"}]}), PRICE),), False),
        Case(((200, spelled({"data": [{"url": f"{url}/page/a"}]}), PRICE),), False),
        Case(((200, spelled({"error": "invalid size"}), 0),), False),
    ]
    cases = chance.sample(good, len(good)) + chance.choices(good, k=48 - len(bad)) + bad
    chance.shuffle(cases)
    return cases


def test_300_answers_are_paid_for_once_and_an_unknown_outcome_at_most_twice(run: Run) -> None:
    bench, wire, double = run(many)
    cases = list(wire.cases.values())
    given_up = {frame.beat for frame in bench.disk.ledger(None).given_up}
    for number, case in enumerate(cases, 1):
        asked = wire.asked[f"prompt {number}"]
        assert 1 <= asked <= case.calls, f"{asked} calls for {case}"
        made = any(frame.beat == f"1.{number}" for frame in bench.disk.made)
        assert made == (case.image and f"1.{number}" not in given_up), f"{case}"
        assert made or not case.image or case.calls == 2, f"a paid image was thrown away: {case}"
    total = bench.disk.ledger(None).total
    assert total.charged <= double.charged <= total.charged + total.possibly
    unknown = sum(call.charged for call in double.calls if call.status in (500, 502, 504, 524))
    assert total.charged == double.charged - unknown
    assert total.possibly == PRICE * sum(call.status in (500, 502, 504, 524) for call in double.calls)


@pytest.mark.parametrize(("status", "body"), [(524, PAGE), (504, spelled({"error": {"message": "late"}})), (502, PAGE)])
def test_an_unknown_outcome_is_repeated_once_and_holds_its_money(run: Run, status: int, body: bytes) -> None:
    bench, wire, _ = run(lambda url: [Case(((status, body, PRICE),), False, 2)] * 3)
    assert list(wire.asked.values()) == [2, 2, 2]
    total = bench.disk.ledger(None).total
    assert (total.charged, total.possibly) == (0, 6 * PRICE)


def test_a_budget_counts_unknown_outcomes(run: Run) -> None:
    bench, wire, _ = run(lambda url: [Case(((524, PAGE, PRICE),), False, 2)] * 3, budget=3 * PRICE)
    assert (bench.run().state, bench.run().cause, wire.asked.total()) == (RunState.PAUSED, Cause.BUDGET, 3)


@pytest.mark.parametrize(
    "body", [{"data": [{"task_id": "t"}]}, {"object": "generation.task"}, {"name": "operations/a", "done": False}]
)
def test_a_task_id_ends_the_run_after_the_first_call(run: Run, body: Any) -> None:
    bench, wire, _ = run(lambda url: [Case(((200, spelled(body), PRICE),), False)] * 30)
    assert wire.asked.total() == 1 and "answers with a task id" in bench.run().reason


@pytest.mark.parametrize(("path", "words"), [("/gone/a", "answered 404"), ("/page/a", "sent a web page instead")])
def test_an_address_without_its_image_is_fetched_again_and_never_ordered_again(run: Run, path: str, words: str) -> None:
    bench, wire, double = run(lambda url: [Case(((200, spelled({"data": [{"url": url + path}]}), PRICE),), False)] * 3)
    assert list(wire.asked.values()) == [1, 1, 1] and wire.fetched[path] >= 3
    given_up = bench.disk.ledger(None).given_up
    assert all(
        double.url.removeprefix("http://") in each.sentence and words in each.sentence for each in given_up.values()
    )
    assert len(given_up) == 3 and bench.disk.ledger(None).total.charged == 3 * PRICE


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"error": {"type": "invalid_request_error", "message": '{"error": {"code": "InvalidParameter"}}'}}),
        (200, {"code": 400, "msg": "size not supported", "data": None}),
        (200, {"errors": [{"message": "invalid size"}]}),
    ],
)
def test_three_refusals_alike_end_the_run_and_cost_nothing(run: Run, status: int, body: Any) -> None:
    bench, wire, _ = run(lambda url: [Case(((status, spelled(body), 0),), False)] * 9)
    assert wire.asked.total() == 3 and "failed in the same way" in bench.run().reason
    assert bench.disk.ledger(None).total.charged + bench.disk.ledger(None).total.possibly == 0


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_page_in_between_ends_the_run_at_once_and_leaves_the_keys(run: Run, status: int) -> None:
    bench, wire, _ = run(lambda url: [Case(((status, PAGE, 0),), False)] * 9)
    assert wire.asked.total() == 1 and "in between" in bench.run().reason
    assert not bench.run().cause and bench.disk.ledger(None).total.possibly == 0


def test_a_prompt_that_is_too_long_with_its_wording_is_not_sent(run: Run) -> None:
    bench, wire, _ = run(lambda url: [Case(((200, PNG, PRICE),), True)] * 2, words=36_002)
    (given_up,) = bench.disk.ledger(None).given_up.values()
    assert "36,002 characters together; at most 32,000" in given_up.sentence
    assert list(wire.asked) == ["prompt 2"] and bench.disk.ledger(None).total.charged == PRICE
