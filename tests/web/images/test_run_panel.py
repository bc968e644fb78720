"""What the run panel says of speed, budget, keys and the reference: exact, and nothing that is not so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webapp.core.image_request import Key, Secret
from webapp.core.limits.key_states import AccountView, KeyState
from webapp.core.project import Beat, Project, Style
from webapp.core.settings.key_pools import own_account
from webapp.core.settings.project_settings import LimitSettings
from webapp.generation.job import RunLimits
from webapp.generation.makers.key_list import HeldKey
from webapp.generation.makers.provider_overview import ProviderOverview, ReferenceState, StyleSource
from webapp.state.remaining_work import RunResources
from webapp.web.images import run_panel
from webapp.web.layout.widgets import KeyLine

NOW = 1_000_000.0
SKETCH = StyleSource("sketch", "Offline sketch", "offline-sketch", True, 0, "", None, 3, None)
PAID = StyleSource("gemini", "Google Gemini", "nano", False, 39_000, "2026-11", 9.0, 3, None, rate=9.0, keyed=True)
LOCAL = StyleSource("a1111", "AUTOMATIC1111", "dream", False, 0, "", None, 2, None, servers=("gpu:7860", "box:7860"))
NOTHING_SET = LimitSettings()
USUAL = RunLimits(3, None, 4, 180.0, None)
SECRET = "AIza-canary-key-0001"


def means(
    *sources: StyleSource, own: LimitSettings = NOTHING_SET, usual: RunLimits = USUAL, spent: int = 0
) -> RunResources:
    by_style = {f"style{place}": source for place, source in enumerate(sources)}
    return RunResources(ProviderOverview(by_style, own, usual), spent=spent)


def held(secret: str = SECRET, account: str = "", *, off: bool = False) -> HeldKey:
    return HeldKey("id", "gemini", "", Key(Secret(secret), account or own_account(secret)), off=off)


def test_a_speed_that_is_not_set_shows_the_usual_one() -> None:
    form = run_panel.speed("film", means(PAID).overview)
    assert (form.per_minute, form.usual_per_minute, form.parallel, form.usual_parallel) == ("", "9", "", "3")
    set_here = run_panel.speed("film", means(PAID, own=LimitSettings(per_minute=7.5, parallel=2)).overview)
    assert (set_here.per_minute, set_here.parallel) == ("7.5", "2")
    assert run_panel.speed("film", means(PAID, usual=replace(USUAL, per_minute=30.0)).overview).usual_per_minute == "30"


def test_without_one_pace_for_all_none_is_named() -> None:
    assert run_panel.speed("film", means(SKETCH).overview).usual_per_minute == "–"
    assert run_panel.speed("film", means(PAID, LOCAL).overview).usual_per_minute == "–"


def test_the_budget_is_told_with_what_is_used_and_what_an_empty_one_means() -> None:
    own = means(PAID, own=LimitSettings(budget=5_000_000), spent=660_000)
    meter = run_panel.meter(own)
    assert meter is not None and (meter.used, meter.most, meter.text) == (660_000, 5_000_000, "$0.66 of $5.00")
    assert run_panel.budget_line("film", own) == (
        "Pauses at the $5.00 budget, $0.66 used",
        "Change",
        "/p/film/setup#limits",
    )
    assert run_panel.budget_form("film", own).value == "5.00"
    from_environment = means(PAID, usual=replace(USUAL, budget=2_000_000))
    assert run_panel.budget_form("film", from_environment).note == "Empty: $2.00, as BUDGET_USD is set on the server."
    assert run_panel.budget_line("film", from_environment) == (
        "Pauses at the $2.00 budget",
        "Change",
        "/p/film/setup#limits",
    )
    assert run_panel.budget_line("film", means(PAID)) == ("No budget", "Set one", "/p/film/setup#limits")
    assert run_panel.meter(means(PAID)) is None
    assert run_panel.budget_form("film", means(PAID, own=LimitSettings(budget=1))).value == "0.000001"


def test_what_is_free_has_no_budget_line() -> None:
    free = means(SKETCH, LOCAL, own=LimitSettings(budget=5_000_000))
    assert run_panel.budget_line("film", free) is None and run_panel.meter(free) is None


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (AccountView(), ("Ready", "ready", "✓", 0.0)),
        (AccountView(in_flight=2), ("2 running", "ready", "✓", 0.0)),
        (AccountView(KeyState.COOLING, wait=33.5), ("Cooling down 34 s", "cool", "◔", NOW + 33.5)),
        (AccountView(KeyState.SPENT, reason="x"), ("Spent: no credit left", "bad", "✗", 0.0)),
        (AccountView(KeyState.REFUSED, reason="x"), ("Refused: check this key", "bad", "✗", 0.0)),
        (None, ("", "", "", 0.0)),
    ],
)
def test_each_key_is_told_apart(view: AccountView | None, line: tuple[str, str, str, float]) -> None:
    assert run_panel.key_line("Key 1", held(), view, NOW) == KeyLine("Key 1 ••••0001", *line)


def test_a_switched_off_key_says_so_and_an_account_is_named() -> None:
    shown = run_panel.key_line("Key 2", held(account="film", off=True), AccountView(), NOW)
    assert shown == KeyLine("Key 2 film ••••0001", "Switched off", "off", "–")


def test_the_last_figure_has_keys_where_keys_are_needed_and_servers_where_those_make_the_images() -> None:
    title, lines = run_panel.key_lines(replace(means(PAID), keys=((held(), AccountView()),)), NOW)
    assert (title, [line.name for line in lines]) == ("API keys", ["Key 1 ••••0001"])
    title, lines = run_panel.key_lines(means(PAID), NOW)
    assert (title, [line.name for line in lines]) == ("API keys", ["Google Gemini: no key"])
    title, lines = run_panel.key_lines(means(LOCAL), NOW)
    assert (title, [(line.name, line.note) for line in lines]) == (
        "Provider",
        [("AUTOMATIC1111", "dream"), ("Server 1", "gpu:7860"), ("Server 2", "box:7860")],
    )


def beats(*transitions: str) -> tuple[Beat, ...]:
    return tuple(Beat("1", f"1.{n}", f"1.{n}", "", how, "A lake") for n, how in enumerate(transitions, 1))


PROJECT = Project("film", "Film", (Style("clear", beats("h", "Hard Cut", "s")), Style("ink", beats("s", "s", "s"))))
PICTURE = b"\x89PNG"


def notes(state: ReferenceState, *everywhere: str, ink: StyleSource = PAID) -> tuple[str, ...]:
    return run_panel.reference_notes(PROJECT, everywhere, state, {"clear": PAID, "ink": ink})


def test_hard_cuts_without_a_reference_are_counted() -> None:
    missing = ReferenceState(None, "", {})
    assert notes(missing) == (
        "2 images (clear) will be made without the style reference: style_reference.png is missing. "
        "Add it in Project Setup.",
    )
    assert notes(missing, "ink")[0].startswith("5 images (clear, ink) will be made without the")
    assert notes(missing, "ink", ink=SKETCH)[0].startswith("2 images (clear)")  # sketches take none anyway


def test_a_reference_that_cannot_be_used_or_is_not_taken_is_told_with_the_reason() -> None:
    broken = ReferenceState(None, "style_reference.png: the reference is larger than 20 MB. Make it smaller.", {})
    assert notes(broken) == (f"2 images (clear) will be made without the style reference: {broken.problem}",)
    why = "The style reference was not sent: it is larger than 14 MB."
    assert notes(ReferenceState(PICTURE, "", {"clear": why, "ink": why})) == (
        "2 images (clear) will be made without the style reference: it is larger than 14 MB.",
    )
    assert notes(ReferenceState(PICTURE, "", {})) == ()
