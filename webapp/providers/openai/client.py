"""Provider OpenAI: its Images API, and every server that speaks it (sd-server, LocalAI, vLLM, LiteLLM and the like).

`payload`, `form` and `parse` are pure; `OpenAI.generate` is the call between them. With a reference image it goes to
``/images/edits``, otherwise to ``/images/generations``. Servers differ in what they take, so only what the user chose
is sent, and in what they answer: the image itself, or where it can be fetched. What a bad status means is in
`webapp.providers.openai.errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from webapp.core.image_request import (
    ImageAnswer,
    ImageRequest,
    Key,
    Secret,
)
from webapp.core.media_types import image_type
from webapp.core.money.prices import Price, Rates, Tokens
from webapp.core.settings.addresses import is_near
from webapp.core.settings.project_settings import Field
from webapp.errors import LostAnswer, Misconfigured, NoImage, ProviderError
from webapp.outbound.client import A_QUESTION, Part, checked_base
from webapp.outbound.images import decoded, fetch
from webapp.outbound.reply import Reply
from webapp.providers.contract import Options, ProviderEntry
from webapp.providers.openai.env import BASE_URL, CURRENT_MODEL, ENV, MODEL
from webapp.providers.openai.errors import error_of, names_model

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


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """How one project asks: what is "" is not sent. ``who`` is what the server is called on the page."""

    model: str = CURRENT_MODEL
    size: str = "1536x864"
    quality: str = ""
    who: str = LABEL


@dataclass(frozen=True, slots=True)
class FoundImage:
    """What an answer holds: the image's bytes, or the address to fetch it from; what it cost, if that is known."""

    body: bytes
    url: str
    cost: int | None


def payload(request: ImageRequest, settings: OpenAISettings) -> dict[str, Any]:
    """The body of a call without a reference."""
    prompt = request.prompt.encode("utf-8", "replace").decode()  # half a surrogate pair is not JSON to others
    chosen = {"model": settings.model, "prompt": prompt, "n": 1, "size": settings.size, "quality": settings.quality}
    return {name: value for name, value in chosen.items() if value or name == "prompt"}


def form(request: ImageRequest, settings: OpenAISettings) -> list[Part]:
    """The fields of a call with the request's reference."""
    fields: list[Part] = [(name, str(value)) for name, value in payload(request, settings).items()]
    data = request.reference or b""
    kind = image_type(data)
    return [*fields, ("image[]", (f"reference.{kind.partition('/')[2]}", data, kind))]


def reference_note(reference: bytes | None) -> str:
    """One sentence when this reference cannot be sent, "" otherwise."""
    if not reference:
        return ""
    if len(reference) >= LARGEST_REFERENCE:
        return "The style reference was not sent: it is larger than 50 MB."
    if not image_type(reference):
        return "The style reference was not sent: it is not a PNG, JPEG or WebP picture."
    return ""


def parse(reply: Reply, settings: OpenAISettings, rates: Rates | None = None, price: int | None = None) -> FoundImage:
    """The image of an answer with its cost: by the tokens it names, else by the price of one image.

    Raises:
        ProviderError: the kind that says whose fault it is. A 200 without an image is never a success.
    """
    data = reply.json()
    failed = error_of(reply, data, settings.model, settings.who)
    if failed is not None:
        raise failed
    if not isinstance(data, dict):
        raise _no_json(reply, settings)
    tokens = tokens_of(data.get("usage"))
    cost = rates.cost(tokens) if rates and tokens and tokens.image_out else price
    images = data.get("data")
    first = images[0] if isinstance(images, list) and images else None
    found, url = (first.get("b64_json"), first.get("url")) if isinstance(first, dict) else (None, None)
    if isinstance(found, str) and found:
        return FoundImage(usable(decoded(found), reply), "", cost)
    if isinstance(url, str) and url:
        return FoundImage(b"", url, cost)
    raise NoImage(f"{settings.who} sent an answer without a picture.", reply.quote())


def usable(body: bytes, reply: Reply | None = None) -> bytes:
    """The same bytes, when they begin like an image.

    Raises:
        NoImage: they do not.
    """
    if image_type(body):
        return body
    text = body[:300].decode("utf-8", "replace")
    raise NoImage("The answer held no picture that can be used.", reply.quote(text) if reply else "")


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
    if reply.body.lstrip()[:1] == b"{":
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
        self._takes_references = True
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
        if key is None and reply.status in (401, 403):
            raise Misconfigured(WANTS_KEY, reply.quote())
        made: FoundImage = self._options.run(parse, reply, self._settings, self._rates, self._price)
        body = made.body
        if made.url:
            options = self._options
            body = usable(fetch(options.http, made.url, self._base, options.timeout, options.sleep))
        return ImageAnswer(body=body, model=self.model, cost=made.cost, note=note)

    def _ask(self, request: ImageRequest, key: Key | None) -> tuple[Reply, str]:
        """The answer, and a note when the reference did not go along."""
        http, timeout = self._options.http, self._options.timeout
        headers = _bearer(key)
        secrets = (key.secret,) if key else ()
        note = reference_note(request.reference)
        if request.reference and not note and self._takes_references:
            parts = form(request, self._settings)
            reply = http.post_form(f"{self._base}/images/edits", parts, headers, timeout, secrets=secrets)
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
        failed = error_of(reply, data, model, who)
        if (
            failed is not None
            and not self._official
            and reply.status in NO_EDITS
            and not names_model(data, reply.status)
        ):
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
)
