"""What Project Setup (`setup.html`) is given."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.views import Shell


@dataclass(frozen=True, slots=True)
class SetupField:
    """One setting as a form control (`partials/_field.html`).

    ``name`` is the control's name as it is posted. ``kind``: number, integer, text, choice (``choices`` are value and
    label), check (value "1" is on). ``set_by_env`` names the variable that fixes it and ``set_in`` says where that is
    set; such a field is shown, not editable.
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


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """One provider that Project Setup offers. ``note`` is one sentence; ``problem`` why it cannot be used now."""

    name: str
    label: str
    note: str
    chosen: bool
    fields: tuple[SetupField, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SetupPage:
    """Project Setup (`setup.html`). Posts ``title``, ``provider`` and the fields' names to ``action``.

    ``saved``: the page answers a save that worked. ``problem``: one sentence why a save was refused.
    """

    shell: Shell
    action: str
    upload: str  # where prompt files are posted, field "prompts", several
    title: str
    providers: tuple[ProviderChoice, ...]
    saved: bool = False
    problem: str = ""
    problems: tuple[str, ...] = ()  # one sentence per file that cannot be used
