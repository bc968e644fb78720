"""The providers: one line each. A new one is its own module, a line in `PROVIDERS`, and its tests."""

from __future__ import annotations

from webapp.errors import BadInput
from webapp.providers import a1111, comfyui, gemini, openai, sketch
from webapp.providers.a1111 import A1111
from webapp.providers.comfyui import ComfyUI
from webapp.providers.contract import Kind, Options, Provider, Resumable
from webapp.providers.gemini import Gemini
from webapp.providers.http import Http
from webapp.providers.openai import OpenAI
from webapp.providers.sketch import Sketch

__all__ = ["PROVIDERS", "Http", "Kind", "Options", "Provider", "Resumable", "make_provider"]

_KINDS = (
    Kind("sketch", "Offline sketch", sketch.FIELDS, lambda o: Sketch(o.values, o.sleep, o.run)),
    Kind("gemini", "Google Gemini", gemini.FIELDS, Gemini),
    Kind("openai", "OpenAI", openai.FIELDS, OpenAI),
    Kind("a1111", "AUTOMATIC1111", a1111.FIELDS, A1111),
    Kind("comfyui", "ComfyUI", comfyui.FIELDS, ComfyUI),
)

PROVIDERS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
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
