"""AUTOMATIC1111, Forge and SD.Next: what is sent, what every answer means, and several servers at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import hurt
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    body,
    close_late,
    cut,
    failing,
    hang,
    holding,
    ok,
    page,
    picture,
)
from tests.harness.secret_search import everything_in
from tests.harness.wires.a1111 import A1111Wire
from webapp.core.image_request import Address, ImageRequest, Secret
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import read_fields
from webapp.errors import (
    Limited,
    LostAnswer,
    Misconfigured,
    NoImage,
    NotSent,
    ProviderError,
    Unavailable,
    Unsuited,
)
from webapp.outbound.client import Http
from webapp.outbound.reply import Reply
from webapp.providers.a1111.client import FIELDS, LOADED, A1111Settings, parse, payload
from webapp.providers.contract import Options, Provider
from webapp.providers.table import make_provider

REQUEST = ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7)
REFERENCE = picture("reference")
PASSWORD = "canary-password-0123456789"


@pytest.fixture
def wire() -> A1111Wire:
    return A1111Wire()


@pytest.fixture
def double(wire: A1111Wire) -> Iterator[ProviderDouble]:
    with ProviderDouble(wire=wire) as running:
        yield running


def a1111(*addresses: Address, timeout: float = 20.0, **values: Any) -> Provider:
    fields = read_fields(FIELDS, values)
    options = Options(
        fields, "", "", timeout, Http(), Prices(), lambda _: None, lambda work, *a: work(*a), urls=addresses
    )
    return make_provider("a1111", options)


def at(double: ProviderDouble, timeout: float = 20.0, **values: Any) -> Provider:
    return a1111(Address(double.url), timeout=timeout, **values)


def refused(double: ProviderDouble, answer: Answer, **values: Any) -> ProviderError:
    double.script(answer)
    with pytest.raises(ProviderError) as caught:
        at(double, **values).generate(REQUEST, None)
    assert caught.value.charged is False, "an own server charges nothing"
    return caught.value


def said(data: Any, status: int = 200) -> Answer:
    return body(json.dumps(data).encode(), status)


def test_the_settings_are_sent_and_what_is_empty_is_left_to_the_server() -> None:
    assert payload(REQUEST, A1111Settings()) == {
        "prompt": "A boat at night",
        "negative_prompt": "",
        "seed": 7,
        "steps": 25,
        "cfg_scale": 7.0,
        "width": 1024,
        "height": 576,
        "batch_size": 1,
        "n_iter": 1,
        "send_images": True,
        "save_images": False,
    }
    chosen = payload(REQUEST, A1111Settings(sampler="Euler a", negative="text", checkpoint="dream", width=1023))
    assert (chosen["sampler_name"], chosen["negative_prompt"], chosen["width"]) == ("Euler a", "text", 1016)
    assert chosen["override_settings"] == {"sd_model_checkpoint": "dream"}
    assert chosen["override_settings_restore_afterwards"] is False


def test_a_reference_is_what_the_picture_starts_from() -> None:
    body = payload(replace(REQUEST, reference=REFERENCE), A1111Settings(strength=0.4))
    assert base64.b64decode(body["init_images"][0]) == REFERENCE and body["denoising_strength"] == 0.4


@given(st.integers(-(2**70), 2**70))
def test_any_seed_fits_the_field(seed: int) -> None:
    assert 0 <= payload(replace(REQUEST, seed=seed), A1111Settings())["seed"] < 2**32


def test_one_picture_is_one_call_and_free(double: ProviderDouble, wire: A1111Wire) -> None:
    answer = at(double).generate(REQUEST, None)
    assert wire.paths == ["/sdapi/v1/txt2img"] and len(double.calls) == 1
    assert (answer.body, answer.model, answer.seed, answer.cost, answer.note) == (
        picture("A boat at night 7", aspect="1024:576"),
        "dreamshaper_8",
        7,
        0,
        "",
    )


def test_a_reference_goes_to_img2img(double: ProviderDouble, wire: A1111Wire) -> None:
    answer = at(double).generate(replace(REQUEST, reference=REFERENCE), None)
    assert wire.paths == ["/sdapi/v1/img2img"] and double.calls[0].asked.reference == REFERENCE
    assert answer.note == ""


@pytest.mark.parametrize(
    ("data", "why"), [(b"\x89PNG\r\n\x1a\n" + b"x" * 30_000_000, "30 MB"), (b"<svg/>", "not a PNG")]
)
def test_a_reference_that_cannot_be_sent_is_left_out_and_said_so(
    double: ProviderDouble, wire: A1111Wire, data: bytes, why: str
) -> None:
    answer = at(double).generate(replace(REQUEST, reference=data), None)
    assert wire.paths == ["/sdapi/v1/txt2img"] and why in answer.note


def test_the_login_of_its_address_is_sent_and_never_shown(wire: A1111Wire) -> None:
    wire = A1111Wire(login=f"me:{PASSWORD}")
    with ProviderDouble(wire=wire) as double:
        provider = a1111(Address(double.url, Secret(f"me:{PASSWORD}")))
        assert provider.generate(REQUEST, None).body
        assert PASSWORD not in f"{provider.__dict__!r}"
        double.script(failing(500, "", f"{PASSWORD} and me:{PASSWORD}"))
        with pytest.raises(Unavailable) as caught:
            provider.generate(REQUEST, None)
        assert PASSWORD not in everything_in(caught.value)
        with pytest.raises(Misconfigured, match="wants a login"):
            at(double).generate(REQUEST, None)


@pytest.mark.parametrize("info", ["", "{", "[]", '{"seed": "x"}', '{"seed": true}', None, 3])
def test_a_server_that_does_not_say_its_seed_used_ours(double: ProviderDouble, info: Any) -> None:
    data = base64.b64encode(picture("x")).decode()
    double.script(said({"images": [f"data:image/png;base64,{data}"], "info": info}))
    answer = at(double).generate(REQUEST, None)
    assert (answer.seed, answer.model) == (7, LOADED)


def test_the_seed_that_the_server_says_is_the_one(double: ProviderDouble) -> None:
    data = base64.b64encode(picture("x")).decode()
    double.script(said({"images": [data], "info": json.dumps({"seed": 99, "sd_model_name": "flux"})}))
    answer = at(double).generate(REQUEST, None)
    assert (answer.seed, answer.model) == (99, "flux")


def test_a_checkpoint_of_choice_is_its_model(double: ProviderDouble) -> None:
    provider = at(double, checkpoint="sdxl")
    assert provider.model == "sdxl" and provider.generate(REQUEST, None).model == "sdxl"
    assert at(double).model == LOADED


OOM = "OutOfMemoryError('CUDA out of memory. Tried to allocate 20 GiB')"


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (failing(500, "OutOfMemoryError", "", OOM), Unsuited, "ran out of memory. Choose a smaller image size"),
        (failing(400, "", "Sampler not found"), Misconfigured, "does not know the sampler “Euler”"),
        (failing(404, "", "Sampler not found"), Misconfigured, "does not know the sampler “Euler”"),
        (failing(404, "", "Checkpoint dream not found"), Misconfigured, "does not know this checkpoint"),
        (failing(404, "", "Not Found"), Misconfigured, "offers no API. Start it with --api"),
        (failing(405, "", "Method Not Allowed"), Misconfigured, "offers no API"),
        (failing(401, "", "Not authenticated"), Misconfigured, "wants a login. Write it into A1111_URLS"),
        (failing(500, "RuntimeError", "oops"), Unavailable, "has trouble"),
        (failing(429, "", "queue full"), Limited, "slow down"),
        (said({"detail": [{"loc": ["body", "steps"], "msg": "no integer"}]}, 422), Misconfigured, "these settings"),
        (said({"detail": [3]}, 422), Misconfigured, "these settings"),
        (failing(400, "", "odd"), Unsuited, "did not accept"),
        (page(502), Unavailable, "has trouble"),
        (page(404), Misconfigured, "offers no API"),
        (page(200), NoImage, "not an answer. Check A1111_URLS"),
        (body(b'{"images": ['), LostAnswer, "broke off"),
        (cut(), LostAnswer, "broke off"),
        (close_late(), LostAnswer, "connection"),
        (said({"images": []}), NoImage, "made no picture"),
        (said({"images": None}), NoImage, "made no picture"),
        (said({"images": [3]}), NoImage, "made no picture"),
        (holding(b"<svg/>"), NoImage, "no picture that can be used"),
    ],
)
def test_every_error_has_its_kind_and_its_sentence(
    double: ProviderDouble, answer: Answer, kind: type[ProviderError], sentence: str
) -> None:
    error = refused(double, answer, sampler="Euler")
    assert (type(error), sentence in str(error)) == (kind, True), f"{error!r}"


def test_a_server_that_says_nothing_in_time_is_a_lost_answer(double: ProviderDouble) -> None:
    double.script(hang())
    with pytest.raises(LostAnswer) as caught:
        at(double, timeout=0.3).generate(REQUEST, None)
    assert caught.value.charged is False


def test_two_servers_make_two_pictures_at_once() -> None:
    with ProviderDouble(wire=A1111Wire()) as one, ProviderDouble(wire=A1111Wire()) as two:
        provider = a1111(Address(one.url), Address(two.url))
        assert provider.parallel == 2
        one.script(ok())
        for _ in range(3):
            provider.generate(REQUEST, None)
        assert len(one.calls) + len(two.calls) == 3


def test_a_dead_server_costs_nothing_but_a_moment() -> None:
    with ProviderDouble(wire=A1111Wire()) as one, ProviderDouble(wire=A1111Wire()) as two:
        provider = a1111(Address(one.url), Address(two.url))
        one.leave()
        assert provider.generate(REQUEST, None).body and provider.generate(REQUEST, None).body
        assert len(two.calls) == 2
        two.leave()
        with pytest.raises(NotSent, match="Nothing answers"):
            a1111(Address(one.url), Address(two.url)).generate(REQUEST, None)


NAMES = ("images", "info", "detail", "error", "errors", "loc", "msg", "seed", "sd_model_name")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([200, 400, 404, 422, 500]))
def test_any_json_whatever_is_an_error_of_the_family(data: Any, status: int) -> None:
    with pytest.raises(ProviderError) as caught:
        parse(Reply(status, {}, json.dumps(data).encode(), 0.0), A1111Settings(), "127.0.0.1:7860")
    assert str(caught.value).endswith(".")


def test_an_answer_that_is_hurt_in_any_place_is_a_picture_or_an_error_of_the_family() -> None:
    told = {"seed": 7, "sd_model_name": "m"}
    whole = {"images": [base64.b64encode(picture("x")).decode()], "parameters": {}, "info": json.dumps(told)}
    for data in (*hurt(whole), *({**whole, "info": json.dumps(info)} for info in hurt(told))):
        try:
            made = parse(Reply(200, {}, json.dumps(data).encode(), 0.0), A1111Settings(), "127.0.0.1:7860")
        except ProviderError as error:
            assert str(error).endswith(".")
            assert not isinstance(data, dict) or data.get("images") != whole["images"], "a picture was lost"
        else:
            assert made.body and (made.seed is None or 0 <= made.seed < 2**64) and isinstance(made.model, str)
