"""Provider OpenAI: its Images API, and every server that speaks it (sd-server, LocalAI, vLLM, LiteLLM and the like).

`payload`, `form` and `parse` are pure; `OpenAI.generate` is the call between them. With a reference image it goes to
``/images/edits``, otherwise to ``/images/generations``. Servers differ in what they take, so only what the user chose
is sent, and in what they answer: the image itself, or where it can be fetched. What a bad status means is in
`webapp.providers.openai.errors`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from webapp.core.image_request import (
    ImageAnswer,
    ImageRequest,
    Key,
    Secret,
)
from webapp.core.media_types import image_type, unreadable
from webapp.core.money.prices import Price, Rates, Tokens
from webapp.core.settings.addresses import is_near
from webapp.core.settings.project_settings import Field
from webapp.errors import LostAnswer, Misconfigured, NoImage, ProviderError, UnusableImage
from webapp.outbound.client import A_QUESTION, Part, checked_base
from webapp.outbound.found_images import FoundImages, documents, find_images
from webapp.outbound.images import costing, fetch_any
from webapp.outbound.reply import Reply
from webapp.outbound.service_errors import error_of, is_task, names_model, read_error, task_error
from webapp.providers.contract import Options, ProviderEntry
from webapp.providers.openai.env import BASE_URL, CURRENT_MODEL, ENV, MODEL
from webapp.providers.openai.errors import wants_key, words_of

LABEL = "OpenAI"
OWN_CHOICE = "the server’s own model"
USUAL_QUALITY = "medium"
SIZES = (
    *("1536x864", "1920x1088", "2560x1440", "3840x2160", "1024x576", "1344x768"),
    *("1536x1024", "1024x1536", "864x1536", "1024x1024", "512x512"),
)
QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max")

FIELDS = (
    Field(
        name="model",
        label="Model",
        hint=f"As the server spells it. Empty: OPENAI_MODEL, or {CURRENT_MODEL} at OpenAI.",
    ),
    Field(
        name="size",
        label="Image size",
        kind="choice",
        default="1536x864",
        choices=SIZES,
        hint="1536x864 is 16:9. Larger images may cost more; a server of your own may know only some sizes.",
    ),
    Field(
        name="quality",
        label="Quality",
        kind="choice",
        default="auto",
        choices=QUALITIES,
        hint=f"Higher costs more. Auto: {USUAL_QUALITY} at OpenAI, and nothing is said to other servers.",
    ),
)

LARGEST_REFERENCE = 50_000_000
NO_KEY = "OpenAI needs an API key. Add one in Project Setup, then go on."
WANTS_KEY = "The image server wants an API key. Add one in Project Setup, then go on."
NO_EDITS = (404, 405, 501)
"""What servers answer that know no ``/images/edits``."""


REFERENCE_NAMES = ("image", "image[]")
"""Names under which servers take a reference; OpenAI takes either."""

REFERENCE_MISSING = re.compile(
    r"(?:missing|required|unknown|unexpected)[^.]{0,60}\bimage\b(?! size)"
    r"|\bimage(?:\[\])?\b[^.]{0,30}(?:is required|is missing|field required)",
    re.IGNORECASE,
)

NOT_TAKEN = "The image server does not take the style reference. Remove it in Project Setup, or choose another server."


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """How one project asks: what is "" is not sent. ``who`` is what the server is called on the page."""

    model: str = CURRENT_MODEL
    size: str = "1536x864"
    quality: str = ""
    who: str = LABEL


@dataclass(frozen=True, slots=True)
class FoundImage:
    """What an answer holds: the image's bytes, or addresses to fetch it from; what it cost, if that is known."""

    body: bytes
    urls: tuple[str, ...]
    cost: int | None


def payload(request: ImageRequest, settings: OpenAISettings) -> dict[str, Any]:
    """The body of a call without a reference."""
    prompt = request.prompt.encode("utf-8", "replace").decode()  # half a surrogate pair is not JSON to others
    chosen = {"model": settings.model, "prompt": prompt, "n": 1, "size": settings.size, "quality": settings.quality}
    return {name: value for name, value in chosen.items() if value or name == "prompt"}


def form(request: ImageRequest, settings: OpenAISettings, name: str = "image") -> list[Part]:
    """The fields of a call with the request's reference, which goes under this name."""
    fields: list[Part] = [(field, str(value)) for field, value in payload(request, settings).items()]
    data = request.reference or b""
    kind = image_type(data)
    return [*fields, (name, (f"reference.{kind.partition('/')[2]}", data, kind))]


