"""Table of the providers' environment variables, in the order in which providers are offered. Imports no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from webapp.core.settings.reader import SettingsReader
from webapp.providers.a1111 import env as a1111
from webapp.providers.comfyui import env as comfyui
from webapp.providers.gemini import env as gemini
from webapp.providers.openai import env as openai
from webapp.providers.sketch import env as sketch
from webapp.providers.variables import FileReader, ProviderEnv, ProviderSettings

ENVIRONMENT: Mapping[str, ProviderEnv] = MappingProxyType(
    {env.name: env for env in (sketch.ENV, gemini.ENV, openai.ENV, a1111.ENV, comfyui.ENV)}
)
"""The variables of every provider, by its name."""

DEFAULT_PROVIDER = sketch.ENV.name
"""Makes the images where nobody chose: it costs nothing and needs no key."""


def read_all(settings: SettingsReader, file: FileReader) -> Mapping[str, ProviderSettings]:
    """The settings of every provider, by its name; the ValueError of a reader is the caller's."""
    return MappingProxyType({name: env.read(settings, file) for name, env in ENVIRONMENT.items()})
