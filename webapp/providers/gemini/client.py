"""Provider Google Gemini: images by ``generateContent`` of the Gemini API.

`payload` and `parse` are pure; `Gemini.generate` is the one call between them. What a bad
status means is in `webapp.providers.gemini.errors`, what an answer without an image means in
`webapp.providers.gemini.refusals`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.media_types import image_type, unreadable
from webapp.core.money.prices import Price, Rates, Tokens
from webapp.core.settings.project_settings import Field
from webapp.errors import LostAnswer, Misconfigured, NoImage, ProviderError, UnusableImage
from webapp.outbound.client import A_QUESTION, checked_base
from webapp.outbound.found_images import FoundImages, documents, find_images
from webapp.outbound.images import costing, fetch_any
from webapp.outbound.reply import Reply
from webapp.outbound.service_errors import error_of, is_task, task_error
from webapp.providers.contract import Options, ProviderEntry
from webapp.providers.gemini.env import BASE_URL, CURRENT_MODEL, ENV
from webapp.providers.gemini.errors import words_of
from webapp.providers.gemini.refusals import Bill, refusal

LABEL = "Google Gemini"
SIZES = ("1K", "2K", "4K")
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "21:9")

FIELDS = (
    Field(
        name="model",
        label="Model",
        kind="text",
        default="",
        hint=f"Google’s name of an image model. Empty: GEMINI_MODEL, or {CURRENT_MODEL}.",
    ),
    Field(name="size", label="Image size", kind="choice", default="1K", choices=SIZES, hint="Larger images cost more."),
    Field(name="aspect", label="Aspect ratio", kind="choice", default="16:9", choices=RATIOS),
)

NO_KEY = "Google Gemini needs an API key. Add one in Project Setup, then go on."
LARGEST_REFERENCE = 14_000_000
"""Bytes: a whole request may have 20 MB, and base64 makes an image a third larger."""


@dataclass(frozen=True, slots=True)
class GeminiSettings:
    """How one project asks: the model, the image size, the aspect ratio ("" for the request's own)."""

    model: str = CURRENT_MODEL
    size: str = "1K"
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class GeminiImage:
    """What an answer holds: the image's bytes, or addresses to fetch it from; its model, and its cost if known."""

    body: bytes
    urls: tuple[str, ...]
    model: str
    cost: int | None


def payload(request: ImageRequest, settings: GeminiSettings) -> dict[str, Any]:
    """The body of the call. A reference that cannot be sent is left out; `reference_note` says so."""
    prompt = request.prompt.encode("utf-8", "replace").decode()  # half a surrogate pair is not JSON to Google
    parts: list[dict[str, Any]] = [{"text": prompt}]
    if request.reference and not reference_note(request.reference):
        data = base64.b64encode(request.reference).decode()
        parts.append({"inlineData": {"mimeType": image_type(request.reference), "data": data}})
    image: dict[str, str] = {"aspectRatio": settings.aspect or request.aspect}
    if settings.size != "1K":  # the default everywhere, and models that know no other refuse to be told
        image["imageSize"] = settings.size
    return {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": image,
            "seed": request.seed % 2**31,  # a signed 32-bit field
        },
    }


def reference_note(reference: bytes | None) -> str:
    """One sentence when this reference cannot be sent, "" otherwise."""
    if not reference:
        return ""
    if len(reference) > LARGEST_REFERENCE:
        return "The style reference was not sent: it is larger than 14 MB."
    if not image_type(reference):
        return "The style reference was not sent: it is not a PNG, JPEG or WebP picture."
    return ""


def parse(
    reply: Reply, settings: GeminiSettings, rates: Rates | None = None, price: Price | None = None
) -> GeminiImage:
    """The image of an answer, or where it is, with its cost: by the tokens it names, else by the price of one image.

    Raises:
        ProviderError: the kind that says whose fault it is. A 200 without a usable image is never a success.
    """
    values = documents(reply.body)
    good = 200 <= reply.status < 300
    found = find_images(reply.body, values) if good else FoundImages()
    failed = None if found.body else error_of(reply, values, words_of(settings.model))
    if failed is not None:
        raise failed
    data = _merged(values)
    tokens = tokens_of(data.get("usageMetadata"))
    cost = rates.cost(tokens) if rates and tokens and tokens.image_out else price.amount if price else None
    if found.body or found.urls:
        return GeminiImage(found.body, found.urls, _model(data, settings), cost)
    if found.unreadable:
        raise UnusableImage(unreadable(found.unreadable), reply.quote(), cost=cost)
    if is_task(reply, values):
        raise task_error(reply, LABEL)
    if not values and not isinstance(reply.json(), dict):
        raise _no_json(reply)
    bill = Bill.of(tokens, rates)
    if found.broken:
        raise NoImage(
            "The answer held no picture that can be used.", reply.quote(), charged=bill.charged, cost=bill.cost
        )
    candidates = _candidates(values)
    words = " ".join(
        str(part["text"]) for each in candidates for part in _parts(each) if isinstance(part.get("text"), str)
    )
    reasons = [each for each in candidates if each.get("finishReason") not in (None, "", "STOP")]
    raise refusal(reply, data.get("promptFeedback"), next(iter(reasons or candidates), {}), words, bill)


