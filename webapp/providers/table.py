"""Table of the image providers, in the order in which they are offered."""

from __future__ import annotations

from webapp.errors import BadInput
from webapp.providers.a1111 import client as a1111
from webapp.providers.comfyui import client as comfyui
from webapp.providers.contract import Options, Provider, ProviderEntry
from webapp.providers.gemini import client as gemini
from webapp.providers.openai import client as openai
from webapp.providers.sketch import client as sketch

PROVIDERS: dict[str, ProviderEntry] = {
    entry.name: entry for entry in (sketch.ENTRY, gemini.ENTRY, openai.ENTRY, a1111.ENTRY, comfyui.ENTRY)
}
"""Every provider by name."""


def make_provider(name: str, options: Options) -> Provider:
    """Build the provider of that name from these options.

    Raises:
        BadInput: there is none of that name.
        Misconfigured: its settings cannot work (a bad address or model name).
    """
    entry = PROVIDERS.get(name)
    if entry is None:
        raise BadInput(
            f"There is no image provider called {name[:40]!r}. Choose {' or '.join(PROVIDERS)} in Project Setup."
        )
    return entry.make(options)
