"""Views that several features give to their templates: plain values, decided and worded.

A template only lays them out. Page, response and live update render the same partial with the same view.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.frames import Counts


@dataclass(frozen=True, slots=True)
class Banner:
    """The one banner (`layout/_banner.html`). ``kind`` is info, success, warning or error; ``text`` includes its sign.

    ``quiet``: the per-image line, which a screen reader must not read aloud each time. ``action`` is an optional
    (label, href) at the end, ``button`` an optional control there. ``unreachable`` adds the countdown to the next try.
    """

    kind: str
    text: str
    sub: str = ""
    quiet: bool = False
    action: tuple[str, str] | None = None
    button: Button | None = None
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that is sent with a button: field name, label, initial value."""

    name: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One control (`images/run/_run_controls.html`): a form posting to ``action``, or a link when ``href`` is set.

    ``icon`` names a symbol of `layout/_icons.html`; ``kind`` is "", "primary" or "stop".
    """

    label: str
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""
    wide: bool = False
    disabled: bool = False
    key: str = ""  # the single key that presses it, for data-key and aria-keyshortcuts
    amount: Amount | None = None
    hidden: tuple[str, str] | None = None  # name and value of a field that goes along unseen
    note: str = ""  # shown behind the label, not part of the button's name: "2 · $0.08"
    described: str = ""  # the same for a screen reader: "2 images, about $0.08"


@dataclass(frozen=True, slots=True)
class Controls:
    """The buttons of the run panel. ``connected``: this viewer wants the live stream, so "● Connected" may show."""

    buttons: tuple[Button, ...]
    connected: bool


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures of the run panel (`images/run/_run_figures.html`). Texts are ready to show; "" hides a part."""

    counts: Counts
    overall_sub: str  # "3 generating · 2 failed · 68 to go"
    time_title: str  # "Time left" or "Time"
    time_small: str  # "about" or ""
    time_value: str  # "6 min", "Finished", "–"
    time_sub: str  # "done at 14:45 · 11.6/min"
    cost_value: str  # "$0.66" or "Free"
    cost_small: str  # "of $3.51 estimated" or ""
    cost_sub: str
    source_title: str  # "API keys", or "Provider" where none is needed
    source_lines: tuple[KeyLine, ...]
    spoken: str  # one sentence for #progress-sr
    meter: BudgetMeter | None = None
    budget: tuple[str, str, str] | None = None  # "Pauses at the $5.00 budget", the link's "Change", its address


@dataclass(frozen=True, slots=True)
class RunPill:
    """The run pill of the app bar (`layout/_run_pill.html`); shown on every step while a run exists."""

    kind: str  # live, bg, paused, done, warn
    running: bool  # whether it changes by itself
    text: str  # "Generating", "In background", "Stopping" …
    done: int
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of activity (`images/run/_activity_line.html`). ``at`` is epoch seconds, ``clock`` is HH:MM:SS."""

    at: float
    clock: str
    text: str
    kind: str = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the 13 steps in the stepper (`layout/_stepper.html`)."""

    no: int
    name: str
    href: str
    state: str  # done, active, todo
    note: str = ""  # "19%"


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a project's page around its content."""

    project: str  # its name as in URLs
    ident: str  # its opaque id, by which hints name it
    title: str
    steps: tuple[Step, ...]
    pill: RunPill | None


@dataclass(frozen=True, slots=True)
class BudgetMeter:
    """How much of the budget is used, in micro-dollars and in words."""

    used: int
    most: int
    text: str  # "$0.66 of $5.00"

    @property
    def low(self) -> int:
        """Four fifths: from here on the meter warns."""
        return self.most * 4 // 5

    @property
    def high(self) -> int:
        """19 parts of 20: from here on it is nearly used up."""
        return self.most * 19 // 20


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the key pool (`images/run/_key_pool.html`).

    ``kind`` is ready, cool, bad, off, or "" for a line that is no key. With ``until`` (epoch seconds) the page counts
    down to it behind the note.
    """

    name: str
    note: str = ""
    kind: str = ""
    sign: str = ""
    until: float = 0.0
