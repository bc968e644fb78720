"""Setup of a run: the maker of each style, the limits, the reference; built from the project's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.coordination.account_limits import AccountLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.core.image_inputs import Inputs
from webapp.core.image_request import Key
from webapp.core.money.prices import NO_EXTRA_COST, Prices
from webapp.core.project import Beat, Frame, Project
from webapp.core.prompts.prompt_files import final_prompt
from webapp.core.prompts.wording import StyleWording, wording_of
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import Redo
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, BadInput, NotFound, PriceUnknown
from webapp.generation.job import ImageJob, Reference, RunLimits, seed_of
from webapp.generation.makers.key_pool import Ceiling, KeyPool, PoolUse
from webapp.generation.makers.maker import Maker, unknown_price
from webapp.generation.makers.provider_choice import ProviderChoices, maker_name
from webapp.generation.ports import SetupFiles
from webapp.providers.contract import Provider
from webapp.providers.environment import DEFAULT_PROVIDER
from webapp.providers.table import PROVIDERS

SLOT_GRACE = 60.0
"""Seconds beyond its own limits after which a call's slot among an account's calls is free again."""


@dataclass(frozen=True, slots=True)
class RunSetup:
    """The makers of a run's styles, its limits, and how a frame becomes a job.

    ``with_model`` answers the maker of a style with another model, ``inputs`` what a frame's image is made from,
    ``wording`` the words around each prompt of a style; ``prices`` says what words and references cost.
    """

    makers: Mapping[str, Maker]
    limits: RunLimits
    reference: Reference = field(repr=False)
    with_model: Callable[[str, str], Maker]
    inputs: Callable[[Frame, Beat, Provider], Inputs]
    wording: Callable[[str], StyleWording] = lambda style: StyleWording()
    prices: Prices = field(default_factory=Prices)

    def maker(self, frame: Frame, redo: Redo | None = None) -> Maker:
        """The maker of this frame's image.

        Raises:
            Misconfigured: the model that was asked for cannot be used.
        """
        return self.with_model(frame.style, redo.model) if redo and redo.model else self.makers[frame.style]

    def job(self, frame: Frame, beat: Beat, provider: Provider, redo: Redo | None = None) -> ImageJob:
        """The job for a frame, by its words and the settings now."""
        wanted = self.reference.wanted(frame.style, beat)
        prompt = final_prompt(beat, self.wording(frame.style))
        reference = self.reference.body if wanted else None
        rates = self.prices.tokens(provider.name, provider.model)
        return ImageJob(
            frame=frame,
            beat=beat,
            prompt=prompt,
            provider=provider,
            seed=seed_of(frame.style, prompt) if redo is None or redo.seed is None else redo.seed,
            inputs=self.inputs(frame, beat, provider).code,
            replaces=redo.replaces if redo else "",
            reference=reference,
            note=self.reference.note if wanted else "",
            extra_cost=rates.extra_cost(prompt, reference=reference is not None) if rates else NO_EXTRA_COST,
        )


REMEMBERED = 64
"""Projects whose `RunSetupBuilder.inputs` are remembered."""


class RunSetupBuilder:
    """Builds the setup of a project's run, and checks beforehand whether one can start.

    ``keys_of`` answers the keys of a provider for a style; ``elsewhere`` is the style reference of projects without
    one. Not: makes a call, or writes.
    """

    def __init__(
        self,
        choices: ProviderChoices,
        keys_of: Callable[[str, str], tuple[Key, ...]],
        files: SetupFiles,
        account_limits: AccountLimits,
        breaker: CircuitBreaker,
        elsewhere: Path | None = None,
    ) -> None:
        self._choices = choices
        self._keys_of = keys_of
        self._files = files
        self._account_limits = account_limits
        self._breaker = breaker
        self._elsewhere = elsewhere
        self._remembered: dict[str, tuple[tuple[Any, ...], Callable[[Frame, Beat], Inputs]]] = {}

    @property
    def elsewhere(self) -> Path | None:
        """The style reference of projects without one."""
        return self._elsewhere

    def limits(self, folder: Folder) -> RunLimits:
        """The limits of a run of this project now."""
        return self._choices.limits(folder)

    def build(self, folder: Folder) -> RunSetup:
        """Build the setup for a run of this project now.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings, project = self._choices.settings(folder), self._files.project(folder)
        providers = {style.name: self._choices.of(settings, style.name) for style in project.styles}
        limits = self._choices.limits_of(settings, list(providers.values()))
        shared: dict[tuple[Any, ...], Maker] = {}
        makers: dict[str, Maker] = {}
        for style, provider in providers.items():
            key = self._maker_key(settings, style)
            if key not in shared:
                shared[key] = self._maker(folder, project, settings, provider)
            makers[style] = shared[key]
        reference = self._reference(folder, settings)
        others: dict[tuple[str, str], Maker] = {}

        def with_model(style: str, model: str) -> Maker:
            if (style, model) not in others:
                provider = self._with_model(settings, style, model)
                others[style, model] = self._maker(folder, project, settings, provider)
            return others[style, model]

        inputs = self._inputs(folder, settings, self._files)
        return RunSetup(
            makers,
            limits,
            reference,
            with_model,
            inputs,
            lambda style: wording_of(settings.extra, style),
            self._choices.prices,
        )

    def inputs(self, folder: Folder, files: SetupFiles | None = None) -> Callable[[Frame, Beat], Inputs]:
        """What each frame's image would be made from now, from a snapshot of the project's ``files`` if one is given:
        the same function for as long as nothing changed.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings, files = self._choices.settings(folder, files), files or self._files
        styles = files.project(folder).styles
        providers = {style.name: self._choices.of(settings, style.name) for style in styles}
        made = {name: (provider.name, provider.model) for name, provider in providers.items()}
        basis = (settings, files.reference.digest(folder, self._elsewhere), made)
        known = self._remembered.get(folder.id)
        if known and known[0] == basis:
            return known[1]
        inputs = self._inputs(folder, settings, files)
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[folder.id] = basis, lambda frame, beat: inputs(frame, beat, providers[frame.style])
        return self._remembered[folder.id][1]

    def check(self, folder: Folder) -> tuple[str, str]:
        """Check that a run can start. Returns the provider and the model that it would use.

        Raises:
            PriceUnknown: the user did not agree yet to a model whose price is not known.
            Step8Error: it cannot start; the sentence says what to do.
        """
        project, settings = self._files.project(folder), self._choices.settings(folder)
        if not project.total:
            why = f" {project.problems[0]}" if project.problems else ""
            raise NotFound(f"This project has no prompts yet. Import prompts in Step 7.{why}")
        folder.check_writable()
        for style in project.styles:
            provider = self._choices.of(settings, style.name)
            if provider.needs_key and not self._keys_of(provider.name, style.name):
                raise BadInput(
                    f"No API key is set for {provider.label}. "
                    f"Add one in Project Setup, or choose the {PROVIDERS[DEFAULT_PROVIDER].label.lower()} there."
                )
            self._check_price(provider, settings)
        provider = self._choices.of(settings, project.styles[0].name)
        return provider.name, provider.model

    def check_model(self, folder: Folder, styles: Iterable[str], model: str) -> None:
        """Check that images of these styles may be made with another model.

        Raises:
            PriceUnknown: the user did not agree yet to this model, whose price is not known.
            Step8Error: they may not; the sentence says what to do.
        """
        settings = self._choices.settings(folder)
        for style in dict.fromkeys(styles):
            self._check_price(self._with_model(settings, style, model), settings)

    def reset_keys(self, folder: Folder) -> None:
        """Use keys of this project again that were spent or refused."""
        for maker in self._makers(folder):
            maker.keys.reset()

    def _inputs(
        self, folder: Folder, settings: ProjectSettings, files: SetupFiles
    ) -> Callable[[Frame, Beat, Provider], Inputs]:
        digest = files.reference.digest(folder, self._elsewhere)
        shaping: dict[tuple[str, str], dict[str, Any]] = {}

        def inputs(frame: Frame, beat: Beat, provider: Provider) -> Inputs:
            if (frame.style, provider.name) not in shaping:
                values = self._choices.values_of(settings, provider.name, frame.style)
                shapes = {field.name for field in PROVIDERS[provider.name].fields if field.shapes}
                shaping[frame.style, provider.name] = {name: values[name] for name in sorted(shapes - {"model"})}
            sent_reference = digest if beat.hard_cut or frame.style in settings.references else ""
            prompt = final_prompt(beat, wording_of(settings.extra, frame.style))
            return Inputs.of(prompt, sent_reference, provider.name, provider.model, shaping[frame.style, provider.name])

        return inputs

    def _with_model(self, settings: ProjectSettings, style: str, model: str) -> Provider:
        name = maker_name(settings, style)
        setting = PROVIDERS[name].model_field
        if not setting:
            raise BadInput(f"{PROVIDERS[name].label} has no other model to choose. Leave Model empty.")
        values = {**self._choices.values_of(settings, name, style), setting: model}
        return self._choices.provider(name, values, settings.restraint.timeout)

    def _check_price(self, provider: Provider, settings: ProjectSettings) -> None:
        if provider.price is not None:
            return
        if self._choices.budget(settings) is not None:
            raise BadInput(unknown_price(provider))
        if priceless(provider) not in settings.accepted:
            raise PriceUnknown(
                f"The price of {provider.model} is not known. Every image may cost money, and nobody can say how much.",
                priceless(provider),
            )

    def _makers(self, folder: Folder) -> list[Maker]:
        settings, project = self._choices.settings(folder), self._files.project(folder)
        styles = {self._maker_key(settings, style.name): style.name for style in project.styles}
        providers = [self._choices.of(settings, style) for style in styles.values()]
        return [self._maker(folder, project, settings, provider) for provider in providers]

    def _maker(self, folder: Folder, project: Project, settings: ProjectSettings, provider: Provider) -> Maker:
        """The provider with the pool of its keys, for all styles that are made in the same way."""
        limits = self._choices.limits_of(settings, [provider])
        name = provider.name
        use = PoolUse(
            provider=name,
            styles=tuple(style.name for style in project.styles if maker_name(settings, style.name) == name),
            project=folder.id,
            ttl=limits.timeout + SLOT_GRACE,
            circuit=f"{name} {provider.model}",
        )
        keys = KeyPool(
            self._account_limits,
            lambda style: self._keys_of(name, style),
            use,
            Ceiling(limits.per_minute or provider.requests_per_minute, limits.parallel),
            None if provider.offline else self._breaker,
        )
        return Maker(provider, keys)

    def _maker_key(self, settings: ProjectSettings, style: str) -> tuple[Any, ...]:
        # equal for two styles that share a maker
        name = maker_name(settings, style)
        return name, tuple(sorted(self._choices.values_of(settings, name, style).items()))

    def _reference(self, folder: Folder, settings: ProjectSettings) -> Reference:
        wanted = frozenset(settings.references)
        try:
            body = self._files.reference.read(folder, self._elsewhere)
        except BadFile as error:
            return Reference(None, wanted, f"The style reference was not sent: {error}")
        missing = "The style reference was not sent: style_reference.png is missing."
        return Reference(body, wanted, missing if body is None and wanted else "")


def priceless(provider: Provider) -> str:
    """The name of a model without a known price in the settings, where the user agreed to use it."""
    return f"{provider.name} {provider.model}"
