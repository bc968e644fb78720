"""A provider together with its keys, as one or more styles share them."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.generation.makers.key_pool import KeyPool
from webapp.providers.contract import Provider


@dataclass(frozen=True, slots=True, eq=False)
class Maker:
    """Makes the images of a style: a provider and the pool of its keys. Styles made alike share one."""

    provider: Provider
    keys: KeyPool


def unknown_price(provider: Provider) -> str:
    """Why this provider's model makes nothing under a budget, and what helps."""
    return (
        f"The price of {provider.model} is not known, so the budget cannot be kept. "
        "Choose another model in Project Setup, write its price into prices.json, or remove the budget."
    )
