"""What a run works with: its provider, keys and limits, from the project's settings and the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from webapp.config import Config
from webapp.coordination.breaker import Breaker
from webapp.coordination.limits import Limits as SharedLimits
from webapp.core.keys import AccountView
from webapp.core.money import Prices
from webapp.core.project import Project
from webapp.core.settings import ProjectSettings, read_fields
from webapp.errors import BadInput, NotFound, ProviderError
from webapp.generation.attempt import Provider
from webapp.generation.keyring import Keyring
from webapp.generation.runner import Limits
from webapp.providers import PROVIDERS, Http, Kind, Options, make_provider

SLOT_GRACE = 60.0
"""Seconds beyond its own limits after which a call's place among an account's calls is free again."""


class ProjectFiles(Protocol):
    """What of a project decides its equipment."""

    def project(self, folder: Any) -> Project: ...

    def settings(self, folder: Any) -> dict[str, Any]: ...

    def reference(self, folder: Any, elsewhere: Path | None) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where a project's pictures come from, for the page. ``price`` in micro-dollars, ``None`` unknown."""

    name: str
    label: str
    model: str
    offline: bool
    price: int | None
    price_date: str
    per_minute: float | None
    parallel: int
    budget: int | None


@dataclass(frozen=True, slots=True)
class Equipment:
    """A provider, the ring of its keys, and the run's limits. ``reference`` goes along with hard cuts."""

    provider: Provider
    ring: Keyring
    limits: Limits
    timeout: float
    reference: bytes | None = field(repr=False)


class Equipper:
    """Chooses the equipment for a project. Makes no call and writes nothing."""

    def __init__(
        self,
        config: Config,
        files: ProjectFiles,
        http: Http,
        prices: Prices,
        shared: SharedLimits,
        breaker: Breaker,
        sleep: Callable[[float], None],
        run: Callable[..., Any],
    ) -> None:
        self._config = config
        self._files = files
        self._http = http
        self._prices = prices
        self._shared = shared
        self._breaker = breaker
        self._sleep = sleep
        self._run = run

    def settings(self, folder: Any) -> ProjectSettings:
        """The project's own settings; what it leaves open is the environment's."""
        settings = ProjectSettings.from_json(self._files.settings(folder))
        known = settings.provider in PROVIDERS
        return settings if known else ProjectSettings(self._config.image_provider, settings.options)

    def values(self, folder: Any, provider: str) -> dict[str, Any]:
        """The values of a provider's own settings for this project, defaults filled in."""
        kind = PROVIDERS[provider]
        given = {**self._defaults(provider), **self.settings(folder).options.get(provider, {})}
        try:
            return read_fields(kind.fields, given)
        except BadInput:  # written by another version, or by hand: the defaults always work
            return read_fields(kind.fields, self._defaults(provider))

    def equip(self, folder: Any) -> Equipment:
        """The equipment for a run of this project now."""
        provider = self._provider(folder)
        return Equipment(
            provider,
            self._ring(folder, provider),
            self._limits(provider),
            self._config.request_timeout,
            self._files.reference(folder, self._config.style_reference),
        )

    def source(self, folder: Any) -> Source:
        """The same for the page, which is shown even when the provider cannot be used as it is set."""
        try:
            provider = self._provider(folder)
        except ProviderError:
            return self._unusable(PROVIDERS[self.settings(folder).provider])
        limits = self._limits(provider)
        price = self._prices.image(provider.name, provider.model) or self._prices.tokens(provider.name, provider.model)
        return Source(
            provider.name,
            provider.label,
            provider.model,
            provider.offline,
            provider.price,
            price.as_of if price else "",
            limits.per_minute,
            limits.parallel,
            limits.budget,
        )

    def _unusable(self, kind: Kind) -> Source:
        config = self._config
        parallel, pace = config.max_parallel or 1, config.requests_per_minute
        return Source(
            kind.name, kind.label, "its settings cannot be used", False, None, "", pace, parallel, config.budget
        )

    def check(self, folder: Any) -> tuple[str, str]:
        """Provider and model a run would use, if it can start.

        Raises:
            Step8Error: it cannot; the sentence says what to do.
        """
        project = self._files.project(folder)
        if not project.total:
            why = f" {project.problems[0]}" if project.problems else ""
            raise NotFound(f"This project has no prompts yet. Import prompts in Step 7.{why}")
        folder.check_writable()
        provider = self._provider(folder)
        if provider.needs_key and not all(self._config.pool(provider.name, style.name) for style in project.styles):
            raise BadInput(
                f"No API key is set for {provider.label}. Set {provider.name.upper()}_API_KEYS and start the app "
                "again, or choose the offline sketch in Project Setup."
            )
        if self._config.budget is not None and provider.price is None:
            raise BadInput(
                f"The price of {provider.model} is not known, so the budget cannot be kept. "
                "Choose another model in Project Setup, or unset BUDGET_USD."
            )
        return provider.name, provider.model

    def provider(self, name: str, values: Mapping[str, Any]) -> Provider:
        """The provider of that name with these values of its own settings, and what the environment sets for it.

        Raises:
            Misconfigured: these settings cannot work.
        """
        set_for_it = self._config.providers[name]
        options = Options(
            values=values,
            model=set_for_it.model,
            base_url=set_for_it.base_url,
            timeout=self._config.request_timeout,
            http=self._http,
            prices=self._prices,
            sleep=self._sleep,
            run=self._run,
            urls=set_for_it.urls,
            workflow=set_for_it.workflow,
        )
        return make_provider(name, options)

    def _provider(self, folder: Any) -> Provider:
        name = self.settings(folder).provider
        return self.provider(name, self.values(folder, name))

    def forgive(self, folder: Any) -> None:
        """Somebody pressed Start: keys that were spent or refused get another chance."""
        self._ring(folder, self._provider(folder)).forgive()

    def keys(self, folder: Any) -> list[tuple[str, AccountView]]:
        """The keys of the project's provider with what is known of them now, each named by its last four characters."""
        try:
            return self._ring(folder, self._provider(folder)).look()
        except ProviderError:
            return []

    def _ring(self, folder: Any, provider: Provider) -> Keyring:
        limits = self._limits(provider)
        name = provider.name
        return Keyring(
            self._shared,
            name,
            lambda style: self._config.pool(name, style),
            tuple(style.name for style in self._files.project(folder).styles),
            folder.id,
            limits.per_minute,
            limits.parallel,
            self._config.request_timeout + SLOT_GRACE,
            None if provider.offline else self._breaker,
            f"{name} {provider.model}",
        )

    def _limits(self, provider: Provider) -> Limits:
        config = self._config
        return Limits(
            parallel=config.max_parallel or provider.parallel,
            per_minute=config.requests_per_minute or provider.requests_per_minute,
            attempts=config.max_attempts,
            budget=config.budget,
        )

    def _defaults(self, provider: str) -> Mapping[str, Any]:
        return {"delay": self._config.sketch_delay} if provider == "sketch" else {}