def tokens_of(usage: Any) -> Tokens | None:
    """The tokens of ``usageMetadata``; ``None`` when it is missing or makes no sense."""
    if not isinstance(usage, dict):
        return None
    asked, made, thought = (_count(usage, f"{kind}TokenCount") for kind in ("prompt", "candidates", "thoughts"))
    if asked is None or made is None or thought is None:
        return None
    images_in = min(asked, _image_tokens(usage.get("promptTokensDetails"), 0))
    images_out = min(made, _image_tokens(usage.get("candidatesTokensDetails"), made))
    return Tokens(asked - images_in, images_in, made - images_out + thought, images_out)


def _count(usage: dict[str, Any], name: str) -> int | None:
    value = usage.get(name, 0)
    return value if isinstance(value, int) and 0 <= value < 10**9 else None


def _image_tokens(details: Any, otherwise: int) -> int:
    """The image tokens of a list by modality; without a list, ``otherwise``."""
    if not isinstance(details, list):
        return otherwise
    counts = [
        _count(entry, "tokenCount") for entry in details if isinstance(entry, dict) and entry.get("modality") == "IMAGE"
    ]
    return sum(count for count in counts if count is not None)


def _parts(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _candidates(values: list[Any]) -> list[dict[str, Any]]:
    """The candidates of all values of an answer."""
    found = [each for value in values for each in (value if isinstance(value, list) else [value])]
    lists = [each.get("candidates") for each in found if isinstance(each, dict)]
    return [entry for each in lists if isinstance(each, list) for entry in each if isinstance(entry, dict)]


def _merged(values: list[Any]) -> dict[str, Any]:
    """The fields of all values of an answer: of a stream the last one says what it cost."""
    found = [each for value in values for each in (value if isinstance(value, list) else [value])]
    merged: dict[str, Any] = {}
    for each in found:
        merged |= each if isinstance(each, dict) else {}
    return merged


def _model(data: dict[str, Any], settings: GeminiSettings) -> str:
    version = data.get("modelVersion")
    return version if isinstance(version, str) and re.fullmatch(r"[\w.-]{1,100}", version) else settings.model


def _no_json(reply: Reply) -> ProviderError:
    if reply.body.lstrip().startswith((b"{", b"[", b"data:")):
        return LostAnswer("The answer broke off before it was complete.", reply.quote())
    return NoImage(f"{LABEL} sent something that is not an answer. Check GEMINI_BASE_URL.", reply.quote())


class Gemini:
    """The ``gemini`` provider as one project uses it."""

    name, label = ENV.name, LABEL
    offline = False
    needs_key = True
    requests_per_minute: float | None = 9.0
    parallel = 3

    def __init__(self, options: Options) -> None:
        """Built from the project's own values first, then from what the environment sets.

        Raises:
            Misconfigured: the model's name or the address cannot be used.
        """
        values = options.values
        self.model = (str(values.get("model") or "") or options.model or CURRENT_MODEL).strip().removeprefix("models/")
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,127}", self.model):
            raise Misconfigured("The name of the Gemini model is not valid. Choose another one in Project Setup.")
        base = checked_base(options.base_url or BASE_URL, "GEMINI_BASE_URL")
        versioned = base if re.search(r"/v\d\w*$", base) else f"{base}/v1beta"
        self._place = f"{versioned}/models/{self.model}"
        self._settings = GeminiSettings(self.model, str(values.get("size") or "1K"), str(values.get("aspect") or ""))
        self._rates = options.prices.tokens(ENV.name, self.model)
        self._price = options.prices.image(ENV.name, self.model, self._settings.size)
        self._timeout, self._http, self._run = options.timeout, options.http, options.run
        self._base, self._sleep, self._clock = base, options.sleep, options.clock

    @property
    def price(self) -> int | None:
        """What one image is expected to cost, by the price list; prompt and thinking come to a few percent more."""
        return self._price.amount if self._price else None

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """One image for one call."""
        if key is None:
            raise Misconfigured(NO_KEY)
        body = payload(request, self._settings)
        reply = self._http.post(f"{self._place}:generateContent", body, {"x-goog-api-key": key.secret}, self._timeout)
        made: GeminiImage = self._run(parse, reply, self._settings, self._rates, self._price)
        image = made.body
        if not image:
            with costing(made.cost):
                image = fetch_any(self._http, made.urls, self._base, self._timeout, self._sleep, self._clock)
        note, seed = reference_note(request.reference), body["generationConfig"]["seed"]
        return ImageAnswer(body=image, model=made.model, seed=seed, cost=made.cost, note=note)

    def test(self, key: Key | None) -> str:
        """Ask for the model's description: that shows whether the key is accepted and the model is there."""
        if key is None:
            raise Misconfigured(NO_KEY)
        reply = self._http.get(self._place, {"x-goog-api-key": key.secret}, min(A_QUESTION, self._timeout))
        data = reply.json()
        failed = error_of(reply, documents(reply.body), words_of(self.model))
        if failed is not None:
            raise failed
        if not isinstance(data, dict):
            raise _no_json(reply)
        return f"Google accepts this key, and the model {self.model} is there."

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent, if so."""
        return reference_note(reference)


ENTRY = ProviderEntry(
    name=ENV.name,
    label=LABEL,
    note="Google’s image models. Needs a key, and every image costs money.",
    fields=FIELDS,
    make=Gemini,
    model_field="model",
)
