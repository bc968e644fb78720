"""Environment variables of Google Gemini, and what its model names look like."""

from __future__ import annotations

import re

from webapp.core.settings.addresses import base_url
from webapp.core.settings.parse import shown
from webapp.providers.variables import ProviderEnv, Variable

BASE_URL = "https://generativelanguage.googleapis.com"
CURRENT_MODEL = "gemini-nano-banana-2.1"
"""The model while neither the project nor the environment names one. Names die fast: it is only a default."""

MODEL = re.compile(r"(?:models/)?([A-Za-z0-9][A-Za-z0-9._:@-]{0,127})\Z")


def model(text: str) -> str:
    """A model's name, without the prefix ``models/`` that some pages print before it."""
    match = MODEL.match(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a model name such as gemini-3-pro-image.")
    return match[1]


ENV = ProviderEnv(
    name="gemini",
    keys="GEMINI_API_KEYS",
    model=Variable("GEMINI_MODEL", model, CURRENT_MODEL),
    base_url=Variable("GEMINI_BASE_URL", base_url, BASE_URL),
)
