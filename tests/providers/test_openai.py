"""OpenAI and the servers that speak like it: what is sent, what every answer means, what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import webapp
from tests.harness.corrupt import hurt
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    ImageQuestion,
    bad_key,
    blocked_output,
    body,
    cut,
    failing,
    holding,
    limited,
    ok,
    page,
    picture,
    words,
)
from tests.harness.secret_search import everything_in
from tests.harness.wires.openai import OpenAIWire
from webapp.core.image_request import ImageRequest, Key, Secret
from webapp.core.money.prices import Prices, Tokens
from webapp.errors import (
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    Misconfigured,
    NoImage,
    ProviderError,
    Rejected,
    Unavailable,
    Unsuited,
    UnusableImage,
)
from webapp.outbound.client import Http
from webapp.outbound.reply import Reply
from webapp.providers.contract import Options, Provider
from webapp.providers.openai.client import (
    FIELDS,
    FoundImage,
    OpenAISettings,
    form,
    parse,
    payload,
    tokens_of,
)
from webapp.providers.openai.env import CURRENT_MODEL
from webapp.providers.openai.errors import span
from webapp.providers.table import make_provider

CANARY = "canary-key-0123456789-abcdef"
KEY = Key(Secret(CANARY), "film")
PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))
REQUEST = ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7)
REFERENCE = picture("reference")
NOW = 1_764_000_000.0
ASKED = ImageQuestion(CANARY, REQUEST.prompt, CURRENT_MODEL, None, "1536:864", "1536x864")


@pytest.fixture
def wire() -> OpenAIWire:
    return OpenAIWire()


@pytest.fixture
def double(wire: OpenAIWire) -> Iterator[ProviderDouble]:
    with ProviderDouble(wire=wire) as running:
        yield running


def openai(url: str = "", model: str = "", **values: Any) -> Provider:
    options = Options(values, model, url, 20.0, Http(), PRICES, lambda _: None, lambda work, *a: work(*a))
    return make_provider("openai", options)


def at(double: ProviderDouble, model: str = "", **values: Any) -> Provider:
    return openai(double.url + "/v1", model, **values)


def read(answer: Answer) -> FoundImage:
    """What the answer is parsed to, without a server."""
    spelled = OpenAIWire().spell(answer, ASKED)
    headers = {name.lower(): value for name, value in spelled.headers.items()}
    reply = Reply(spelled.status, headers, spelled.body, NOW, (KEY.secret,))
    return parse(reply, OpenAISettings(), PRICES.tokens("openai", CURRENT_MODEL), 10_300)


def refused(answer: Answer) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read(answer)
    return caught.value


def said(data: Any, status: int = 200) -> Answer:
    return body(json.dumps(data).encode(), status)


# What is sent


def test_the_request_is_as_openai_documents_it() -> None:
    assert payload(REQUEST, OpenAISettings(quality="low")) == {
        "model": "gpt-image-2.6-flare",
        "prompt": "A boat at night",
        "n": 1,
        "size": "1536x864",
        "quality": "low",
    }


def test_only_what_was_chosen_is_sent() -> None:
    assert payload(REQUEST, OpenAISettings(model="", size="512x512")) == {
        "prompt": "A boat at night",
        "n": 1,
        "size": "512x512",
    }


def test_a_reference_is_a_part_of_a_form() -> None:
    fields = form(replace(REQUEST, reference=REFERENCE), OpenAISettings(quality="high"))
    assert fields[-1] == ("image", ("reference.png", REFERENCE, "image/png"))
    assert dict(fields[:-1])["n"] == "1"


def test_one_picture_is_one_call_with_the_key_in_its_header(double: ProviderDouble, wire: OpenAIWire) -> None:
    answer = at(double, model=CURRENT_MODEL).generate(REQUEST, KEY)
    assert [call.key for call in double.calls] == [CANARY] and wire.paths == ["/v1/images/generations"]
    assert double.calls[0].asked == ASKED
    assert (answer.body, answer.model, answer.seed, answer.note) == (
        picture("A boat at night None", aspect="1536:864"),
        CURRENT_MODEL,
        None,
        "",
    )


def test_a_reference_goes_to_edits(double: ProviderDouble, wire: OpenAIWire) -> None:
    answer = at(double).generate(replace(REQUEST, reference=REFERENCE), KEY)
    assert wire.paths == ["/v1/images/edits"] and answer.note == ""
    assert double.calls[0].asked.reference == REFERENCE and double.calls[0].prompt == REQUEST.prompt


def test_a_server_without_edits_makes_the_picture_without_its_reference_and_that_is_said() -> None:
    wire = OpenAIWire(edits=False)
    with ProviderDouble(wire=wire) as double:
        provider = at(double)
        for _ in range(2):
            answer = provider.generate(replace(REQUEST, reference=REFERENCE), KEY)
            assert answer.body and answer.note == "The style reference was not sent: this image server takes none."
    assert wire.paths == ["/v1/images/edits", "/v1/images/generations", "/v1/images/generations"]


@pytest.mark.parametrize(
    ("data", "why"), [(b"\x89PNG\r\n\x1a\n" + b"x" * 50_000_000, "50 MB"), (b"<svg/>", "not a PNG")]
)
def test_a_reference_that_cannot_be_sent_is_left_out_and_said_so(double: ProviderDouble, data: bytes, why: str) -> None:
    answer = at(double).generate(replace(REQUEST, reference=data), KEY)
    assert not double.calls[0].asked.reference and why in answer.note


def test_openai_needs_a_key_and_a_server_of_ones_own_may_do_without(double: ProviderDouble) -> None:
    assert openai().needs_key and not at(double).needs_key
    with pytest.raises(Misconfigured, match="Add one in Project Setup"):
        openai().generate(REQUEST, None)
    assert at(double).generate(REQUEST, None).body
    assert "authorization" not in double.calls[0].headers


def test_a_server_that_wants_a_key_after_all_says_where_to_add_one(double: ProviderDouble) -> None:
    double.script(failing(401, "", "Missing bearer"))
    with pytest.raises(Misconfigured, match=r"wants an API key\. Add one in Project Setup"):
        at(double).generate(REQUEST, None)


def test_a_server_of_ones_own_chooses_its_model_unless_one_is_named(double: ProviderDouble) -> None:
    assert openai().model == CURRENT_MODEL
    assert at(double).generate(REQUEST, KEY).model == "the server’s own model"
    assert double.calls[0].asked.model == "" and double.calls[0].asked.quality == ""
    assert at(double, model="org/flux").generate(REQUEST, KEY).model == "org/flux"


def test_the_project_chooses_the_model_before_the_environment_does() -> None:
    options = Options({"model": " mine "}, "theirs", "", 20.0, Http(), PRICES, lambda _: None, lambda w, *a: w(*a))
    assert make_provider("openai", options).model == "mine"


def test_the_quality_is_sent_when_it_was_chosen(double: ProviderDouble) -> None:
    at(double, quality="high", size="1024x1024").generate(REQUEST, KEY)
    assert (double.calls[0].asked.quality, double.calls[0].asked.size) == ("high", "1024x1024")


def test_the_price_is_that_of_size_and_quality_and_a_near_server_is_free(double: ProviderDouble) -> None:
    def price(**values: str) -> int | None:
        return openai("", "gpt-image-2.5-flare", **values).price

    assert (price(), price(quality="high"), price(size="3840x2160", quality="max")) == (10_300, 41_200, 400_300)
    assert price(size="512x512") is None, "what the list does not know is not guessed"
    assert at(double).price == 0
    assert at(double, model="gpt-image-2").price is None, "a gateway to a paid model is not free"
    assert openai("https://images.example.com/v1", "some-model").price is None


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"url": "http://example.com/v1"}, "OPENAI_BASE_URL must begin with https"),
        ({"url": "nonsense"}, "OPENAI_BASE_URL must be an address"),
        ({"model": "a model"}, "name of the OpenAI model"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_any_call(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(Misconfigured, match=names):
        openai(**changes)


def test_a_server_in_a_private_network_needs_no_https() -> None:
    for url in ("http://192.168.1.9:8080/v1", "http://gpu:8080/v1", "http://gpu.local/v1"):
        assert not openai(url).needs_key


def test_its_fields_offer_model_size_and_quality() -> None:
    assert [(field.name, field.default) for field in FIELDS] == [
        ("model", ""),
        ("size", "1536x864"),
        ("quality", "auto"),
    ]


# Answers with a picture


@pytest.mark.parametrize("answer", [ok("png"), ok("jpeg"), ok("webp"), ok("png", prefix=True)])
def test_a_picture_is_taken_whatever_its_type(answer: Answer) -> None:
    assert read(answer).body == picture("A boat at night None", answer.more["picture"], "1536:864")


def test_the_cost_follows_from_the_tokens_and_agrees_with_the_bill(double: ProviderDouble) -> None:
    answer = at(double, model=CURRENT_MODEL).generate(replace(REQUEST, reference=REFERENCE), KEY)
    double.wait_for_quiet()
    assert answer.cost == double.charged > 0


def test_without_tokens_the_cost_is_the_price_of_one_image() -> None:
    spelled = OpenAIWire(usage=False).spell(ok(), ASKED)
    made = parse(Reply(200, {}, spelled.body, NOW), OpenAISettings(), PRICES.tokens("openai", CURRENT_MODEL), 10_300)
    assert made.cost == 10_300


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (
            {
                "input_tokens": 50,
                "output_tokens": 200,
                "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
                "output_tokens_details": {"image_tokens": 190, "text_tokens": 10},
            },
            Tokens(10, 40, 10, 190),
        ),
        ({"input_tokens": 50, "output_tokens": 200}, Tokens(50, 0, 0, 200)),
        ({"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"image_tokens": 9}}, Tokens(0, 5, 0, 2)),
        ({"input_tokens": None, "output_tokens": 2}, None),
        ({"input_tokens": -1, "output_tokens": 2}, None),
        (None, None),
    ],
)
def test_tokens_are_read_by_kind(usage: Any, tokens: Tokens | None) -> None:
    assert tokens_of(usage) == tokens


# Answers without one


@pytest.mark.parametrize(
    "answer",
    [
        words(),
        holding(b""),
        said({"data": None}),
        said({"data": [None]}),
        said({"data": [{"b64_json": 3}]}),
        said({}),
        body(b""),
        body(b"[]"),
    ],
)
def test_a_good_status_without_a_picture_is_never_a_success(answer: Answer) -> None:
    assert type(refused(answer)) is NoImage


def test_a_cut_answer_is_lost() -> None:
    assert type(refused(body(b'{"data": [{"b64'))) is LostAnswer


# Bad statuses


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (blocked_output("violence"), Rejected, "safety filter refused this prompt"),
        (failing(400, "", "Your request was rejected", "content_policy_violation"), Rejected, "safety filter"),
        (failing(400, "invalid_request_error", "Unreadable image"), Unsuited, "did not accept this request"),
        (
            failing(401, "invalid_request_error", "Incorrect API key provided", "invalid_api_key"),
            KeyRefused,
            "Check it",
        ),
        (failing(401, "", "You must be a member of an organization"), KeyRefused, "organisation"),
        (failing(403, "", "Country, region, or territory not supported"), KeyRefused, "country"),
        (failing(403, "", "Your organization must be verified to use the model"), KeyRefused, "must be verified"),
        (failing(403, "", "no"), KeyRefused, "refused this key"),
        (failing(402, "", "no credits"), KeySpent, "no credit left"),
        (failing(404, "invalid_request_error", "The model x", "model_not_found"), Misconfigured, "is not available"),
        (failing(403, "", "Project has no access", "model_not_found"), Misconfigured, "is not available"),
        (failing(400, "", "The model `x` does not exist", ""), Misconfigured, "is not available"),
        (failing(404, "", "no such page"), Misconfigured, "leads nowhere"),
        (failing(400, "", "x", "billing_hard_limit_reached"), KeySpent, "no credit left"),
        (failing(408, "", "late"), Unavailable, "gave up waiting"),
        (failing(409, "", "conflict"), Unavailable, "has trouble"),
        (failing(413, "", "big"), Unsuited, "too large"),
        (failing(500, "server_error", "oops"), Unavailable, "has trouble"),
        (failing(503, "", "busy", "server_is_overloaded"), Unavailable, "overloaded"),
        (failing(503, "", "busy", "slow_down"), Limited, "slow down"),
        (page(502), Unavailable, "has trouble"),
        (page(404), Misconfigured, "leads nowhere"),
        (bad_key(), Unsuited, "did not accept"),
        # servers that only speak like OpenAI
        (said({"error": "prompt required"}, 400), Unsuited, "did not accept"),
        (said({"error": "generate_image failed"}, 500), Unavailable, "has trouble"),
        (said({"error": {"code": 500, "message": "x", "type": ""}}, 500), Unavailable, "has trouble"),
        (said({"error": {"code": "404", "message": "no", "type": None}}, 404), Misconfigured, "leads nowhere"),
        (said({"error": {"message": "No DB", "type": "no_db_connection", "code": "400"}}, 400), KeyRefused, "Check it"),
        (said({"detail": "Not Found"}, 404), Misconfigured, "leads nowhere"),
        (
            said({"detail": [{"loc": ["body", "size"], "msg": "bad"}]}, 422),
            Misconfigured,
            "does not take this image size",
        ),
        (said({"detail": [{"loc": ["body", "prompt"], "msg": "bad"}]}, 422), Unsuited, "did not accept"),
        (said({"detail": [None, {"loc": None}]}, 422), Unsuited, "did not accept"),
        (said({"error": {"message": "bad", "param": "quality"}}, 400), Misconfigured, "does not take this quality"),
        (said({"error": {"code": 429, "message": "x"}}), Limited, "slow down"),
        (said({"error": "oops"}), Unsuited, "did not accept this request: “oops”."),
    ],
)
def test_every_error_has_its_kind_and_its_sentence(answer: Answer, kind: type[ProviderError], sentence: str) -> None:
    error = refused(answer)
    assert (type(error), sentence in str(error)) == (kind, True), f"{error!r}"
    unknown = OpenAIWire().spell(answer, ASKED).status in (500, 502, 504)
    assert error.charged is (None if unknown else False)


def test_the_words_of_an_error_are_kept_for_the_log() -> None:
    error = refused(said({"detail": [{"loc": ["body", "size"], "msg": "too odd"}]}, 422))
    assert error.detail == "body.size: too odd"


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted", "usage_limit_reached"])
def test_a_limit_that_waiting_does_not_cure_is_a_spent_key(code: str) -> None:
    error = refused(limited(code))
    assert type(error) is KeySpent and error.charged is False


def rate_limited(message: str = "", **headers: str) -> float | None:
    spelled = OpenAIWire().spell(limited(message=message), ASKED)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(Limited) as caught:
        parse(Reply(429, names, spelled.body, NOW), OpenAISettings())
    return caught.value.retry_after


def test_a_limit_says_how_long_to_wait() -> None:
    assert rate_limited(retry_after="12") == 12.0
    assert rate_limited(retry_after_ms="350", retry_after="1") == 0.35
    assert rate_limited("Rate limit reached. Please try again in 1.2s.") == 1.2
    assert rate_limited("Please try again in 6m0s.") == 360.0
    assert rate_limited(x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="6m2s") == 362.0
    assert rate_limited(x_ratelimit_remaining_requests="5", x_ratelimit_reset_requests="6m0s") is None
    assert rate_limited() is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("12ms", 0.012), ("1s", 1.0), ("6m0s", 360.0), ("1h", 3600.0), ("", None), ("soon", None)]
)
def test_spans_of_time_are_read(text: str, seconds: float | None) -> None:
    assert span(text) == seconds


# Pictures that must be fetched


@pytest.mark.parametrize("url", ["/generated-images/a.png", "generated-images/a.png"])
def test_a_picture_may_be_fetched_from_the_server_itself_without_the_key(
    double: ProviderDouble, wire: OpenAIWire, url: str
) -> None:
    double.script(ok(url=url))
    wire.shelf["/v1/generated-images/a.png"] = picture("relative")
    assert at(double).generate(REQUEST, KEY).body
    (path, headers), *_ = wire.fetched
    assert path.endswith("generated-images/a.png") and CANARY not in str(headers)


def test_a_picture_may_be_fetched_from_another_name_of_this_machine(double: ProviderDouble) -> None:
    double.script(ok(url=double.url.replace("127.0.0.1", "localhost") + "/a.png"))
    assert at(double).generate(REQUEST, KEY).body


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.png",
        "http://me:pw@127.0.0.1/a.png",
        "http://[::1",
    ],
)
def test_an_address_that_is_not_safe_is_not_asked(double: ProviderDouble, wire: OpenAIWire, url: str) -> None:
    double.script(ok(url=url, lost=True))
    with pytest.raises(Misconfigured, match="not safe to ask") as caught:
        at(double).generate(REQUEST, KEY)
    assert caught.value.charged is True and not wire.fetched


def test_a_fetch_that_fails_is_tried_again_because_the_picture_is_paid_for(
    double: ProviderDouble, wire: OpenAIWire
) -> None:
    double.script(ok(url="/a.png"))
    wire.faults.extend([503, 404])
    assert at(double).generate(REQUEST, KEY).body
    assert len(double.calls) == 1 and len(wire.fetched) == 3


def test_a_picture_that_cannot_be_fetched_was_charged(double: ProviderDouble, wire: OpenAIWire) -> None:
    double.script(ok(url="/a.png"))
    wire.faults.extend([503] * 9)
    with pytest.raises(UnusableImage, match=r"could not be fetched: 127\.0\.0\.1:.* answered 503") as caught:
        at(double).generate(REQUEST, KEY)
    assert caught.value.charged is True and len(wire.fetched) == 3
    assert CANARY not in everything_in(caught.value)


def test_a_fetched_page_is_no_picture(double: ProviderDouble, wire: OpenAIWire) -> None:
    double.script(ok(url="/a.png", lost=True))
    wire.shelf["/a.png"] = b"<html>"
    with pytest.raises(UnusableImage, match=r"127\.0\.0\.1:.* sent a web page instead"):
        at(double).generate(REQUEST, KEY)


def test_a_redirect_of_a_picture_is_followed_with_the_same_care(double: ProviderDouble, wire: OpenAIWire) -> None:
    wire.shelf |= {"/a.png": double.url.encode() + b"/b.png", "/b.png": picture("b")}
    double.script(ok(url="/a.png", lost=True))
    assert at(double).generate(REQUEST, KEY).body == picture("b")
    wire.shelf["/a.png"] = b"http://10.0.0.1/b.png"
    double.script(ok(url="/a.png", lost=True))
    with pytest.raises(Misconfigured, match="not safe to ask"):
        at(double).generate(REQUEST, KEY)


def test_half_an_answer_is_lost_and_may_have_been_charged(double: ProviderDouble) -> None:
    double.script(cut())
    with pytest.raises(LostAnswer) as caught:
        at(double).generate(REQUEST, KEY)
    assert caught.value.charged is None and double.charged > 0


def test_words_of_the_service_that_hold_the_key_are_struck_out(double: ProviderDouble) -> None:
    double.script(failing(400, "", f"the key {CANARY} and Bearer {CANARY} and {CANARY[:14]}… are bad"))
    with pytest.raises(ProviderError) as caught:
        at(double).generate(REQUEST, KEY)
    assert caught.value.detail and "canary" not in f"{caught.value!r}{caught.value.detail}"


NAMES = ("data", "b64_json", "url", "error", "message", "type", "code", "param", "detail", "loc", "msg", "usage")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([200, 400, 403, 422, 429, 500]))
def test_any_json_whatever_is_an_address_or_an_error_of_the_family(data: Any, status: int) -> None:
    try:
        assert parse(Reply(status, {}, json.dumps(data).encode(), NOW), OpenAISettings()).urls
    except ProviderError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("answer", [ok(), limited(), bad_key(), blocked_output()], ids=lambda answer: answer.kind)
def test_an_answer_that_is_hurt_in_any_place_is_a_picture_or_an_error_of_the_family(answer: Answer) -> None:
    spelled = OpenAIWire().spell(answer, ASKED)
    for data in hurt(json.loads(spelled.body)):
        reply = Reply(spelled.status, {}, json.dumps(data).encode(), NOW)
        try:
            made = parse(reply, OpenAISettings(), PRICES.tokens("openai", CURRENT_MODEL))
        except ProviderError as error:
            assert str(error).endswith(".")
        else:
            assert spelled.status == 200 and (made.urls or made.body) and (made.cost is None or made.cost >= 0)


# Proxies and other servers


def test_a_proxy_that_says_what_a_call_cost_is_believed() -> None:
    spelled = OpenAIWire(usage=False).spell(ok(), ASKED)
    reply = Reply(200, {"x-litellm-response-cost": "0.01322"}, spelled.body, NOW)
    assert parse(reply, OpenAISettings(), None, 0).cost == 13_220


def test_an_answer_without_an_image_costs_what_its_tokens_say() -> None:
    data = {
        "data": [],
        "usage": {"input_tokens": 100, "output_tokens": 20, "output_tokens_details": {"text_tokens": 20}},
    }
    with pytest.raises(NoImage) as caught:
        parse(Reply(200, {}, json.dumps(data).encode(), NOW), OpenAISettings(), PRICES.tokens("openai", CURRENT_MODEL))
    assert caught.value.charged and caught.value.cost == 100 * 5 + 20 * 30


def test_a_server_that_wants_the_other_name_of_a_reference_gets_it(double: ProviderDouble) -> None:
    missing = said({"detail": [{"loc": ["body", "image[]"], "msg": "Field required"}]}, 422)
    double.script(missing)
    assert at(double).generate(replace(REQUEST, reference=REFERENCE), KEY).note == ""
    assert [call.asked.reference for call in double.calls] == [REFERENCE, REFERENCE]


def test_a_server_that_takes_no_reference_under_any_name_says_so(double: ProviderDouble) -> None:
    double.always = said({"error": {"message": "bad", "param": "image"}}, 400)
    with pytest.raises(Misconfigured, match="does not take the style reference"):
        at(double).generate(replace(REQUEST, reference=REFERENCE), KEY)
    assert len(double.calls) == 2
