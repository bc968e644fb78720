"""The providers: one entry each. A new one is its own module, an entry in `PROVIDERS`, and its tests."""

from __future__ import annotations

from webapp.errors import BadInput
from webapp.outbound.client import Http
from webapp.providers import a1111
from webapp.providers.a1111 import A1111
from webapp.providers.comfyui import client as comfyui
from webapp.providers.comfyui.client import ComfyUI
from webapp.providers.contract import Options, Provider, ProviderEntry, Referring, Resumable, Testable
from webapp.providers.gemini import client as gemini
from webapp.providers.gemini.client import Gemini
from webapp.providers.openai import client as openai
from webapp.providers.openai.client import OpenAI
from webapp.providers.sketch import client as sketch
from webapp.providers.sketch.client import Sketch

__all__ = [
    "PROVIDERS",
    "Http",
    "Options",
    "Provider",
    "ProviderEntry",
    "Referring",
    "Resumable",
    "Testable",
    "make_provider",
]

_KINDS = (
    ProviderEntry(
        "sketch",
        "Offline sketch",
        "Drawn on this machine from the words of each beat. Free, needs no key, and is not AI output.",
        sketch.FIELDS,
        lambda o: Sketch(o.values, o.sleep, o.run),
    ),
    ProviderEntry(
        "gemini",
        "Google Gemini",
        "Google’s image models. Needs a key, and every image costs money.",
        gemini.FIELDS,
        Gemini,
    ),
    ProviderEntry(
        "openai",
        "OpenAI",
        "OpenAI’s image models, which need a key and cost money, or another server that speaks its API.",
        openai.FIELDS,
        OpenAI,
    ),
    ProviderEntry(
        "a1111",
        "AUTOMATIC1111",
        "Your own Stable Diffusion server (AUTOMATIC1111, Forge, SD.Next). Free, needs no key.",
        a1111.FIELDS,
        A1111,
    ),
    ProviderEntry(
        "comfyui",
        "ComfyUI",
        "Your own ComfyUI server, with the bundled workflow or one of yours. Free, needs no key.",
        comfyui.FIELDS,
        ComfyUI,
    ),
)

PROVIDERS: dict[str, ProviderEntry] = {kind.name: kind for kind in _KINDS}
"""Every provider there is, by name, in the order in which they are offered."""


def make_provider(name: str, options: Options) -> Provider:
    """The provider of that name, built from these options.

    Raises:
        BadInput: there is none of that name.
        Misconfigured: its settings cannot work (a bad address or model name).
    """
    kind = PROVIDERS.get(name)
    if kind is None:
        raise BadInput(
            f"There is no image provider called {name[:40]!r}. Choose {' or '.join(PROVIDERS)} in Project Setup."
        )
    return kind.make(options)