def reference_note(reference: bytes | None) -> str:
    """One sentence when this reference cannot be sent, "" otherwise."""
    if not reference:
        return ""
    if len(reference) >= LARGEST_REFERENCE:
        return "The style reference was not sent: it is larger than 50 MB."
    if not image_type(reference):
        return "The style reference was not sent: it is not a PNG, JPEG or WebP picture."
    return ""


def is_about_reference(reply: Reply) -> bool:
    """Whether a form was refused because of the field of its reference."""
    trouble = read_error(reply, documents(reply.body)) if reply.status in (400, 422) else None
    return trouble is not None and (trouble.param in REFERENCE_NAMES or bool(REFERENCE_MISSING.search(trouble.about)))


def parse(reply: Reply, settings: OpenAISettings, rates: Rates | None = None, price: int | None = None) -> FoundImage:
    """The image of an answer with its cost: by the tokens it names, else by the price of one image.

    Raises:
        ProviderError: the kind that says whose fault it is. A 200 without an image is never a success.
    """
    values = documents(reply.body)
    found = find_images(reply.body, values) if 200 <= reply.status < 300 else FoundImages()
    failed = None if found.body else error_of(reply, values, words_of(settings.model, settings.who))
    if failed is not None:
        raise failed
    tokens = next((known for each in reversed(values) if (known := tokens_of(_usage(each)))), None)
    exact = rates.cost(tokens) if rates and tokens else None
    told = _told_cost(reply)
    cost = told if told is not None else exact if exact is not None and tokens and tokens.image_out else price
    if found.body or found.urls:
        return FoundImage(found.body, found.urls, cost)
    if found.unreadable:
        raise UnusableImage(unreadable(found.unreadable), reply.quote(), cost=cost)
    if is_task(reply, values):
        raise task_error(reply, settings.who)
    if not values and not isinstance(reply.json(), dict):
        raise _no_json(reply, settings)
    billed = told if told is not None else exact
    charged = None if billed is None else billed > 0
    sentence = (
        "The answer held no picture that can be used."
        if found.broken
        else f"{settings.who} sent an answer without a picture."
    )
    raise NoImage(sentence, reply.quote(), charged=charged, cost=billed)


def _usage(value: Any) -> Any:
    return value.get("usage") if isinstance(value, dict) else None


def _told_cost(reply: Reply) -> int | None:
    """What a proxy says in a header that the call has cost, in micro-dollars; None: nothing."""
    try:
        dollars = float(reply.headers.get("x-litellm-response-cost", ""))
    except ValueError:
        return None
    return math.ceil(round(dollars * 1_000_000, 3)) if 0 <= dollars < 10_000 else None


def tokens_of(usage: Any) -> Tokens | None:
    """The tokens of ``usage``; ``None`` when it is missing or makes no sense."""
    if not isinstance(usage, dict):
        return None
    asked, made = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    if asked is None or made is None:
        return None
    images_in = min(asked, _count(usage.get("input_tokens_details"), "image_tokens") or 0)
    words_out = min(made, _count(usage.get("output_tokens_details"), "text_tokens") or 0)
    return Tokens(asked - images_in, images_in, words_out, made - words_out)


