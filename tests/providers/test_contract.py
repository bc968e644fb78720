"""One contract, all providers of the table.

A provider that speaks to a service is given the double; `ProviderBench` is the only place to extend for a further one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import webapp
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    GeminiWire,
    Wire,
    bad_key,
    blocked_output,
    blocked_prompt,
    body,
    broken_base64,
    close_early,
    close_late,
    cut,
    empty,
    failing,
    hang,
    holding,
    limited,
    ok,
    page,
    picture,
    redirect,
    stall,
    words,
)
from tests.harness.secret_search import everything_in
from tests.harness.wires.a1111 import A1111Wire
from tests.harness.wires.comfyui import ComfyWire
from tests.harness.wires.openai import OpenAIWire
from webapp.core.image_request import (
    Address,
    ImageAnswer,
    ImageRequest,
    Key,
    Secret,
)
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import read_fields
from webapp.errors import BadInput, ProviderError
from webapp.outbound.client import Http
from webapp.providers.contract import Options, Provider, Resumable
from webapp.providers.environment import ENVIRONMENT
from webapp.providers.table import PROVIDERS, make_provider

CANARY = "canary-key-0123456789-abcdef"
KEY = Key(Secret(CANARY), "film")
PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))
REQUEST = ImageRequest(
    "attempt-1", "illustration", "1.1", "A boat at night", "Wide shot of a boat on the sea at night", 7
)

TROUBLES = [
    *(bad_key(), failing(401), failing(402), failing(403), failing(404), failing(418), failing(500), failing(503)),
    *(
        limited(),
        limited(retry="1s"),
        limited("PerDay", value="0"),
        page(502),
        page(200),
        redirect("http://127.0.0.1:1/"),
    ),
    *(
        blocked_prompt(),
        blocked_output(),
        words(),
        empty(),
        broken_base64(),
        holding(b"<svg/>"),
        holding(b"{}"),
        holding(b""),
    ),
    *(body(b""), body(b"null"), body(b"[]"), body(b"\xff\xfe"), body(b"[" * 100_000), cut(), cut(length=False)),
    *(close_early(), close_late(), hang(), stall()),
]

LOGIN = f"me:{CANARY}"
WIRES: dict[str, Callable[[], Wire]] = {
    "sketch": lambda: GeminiWire(None),
    "gemini": lambda: GeminiWire(None),
    "openai": OpenAIWire,
    "a1111": lambda: A1111Wire(login=LOGIN),
    "comfyui": lambda: ComfyWire(login=LOGIN),
}
SEEDLESS = {"openai"}
"""Services that know no seed."""


@dataclass
class ProviderBench:
    """A provider set up to be tried, and the double behind it (which offline providers never call)."""

    name: str
    double: ProviderDouble

    def provider(self, *, timeout: float = 20.0, idle: float = 20.0, **values: Any) -> Provider:
        fields = read_fields(PROVIDERS[self.name].fields, {"delay": 0, **values})
        options = Options(
            values=fields,
            model="",
            base_url=self.double.url + ("/v1" if self.name == "openai" else ""),
            timeout=timeout,
            http=Http(idle=idle),
            prices=PRICES,
            sleep=lambda seconds: None,
            run=lambda work, *args: work(*args),
            urls=(Address(self.double.url, Secret(LOGIN)),),
        )
        return make_provider(self.name, options)


@pytest.fixture(params=list(PROVIDERS))
def bench(request: pytest.FixtureRequest) -> Iterator[ProviderBench]:
    with ProviderDouble(wire=WIRES[request.param]()) as double:
        yield ProviderBench(request.param, double)


def test_it_gives_a_picture_that_opens(bench: ProviderBench) -> None:
    answer = bench.provider().generate(REQUEST, KEY)
    with Image.open(io.BytesIO(answer.body), formats=["PNG", "JPEG", "WEBP"]) as image:
        image.load()
        assert image.width > image.height > 0
    assert answer.model and (answer.seed is not None) == (bench.name not in SEEDLESS)


def test_it_is_described_completely(bench: ProviderBench) -> None:
    provider, kind = bench.provider(), PROVIDERS[bench.name]
    assert provider.name == kind.name == bench.name
    assert provider.label == kind.label and provider.model
    assert provider.parallel >= 1 and (provider.requests_per_minute is None or provider.requests_per_minute > 0)
    assert provider.price is None or provider.price >= 0
    assert not (provider.offline and provider.needs_key), "what is drawn here needs no key"


def test_its_settings_have_defaults_that_work(bench: ProviderBench) -> None:
    assert set(read_fields(PROVIDERS[bench.name].fields, {})) == {field.name for field in PROVIDERS[bench.name].fields}
    assert all(field.label for field in PROVIDERS[bench.name].fields)


def test_the_same_request_gives_the_same_picture(bench: ProviderBench) -> None:
    first, second = (bench.provider().generate(replace(REQUEST, attempt=attempt), KEY) for attempt in ("a", "b"))
    assert first.body == second.body and first.seed == second.seed


def test_another_prompt_gives_another_picture(bench: ProviderBench) -> None:
    other = replace(REQUEST, prompt="Close-up of a hand on a door", phrase="A hand", number="1.2")
    assert bench.provider().generate(REQUEST, KEY).body != bench.provider().generate(other, KEY).body


def test_a_free_one_costs_nothing_and_a_paid_one_says_what_it_cost(bench: ProviderBench) -> None:
    provider = bench.provider()
    cost = provider.generate(REQUEST, KEY).cost
    assert cost == 0 if provider.price == 0 else cost is None or cost > 0


def test_one_picture_is_at_most_one_call(bench: ProviderBench) -> None:
    provider = bench.provider()
    provider.generate(REQUEST, KEY)
    assert len(bench.double.calls) == (0 if provider.offline else 1)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " ",
        "x" * 30_000,
        "Ünïcödé ☃ 🎬 \u202eright to left",
        "\x00\x07control",
        "\ud800 half a pair",
        "{{ 7*7 }} <b>",
    ],
)
def test_no_prompt_brings_it_down(bench: ProviderBench, prompt: str) -> None:
    assert bench.provider().generate(replace(REQUEST, prompt=prompt, phrase=prompt), KEY).body


@pytest.mark.parametrize("seed", [0, -1, 2**31, 2**64])
def test_no_seed_brings_it_down(bench: ProviderBench, seed: int) -> None:
    assert bench.provider().generate(replace(REQUEST, seed=seed), KEY).body


def test_a_reference_is_sent_or_spoken_of(bench: ProviderBench) -> None:
    provider = bench.provider()
    answer = provider.generate(replace(REQUEST, reference=picture("reference")), KEY)
    sent = bool(bench.double.calls and bench.double.calls[0].asked.reference)
    assert sent or answer.note or provider.offline


@pytest.mark.parametrize("answer", TROUBLES, ids=lambda answer: f"{answer.kind}, {answer.how}")
def test_whatever_happens_it_raises_only_the_family_and_leaks_no_key(bench: ProviderBench, answer: Answer) -> None:
    bench.double.always = answer
    provider = bench.provider(timeout=0.5, idle=0.3)
    result = attempt(provider)
    if isinstance(result, ImageAnswer):
        found_again = isinstance(provider, Resumable) and answer.kind == "picture" and answer.how != "close early"
        assert provider.offline or found_again
        return
    assert isinstance(result, ProviderError)
    check_sentence(str(result))
    assert CANARY not in everything_in(result)
    assert len(result.detail) <= 500


def test_a_service_that_is_not_there_was_not_sent_to(bench: ProviderBench) -> None:
    provider = bench.provider()
    if provider.offline:
        pytest.skip("it needs no service")
    bench.double.leave()
    result = attempt(provider)
    assert isinstance(result, ProviderError) and result.charged is False
    check_sentence(str(result))


def test_a_key_never_shows_in_what_it_is_made_of(bench: ProviderBench) -> None:
    provider = bench.provider()
    provider.generate(REQUEST, KEY)
    assert CANARY not in f"{provider!r} {provider.__dict__!r} {KEY!r} {REQUEST!r}"


def attempt(provider: Provider) -> ImageAnswer | ProviderError:
    try:
        return provider.generate(REQUEST, KEY)
    except ProviderError as error:
        return error


def check_sentence(sentence: str) -> None:
    """Plain words that end with a full stop: no code, no exception, no markup."""
    assert re.fullmatch(r"[A-Z1-9].{10,200}\.", sentence), sentence
    plain = re.sub(r"(?:GEMINI|OPENAI|A1111|COMFYUI)_(?:BASE_URL|API_KEYS|URLS)|REQUEST_TIMEOUT", "", sentence)
    assert not re.search(r"\b[45]\d\d\b|[A-Za-z]+_[A-Za-z]+|Error\b|[<>{}]|0x", plain), sentence


def test_the_environment_knows_the_same_providers_as_the_table() -> None:
    assert tuple(PROVIDERS) == tuple(ENVIRONMENT)


def test_there_is_no_provider_of_an_unknown_name() -> None:
    options = Options({}, "", "", 20.0, Http(), PRICES, lambda _: None, lambda work, *args: work(*args))
    with pytest.raises(BadInput, match="no image provider called 'nonesuch'"):
        make_provider("nonesuch", options)


def test_good_answers_are_good_for_all(bench: ProviderBench) -> None:
    for kind in ("png", "jpeg", "webp"):
        bench.double.always = ok(kind)
        assert bench.provider().generate(REQUEST, KEY).body
