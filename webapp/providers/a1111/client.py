"""Provider AUTOMATIC1111 (also Forge, SD.Next): Stable Diffusion on servers of the user's own, started with ``--api``.

An image is ``txt2img``, with a reference ``img2img``, which starts from it. Several servers share the work. `payload`
and `parse` are pure; `A1111.generate` is the one call between them.
"""

from __future__ import annotations

import base64
import json
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
from webapp.errors import LostAnswer, Misconfigured, NoImage
from webapp.outbound.client import A_QUESTION
from webapp.outbound.images import decoded
from webapp.outbound.reply import Reply
from webapp.providers.a1111.env import ENV, URL
from webapp.providers.a1111.errors import error_of
from webapp.providers.contract import Options, ProviderEntry
from webapp.providers.local_servers import Servers, free_of_charge, login, secrets_of

LABEL = "AUTOMATIC1111"
LOADED = "the loaded checkpoint"

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

    @property
    def named(self) -> dict[str, str]:
        """What the server must know by its name."""
        return {"sampler": self.sampler, "checkpoint": self.checkpoint}


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
        # not restored afterwards: loading the other one again after each image takes longer than the image
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
    """The image of an answer, with the seed and the checkpoint that the server says it used.

    Raises:
        ProviderError: the kind that says whose fault it is; ``where`` is what the server is called.
    """
    data = reply.json()
    if reply.status != 200:
        raise error_of(reply, data, settings.named, where)
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
    seed, model = _info(data.get("info"))
    return ImageAnswer(body=body, model=model or settings.checkpoint or LOADED, seed=seed, cost=0)


def _info(info: Any) -> tuple[int | None, str]:
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


class A1111:
    """The ``a1111`` provider as one project uses it."""

    name, label = ENV.name, LABEL
    offline = False
    needs_key = False
    price: int | None = 0
    requests_per_minute: float | None = None

    def __init__(self, options: Options) -> None:
        """Built from the project's own values, and the servers that the environment names."""
        values = options.values
        self._settings = A1111Settings(**{field.name: values.get(field.name, field.default) for field in FIELDS})
        self._servers = Servers(options.urls or (URL,), options.clock)
        self._http, self._timeout, self._run = options.http, options.timeout, options.run
        self.model = self._settings.checkpoint or LOADED
        self.parallel = len(self._servers)

    @free_of_charge
    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """One image for one call; no key is looked at."""
        body, note = payload(request, self._settings), reference_note(request.reference)
        task = "img2img" if "init_images" in body else "txt2img"

        def ask(address: Address) -> ImageAnswer:
            url = f"{address.url}/sdapi/v1/{task}"
            reply = self._http.post(url, body, login(address), self._timeout, secrets=secrets_of(address))
            answer: ImageAnswer = self._run(parse, reply, self._settings, address.place)
            return answer

        answer = self._servers.serve(ask)
        seed = body["seed"] if answer.seed is None else answer.seed
        return ImageAnswer(body=answer.body, model=answer.model, seed=seed, cost=0, note=note)

    @free_of_charge
    def test(self, key: Key | None) -> str:
        """Ask every server for its options; no key is looked at."""
        return self._servers.ask_all(self._test_server)

    def _test_server(self, address: Address) -> str:
        url, limit = f"{address.url}/sdapi/v1/options", min(A_QUESTION, self._timeout)
        reply = self._http.get(url, login(address), limit, secrets=secrets_of(address))
        data = reply.json()
        if reply.status != 200:
            raise error_of(reply, data, self._settings.named, address.place)
        if not isinstance(data, dict):
            raise Misconfigured(f"The server at {address.place} is not AUTOMATIC1111. Check A1111_URLS.", reply.quote())
        loaded = data.get("sd_model_checkpoint")
        known = isinstance(loaded, str) and loaded and loaded.isprintable()
        return f"{address.place} answers" + (f" with {str(loaded)[:80]} loaded." if known else ".")

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent, if so."""
        return reference_note(reference)


ENTRY = ProviderEntry(
    name=ENV.name,
    label=LABEL,
    note="Your own Stable Diffusion server (AUTOMATIC1111, Forge, SD.Next). Free, needs no key.",
    fields=FIELDS,
    make=A1111,
    model_field="checkpoint",
)
