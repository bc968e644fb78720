"""AUTOMATIC1111, Forge and SD.Next: Stable Diffusion on servers of the user's own, started with ``--api``.

A picture is ``txt2img``, with a reference ``img2img``, which starts from it. Several servers share the work. `payload`,
`parse` and `error_of` are pure; `A1111.generate` is the one call between them.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from webapp.core.image_request import (
    Address,
    ImageAnswer,
    ImageRequest,
    Key,
)
from webapp.core.media_types import image_type
from webapp.core.settings.project_settings import Field
from webapp.errors import LostAnswer, Misconfigured, NoImage, ProviderError, Unavailable, Unsuited
from webapp.outbound.client import A_QUESTION
from webapp.outbound.images import decoded
from webapp.outbound.reply import Reply, failure
from webapp.providers.contract import Options
from webapp.providers.local_servers import (
    Servers,
    login,
    place,
    secrets_of,
    unpaid,
)

NAME, LABEL = "a1111", "AUTOMATIC1111"
URL = "http://127.0.0.1:7860"
LOADED = "the loaded checkpoint"
ANOTHER = "Choose another one in Project Setup."

FIELDS = (
    Field(name="width", label="Width", kind="integer", default=1024, minimum=64, maximum=4096, unit="px"),
    Field(
        name="height",
        label="Height",
        kind="integer",
        default=576,
        minimum=64,
        maximum=4096,
        hint="1024 by 576 is 16:9. Both are rounded to multiples of 8.",
        unit="px",
    ),
    Field(name="steps", label="Steps", kind="integer", default=25, minimum=1, maximum=150),
    Field(name="sampler", label="Sampler", hint="As the server names it, for example Euler a. Empty: its own choice."),
    Field(name="cfg", label="Guidance", kind="number", default=7, minimum=0, maximum=30, hint="The CFG scale."),
    Field(name="negative", label="Negative prompt", hint="What no picture should show."),
    Field(name="checkpoint", label="Checkpoint", hint="As the server names it. Empty: the one that is loaded."),
    Field(
        name="strength",
        label="Change from the reference",
        kind="number",
        default=0.75,
        minimum=0,
        maximum=1,
        hint="How far a picture made from the style reference may leave it: 0 is a copy, 1 takes nothing from it.",
    ),
)

LARGEST_REFERENCE = 30_000_000
OUT_OF_MEMORY = re.compile(r"OutOfMemory|out of memory", re.IGNORECASE)
UNKNOWN = (
    (re.compile(r"sampler", re.IGNORECASE), "sampler"),
    (re.compile(r"checkpoint|sd_model", re.IGNORECASE), "checkpoint"),
)
"""What of the settings a server's complaint is about."""


@dataclass(frozen=True, slots=True)
class A1111Settings:
    """How one project asks; "" is the server's own choice."""

    width: int = 1024
    height: int = 576
    steps: int = 25
    cfg: float = 7.0
    sampler: str = ""
    negative: str = ""
    checkpoint: str = ""
    strength: float = 0.75


