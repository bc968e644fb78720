"""What a run works with: who makes each style's pictures, keys and limits, from the project and the environment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from webapp.config import Config
from webapp.coordination.breaker import Breaker
from webapp.coordination.limits import Limits as SharedLimits
from webapp.core.inputs import Inputs
from webapp.core.money import Prices
from webapp.core.plan import Redo
from webapp.core.project import Beat, Frame, Project
from webapp.core.prompts import final_prompt
from webapp.core.request import Key
from webapp.core.settings import Choice, ProjectSettings, Restraint, read_fields
from webapp.core.style_wording import StyleWording, wording_of
from webapp.errors import BadFile, BadInput, NotFound, PriceUnknown, ProviderError
from webapp.generation.admission import Limits, Maker
from webapp.generation.attempt import Job, Reference, seed_of
from webapp.generation.keyring import Keyring
from webapp.providers import PROVIDERS, Http, Kind, Options, Provider, Referring, make_provider

SLOT_GRACE = 60.0
"""Seconds beyond its own limits after which a call's place among an account's calls is free again."""


class ProjectFiles(Protocol):
    """What of a project decides its equipment."""

    def project(self, folder: Any) -> Project: ...

    def settings(self, folder: Any) -> dict[str, Any]: ...

    def reference(self, folder: Any, elsewhere: Path | None) -> bytes | None: ...

    def reference_digest(self, folder: Any, elsewhere: Path | None) -> str: ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where a style's pictures come from, for the page. ``price`` in micro-dollars, ``None`` unknown."""

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
    """The user's own servers that make them, if that is so."""
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run of a project would work with, for the page: where each style's pictures come from, the limits the
    project sets itself, and those that hold where it sets none."""

    sources: Mapping[str, Source]
    own: Restraint
    usual: Limits

    @property
    def free(self) -> bool:
        """Whether nothing of it costs money."""
        return all(source.price == 0 for source in self.sources.values())


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """The style reference for the page: its ``body`` where there is one, why it cannot be used (``problem``), and for
    each style whose provider would not take it why (``refused``)."""

    body: bytes | None = field(repr=False)
    problem: str
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Equipment:
    """Who makes the pictures of each style, and the run's limits.

    ``special`` answers who makes a style's pictures with another model, ``inputs`` of what a frame's picture is made,
    ``wording`` the words around each prompt of a style.
    """

    makers: Mapping[str, Maker]
    limits: Limits
    reference: Reference = field(repr=False)
    special: Callable[[str, str], Maker]
    inputs: Callable[[Frame, Beat, Provider], Inputs]
    wording: Callable[[str], StyleWording] = lambda style: StyleWording()

    def maker(self, frame: Frame, redo: Redo | None = None) -> Maker:
        """Who makes this frame's picture.

        Raises:
            Misconfigured: the model that was asked for cannot be used.
        """
        return self.special(frame.style, redo.model) if redo and redo.model else self.makers[frame.style]

    def job(self, frame: Frame, beat: Beat, provider: Provider, redo: Redo | None = None) -> Job:
        """The picture to be made for a frame, as things are now."""
        wanted = self.reference.wanted(frame.style, beat)
        prompt = final_prompt(beat, self.wording(frame.style))
        return Job(
            frame=frame,
            beat=beat,
            prompt=prompt,
            provider=provider,
            seed=seed_of(frame.style, prompt) if redo is None or redo.seed is None else redo.seed,
            inputs=self.inputs(frame, beat, provider).code,
            replaces=redo.replaces if redo else "",
            reference=self.reference.body if wanted else None,
            note=self.reference.note if wanted else "",
        )


class Equipper:
    """Chooses the equipment for a project. Makes no call and writes nothing.

    ``pool`` answers the keys of a provider for a style.
    """

    def __init__(
        self,
        config: Config,
        pool: Callable[[str, str], tuple[Key, ...]],
        files: ProjectFiles,
        http: Http,
        prices: Prices,
        shared: SharedLimits,
        breaker: Breaker,
        sleep: Callable[[float], None],
        run: Callable[..., Any],
    ) -> None:
        self._config = config
        self._pool = pool
        self._files = files
        self._http = http
        self._prices = prices
        self._shared = shared
        self._breaker = breaker
        self._sleep = sleep
        self._run = run

    def settings(self, folder: Any) -> ProjectSettings:
        """The project's own settings; the provider it leaves open is the environment's."""
        settings = ProjectSettings.from_json(self._files.settings(folder))
        if settings.choice.provider in PROVIDERS:
            return settings
        return replace(settings, choice=Choice(self._config.image_provider, settings.choice.options))

    def values(self, folder: Any, provider: str, style: str = "") -> dict[str, Any]:
        """The values of a provider's own settings for this project, or for one of its styles, defaults filled in."""
        return self._values(self.settings(folder), provider, style)

    def limits(self, folder: Any) -> Limits:
        """The limits of a run of this project now."""
        settings = self.settings(folder)
        styles = [style.name for style in self._files.project(folder).styles]
        return self._limits(settings, [self._provider(settings, style) for style in styles])

    def equip(self, folder: Any) -> Equipment:
        """The equipment for a run of this project now.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings, project = self.settings(folder), self._files.project(folder)
        providers = {style.name: self._provider(settings, style.name) for style in project.styles}
        limits = self._limits(settings, list(providers.values()))
        alike: dict[tuple[Any, ...], Maker] = {}
        makers: dict[str, Maker] = {}
        for style, provider in providers.items():
            sort = self._sort(settings, style)
            if sort not in alike:
                alike[sort] = self._maker(folder, project, settings, provider)
            makers[style] = alike[sort]
        reference = self._reference(folder, settings)
        specials: dict[tuple[str, str], Maker] = {}

        def special(style: str, model: str) -> Maker:
            if (style, model) not in specials:
                name = _chosen(settings, style)
                values = {**self._values(settings, name, style), "model": model}
                provider = self.provider(name, values, settings.restraint.timeout)
                specials[style, model] = self._maker(folder, project, settings, provider)
            return specials[style, model]

        inputs = self._inputs(folder, settings)
        return Equipment(makers, limits, reference, special, inputs, lambda style: wording_of(settings.extra, style))

    def inputs(self, folder: Any) -> Callable[[Frame, Beat], Inputs]:
        """Of what each frame's picture would be made now.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings = self.settings(folder)
        inputs = self._inputs(folder, settings)
        styles = self._files.project(folder).styles
        providers = {style.name: self._provider(settings, style.name) for style in styles}
        return lambda frame, beat: inputs(frame, beat, providers[frame.style])

    def _inputs(self, folder: Any, settings: ProjectSettings) -> Callable[[Frame, Beat, Provider], Inputs]:
        digest = self._files.reference_digest(folder, self._config.style_reference)
        shaping: dict[tuple[str, str], dict[str, Any]] = {}

        def inputs(frame: Frame, beat: Beat, provider: Provider) -> Inputs:
            if (frame.style, provider.name) not in shaping:
                values = self._values(settings, provider.name, frame.style)
                shapes = {field.name for field in PROVIDERS[provider.name].fields if field.shapes}
                shaping[frame.style, provider.name] = {name: values[name] for name in sorted(shapes - {"model"})}
            goes_along = digest if beat.hard_cut or frame.style in settings.references else ""
            prompt = final_prompt(beat, wording_of(settings.extra, frame.style))
            return Inputs.of(prompt, goes_along, provider.name, provider.model, shaping[frame.style, provider.name])

        return inputs

    def source(self, folder: Any, style: str = "") -> Source:
        """The same for the page, which is shown even when the provider cannot be used as it is set."""
        return self._source(self.settings(folder), style)

    def outlook(self, folder: Any) -> Outlook:
        """What a run of this project would work with now. A project without prompts has one source, of no style."""
        settings, project = self.settings(folder), self._files.project(folder)
        styles = [style.name for style in project.styles] or [""]
        usual = self._limits(replace(settings, restraint=Restraint()), self._usable(settings, styles))
        return Outlook({style: self._source(settings, style) for style in styles}, settings.restraint, usual)

    def reference(self, folder: Any) -> ReferenceState:
        """The style reference as it is now, and who would not take it."""
        settings = self.settings(folder)
        refused: dict[str, str] = {}
        try:
            body = self._files.reference(folder, self._config.style_reference)
        except BadFile as error:
            return ReferenceState(None, str(error), {})
        for style in self._files.project(folder).styles if body else ():
            for provider in self._usable(settings, [style.name]):
                note = provider.reference_note(body or b"") if isinstance(provider, Referring) else ""
                refused |= {style.name: note} if note else {}
        return ReferenceState(body, "", refused)

    def chosen(self, folder: Any) -> dict[str, str]:
        """The name of the provider that makes the pictures of each style."""
        settings = self.settings(folder)
        return {style.name: _chosen(settings, style.name) for style in self._files.project(folder).styles}

    def _usable(self, settings: ProjectSettings, styles: Iterable[str]) -> list[Provider]:
        """The providers of these styles, as far as their settings can be used."""
        found = []
        for style in styles:
            with contextlib.suppress(ProviderError):
                found.append(self._provider(settings, style))
        return found

    def _source(self, settings: ProjectSettings, style: str) -> Source:
        try:
            provider = self._provider(settings, style)
        except ProviderError:
            return self._unusable(settings, PROVIDERS[_chosen(settings, style)])
        limits = self._limits(settings, [provider])
        price = self._prices.origin(provider.name, provider.model, provider.price)
        return Source(
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

    def check(self, folder: Any) -> tuple[str, str]:
        """Provider and model a run would use, if it can start.

        Raises:
            PriceUnknown: nobody agreed yet to a model whose price is not known.
            Step8Error: it cannot start; the sentence says what to do.
        """
        project, settings = self._files.project(folder), self.settings(folder)
        if not project.total:
            why = f" {project.problems[0]}" if project.problems else ""
            raise NotFound(f"This project has no prompts yet. Import prompts in Step 7.{why}")
        folder.check_writable()
        for style in project.styles:
            provider = self._provider(settings, style.name)
            if provider.needs_key and not self._pool(provider.name, style.name):
                raise BadInput(
                    f"No API key is set for {provider.label}. "
                    "Add one in Project Setup, or choose the offline sketch there."
                )
            self._check_price(provider, settings)
        provider = self._provider(settings, project.styles[0].name)
        return provider.name, provider.model

    def _check_price(self, provider: Provider, settings: ProjectSettings) -> None:
        if provider.price is not None:
            return
        if self._budget(settings) is not None:
            raise BadInput(
                f"The price of {provider.model} is not known, so the budget cannot be kept. "
                "Choose another model in Project Setup, write its price into prices.json, or remove the budget."
            )
        if priceless(provider) not in settings.accepted:
            raise PriceUnknown(
                f"The price of {provider.model} is not known. Every image may cost money, and nobody can say how much.",
                priceless(provider),
            )

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
            prices=self._prices,
            sleep=self._sleep,
            run=self._run,
            urls=set_for_it.urls,
            workflow=set_for_it.workflow,
        )
        return make_provider(name, options)

    def forgive(self, folder: Any) -> None:
        """Somebody pressed Start or Resume: keys that were spent or refused get another chance."""
        for maker in self._makers(folder):
            maker.ring.forgive()

    def _makers(self, folder: Any) -> list[Maker]:
        settings, project = self.settings(folder), self._files.project(folder)
        sorts = {self._sort(settings, style.name): style.name for style in project.styles}
        providers = [self._provider(settings, style) for style in sorts.values()]
        return [self._maker(folder, project, settings, provider) for provider in providers]

    def _maker(self, folder: Any, project: Project, settings: ProjectSettings, provider: Provider) -> Maker:
        """The provider with the ring of its keys, for all styles that are made in the same way."""
        limits = self._limits(settings, [provider])
        name = provider.name
        ring = Keyring(
            self._shared,
            name,
            lambda style: self._pool(name, style),
            tuple(style.name for style in project.styles if _chosen(settings, style.name) == name),
            folder.id,
            limits.per_minute or provider.requests_per_minute,
            limits.parallel,
            limits.timeout + SLOT_GRACE,
            None if provider.offline else self._breaker,
            f"{name} {provider.model}",
        )
        return Maker(provider, ring)

    def _sort(self, settings: ProjectSettings, style: str) -> tuple[Any, ...]:
        """What two styles have in common that are made by one maker."""
        name = _chosen(settings, style)
        return name, tuple(sorted(self._values(settings, name, style).items()))

    def _provider(self, settings: ProjectSettings, style: str) -> Provider:
        name = _chosen(settings, style)
        return self.provider(name, self._values(settings, name, style), settings.restraint.timeout)

    def _values(self, settings: ProjectSettings, provider: str, style: str) -> dict[str, Any]:
        kind = PROVIDERS[provider]
        given = {**self._defaults(provider), **settings.choice.options.get(provider, {})}
        if style in settings.styles:
            given |= settings.styles[style].options.get(provider, {})
        try:
            return read_fields(kind.fields, given)
        except BadInput:  # written by another version, or by hand: the defaults always work
            return read_fields(kind.fields, self._defaults(provider))

    def _limits(self, settings: ProjectSettings, providers: list[Provider]) -> Limits:
        config, own = self._config, settings.restraint
        distinct = {(provider.name, provider.model): provider.parallel for provider in providers}
        return Limits(
            parallel=own.parallel or config.max_parallel or sum(distinct.values()) or 1,
            per_minute=own.per_minute or config.requests_per_minute,
            attempts=own.attempts or config.max_attempts,
            timeout=own.timeout or config.request_timeout,
            budget=self._budget(settings),
        )

    def _budget(self, settings: ProjectSettings) -> int | None:
        own = settings.restraint.budget
        return self._config.budget if own is None else own

    def _reference(self, folder: Any, settings: ProjectSettings) -> Reference:
        wanted = frozenset(settings.references)
        try:
            body = self._files.reference(folder, self._config.style_reference)
        except BadFile as error:
            return Reference(None, wanted, f"The style reference was not sent: {error}")
        missing = "The style reference was not sent: style_reference.png is missing."
        return Reference(body, wanted, missing if body is None and wanted else "")

    def _unusable(self, settings: ProjectSettings, kind: Kind) -> Source:
        limits = self._limits(settings, [])
        return Source(
            kind.name,
            kind.label,
            "its settings cannot be used",
            False,
            None,
            "",
            limits.per_minute,
            limits.parallel,
            limits.budget,
        )

    def _defaults(self, provider: str) -> Mapping[str, Any]:
        return {"delay": self._config.sketch_delay} if provider == "sketch" else {}


def priceless(provider: Provider) -> str:
    """How a model without a known price is named where somebody agreed to use it."""
    return f"{provider.name} {provider.model}"


def _chosen(settings: ProjectSettings, style: str) -> str:
    """The name of the provider that makes a style's pictures."""
    own = settings.styles.get(style, Choice()).provider
    return own if own in PROVIDERS else settings.choice.provider
