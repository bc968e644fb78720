"""Environment variables of AUTOMATIC1111."""

from __future__ import annotations

from webapp.core.image_request import Address
from webapp.providers.variables import ProviderEnv, Variable, servers

URL = Address("http://127.0.0.1:7860")

ENV = ProviderEnv(name="a1111", urls=Variable("A1111_URLS", servers, (URL,)))