def payload(request: ImageRequest, settings: A1111Settings) -> dict[str, Any]:
    """The body of the call; with a reference that can be sent it is one for ``img2img``."""
    body: dict[str, Any] = {
        "prompt": request.prompt.encode("utf-8", "replace").decode(),
        "negative_prompt": settings.negative,
        "seed": request.seed % 2**32,  # what its random generator takes; -1 would be left to chance
        "steps": settings.steps,
        "cfg_scale": settings.cfg,
        "width": max(64, settings.width // 8 * 8),
        "height": max(64, settings.height // 8 * 8),
        "batch_size": 1,
        "n_iter": 1,
        "send_images": True,
        "save_images": False,
    }
    if settings.sampler:
        body["sampler_name"] = settings.sampler
    if settings.checkpoint:
        # not restored afterwards: loading the other one again after each picture takes longer than the picture
        body["override_settings"] = {"sd_model_checkpoint": settings.checkpoint}
        body["override_settings_restore_afterwards"] = False
    if request.reference and not reference_note(request.reference):
        body["init_images"] = [base64.b64encode(request.reference).decode()]
        body["denoising_strength"] = settings.strength
    return body


def reference_note(reference: bytes | None) -> str:
    """One sentence when this reference cannot be sent, "" otherwise."""
    if not reference:
        return ""
    if len(reference) > LARGEST_REFERENCE:
        return "The style reference was not sent: it is larger than 30 MB."
    if not image_type(reference):
        return "The style reference was not sent: it is not a PNG, JPEG or WebP picture."
    return ""


def parse(reply: Reply, settings: A1111Settings, where: str) -> ImageAnswer:
    """The picture of an answer, with the seed and the checkpoint that the server says it used.

    Raises:
        ProviderError: the kind that says whose fault it is; ``where`` is what the server is called.
    """
    data = reply.json()
    if reply.status != 200:
        raise error_of(reply, data, settings, where)
    if not isinstance(data, dict):
        if reply.body.lstrip()[:1] == b"{":
            raise LostAnswer("The answer broke off before it was complete.", reply.quote())
        raise NoImage(f"The server at {where} sent something that is not an answer. Check A1111_URLS.", reply.quote())
    images = data.get("images")
    first = images[0] if isinstance(images, list) and images else None
    if not isinstance(first, str) or not first:
        raise NoImage("The server made no picture.", reply.quote())
    body = decoded(first)
    if not image_type(body):
        text = body[:300].decode("utf-8", "replace")
        raise NoImage("The answer held no picture that can be used.", reply.quote(text))
    seed, model = _told(data.get("info"))
    return ImageAnswer(body=body, model=model or settings.checkpoint or LOADED, seed=seed, cost=0)


def _told(info: Any) -> tuple[int | None, str]:
    """The seed and the model in ``info``, which is JSON in a text, where a server fills it in."""
    try:
        facts = json.loads(info) if isinstance(info, str) else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        return None, ""
    seed, model = facts.get("seed"), facts.get("sd_model_name")
    known = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**64
    return (seed if known else None), (model[:100] if isinstance(model, str) and model.isprintable() else "")


def error_of(reply: Reply, data: Any, settings: A1111Settings, where: str) -> ProviderError:
    """What a bad status means."""
    error = data if isinstance(data, dict) else {}
    detail = error.get("detail")
    words = f"{_words(detail)} {error.get('error') or ''} {error.get('errors') or ''}".strip()
    raw = reply.quote(words)
    if OUT_OF_MEMORY.search(words):
        sentence = "The graphics card ran out of memory. Choose a smaller image size in Project Setup."
        return Unsuited(sentence, raw)
    if reply.status in (401, 403):
        sentence = f"The server at {where} wants a login. Write it into A1111_URLS, as in http://user:password@host."
        return Misconfigured(sentence, raw)
    for pattern, name in UNKNOWN:
        if 400 <= reply.status < 500 and pattern.search(words):
            value = getattr(settings, name)
            named = f"the {name} “{value[:60]}”" if value else f"this {name}"
            return Misconfigured(f"The server does not know {named}. {ANOTHER}", raw)
    if reply.status in (404, 405) and _words(detail) in ("", "Not Found", "Method Not Allowed"):
        return Misconfigured(f"The server at {where} offers no API. Start it with --api, or check A1111_URLS.", raw)
    if reply.status == 422:
        return Misconfigured("The server does not take these settings. Change them in Project Setup.", raw)
    if reply.status >= 500:
        return Unavailable("The Stable Diffusion server has trouble at the moment.", raw, retry_after=reply.wait)
    return failure(reply, "The Stable Diffusion server", words)


def _words(detail: Any) -> str:
    """FastAPI's ``detail``: a text, or a list of what does not fit."""
    if isinstance(detail, list):
        entries = [entry for entry in detail if isinstance(entry, dict)]
        return "; ".join(f"{entry.get('loc', '')} {entry.get('msg', '')}" for entry in entries)
    return detail if isinstance(detail, str) else ""


class A1111:
    """The ``a1111`` provider as one project uses it."""

    name, label = NAME, LABEL
    offline = False
    needs_key = False
    price: int | None = 0
    requests_per_minute: float | None = None

    def __init__(self, options: Options) -> None:
        """Built from the project's own values, and the servers that the environment names."""
        values = options.values
        self._settings = A1111Settings(**{field.name: values.get(field.name, field.default) for field in FIELDS})
        self._servers = Servers(options.urls or (Address(URL),), options.clock)
        self._http, self._timeout, self._run = options.http, options.timeout, options.run
        self.model = self._settings.checkpoint or LOADED
        self.parallel = len(self._servers)

    @unpaid
    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """One picture for one call; no key is looked at."""
        body, note = payload(request, self._settings), reference_note(request.reference)
        task = "img2img" if "init_images" in body else "txt2img"

        def ask(address: Address) -> ImageAnswer:
            url = f"{address.url}/sdapi/v1/{task}"
            reply = self._http.post(url, body, login(address), self._timeout, secrets=secrets_of(address))
            answer: ImageAnswer = self._run(parse, reply, self._settings, place(address))
            return answer

        answer = self._servers.serve(ask)
        seed = body["seed"] if answer.seed is None else answer.seed
        return ImageAnswer(body=answer.body, model=answer.model, seed=seed, cost=0, note=note)

    @unpaid
    def test(self, key: Key | None) -> str:
        """Ask every server for its options; no key is looked at."""
        return self._servers.roll_call(self._greet)

    def _greet(self, address: Address) -> str:
        url, limit = f"{address.url}/sdapi/v1/options", min(A_QUESTION, self._timeout)
        reply = self._http.get(url, login(address), limit, secrets=secrets_of(address))
        data = reply.json()
        if reply.status != 200:
            raise error_of(reply, data, self._settings, place(address))
        if not isinstance(data, dict):
            raise Misconfigured(
                f"The server at {place(address)} is not AUTOMATIC1111. Check A1111_URLS.", reply.quote()
            )
        loaded = data.get("sd_model_checkpoint")
        known = isinstance(loaded, str) and loaded and loaded.isprintable()
        return f"{place(address)} answers" + (f" with {str(loaded)[:80]} loaded." if known else ".")

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent, if so."""
        return reference_note(reference)
