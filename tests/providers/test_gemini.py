"""Gemini: what is sent, what every answer means, what it cost."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
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
    GeminiWire,
    ImageQuestion,
    bad_key,
    blocked_output,
    blocked_prompt,
    body,
    broken_base64,
    cut,
    drafted,
    failing,
    holding,
    limited,
    ok,
    page,
    picture,
    words,
)
from webapp.core.image_request import (
    ImageRequest,
    Key,
    Secret,
)
from webapp.core.money.prices import Price, Prices, Tokens
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
)
from webapp.outbound.client import Http
from webapp.outbound.reply import LONGEST_WAIT, Reply
from webapp.providers.contract import Options, Provider
from webapp.providers.gemini.client import (
    FIELDS,
    GeminiImage,
    GeminiSettings,
    parse,
    payload,
    reference_note,
    tokens_of,
)
from webapp.providers.gemini.env import CURRENT_MODEL
from webapp.providers.gemini.errors import until_midnight
from webapp.providers.table import make_provider

CANARY = "canary-key-0123456789-abcdef"
KEY = Key(Secret(CANARY), "film")
PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))
REQUEST = ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7)
NOW = 1_764_000_000.0  # a Monday in November, 08:00 in Los Angeles
ASKED = ImageQuestion(CANARY, REQUEST.prompt, CURRENT_MODEL, 7, "16:9", "1K")


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as running:
        yield running


def gemini(url: str = "", model: str = "", prices: Prices = PRICES, **values: Any) -> Provider:
    return make_provider(
        "gemini", Options(values, model, url, 20.0, Http(), prices, lambda _: None, lambda work, *a: work(*a))
    )


def read(answer: Answer, *, price: int | None = None) -> GeminiImage:
    """What the answer is parsed to, without a server."""
    spelled = GeminiWire(price).spell(answer, ASKED)
    headers = {name.lower(): value for name, value in spelled.headers.items()}
    reply = Reply(spelled.status, headers, spelled.body, NOW, (KEY.secret,))
    return parse(reply, GeminiSettings(), PRICES.tokens("gemini", CURRENT_MODEL), Price(33_600, "2026-11", "a list"))


def refused(answer: Answer) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read(answer)
    return caught.value


def said(data: Any, status: int = 200) -> Answer:
    return body(json.dumps(data).encode(), status)


# What is sent


def test_the_request_is_as_google_documents_it() -> None:
    assert payload(REQUEST, GeminiSettings()) == {
        "contents": [{"role": "user", "parts": [{"text": "A boat at night"}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9"}, "seed": 7},
    }


def test_size_and_aspect_are_sent_when_they_are_chosen() -> None:
    image = payload(REQUEST, GeminiSettings(size="2K", aspect="9:16"))["generationConfig"]["imageConfig"]
    assert image == {"aspectRatio": "9:16", "imageSize": "2K"}


@given(st.integers(-(2**70), 2**70))
def test_any_seed_fits_the_field(seed: int) -> None:
    sent = payload(ImageRequest("a", "s", "1", "", "", seed), GeminiSettings())["generationConfig"]["seed"]
    assert 0 <= sent < 2**31


def referring(data: bytes) -> ImageRequest:
    return ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7, reference=data)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_reference_goes_along_with_its_real_type(kind: str) -> None:
    request = referring(picture("reference", kind))
    part = payload(request, GeminiSettings())["contents"][0]["parts"][1]["inlineData"]
    assert part["mimeType"] == f"image/{kind}" and base64.b64decode(part["data"]) == request.reference
    assert reference_note(request.reference) == ""


@pytest.mark.parametrize(
    ("data", "why"), [(b"\x89PNG\r\n\x1a\n" + b"x" * 14_000_000, "larger"), (b"<svg/>", "not a PNG")]
)
def test_a_reference_that_cannot_be_sent_is_left_out_and_said_so(double: ProviderDouble, data: bytes, why: str) -> None:
    answer = gemini(double.url).generate(referring(data), KEY)
    assert not double.calls[0].asked.reference
    assert "was not sent" in answer.note and why in answer.note


def test_one_picture_is_one_call_with_the_key_in_its_header(double: ProviderDouble) -> None:
    answer = gemini(double.url).generate(REQUEST, KEY)
    call, *more = double.calls
    assert (
        not more
        and call.key == CANARY
        and call.asked == ImageQuestion(CANARY, REQUEST.prompt, CURRENT_MODEL, 7, "16:9", "1K")
    )
    assert (answer.body, answer.model, answer.seed, answer.note) == (picture("A boat at night 7"), CURRENT_MODEL, 7, "")


def test_the_project_chooses_the_model_before_the_environment_does() -> None:
    assert gemini().model == CURRENT_MODEL
    assert gemini(model="from-environment").model == "from-environment"
    options = Options(
        {"model": " models/mine "}, "theirs", "", 20.0, Http(), PRICES, lambda _: None, lambda w, *a: w(*a)
    )
    assert make_provider("gemini", options).model == "mine"


def test_the_version_in_the_address_is_kept(double: ProviderDouble) -> None:
    assert gemini(double.url + "/v1").generate(REQUEST, KEY).body
    assert gemini(double.url + "/v1beta/").generate(REQUEST, KEY).body


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"url": "http://example.com"}, "GEMINI_BASE_URL must begin with https"),
        ({"url": "nonsense"}, "GEMINI_BASE_URL must be an address"),
        ({"model": "../../evil?key="}, "name of the Gemini model"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_any_call(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(Misconfigured, match=names):
        gemini(**changes)


def test_without_a_key_no_call_is_made(double: ProviderDouble) -> None:
    with pytest.raises(Misconfigured, match="Add one in Project Setup"):
        gemini(double.url).generate(REQUEST, None)
    assert not double.calls


def test_a_larger_image_is_priced_as_such_and_an_unknown_model_not_at_all() -> None:
    assert (gemini().price, gemini(size="2K").price, gemini(model="new-model").price) == (33_600, 50_400, None)


def test_its_fields_offer_model_size_and_aspect() -> None:
    assert [(field.name, field.default) for field in FIELDS] == [("model", ""), ("size", "1K"), ("aspect", "16:9")]


# Answers with a picture


@pytest.mark.parametrize(
    "answer",
    [
        ok("png"),
        ok("jpeg"),
        ok("webp"),
        ok("jpeg", declared="image/png"),
        ok("png", prefix=True),
        ok("png", spelling="inline_data"),
    ],
)
def test_a_picture_is_taken_whatever_its_type_and_spelling(answer: Answer) -> None:
    assert read(answer).body == picture("A boat at night 7", answer.more["picture"])


def test_line_breaks_in_base64_do_no_harm() -> None:
    data = base64.encodebytes(picture("x")).decode()
    parts = [{"inlineData": {"mimeType": "image/png", "data": data}}]
    assert read(said({"candidates": [{"content": {"parts": parts}}]})).body == picture("x")


def test_drafts_made_while_thinking_are_passed_over() -> None:
    assert read(drafted()).body == picture("A boat at night 7", "png")


def test_the_last_of_several_pictures_is_taken() -> None:
    parts = [{"inlineData": {"data": base64.b64encode(picture(word)).decode()}} for word in ("first", "last")]
    assert read(said({"candidates": [{"content": {"parts": parts}}]})).body == picture("last")


def test_the_cost_is_counted_from_the_tokens_and_rounded_up() -> None:
    assert read(ok()).cost == -(-(3 * 1_500_000 + 173 * 7_500_000 + 1120 * 30_000_000) // 1_000_000)


@pytest.mark.parametrize("usage", [None, {}, [], {"candidatesTokenCount": -5}, {"candidatesTokenCount": "many"}])
def test_without_usable_tokens_the_cost_is_the_price_of_an_image(usage: Any) -> None:
    parts = [{"inlineData": {"data": base64.b64encode(picture("x")).decode()}}]
    assert read(said({"candidates": [{"content": {"parts": parts}}], "usageMetadata": usage})).cost == 33_600


def test_tokens_are_told_apart_by_kind() -> None:
    usage = {
        "promptTokenCount": 1_366,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 276}, {"modality": "IMAGE", "tokenCount": 1_090}],
        "candidatesTokenCount": 1_150,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1_120}, {"modality": "TEXT", "tokenCount": 30}],
        "thoughtsTokenCount": 173,
    }
    assert tokens_of(usage) == Tokens(276, 1_090, 30 + 173, 1_120)


def test_the_double_charges_what_the_answer_says(double: ProviderDouble) -> None:
    answer = gemini(double.url).generate(REQUEST, KEY)
    double.wait_for_quiet()
    assert answer.cost == double.charged


def test_the_model_that_answered_is_told() -> None:
    assert (
        read(said({**json.loads(GeminiWire(None).spell(ok(), ASKED).body), "modelVersion": "m-002"})).model == "m-002"
    )
    assert (
        read(said({**json.loads(GeminiWire(None).spell(ok(), ASKED).body), "modelVersion": "<b>"})).model
        == CURRENT_MODEL
    )


# A good status without a picture


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "NEW_REASON"])
def test_a_refused_prompt_fails_its_frame(reason: str) -> None:
    error = refused(blocked_prompt(reason))
    assert type(error) is Rejected and error.charged is False
    assert "refused this prompt" in str(error) and reason in error.detail


def test_the_safety_filter_is_named() -> None:
    assert str(refused(blocked_prompt())).startswith("The provider’s safety filter refused this prompt.")


@pytest.mark.parametrize(
    ("reason", "words_of_it"),
    [
        ("IMAGE_SAFETY", "safety filter"),
        ("SAFETY", "safety filter"),
        ("ESCALATION", "safety filter"),
        ("IMAGE_PROHIBITED_CONTENT", "prohibited content"),
        ("PROHIBITED_CONTENT", "prohibited content"),
        ("BLOCKLIST", "blocklist"),
        ("SPII", "private data"),
        ("IMAGE_RECITATION", "existing work"),
        ("RECITATION", "existing work"),
        ("LANGUAGE", "language"),
        ("MAX_TOKENS", "too long"),
    ],
)
def test_a_picture_that_is_held_back_fails_its_frame(reason: str, words_of_it: str) -> None:
    error = refused(blocked_output(reason))
    assert type(error) is Rejected and words_of_it in str(error) and reason in error.detail


@pytest.mark.parametrize(
    "reason", ["NO_IMAGE", "IMAGE_OTHER", "OTHER", "MALFORMED_RESPONSE", "STOP", "CONTINUATION", "NEW"]
)
def test_an_answer_without_a_picture_may_be_tried_again(reason: str) -> None:
    error = refused(blocked_output(reason))
    assert type(error) is NoImage and str(error) == "The model made no picture." and reason in error.detail


def test_words_alone_are_no_picture_and_are_kept_for_the_log() -> None:
    error = refused(words("I would rather not. " * 100))
    assert type(error) is NoImage and "in words" in str(error)
    assert "I would rather not." in error.detail and len(error.detail) <= 230


def test_an_account_limited_by_policy_loses_its_key() -> None:
    assert type(refused(blocked_output("PUP_LIMITED_DISABLED"))) is KeyRefused


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"candidates": []},
        {"candidates": None},
        {"candidates": [None]},
        {"candidates": [{}]},
        {"candidates": [{"content": None}]},
        {"candidates": [{"content": {"parts": None}}]},
        {"candidates": [{"content": {"parts": [None, 3, {"inlineData": None}, {"inlineData": {"data": 5}}]}}]},
        {"promptFeedback": None},
        {"promptFeedback": {"blockReason": None}},
    ],
)
def test_missing_fields_are_an_answer_without_a_picture(data: Any) -> None:
    assert type(refused(said(data))) is NoImage


@pytest.mark.parametrize("data", [b'{"error": "x"}', b"", b"x"])
def test_what_is_no_png_jpeg_or_webp_is_no_picture(data: bytes) -> None:
    assert type(refused(holding(data))) is NoImage


def test_broken_base64_is_no_picture() -> None:
    assert type(refused(broken_base64())) is NoImage


def test_whether_nothing_was_charged_is_only_said_when_the_tokens_tell() -> None:
    def lacking(usage: Any) -> bool | None:
        return refused(said({"candidates": [{"finishReason": "NO_IMAGE"}], "usageMetadata": usage})).charged

    assert lacking(None) is None
    assert lacking({"promptTokenCount": 9}) is True
    assert lacking({"promptTokenCount": 0}) is False
    assert lacking({"candidatesTokenCount": 1_120}) is True


@pytest.mark.parametrize(
    ("data", "kind"), [(b"", NoImage), (b"<html>", Misconfigured), (b'{"candidates": [{"con', LostAnswer)]
)
def test_a_good_status_with_something_else_is_never_a_success(data: bytes, kind: type[ProviderError]) -> None:
    assert type(refused(body(data))) is kind


def test_an_error_under_a_good_status_is_believed() -> None:
    assert type(refused(said({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}))) is Limited
    assert type(refused(said({"error": {"message": "oops"}}))) is Unsuited


# Bad statuses


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (failing(400, "INVALID_ARGUMENT", "Unsupported image size"), Unsuited, "did not accept this request"),
        (bad_key(), KeyRefused, "This key was refused."),
        (
            failing(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
            KeyRefused,
            "This key has expired.",
        ),
        (failing(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), KeyRefused, "country"),
        (failing(400, "FAILED_PRECONDITION", "Please enable billing."), KeyRefused, "billing"),
        (failing(401, "UNAUTHENTICATED", "Bad credentials"), KeyRefused, "This key was refused."),
        (failing(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), KeyRefused, "became public"),
        (failing(403, "PERMISSION_DENIED", "API has not been used in project 1"), KeyRefused, "switched off"),
        (failing(403, "PERMISSION_DENIED", "no", "API_KEY_HTTP_REFERRER_BLOCKED"), KeyRefused, "not allowed from here"),
        (failing(403, "PERMISSION_DENIED", "no"), KeyRefused, "This key was refused."),
        (failing(402, "RESOURCE_EXHAUSTED", "Prepaid credit is used up"), KeySpent, "credit"),
        (
            failing(404, "NOT_FOUND", "models/x is not found"),
            Misconfigured,
            "is not available. Choose another one in Project Setup",
        ),
        (failing(413, "INVALID_ARGUMENT", "too big"), Unsuited, "too large"),
        (failing(422, "INVALID_ARGUMENT", "no"), Unsuited, "did not accept"),
        (failing(499, "CANCELLED", "cancelled"), Unavailable, "gave up waiting"),
        (failing(500, "INTERNAL", "An internal error has occurred."), Unavailable, "has trouble"),
        (failing(503, "UNAVAILABLE", "The model is overloaded."), Unavailable, "overloaded"),
        (failing(504, "DEADLINE_EXCEEDED", "late"), Unavailable, "has trouble"),
        (page(502), Unavailable, "has trouble"),
        (page(503), Unavailable, "has trouble"),
        (page(404), Misconfigured, "leads nowhere"),
    ],
)
def test_every_error_has_its_kind_and_its_sentence(answer: Answer, kind: type[ProviderError], sentence: str) -> None:
    error = refused(answer)
    assert type(error) is kind and sentence in str(error)
    unknown = GeminiWire(None).spell(answer, ASKED).status in (500, 502, 504)
    assert error.charged is (None if unknown else False)
    assert error.detail


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_may_be_wrapped_in_a_list(wrapped: bool) -> None:
    error = refused(failing(404, "NOT_FOUND", "models/x is not found", wrapped=wrapped))
    assert str(error) == f"The model {CURRENT_MODEL} is not available. Choose another one in Project Setup."
    assert error.detail == "NOT_FOUND models/x is not found"


PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel"
PER_DAY = "GenerateRequestsPerDayPerProjectPerModel"


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (limited(retry="37s"), 37.0),
        (limited(retry="1.5s"), 1.5),
        (limited(retry="0s"), 0.0),
        (limited(retry="-9s"), 0.0),
        (limited(retry="soon"), None),
        (limited(header="12"), 12.0),
        (limited(header="Mon, 24 Nov 2025 16:00:30 GMT"), 30.0),
        (limited(header="0"), 0.0),
        (limited(header="-3"), 0.0),
        (limited(header="999999999"), LONGEST_WAIT),
        (limited(retry="5s", header="60"), 60.0),
        (limited(), None),
        (limited(PER_MINUTE), 60.0),
        (limited(PER_MINUTE, retry="37s"), 37.0),
        (limited(PER_DAY, retry="37s"), 16 * 3600.0),
        (limited(PER_DAY + "-FreeTier"), 16 * 3600.0),
        (limited(message="You exceeded your spend limit for this tier."), 600.0),
        (failing(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."), None),
        (page(429), None),
    ],
)
def test_a_limit_says_how_long_to_wait(answer: Answer, wait: float | None) -> None:
    error = refused(answer)
    assert type(error) is Limited and error.retry_after == wait


@pytest.mark.parametrize(
    "answer",
    [
        limited(PER_DAY + "-FreeTier", value="0"),
        limited(PER_MINUTE + "-FreeTier", message="Quota exceeded for metric: x, limit: 0, model: y", retry="37s"),
    ],
)
def test_a_limit_of_zero_is_a_key_that_never_will(answer: Answer) -> None:
    error = refused(answer)
    assert type(error) is KeySpent and "Set up billing" in str(error)


def test_a_limit_of_ten_is_not_a_limit_of_zero() -> None:
    assert type(refused(limited(PER_MINUTE, message="Quota exceeded, limit: 05"))) is Limited
    assert type(refused(limited(PER_MINUTE, message="Quota exceeded, limit: 10"))) is Limited


def test_an_overloaded_service_may_say_when_to_come_back() -> None:
    error = refused(failing(503, "UNAVAILABLE", "overloaded", header="20"))
    assert isinstance(error, Unavailable) and error.retry_after == 20.0


@pytest.mark.parametrize(
    ("moment", "hours"),
    [((2026, 11, 23, 8, 0), 24), ((2026, 11, 24, 7, 59), 1 / 60), ((2026, 7, 1, 7, 0), 24), ((2026, 11, 1, 7, 0), 24)],
)
def test_days_end_at_midnight_in_los_angeles(moment: tuple[int, ...], hours: float) -> None:
    now = datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]
    assert until_midnight(now) == pytest.approx(hours * 3600)


# Over the wire


def test_a_retired_model_is_told_as_such(double: ProviderDouble) -> None:
    double.script(failing(404, "NOT_FOUND", "models/old is not found for API version v1beta"))
    with pytest.raises(
        Misconfigured, match=r"^The model old is not available\. Choose another one in Project Setup\.$"
    ):
        gemini(double.url, model="old").generate(REQUEST, KEY)


@pytest.mark.parametrize("length", [True, False])
def test_half_an_answer_is_lost_and_may_have_been_charged(double: ProviderDouble, length: bool) -> None:
    double.script(cut(length=length))
    with pytest.raises(LostAnswer) as caught:
        gemini(double.url).generate(REQUEST, KEY)
    assert caught.value.charged is None
    assert double.charged > 0


def test_words_of_the_service_that_hold_the_key_are_struck_out(double: ProviderDouble) -> None:
    double.script(failing(400, "INVALID_ARGUMENT", f"the key {CANARY} and x-goog-api-key={CANARY} are bad"))
    with pytest.raises(ProviderError) as caught:
        gemini(double.url).generate(REQUEST, KEY)
    assert caught.value.detail and CANARY not in f"{caught.value!r}{caught.value.detail}"


NAMES = (
    *("candidates", "content", "parts", "inlineData", "data", "text", "thought", "finishReason", "promptFeedback"),
    *("blockReason", "usageMetadata", "promptTokenCount", "candidatesTokensDetails", "modality", "tokenCount"),
    *("error", "code", "details", "message", "@type", "violations", "quotaId", "retryDelay", "status", "reason"),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([200, 400, 403, 429, 500]))
def test_any_json_whatever_is_a_picture_or_an_error_of_the_family(data: Any, status: int) -> None:
    reply = Reply(status, {}, json.dumps(data).encode(), NOW)
    with pytest.raises(ProviderError) as caught:
        parse(reply, GeminiSettings(), PRICES.tokens("gemini", CURRENT_MODEL))
    assert not re.search(r"\b[45]\d\d\b|[A-Z]+_[A-Z]+", str(caught.value).replace("GEMINI_BASE_URL", ""))


@pytest.mark.parametrize("answer", [ok(), limited(), bad_key(), blocked_prompt()], ids=lambda answer: answer.kind)
def test_an_answer_that_is_hurt_in_any_place_is_a_picture_or_an_error_of_the_family(answer: Answer) -> None:
    spelled = GeminiWire(33_600).spell(answer, ASKED)
    for data in hurt(json.loads(spelled.body)):
        reply = Reply(spelled.status, {}, json.dumps(data).encode(), NOW)
        try:
            made = parse(reply, GeminiSettings(), PRICES.tokens("gemini", CURRENT_MODEL))
        except ProviderError as error:
            assert str(error).endswith(".")
        else:
            assert spelled.status == 200 and made.body and (made.cost is None or made.cost >= 0)


# What an answer without an image costs


@pytest.mark.parametrize(
    ("candidate", "kind", "usage", "cost"),
    [
        ({"content": {"parts": [{"text": "no"}]}}, NoImage, {"promptTokenCount": 100, "thoughtsTokenCount": 20}, 440),
        ({"finishReason": "IMAGE_SAFETY"}, Rejected, {"promptTokenCount": 100, "thoughtsTokenCount": 2_000}, 24_200),
        ({"finishReason": "NO_IMAGE"}, NoImage, {"promptTokenCount": 100, "thoughtsTokenCount": 2_000}, 24_200),
    ],
)
def test_an_answer_without_an_image_costs_what_its_tokens_say(
    candidate: Any, kind: type[ProviderError], usage: Any, cost: int
) -> None:
    data = json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode()
    model = "gemini-3-pro-image"
    with pytest.raises(kind) as caught:
        parse(Reply(200, {}, data, NOW), GeminiSettings(model), PRICES.tokens("gemini", model))
    assert (caught.value.charged, caught.value.cost) == (True, cost)


def test_a_held_back_image_without_tokens_may_have_been_charged() -> None:
    assert refused(said({"candidates": [{"finishReason": "IMAGE_SAFETY"}]})).charged is None
