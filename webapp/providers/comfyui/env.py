"""Environment variables of ComfyUI."""

from __future__ import annotations

from webapp.core.image_request import Address
from webapp.providers.variables import ProviderEnv, Variable, servers

URL = Address("http://127.0.0.1:8188")

ENV = ProviderEnv(name="comfyui", urls=Variable("COMFYUI_URLS", servers, (URL,)), workflow="COMFYUI_WORKFLOW")
