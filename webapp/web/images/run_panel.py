"""Parts of the run panel: speed, budget, keys, source of the images, notes on the style reference. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from webapp.core.limits.key_states import AccountView, KeyState
from webapp.core.money.amounts import dollars, per_image
from webapp.core.project import Project
from webapp.generation.makers.key_list import HeldKey
from webapp.generation.makers.provider_overview import ProviderOverview, ReferenceState, StyleSource
from webapp.state.remaining_work import RunResources
from webapp.web import urls
from webapp.web.images.views import BudgetForm, Speed
from webapp.web.layout.widgets import (
    BudgetMeter,
    KeyLine,
    LogLine,
)
from webapp.web.layout.words import clock

KINDS = {
    KeyState.HEALTHY: ("ready", "✓"),
    KeyState.COOLING: ("cool", "◔"),
    KeyState.SPENT: ("bad", "✗"),
    KeyState.REFUSED: ("bad", "✗"),
}
NO_LIMIT = "–"
NOT_SENT = "The style reference was not sent: "
MISSING = "style_reference.png is missing. Add it in Project Setup."


def speed(name: str, outlook: ProviderOverview) -> Speed:
    """Build the speed form of project ``name``."""
    own, usual = outlook.own, outlook.usual
    rates = {source.rate for source in outlook.sources.values()}
    rate = usual.per_minute or (next(iter(rates)) if len(rates) == 1 else None)
    return Speed(
        urls.command(name, "speed"),
        "" if own.per_minute is None else f"{own.per_minute:g}",
        f"{rate:g}" if rate else NO_LIMIT,
        str(own.parallel or ""),
        str(usual.parallel),
    )


def budget_form(name: str, means: RunResources) -> BudgetForm:
    """Build the budget form of project ``name``."""
    own, usual = means.overview.own.budget, means.overview.usual.budget
    note = "Empty: no budget."
    if usual is not None:
        note = f"Empty: {dollars(usual)}, as BUDGET_USD is set on the server."
    value = "" if own is None else plain_dollars(own)
    return BudgetForm(urls.command(name, "budget"), value, note, dollars(means.spent))


def plain_dollars(micro: int) -> str:
    """An amount in a form field: "5.00", with up to six decimals where they are not zero."""
    return f"{micro / 1_000_000:.2f}" if micro % 10_000 == 0 else f"{micro / 1_000_000:.6f}".rstrip("0")


def meter(means: RunResources) -> BudgetMeter | None:
    """Build the budget meter; ``None`` without a budget, or when nothing costs money."""
    if means.cap is None or means.overview.free:
        return None
    return BudgetMeter(
        min(means.spent, means.cap), max(1, means.cap), f"{dollars(means.spent)} of {dollars(means.cap)}"
    )


def budget_line(name: str, means: RunResources) -> tuple[str, str, str] | None:
    """(text, link text, URL) of what the budget does; ``None`` when nothing costs money."""
    if means.overview.free:
        return None
    place = f"{urls.step(name, 'setup')}#limits"
    if means.cap is None:
        return "No budget", "Set one", place
    used = f", {dollars(means.spent)} used" if means.spent else ""  # what may have been charged counts
    return f"Pauses at the {dollars(means.cap)} budget{used}", "Change", place


def key_lines(means: RunResources, now: float) -> tuple[str, tuple[KeyLine, ...]]:
    """Title and lines of the last figure: the keys, or the providers that need none."""
    lines = [key_line(f"Key {place}", held, view, now) for place, (held, view) in enumerate(means.keys, 1)]
    sources = {source.label: source for source in means.sources.values()}
    for source in sources.values():
        if source.keyed and not any(held.provider == source.name for held, _ in means.keys):
            lines.append(KeyLine(f"{source.label}: no key", "Add one in Project Setup", "bad", "✗"))
        elif not source.keyed:
            lines += [KeyLine(source.label, "" if source.offline else source.model)]
            lines += [KeyLine(f"Server {place}", server) for place, server in enumerate(source.servers, 1)]
    keyed = any(source.keyed for source in sources.values()) or bool(means.keys)
    return ("API keys" if keyed else "Provider"), tuple(lines)


def key_line(name: str, held: HeldKey, view: AccountView | None, now: float) -> KeyLine:
    """Build the line of one key: its last four characters and its state."""
    shown = " ".join(part for part in (name, held.account, held.key.secret.masked) if part)
    if held.off:
        return KeyLine(shown, "Switched off", "off", "–")
    if view is None:
        return KeyLine(shown)
    kind, sign = KINDS[view.state]
    until = now + view.wait if view.state is KeyState.COOLING else 0.0
    return KeyLine(shown, key_note(view), kind, sign, until)


def key_note(view: AccountView) -> str:
    """The state of a key in a few words. The page counts down the seconds of cooling behind it."""
    match view.state:
        case KeyState.COOLING:
            return f"Cooling down {math.ceil(view.wait)} s"
        case KeyState.SPENT:
            return "Spent: no credit left"
        case KeyState.REFUSED:
            return "Refused: check this key"
    return f"{view.in_flight} running" if view.in_flight else "Ready"


def reference_notes(
    project: Project, everywhere: Iterable[str], state: ReferenceState, sources: Mapping[str, StyleSource]
) -> tuple[str, ...]:
    """One sentence for each reason why images that should use the style reference will not."""
    always = frozenset(everywhere)
    wanting = {
        style.name: sum(beat.hard_cut or style.name in always for beat in style.beats) for style in project.styles
    }
    wanting = {style: number for style, number in wanting.items() if number}
    if state.problem:
        reasons = {state.problem: wanting}
    elif state.body is None:
        online = {style: number for style, number in wanting.items() if style in sources and not sources[style].offline}
        reasons = {MISSING: online}
    else:
        reasons = {}
        for style, note in state.refused.items():
            if style in wanting:
                reasons.setdefault(note.removeprefix(NOT_SENT), {})[style] = wanting[style]
    return tuple(
        f"{_images(styles)} will be made without the style reference: {reason}"
        for reason, styles in reasons.items()
        if styles
    )


def _images(styles: Mapping[str, int]) -> str:
    number = sum(styles.values())
    return f"{number} image{'s' * (number != 1)} ({', '.join(styles)})"


def log_line(line: Mapping[str, Any]) -> LogLine:
    """Build one line of activity from the live state, as far as it is readable."""
    at = line.get("at")
    seconds = float(at) if isinstance(at, (int, float)) and 0 < at < 1e11 else 0.0
    return LogLine(seconds, clock(seconds), str(line.get("text", "")), str(line.get("kind", "info")))


def source_line(sources: Mapping[str, StyleSource]) -> str:
    """The provider, model and price of each style, for the head of the page."""
    makers: dict[str, list[str]] = {}
    for style, source in sources.items():
        makers.setdefault(_maker(source), []).append(style)
    if len(makers) == 1:
        return next(iter(makers))
    return " + ".join(f"{maker} ({', '.join(styles)})" for maker, styles in makers.items())


def offline_tag(sources: Mapping[str, StyleSource]) -> str:
    """The notice that images are offline sketches, not AI images; "" when none are."""
    drawn = [style for style, source in sources.items() if source.offline]
    if len(drawn) == len(sources):
        return "Offline sketches, not AI images"
    return f"{', '.join(drawn)}: offline sketches, not AI images" if drawn else ""


def _maker(source: StyleSource) -> str:
    if source.offline:
        return f"{source.label} · free"
    price = f"{per_image(source.price)} per image" if source.price else "free" if source.price == 0 else "price unknown"
    return f"{source.label} · {source.model} · {price}"
