"""Port of the providers: what the rest of the product relies on, and what one is built from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from webapp.core.image_request import (
    Address,
    ImageAnswer,
    ImageRequest,
    Key,
)
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import Field
from webapp.outbound.client import Http


class Provider(Protocol):
    """One way to get images, as one project uses it. All but `generate` never changes."""

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
        """Whether its images are drawn here and must never be passed off as AI output."""

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
        """Make one image, asking for it exactly once. May be called from several greenlets or threads at once.

        Raises:
            ProviderError: always one of its kinds, never anything else; no key in its text, detail or causes.
        """


@runtime_checkable
class Resumable(Protocol):
    """A provider whose calls are jobs that the service knows by the attempt: one can be picked up again."""

    def lookup(self, attempt: str, job: str = "") -> ImageAnswer | None:
        """The image of a job that was submitted for this attempt, awaited while it is still being made.

        ``job`` is the id that the service gave it, as `ImageRequest.accepted` received it; "" when none is known.

        ``None``: no server that can be reached knows it, so asking anew is not asking twice.

        Raises:
            ProviderError: as `Provider.generate`; the job is known and failed, or did not end in time.
        """


@runtime_checkable
class Testable(Protocol):
    """A provider whose key or servers can be tried without making an image."""

    def test(self, key: Key | None) -> str:
        """Test the key or the servers. Returns one plain sentence about what works.

        Raises:
            ProviderError: as `Provider.generate`; nothing was charged.
        """


@runtime_checkable
class Referring(Protocol):
    """A provider that knows beforehand whether a style reference can be sent."""

    def reference_note(self, reference: bytes) -> str:
        """One sentence when this reference cannot be sent, "" when it can as far as is known."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a provider is built from; each takes what it needs.

    ``values`` are its own fields as `read_fields` returned them. ``model`` and ``base_url`` are what the environment
    sets for it ("" for the provider's own default), so are ``urls`` (the user's own servers) and ``workflow``;
    ``timeout`` is the seconds one call may take. ``run`` does heavy work without holding up others (the native thread
    pool), ``sleep`` waits, ``clock`` is monotonic.
    """

    values: Mapping[str, Any]
    model: str
    base_url: str
    timeout: float
    http: Http
    prices: Prices
    sleep: Callable[[float], None]
    run: Callable[..., Any]
    urls: tuple[Address, ...] = ()
    workflow: Path | None = None
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A line of the table of providers.

    ``note`` stands in Project Setup: what it is, and whether it costs money or needs a key. ``model_field`` is
    the one of ``fields`` that chooses the model; "" when there is none to choose.
    """

    name: str
    label: str
    note: str
    fields: tuple[Field, ...]
    make: Callable[[Options], Provider]
    model_field: str = ""
