"""Overview of what a run would work with, for the page; also where a provider cannot be used as it is set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from webapp.config import Config
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import LimitSettings, ProjectSettings
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, ProviderError
from webapp.generation.job import RunLimits
from webapp.generation.makers.provider_choice import ProviderChoices, maker_name
from webapp.generation.ports import SetupFiles
from webapp.providers.contract import Provider, ProviderEntry, Referring
from webapp.providers.table import PROVIDERS


@dataclass(frozen=True, slots=True)
class StyleSource:
    """Where a style's images come from, for the page. ``price`` is in micro-dollars, None: unknown."""

    name: str
    label: str
    model: str
    offline: bool
    price: int | None
    price_date: str
    per_minute: float | None
    parallel: int
    budget: int | None
    price_source: str = ""
    rate: float | None = None
    """The provider's own pace."""
    servers: tuple[str, ...] = ()
    """The user's own servers that make them, if any."""
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class ProviderOverview:
    """What a run of a project would work with.

    ``sources`` of each style, ``own`` limits of the project, and the ``usual`` ones where it sets none.
    """

    sources: Mapping[str, StyleSource]
    own: LimitSettings
    usual: RunLimits

    @property
    def free(self) -> bool:
        """Whether nothing of it costs money."""
        return all(source.price == 0 for source in self.sources.values())


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """The style reference: its ``body``, if any, why it cannot be used, and why providers of styles refuse it."""

    body: bytes | None = field(repr=False)
    problem: str
    refused: Mapping[str, str]


class ProviderOverviews:
    """Makes overviews of what a project's choices come to. Not: makes a call, or writes."""

    def __init__(self, config: Config, choices: ProviderChoices, files: SetupFiles, prices: Prices) -> None:
        self._config = config
        self._choices = choices
        self._files = files
        self._prices = prices

    def of(self, folder: Folder, files: SetupFiles | None = None) -> ProviderOverview:
        """What a run of this project would work with now, from a snapshot of its ``files`` if one is given. A project
        without prompts has one source, of the style ""."""
        settings, project = self._choices.settings(folder, files), (files or self._files).project(folder)
        styles = [style.name for style in project.styles] or [""]
        usual = self._choices.limits_of(
            replace(settings, restraint=LimitSettings()), self._usable_providers(settings, styles)
        )
        return ProviderOverview({style: self._source(settings, style) for style in styles}, settings.restraint, usual)

    def source(self, folder: Folder, style: str = "") -> StyleSource:
        """Where the images of a style come from; of "": those of a project that has no style yet."""
        return self._source(self._choices.settings(folder), style)

    def reference(self, folder: Folder, files: SetupFiles | None = None) -> ReferenceState:
        """The style reference as it is now, and the providers that refuse it; ``files`` as in `of`."""
        settings, files = self._choices.settings(folder, files), files or self._files
        refused: dict[str, str] = {}
        try:
            body = files.reference.read(folder, self._config.style_reference)
        except BadFile as error:
            return ReferenceState(None, str(error), {})
        for style in files.project(folder).styles if body else ():
            for provider in self._usable_providers(settings, [style.name]):
                note = provider.reference_note(body or b"") if isinstance(provider, Referring) else ""
                refused |= {style.name: note} if note else {}
        return ReferenceState(body, "", refused)

    def _usable_providers(self, settings: ProjectSettings, styles: Iterable[str]) -> list[Provider]:
        found = []
        for style in styles:
            with contextlib.suppress(ProviderError):
                found.append(self._choices.of(settings, style))
        return found

    def _source(self, settings: ProjectSettings, style: str) -> StyleSource:
        try:
            provider = self._choices.of(settings, style)
        except ProviderError:
            return self._unusable(settings, PROVIDERS[maker_name(settings, style)])
        limits = self._choices.limits_of(settings, [provider])
        price = self._prices.origin(provider.name, provider.model, provider.price)
        return StyleSource(
            provider.name,
            provider.label,
            provider.model,
            provider.offline,
            provider.price,
            price.as_of if price else "",
            limits.per_minute or provider.requests_per_minute,
            limits.parallel,
            limits.budget,
            price.source if price else "",
            provider.requests_per_minute,
            tuple(urlsplit(address.url).netloc for address in self._config.providers[provider.name].urls),
            provider.needs_key,
        )

    def _unusable(self, settings: ProjectSettings, entry: ProviderEntry) -> StyleSource:
        limits = self._choices.limits_of(settings, [])
        return StyleSource(
            entry.name,
            entry.label,
            "its settings cannot be used",
            False,
            None,
            "",
            limits.per_minute,
            limits.parallel,
            limits.budget,
        )
