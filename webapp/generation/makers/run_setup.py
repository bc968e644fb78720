"""What a run works with: who makes each style's pictures, with which keys, and within which limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from webapp.coordination.account_limits import AccountLimits as SharedLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.core.image_inputs import Inputs
from webapp.core.image_request import Key
from webapp.core.money.prices import ONLY_THE_PICTURE, Prices
from webapp.core.project import Beat, Frame, Project
from webapp.core.prompts.prompt_files import final_prompt
from webapp.core.prompts.wording import StyleWording, wording_of
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import Redo
from webapp.errors import BadFile, BadInput, NotFound, PriceUnknown
from webapp.generation.job import ImageJob, Reference, RunLimits, seed_of
from webapp.generation.makers.key_pool import KeyPool
from webapp.generation.makers.provider_choice import ProviderChoices, maker_name
from webapp.generation.run.call_gate import Maker, unknown_price
from webapp.providers.contract import Provider
from webapp.providers.environment import DEFAULT_PROVIDER
from webapp.providers.table import PROVIDERS

SLOT_GRACE = 60.0
"""Seconds beyond its own limits after which a call's place among an account's calls is free again."""


class ProjectFiles(Protocol):
    """What of a project decides its equipment."""

    def project(self, folder: Any) -> Project: ...

    def settings(self, folder: Any) -> dict[str, Any]: ...

    def reference(self, folder: Any, elsewhere: Path | None) -> bytes | None: ...

    def reference_digest(self, folder: Any, elsewhere: Path | None) -> str: ...


@dataclass(frozen=True, slots=True)
class RunSetup:
    """Who makes the pictures of each style, and the run's limits.

    ``special`` answers who makes a style's pictures with another model, ``inputs`` of what a frame's picture is made,
    ``wording`` the words around each prompt of a style, ``prices`` what words and references cost.
    """

    makers: Mapping[str, Maker]
    limits: RunLimits
    reference: Reference = field(repr=False)
    special: Callable[[str, str], Maker]
    inputs: Callable[[Frame, Beat, Provider], Inputs]
    wording: Callable[[str], StyleWording] = lambda style: StyleWording()
    prices: Prices = field(default_factory=Prices)

    def maker(self, frame: Frame, redo: Redo | None = None) -> Maker:
        """Who makes this frame's picture.

        Raises:
            Misconfigured: the model that was asked for cannot be used.
        """
        return self.special(frame.style, redo.model) if redo and redo.model else self.makers[frame.style]

    def job(self, frame: Frame, beat: Beat, provider: Provider, redo: Redo | None = None) -> ImageJob:
        """The picture to be made for a frame, as things are now."""
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
            besides=rates.besides(prompt, reference=reference is not None) if rates else ONLY_THE_PICTURE,
        )


REMEMBERED = 64
"""Projects whose `RunSetupBuilder.inputs` are remembered."""


class RunSetupBuilder:
    """Puts together the equipment for a project. Makes no call and writes nothing.

    ``pool`` answers the keys of a provider for a style; ``elsewhere`` is the style reference of projects without one.
    """

    def __init__(
        self,
        choices: ProviderChoices,
        pool: Callable[[str, str], tuple[Key, ...]],
        files: ProjectFiles,
        shared: SharedLimits,
        breaker: CircuitBreaker,
        elsewhere: Path | None = None,
    ) -> None:
        self._choices = choices
        self._pool = pool
        self._files = files
        self._shared = shared
        self._breaker = breaker
        self._elsewhere = elsewhere
        self._known: dict[str, tuple[tuple[Any, ...], Callable[[Frame, Beat], Inputs]]] = {}

    @property
    def elsewhere(self) -> Path | None:
        """The style reference of projects without one."""
        return self._elsewhere

    def limits(self, folder: Any) -> RunLimits:
        """The limits of a run of this project now."""
        return self._choices.limits(folder)

    def equip(self, folder: Any) -> RunSetup:
        """The equipment for a run of this project now.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings, project = self._choices.settings(folder), self._files.project(folder)
        providers = {style.name: self._choices.of(settings, style.name) for style in project.styles}
        limits = self._choices.limits_of(settings, list(providers.values()))
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
                specials[style, model] = self._maker(
                    folder, project, settings, self._with_model(settings, style, model)
                )
            return specials[style, model]

        inputs = self._inputs(folder, settings, self._files)
        return RunSetup(
            makers,
            limits,
            reference,
            special,
            inputs,
            lambda style: wording_of(settings.extra, style),
            self._choices.prices,
        )

    def inputs(self, folder: Any, files: ProjectFiles | None = None) -> Callable[[Frame, Beat], Inputs]:
        """Of what each frame's image would be made now, from a snapshot of the project's ``files`` if one is given: the
        same function for as long as nothing changed.

        Raises:
            Misconfigured: the settings of one of its providers cannot work.
        """
        settings, files = self._choices.settings(folder, files), files or self._files
        styles = files.project(folder).styles
        providers = {style.name: self._choices.of(settings, style.name) for style in styles}
        made = {name: (provider.name, provider.model) for name, provider in providers.items()}
        basis = (settings, files.reference_digest(folder, self._elsewhere), made)
        known = self._known.get(folder.id)
        if known and known[0] == basis:
            return known[1]
        inputs = self._inputs(folder, settings, files)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[folder.id] = basis, lambda frame, beat: inputs(frame, beat, providers[frame.style])
        return self._known[folder.id][1]

    def check(self, folder: Any) -> tuple[str, str]:
        """Provider and model a run would use, if it can start.

        Raises:
            PriceUnknown: nobody agreed yet to a model whose price is not known.
            Step8Error: it cannot start; the sentence says what to do.
        """
        project, settings = self._files.project(folder), self._choices.settings(folder)
        if not project.total:
            why = f" {project.problems[0]}" if project.problems else ""
            raise NotFound(f"This project has no prompts yet. Import prompts in Step 7.{why}")
        folder.check_writable()
        for style in project.styles:
            provider = self._choices.of(settings, style.name)
            if provider.needs_key and not self._pool(provider.name, style.name):
                raise BadInput(
                    f"No API key is set for {provider.label}. "
                    f"Add one in Project Setup, or choose the {PROVIDERS[DEFAULT_PROVIDER].label.lower()} there."
                )
            self._check_price(provider, settings)
        provider = self._choices.of(settings, project.styles[0].name)
        return provider.name, provider.model

    def check_model(self, folder: Any, styles: Iterable[str], model: str) -> None:
        """See whether pictures of these styles may be made with another model.

        Raises:
            PriceUnknown: nobody agreed yet to this model, whose price is not known.
            Step8Error: they may not; the sentence says what to do.
        """
        settings = self._choices.settings(folder)
        for style in dict.fromkeys(styles):
            self._check_price(self._with_model(settings, style, model), settings)

    def forgive(self, folder: Any) -> None:
        """Somebody pressed Start or Resume: keys that were spent or refused get another chance."""
        for maker in self._makers(folder):
            maker.ring.forgive()

    def _inputs(
        self, folder: Any, settings: ProjectSettings, files: ProjectFiles
    ) -> Callable[[Frame, Beat, Provider], Inputs]:
        digest = files.reference_digest(folder, self._elsewhere)
        shaping: dict[tuple[str, str], dict[str, Any]] = {}

        def inputs(frame: Frame, beat: Beat, provider: Provider) -> Inputs:
            if (frame.style, provider.name) not in shaping:
                values = self._choices.values_of(settings, provider.name, frame.style)
                shapes = {field.name for field in PROVIDERS[provider.name].fields if field.shapes}
                shaping[frame.style, provider.name] = {name: values[name] for name in sorted(shapes - {"model"})}
            goes_along = digest if beat.hard_cut or frame.style in settings.references else ""
            prompt = final_prompt(beat, wording_of(settings.extra, frame.style))
            return Inputs.of(prompt, goes_along, provider.name, provider.model, shaping[frame.style, provider.name])

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

    def _makers(self, folder: Any) -> list[Maker]:
        settings, project = self._choices.settings(folder), self._files.project(folder)
        sorts = {self._sort(settings, style.name): style.name for style in project.styles}
        providers = [self._choices.of(settings, style) for style in sorts.values()]
        return [self._maker(folder, project, settings, provider) for provider in providers]

    def _maker(self, folder: Any, project: Project, settings: ProjectSettings, provider: Provider) -> Maker:
        """The provider with the ring of its keys, for all styles that are made in the same way."""
        limits = self._choices.limits_of(settings, [provider])
        name = provider.name
        ring = KeyPool(
            self._shared,
            name,
            lambda style: self._pool(name, style),
            tuple(style.name for style in project.styles if maker_name(settings, style.name) == name),
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
        name = maker_name(settings, style)
        return name, tuple(sorted(self._choices.values_of(settings, name, style).items()))

    def _reference(self, folder: Any, settings: ProjectSettings) -> Reference:
        wanted = frozenset(settings.references)
        try:
            body = self._files.reference(folder, self._elsewhere)
        except BadFile as error:
            return Reference(None, wanted, f"The style reference was not sent: {error}")
        missing = "The style reference was not sent: style_reference.png is missing."
        return Reference(body, wanted, missing if body is None and wanted else "")


def priceless(provider: Provider) -> str:
    """How a model without a known price is named where somebody agreed to use it."""
    return f"{provider.name} {provider.model}"
