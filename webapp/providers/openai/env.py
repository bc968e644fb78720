"""Environment variables of OpenAI and servers that speak its API, and what model names look like there."""

from __future__ import annotations

import re
from functools import partial

from webapp.core.settings.addresses import base_url, is_near
from webapp.core.settings.parse import shown
from webapp.providers.variables import ProviderEnv, Variable

BASE_URL = "https://api.openai.com/v1"
CURRENT_MODEL = "gpt-image-2.6-flare"
"""The model at OpenAI while nobody names one; another server is left its own. Names die fast: it is only a default."""

MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}\Z")


def model(text: str) -> str:
    """A model's name as any server may spell it, with an organisation before a slash for example."""
    if not MODEL.match(text):
        raise ValueError(f"{shown(text)} is not a model name such as gpt-image-2 or owner/model.")
    return text


ENV = ProviderEnv(
    name="openai",
    keys="OPENAI_API_KEYS",
    model=Variable("OPENAI_MODEL", model, ""),
    base_url=Variable("OPENAI_BASE_URL", partial(base_url, trusted=is_near), BASE_URL),
)