def _count(counts: Any, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _no_json(reply: Reply, settings: OpenAISettings) -> ProviderError:
    if reply.body.lstrip().startswith((b"{", b"[{", b"data:")):
        return LostAnswer("The answer broke off before it was complete.", reply.quote())
    return NoImage(f"{settings.who} sent something that is not an answer. Check OPENAI_BASE_URL.", reply.quote())


def _bearer(key: Key | None) -> dict[str, Secret]:
    return {"Authorization": Secret(f"Bearer {key.secret.reveal()}")} if key else {}


def _price(known: Price | None, rates: Rates | None, near: bool) -> int | None:
    if known:
        return known.amount
    return 0 if near and rates is None else None


class OpenAI:
    """The ``openai`` provider as one project uses it."""

    name, label = ENV.name, LABEL
    offline = False

    def __init__(self, options: Options) -> None:
        """Built from the project's own values first, then from what the environment sets.

        Raises:
            Misconfigured: the model's name or the address cannot be used.
        """
        values = options.values
        self._base = checked_base(options.base_url or BASE_URL, "OPENAI_BASE_URL", near=True)
        host = urlsplit(self._base).hostname or ""
        official, near = host == "openai.com" or host.endswith(".openai.com"), is_near(host)
        model = (str(values.get("model") or "") or options.model).strip() or (CURRENT_MODEL if official else "")
        if model and not MODEL.match(model):
            raise Misconfigured("The name of the OpenAI model is not valid. Choose another one in Project Setup.")
        quality = str(values.get("quality") or "auto")
        if quality == "auto":
            quality = USUAL_QUALITY if official else ""
        size = str(values.get("size") or "1536x864")
        self._settings = OpenAISettings(model, size, quality, LABEL if official else "The image server")
        self.model = model or OWN_CHOICE
        self.needs_key = official
        self.requests_per_minute: float | None = 10.0 if official else None
        self.parallel = 1 if near else 3
        self._rates = options.prices.tokens(ENV.name, model)
        self._price = _price(options.prices.image(ENV.name, model, size, quality), self._rates, near)
        self._takes_references, self._reference_name = True, REFERENCE_NAMES[0]
        self._official, self._options = official, options

    @property
    def price(self) -> int | None:
        """What one image is expected to cost, by the price list; a near server with a model of its own is free."""
        return self._price

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """One image for one call."""
        if key is None and self.needs_key:
            raise Misconfigured(NO_KEY)
        reply, note = self._ask(request, key)
        if key is None and wants_key(reply, documents(reply.body) if reply.status >= 400 else []):
            raise Misconfigured(WANTS_KEY, reply.quote())
        made: FoundImage = self._options.run(parse, reply, self._settings, self._rates, self._price)
        body = made.body
        if not body:
            options = self._options
            with costing(made.cost):
                body = fetch_any(options.http, made.urls, self._base, options.timeout, options.sleep, options.clock)
        return ImageAnswer(body=body, model=self.model, cost=made.cost, note=note)

    def _ask(self, request: ImageRequest, key: Key | None) -> tuple[Reply, str]:
        """The answer, and a note when the reference did not go along."""
        http, timeout = self._options.http, self._options.timeout
        headers = _bearer(key)
        secrets = (key.secret,) if key else ()
        note = reference_note(request.reference)
        if request.reference and not note and self._takes_references:
            edits = f"{self._base}/images/edits"
            reply = http.post_form(
                edits, form(request, self._settings, self._reference_name), headers, timeout, secrets=secrets
            )
            if is_about_reference(reply):  # nothing was made: some servers want the other name
                other = next(name for name in REFERENCE_NAMES if name != self._reference_name)
                again = http.post_form(edits, form(request, self._settings, other), headers, timeout, secrets=secrets)
                if is_about_reference(again):
                    raise Misconfigured(NOT_TAKEN, again.quote())
                reply, self._reference_name = again, other
            if self._official or reply.status not in NO_EDITS:
                return reply, ""
            self._takes_references = False  # nothing was made; without its reference the image still can be
        if request.reference and not note:
            note = "The style reference was not sent: this image server takes none."
        body = payload(request, self._settings)
        return http.post(f"{self._base}/images/generations", body, headers, timeout, secrets=secrets), note

    def test(self, key: Key | None) -> str:
        """Ask for the model's description, or for the list of models where none is named."""
        if key is None and self.needs_key:
            raise Misconfigured(NO_KEY)
        model, who, options = self._settings.model, self._settings.who, self._options
        place = f"{self._base}/models" + (f"/{quote(model, safe='')}" if model else "")
        secrets = (key.secret,) if key else ()
        limit = min(A_QUESTION, options.timeout)
        reply = options.http.get(place, _bearer(key), limit, secrets=secrets)
        if key is None and reply.status in (401, 403):
            raise Misconfigured(WANTS_KEY, reply.quote())
        data = reply.json()
        values = documents(reply.body)
        failed = error_of(reply, values, words_of(model, who))
        if failed is not None and not self._official and reply.status in NO_EDITS and not names_model(reply, values):
            return f"{who} answers. It does not tell of its models, so nothing more can be tested without an image."
        if failed is not None:
            raise failed
        if not isinstance(data, dict):
            raise _no_json(reply, self._settings)
        accepted = f"{who} accepts this key" if key else f"{who} answers"
        return f"{accepted}, and the model {model} is there.{_ending(data)}" if model else f"{accepted}."

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent, if so. Whether another server takes any shows with the first image."""
        return reference_note(reference)


def _ending(model: dict[str, Any]) -> str:
    """A warning when the model's description names the day it will be switched off."""
    day = model.get("shutdown_date")
    if not isinstance(day, str) or not day.isprintable() or not 0 < len(day) <= 40:
        return ""
    return f" It will be switched off on {day}: choose another one in Project Setup before that."


ENTRY = ProviderEntry(
    name=ENV.name,
    label=LABEL,
    note="OpenAI’s image models, which need a key and cost money, or another server that speaks its API.",
    fields=FIELDS,
    make=OpenAI,
    model_field="model",
    timeout=300.0,  # large images of high quality take minutes, and one that comes too late is paid for
)
