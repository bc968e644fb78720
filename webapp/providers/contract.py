"""What every provider is: the shape the rest of the product relies on, and what one may be built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from webapp.core.money import Prices
from webapp.core.request import ImageAnswer, ImageRequest, Key
from webapp.core.settings import Field
from webapp.providers.http import Http


class Provider(Protocol):
    """One way to get pictures, as one project uses it. Everything but `generate` is fixed for its life."""

    @property
    def name(self) -> str:
        """Its word in settings and URLs."""

    @property
    def label(self) -> str:
        """Its name on the page."""

    @property
    def model(self) -> str:
        """The model it asks, as the service spells it."""

    @property
    def offline(self) -> bool:
        """Whether its pictures are drawn here and must never be passed off as AI output."""

    @property
    def needs_key(self) -> bool:
        """Whether `generate` needs a key."""

    @property
    def price(self) -> int | None:
        """What one image is expected to cost in micro-dollars; 0 is free, ``None`` unknown."""

    @property
    def requests_per_minute(self) -> float | None:
        """The pace per account unless the user sets another; ``None`` is no limit."""

    @property
    def parallel(self) -> int:
        """Calls in flight unless the user sets another number."""

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """Make one picture with exactly one call. May be called from several greenlets or threads at once.

        Raises:
            ProviderError: always one of its kinds, never anything else; no key in its text, detail or causes.
        """


@dataclass(frozen=True, slots=True)
class Options:
    """What a provider may be built from; each takes what it needs.

    ``values`` are its own fields as `read_fields` returned them. ``model`` and ``base_url`` are what the environment
    sets for it ("" for the provider's own default), ``timeout`` the seconds one call may take. ``run`` does heavy
    work without holding up others (the native thread pool), ``sleep`` waits.
    """

    values: Mapping[str, Any]
    model: str
    base_url: str
    timeout: float
    http: Http
    prices: Prices
    sleep: Callable[[float], None]
    run: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the table: a provider's name, its label, the settings it offers, and how it is made."""

    name: str
    label: str
    fields: tuple[Field, ...]
    make: Callable[[Options], Provider]
