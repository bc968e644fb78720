"""Views of Project Setup: what its templates get."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.layout.widgets import KeyLine, Shell


@dataclass(frozen=True, slots=True)
class SetupField:
    """One setting as a form control (`setup/_setting.html`).

    ``name`` is the control's name as it is posted. ``kind``: number, integer, text, choice (``choices`` are value and
    label), check (value "1" is on). ``set_by_env`` names the variable that fixes it and ``set_in`` where that is
    set; such a field is shown, not editable. ``placeholder`` is what holds while it is empty.
    """

    name: str
    label: str
    kind: str
    value: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    unit: str = ""
    set_by_env: str = ""
    set_in: str = "the environment"
    problem: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """One provider that Project Setup offers. ``note`` is one sentence; ``problem`` why it cannot be used now."""

    name: str
    label: str
    note: str
    chosen: bool
    fields: tuple[SetupField, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """Who makes the images of one style; ``control`` is the radio buttons' name. The first choice is the project's."""

    name: str
    control: str
    providers: tuple[ProviderOption, ...]
    summary: str  # "As the project", or the provider's label


@dataclass(frozen=True, slots=True)
class EverySend:
    """One style in the list of those whose every image goes with the reference."""

    name: str
    chosen: bool
    note: str  # "4 hard cuts among 30 images"


@dataclass(frozen=True, slots=True)
class ReferencePanel:
    """The style reference (`setup/_style_reference.html`). Posts a file ``reference`` to ``action``.

    ``src`` is the image's address, "" when there is none; ``problem`` why the one that is there cannot be used;
    ``removable`` whether the project has one of its own; ``setting`` names where another one is set.
    """

    action: str
    remove: str
    src: str
    width: int
    height: int
    size: str  # "1024 × 576, 1.2 MB"
    problem: str
    removable: bool
    setting: str
    notes: tuple[str, ...]  # who goes without it, and why


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key, or the user's own servers, with what can be done. An address that is "" is not offered."""

    line: KeyLine
    origin: str  # "GEMINI_API_KEYS in the environment", "" for a pasted one
    test: str = ""
    switch: str = ""
    remove: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True)
class KeyPoolView:
    """The keys of one pool under their title: “Google Gemini, all styles”."""

    title: str
    rows: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True)
class KeysPanel:
    """The keys (`setup/_keys.html`). Posts ``provider``, ``style``, ``account`` and ``keys`` to ``action``.

    ``outcome`` is that of the last click: whether it went well, and a sentence. The typed ones are shown again, the
    keys themselves never.
    """

    action: str
    pools: tuple[KeyPoolView, ...]
    providers: tuple[tuple[str, str], ...]
    styles: tuple[str, ...]
    outcome: tuple[bool, str] | None = None
    problem: str = ""
    provider: str = ""
    style: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class SetupPage:
    """Project Setup (`setup/page.html`). Posts ``title``, ``provider`` and the fields' names to ``action``.

    ``saved``: the page answers a save that worked. ``problem``: one sentence why a save was refused.
    """

    shell: Shell
    action: str
    upload: str  # where prompt files are posted, field "prompts", several
    title: str
    providers: tuple[ProviderOption, ...]
    styles: tuple[StyleChoice, ...]
    limits: tuple[SetupField, ...]
    everywhere: tuple[EverySend, ...]
    reference: ReferencePanel
    keys: KeysPanel
    saved: bool = False
    problem: str = ""
    problems: tuple[str, ...] = ()  # one sentence per file that cannot be used
