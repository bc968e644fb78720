"""Choice of the provider of each style, its settings and the limits, by the user and the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from webapp.config import Config
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import ProjectSettings, ProviderChoice, read_fields
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.generation.job import RunLimits
from webapp.generation.ports import SetupFiles
from webapp.outbound.client import Http
from webapp.providers.contract import Options, Provider
from webapp.providers.table import PROVIDERS, make_provider


class ProviderChoices:
    """Resolves each setting in this order: the style's own, the project's, the environment's, the default.

    Not: makes a call, or writes. ``run`` does heavy work without holding up others, ``sleep`` waits.
    """

    def __init__(
        self,
        config: Config,
        files: SetupFiles,
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

    def settings(self, folder: Folder, files: SetupFiles | None = None) -> ProjectSettings:
        """The project's settings, from a snapshot of its ``files`` if one is given; a provider that it leaves open is
        the environment's."""
        settings = ProjectSettings.from_json((files or self._files).records.settings(folder))
        if settings.choice.provider in PROVIDERS:
            return settings
        return replace(settings, choice=ProviderChoice(self._config.image_provider, settings.choice.options))

    def values(self, folder: Folder, provider: str, style: str = "") -> dict[str, Any]:
        """The values of a provider's own settings for this project or one of its styles, defaults filled in."""
        return self.values_of(self.settings(folder), provider, style)

    def chosen(self, folder: Folder, files: SetupFiles | None = None) -> dict[str, str]:
        """The name of the provider that makes the images of each style; ``files`` as in `settings`."""
        settings = self.settings(folder, files)
        return {style.name: maker_name(settings, style.name) for style in (files or self._files).project(folder).styles}

    def limits(self, folder: Folder) -> RunLimits:
        """The limits of a run of this project now."""
        settings = self.settings(folder)
        styles = [style.name for style in self._files.project(folder).styles]
        return self.limits_of(settings, [self.of(settings, style) for style in styles])

    def provider(self, name: str, values: Mapping[str, Any], timeout: float | None = None) -> Provider:
        """Build the provider of that name from these values of its settings, and what the environment sets for it.

        Raises:
            Misconfigured: these settings cannot work.
        """
        environment = self._config.providers[name]
        options = Options(
            values=values,
            model=environment.model,
            base_url=environment.base_url,
            timeout=timeout or self._config.request_timeout,
            http=self._http,
            prices=self.prices,
            sleep=self._sleep,
            run=self._run,
            urls=environment.urls,
            workflow=environment.workflow,
        )
        return make_provider(name, options)

    def of(self, settings: ProjectSettings, style: str) -> Provider:
        """Build the provider that makes the images of a style.

        Raises:
            Misconfigured: its settings cannot work.
        """
        name = maker_name(settings, style)
        return self.provider(name, self.values_of(settings, name, style), settings.restraint.timeout)

    def values_of(self, settings: ProjectSettings, provider: str, style: str) -> dict[str, Any]:
        """The values of a provider's own settings for a style, defaults filled in."""
        entry = PROVIDERS[provider]
        given = {**self._defaults(provider), **settings.choice.options.get(provider, {})}
        if style in settings.styles:
            given |= settings.styles[style].options.get(provider, {})
        try:
            return read_fields(entry.fields, given)
        except BadInput:  # written by another version, or by hand: the defaults always work
            return read_fields(entry.fields, self._defaults(provider))

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
        """Micro-dollars that may be spent on the project in all; None: no limit."""
        own = settings.restraint.budget
        return self._config.budget if own is None else own

    def _defaults(self, provider: str) -> Mapping[str, Any]:
        return self._config.providers[provider].options


def maker_name(settings: ProjectSettings, style: str) -> str:
    """The name of the provider that makes a style's images."""
    own = settings.styles.get(style, ProviderChoice()).provider
    return own if own in PROVIDERS else settings.choice.provider
