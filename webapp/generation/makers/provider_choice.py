"""What the user and the environment chose: who makes a style's pictures, set how, and within which limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from webapp.config import Config
from webapp.core.money.prices import Prices
from webapp.core.project import Project
from webapp.core.settings.project_settings import ProjectSettings, ProviderChoice, read_fields
from webapp.errors import BadInput
from webapp.generation.job import RunLimits
from webapp.outbound.client import Http
from webapp.providers.contract import Options, Provider
from webapp.providers.table import PROVIDERS, make_provider


class SettingsFiles(Protocol):
    """What of a project says what was chosen for it."""

    def project(self, folder: Any) -> Project: ...

    def settings(self, folder: Any) -> dict[str, Any]: ...


class ProviderChoices:
    """Reads what was chosen for a project. Makes no call and writes nothing. ``prices`` is the price list."""

    def __init__(
        self,
        config: Config,
        files: SettingsFiles,
        http: Http,
        prices: Prices,
        sleep: Callable[[float], None],
        run: Callable[..., Any],
    ) -> None:
        self._config = config
        self._files = files
        self._http = http
        self.prices = prices
        self._sleep = sleep
        self._run = run

    def settings(self, folder: Any, files: SettingsFiles | None = None) -> ProjectSettings:
        """The project's own settings, from a snapshot of its ``files`` if one is given; the provider it leaves open is
        the environment's."""
        settings = ProjectSettings.from_json((files or self._files).settings(folder))
        if settings.choice.provider in PROVIDERS:
            return settings
        return replace(settings, choice=ProviderChoice(self._config.image_provider, settings.choice.options))

    def values(self, folder: Any, provider: str, style: str = "") -> dict[str, Any]:
        """The values of a provider's own settings for this project, or for one of its styles, defaults filled in."""
        return self.values_of(self.settings(folder), provider, style)

    def chosen(self, folder: Any, files: SettingsFiles | None = None) -> dict[str, str]:
        """The name of the provider that makes the images of each style; ``files`` as in `settings`."""
        settings = self.settings(folder, files)
        return {style.name: maker_name(settings, style.name) for style in (files or self._files).project(folder).styles}

    def limits(self, folder: Any) -> RunLimits:
        """The limits of a run of this project now."""
        settings = self.settings(folder)
        styles = [style.name for style in self._files.project(folder).styles]
        return self.limits_of(settings, [self.of(settings, style) for style in styles])

    def provider(self, name: str, values: Mapping[str, Any], timeout: float | None = None) -> Provider:
        """The provider of that name with these values of its own settings, and what the environment sets for it.

        Raises:
            Misconfigured: these settings cannot work.
        """
        set_for_it = self._config.providers[name]
        options = Options(
            values=values,
            model=set_for_it.model,
            base_url=set_for_it.base_url,
            timeout=timeout or self._config.request_timeout,
            http=self._http,
            prices=self.prices,
            sleep=self._sleep,
            run=self._run,
            urls=set_for_it.urls,
            workflow=set_for_it.workflow,
        )
        return make_provider(name, options)

    def of(self, settings: ProjectSettings, style: str) -> Provider:
        """The provider that makes the pictures of a style.

        Raises:
            Misconfigured: its settings cannot work.
        """
        name = maker_name(settings, style)
        return self.provider(name, self.values_of(settings, name, style), settings.restraint.timeout)

    def values_of(self, settings: ProjectSettings, provider: str, style: str) -> dict[str, Any]:
        """The values of a provider's own settings for a style, defaults filled in."""
        kind = PROVIDERS[provider]
        given = {**self._defaults(provider), **settings.choice.options.get(provider, {})}
        if style in settings.styles:
            given |= settings.styles[style].options.get(provider, {})
        try:
            return read_fields(kind.fields, given)
        except BadInput:  # written by another version, or by hand: the defaults always work
            return read_fields(kind.fields, self._defaults(provider))

    def limits_of(self, settings: ProjectSettings, providers: Iterable[Provider]) -> RunLimits:
        """The limits of a run in which these providers work."""
        config, own = self._config, settings.restraint
        distinct = {(provider.name, provider.model): provider.parallel for provider in providers}
        return RunLimits(
            parallel=own.parallel or config.max_parallel or sum(distinct.values()) or 1,
            per_minute=own.per_minute or config.requests_per_minute,
            attempts=own.attempts or config.max_attempts,
            timeout=own.timeout or config.request_timeout,
            budget=self.budget(settings),
        )

    def budget(self, settings: ProjectSettings) -> int | None:
        """The most that may be spent on the project in all, in micro-dollars; ``None`` without a limit."""
        own = settings.restraint.budget
        return self._config.budget if own is None else own

    def _defaults(self, provider: str) -> Mapping[str, Any]:
        return self._config.providers[provider].options


def maker_name(settings: ProjectSettings, style: str) -> str:
    """The name of the provider that makes a style's pictures."""
    own = settings.styles.get(style, ProviderChoice()).provider
    return own if own in PROVIDERS else settings.choice.provider
