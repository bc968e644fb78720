"""A key or a server can be tried without making a picture, and what is wrong is said as a run would say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import webapp
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import GeminiWire, Wire
from tests.harness.secret_search import everything_in
from tests.harness.wires.a1111 import A1111Wire
from tests.harness.wires.comfyui import ComfyWire
from tests.harness.wires.openai import OpenAIWire
from webapp.core.image_request import Address, Key, Secret
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import read_fields
from webapp.errors import KeyRefused, Misconfigured, NotSent, ProviderError
from webapp.outbound.client import Http
from webapp.providers import contract
from webapp.providers.contract import Options, Provider, Referring
from webapp.providers.table import PROVIDERS, make_provider

CANARY = "canary-key-0123456789-abcdef"
KEY = Key(Secret(CANARY), "film")
PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))
NOWHERE = Address("http://127.0.0.1:1")


def provider(name: str, *addresses: Address, base_url: str = "", model: str = "") -> Provider:
    options = Options(
        values=read_fields(PROVIDERS[name].fields, {}),
        model=model,
        base_url=base_url,
        timeout=20.0,
        http=Http(idle=20.0),
        prices=PRICES,
        sleep=lambda seconds: None,
        run=lambda work, *args: work(*args),
        urls=addresses,
    )
    return make_provider(name, options)


def try_out(made: Provider, key: Key | None = KEY) -> str:
    assert isinstance(made, contract.Testable)
    return made.test(key)


def reached(name: str, double: ProviderDouble, model: str = "") -> Provider:
    base = double.url + ("/v1" if name == "openai" else "")
    return provider(name, Address(double.url), base_url=base, model=model)


@pytest.mark.parametrize(
    ("name", "wire", "sentence"),
    [
        ("gemini", lambda: GeminiWire(None), "Google accepts this key, and the model gemini-nano-banana-2.1 is there."),
        ("openai", OpenAIWire, "The image server accepts this key."),
        ("a1111", A1111Wire, "answers with dreamshaper_8 loaded."),
        ("comfyui", ComfyWire, "answers as ComfyUI 0.3.64."),
    ],
)
def test_a_test_says_what_works_and_makes_no_picture(name: str, wire: Callable[[], Wire], sentence: str) -> None:
    with ProviderDouble(wire=wire()) as double:
        assert try_out(reached(name, double)).endswith(sentence)
        assert double.calls == []


def test_a_refused_key_is_said_to_be_refused_and_stays_hidden() -> None:
    gemini, openai = GeminiWire(None), OpenAIWire()
    gemini.bad_keys, openai.bad_keys = {CANARY}, {CANARY}
    for name, wire in (("gemini", gemini), ("openai", openai)):
        with ProviderDouble(wire=wire) as double, pytest.raises(KeyRefused) as caught:
            try_out(reached(name, double))
        assert CANARY not in everything_in(caught.value)


def test_a_model_that_is_gone_is_named() -> None:
    gemini = GeminiWire(None)
    gemini.gone = {"gemini-old"}
    wires: list[tuple[str, Wire, str]] = [
        ("gemini", gemini, "gemini-old"),
        ("openai", OpenAIWire(), "gpt-image-1"),
    ]
    for name, wire, model in wires:
        with ProviderDouble(wire=wire) as double:
            made = reached(name, double, model)
            with pytest.raises(Misconfigured, match=f"The model {model} is not available"):
                try_out(made)


def test_the_day_on_which_a_model_will_be_switched_off_is_told() -> None:
    wire = OpenAIWire()
    wire.models = {"gpt-image-1.5": "2026-12-01"}
    with ProviderDouble(wire=wire) as double:
        told = try_out(reached("openai", double, "gpt-image-1.5"))
    assert "It will be switched off on 2026-12-01: choose another one" in told


def test_a_server_that_tells_of_no_models_is_not_said_to_accept_the_key() -> None:
    wire = OpenAIWire()
    wire.models = None
    with ProviderDouble(wire=wire) as double:
        assert "nothing more can be tested without an image" in try_out(reached("openai", double))


@pytest.mark.parametrize(("name", "wire"), [("a1111", A1111Wire), ("comfyui", ComfyWire)])
def test_each_of_several_servers_is_told_and_only_when_all_are_dead_the_test_fails(
    name: str, wire: Callable[[], Wire]
) -> None:
    with ProviderDouble(wire=wire()) as double:
        told = try_out(provider(name, Address(double.url), NOWHERE), None)
        assert "answers" in told and "Nothing answers at" in told
    with pytest.raises(NotSent):
        try_out(provider(name, NOWHERE), None)


@pytest.mark.parametrize("name", ["gemini", "openai"])
def test_without_a_key_nothing_is_asked(name: str) -> None:
    with pytest.raises(ProviderError, match="Add one in Project Setup"):
        try_out(provider(name), None)


def test_every_provider_says_whether_a_reference_would_go_along() -> None:
    picture, other = b"\x89PNG\r\n\x1a\n" + b"\0" * 64, b"<svg/>"
    for name in PROVIDERS:
        made = provider(name)
        assert isinstance(made, Referring)
        assert made.reference_note(other).startswith("The style reference was not sent")
        if name != "sketch":
            assert made.reference_note(picture) in ("", made.reference_note(other))
