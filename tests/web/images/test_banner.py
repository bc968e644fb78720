"""The words of the page for each state of a run: exact, and never more than is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.harness.in_memory_project import story
from webapp.coordination.live_state import Message
from webapp.core.frames import FrameNews, Status
from webapp.core.project import Frame, Problem
from webapp.core.run.states import OPEN, Run, RunState
from webapp.core.settings.project_settings import LimitSettings
from webapp.generation.job import RunLimits
from webapp.generation.makers.provider_overview import ProviderOverview, StyleSource
from webapp.state.frame_facts import FrameFacts, MakerFacts
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RunResources
from webapp.web.images import banner as wording
from webapp.web.images import controls, matrix, run_figures, run_panel
from webapp.web.layout import run_pill

PROJECT = story(3, ("illustration", "clear"))
FRAMES = PROJECT.frames()
NOW = 1_000_000.0
SKETCH = StyleSource("sketch", "Offline sketch", "offline-sketch", True, 0, "", None, 3, None)
PAID = StyleSource(
    "gemini", "Google Gemini", "nano", False, 39_000, "2026-11", 9.0, 3, None, "Google’s price page", 9.0
)


def means(*sources: StyleSource) -> RunResources:
    """One source for each style, or the same for all."""
    by_style = dict(zip(("illustration", "clear"), sources * 2, strict=False))
    return RunResources(ProviderOverview(by_style, LimitSettings(), RunLimits(3, None, 4, 180.0, None)))


def standing(
    state: RunState = RunState.IDLE,
    *,
    there: tuple[Frame, ...] = (),
    news: dict[Frame, FrameNews] | None = None,
    now: dict[str, object] | None = None,
    reason: str = "",
    cause: str = "",
) -> ProjectState:
    run = Run("" if state is RunState.IDLE else "r", state, 3, "gemini", started_at=NOW - 90, changed_at=NOW)
    since = NOW - 60 if state is RunState.GENERATING else 0.0
    run = replace(run, reason=reason, cause=cause, worked=0.0 if since else 60.0, working_since=since)
    told = {frame.id: item for frame, item in (news or {}).items()}
    return ProjectState.of(PROJECT, {frame: "v1" for frame in there}, Message("e-1", run, now, {}, told), run)


def news(frame: Frame, status: Status, **facts: object) -> FrameNews:
    return FrameNews(frame.style, frame.shot, frame.beat, status, run="r", **facts)  # type: ignore[arg-type]


def failed(number: int) -> dict[Frame, FrameNews]:
    return {frame: news(frame, Status.ERROR, error="The filter refused it.") for frame in FRAMES[:number]}


WORKING = {"style": "illustration", "beat": "1.1", "done": 1, "total": 3}


@pytest.mark.parametrize(
    ("shown", "kind", "text"),
    [
        (standing(there=FRAMES[:2]), "info", "Progress loaded: 2/6 images already exist."),
        (standing(RunState.STARTING), "info", "Connecting to server..."),
        (standing(RunState.GENERATING, now=WORKING), "info", "[illustration] Processing Beat 1.1... (1/3)"),
        (standing(RunState.STOPPING), "warning", "⚠ Stopping. The current images are finished first."),
        (
            standing(RunState.STOPPED),
            "warning",
            "⚠ Generation stopped. Progress has been saved. Click Start to resume.",
        ),
        (standing(RunState.DONE, there=FRAMES), "success", "✓ All images generated successfully!"),
        (
            standing(RunState.PARTIAL, there=FRAMES[2:], news=failed(2)),
            "warning",
            "⚠ 4 of 6 images generated. 2 failed.",
        ),
        (standing(RunState.PAUSING, cause="user"), "warning", "⚠ Paused. Progress has been saved."),
        (standing(RunState.PAUSED, cause="user"), "warning", "⚠ Paused. Progress has been saved."),
        (
            standing(RunState.PAUSED, cause="budget", reason="the $5.00 budget is reached."),
            "warning",
            "⚠ Paused: the $5.00 budget is reached.",
        ),
        (standing(RunState.FAILED, reason="The model is gone."), "error", "✗ Error: The model is gone."),
        (
            standing(RunState.GENERATING, now={**WORKING, "until": NOW + 33.2, "why": "cooling"}),
            "warning",
            "⚠ All keys are cooling down. Next request in 34 s.",
        ),
        (
            standing(RunState.GENERATING, now={**WORKING, "until": NOW + 30.0, "why": "down"}),
            "warning",
            "⚠ Google Gemini does not answer. Next try in 30 s.",
        ),
        (
            standing(RunState.GENERATING, now={**WORKING, "until": NOW + 30.0, "why": "down", "who": "comfyui"}),
            "warning",
            "⚠ ComfyUI does not answer. Next try in 30 s.",
        ),
        (
            standing(RunState.GENERATING, now={"until": NOW + 9.0, "why": "cooling"}),  # before its first image
            "warning",
            "⚠ All keys are cooling down. Next request in 9 s.",
        ),
        (
            standing(RunState.GENERATING, now={**WORKING, "until": NOW + 3_541.0, "why": "cooling", "who": "gemini"}),
            "warning",
            "⚠ Google Gemini asks for 60 min without a call. Then one call tries again.",
        ),
        (standing(RunState.GENERATING, now={"until": 0.0, "why": ""}), "info", "Connecting to server..."),
    ],
)
def test_each_state_has_its_exact_banner(shown: ProjectState, kind: str, text: str) -> None:
    banner = wording.banner(shown, connected=True, now=NOW)
    assert (banner.kind, banner.text) == (kind, text)


@pytest.mark.parametrize("state", sorted(OPEN - {RunState.STOPPING}))
def test_whoever_disconnected_is_told_that_it_goes_on(state: RunState) -> None:
    banner = wording.banner(standing(state), connected=False, now=NOW)
    assert (banner.kind, banner.text) == (
        "warning",
        "⚠ Generation continues in background. You can navigate to other steps.",
    )


def test_whoever_disconnected_and_stopped_it_is_not_told_that_it_goes_on() -> None:
    banner = wording.banner(standing(RunState.STOPPING), connected=False, now=NOW)
    assert banner.text == "⚠ Stopping. The current images are finished first."


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.FAILED}))
def test_green_is_only_shown_when_every_image_exists(state: RunState) -> None:
    for number in range(len(FRAMES)):
        banner = wording.banner(standing(state, there=FRAMES[:number], now=WORKING), connected=True, now=NOW)
        assert banner.kind != "success"


@pytest.mark.parametrize(
    ("shown", "connected", "labels"),
    [
        (standing(), True, ["Start Generation"]),
        (standing(RunState.STARTING), True, ["Pause", "Stop", "Disconnect (Continue in Background)"]),
        (standing(RunState.GENERATING), True, ["Pause", "Stop", "Disconnect (Continue in Background)"]),
        (standing(RunState.GENERATING), False, ["Reconnect", "Stop"]),
        (standing(RunState.PAUSING), True, ["Resume", "Stop", "Disconnect (Continue in Background)"]),
        (standing(RunState.PAUSED), True, ["Resume", "Stop", "Disconnect (Continue in Background)"]),
        (standing(RunState.PAUSED), False, ["Reconnect", "Stop"]),
        (standing(RunState.STOPPING), True, ["Stop"]),
        (standing(RunState.STOPPED), True, ["Start Generation"]),
        (standing(RunState.DONE, there=FRAMES), True, ["Start Generation", "Next: Select"]),
        (
            standing(RunState.PARTIAL, there=FRAMES[2:], news=failed(2)),
            True,
            ["Retry failed", "Start Generation", "Next: Select"],
        ),
        (standing(RunState.INTERRUPTED), True, ["Start Generation"]),
    ],
)
def test_each_state_has_its_buttons(shown: ProjectState, connected: bool, labels: list[str]) -> None:
    given = controls.controls(shown, connected)
    assert [button.label for button in given.buttons] == labels
    assert given.connected == (connected and shown.run.open)


def test_stop_names_the_run_it_was_shown_for_and_cannot_be_pressed_while_stopping() -> None:
    stop = controls.controls(standing(RunState.STOPPING), True).buttons[0]
    assert stop.action == "/p/film/images/stop?run=r" and stop.disabled


def test_resume_asks_for_a_budget_only_when_that_is_what_paused_the_run() -> None:
    reached = controls.controls(standing(RunState.PAUSED, cause="budget", reason="Reached."), True).buttons[0]
    assert reached.action == "/p/film/images/resume?run=r"
    assert reached.amount is not None and reached.amount.name == "budget"
    assert controls.controls(standing(RunState.PAUSED, cause="user"), True).buttons[0].amount is None


def test_a_cell_says_what_is_known_of_its_frame() -> None:
    first, second, third = FRAMES[:3]
    told = {
        first: news(first, Status.GENERATING, since=NOW - 6),
        second: news(second, Status.ERROR, error="The filter refused it."),
        third: news(third, Status.COMPLETE, seconds=8.24, cost=39_000),
    }
    shown = standing(RunState.GENERATING, there=(third, FRAMES[3]), news=told)
    cells = [matrix.cell(shown, frame) for frame in FRAMES[:5]]
    assert [(cell.sign, cell.word, cell.meta) for cell in cells] == [
        ("⟳", "Generating...", ""),
        ("✗", "Error", "The filter refused it."),
        ("✓", "Complete", "8.2 s · $0.039"),
        ("✓", "Exists", "Saved earlier"),
        ("◦", "Pending", "Not started yet"),
    ]
    assert [bool(cell.thumb) for cell in cells] == [False, False, True, True, False]


def test_a_frame_whose_worker_died_is_not_called_generating_for_ever() -> None:
    told = {FRAMES[0]: news(FRAMES[0], Status.GENERATING)}
    assert matrix.cell(standing(RunState.INTERRUPTED, news=told), FRAMES[0]).word == "Pending"


def test_a_picture_deleted_by_hand_is_pending_whatever_the_run_said() -> None:
    told = {FRAMES[0]: news(FRAMES[0], Status.COMPLETE)}
    assert matrix.cell(standing(RunState.DONE, news=told), FRAMES[0]).word == "Pending"


def test_a_sketch_is_free_and_a_paid_run_names_its_estimate_and_the_age_of_the_price() -> None:
    free = run_figures.stats(standing(), means(SKETCH), NOW)
    assert (free.cost_value, free.cost_sub) == ("Free", "Offline sketches, not AI images")
    paid = run_figures.stats(standing(), means(PAID), NOW)
    assert (paid.cost_value, paid.cost_small) == ("$0.00", "of $0.23 estimated")
    before = run_figures.stats(standing(), replace(means(PAID), spent=940_000), NOW)
    assert before.cost_value == "$0.00" and before.cost_sub.startswith("$0.94 in all runs · 6 × $0.039")
    assert paid.cost_sub == "6 × $0.039 · price of 2026-11, Google’s price page"


def test_styles_with_makers_of_their_own_are_each_named_and_priced() -> None:
    dear = replace(PAID, model="pro", price=134_000)
    mixed = means(PAID, SKETCH)
    assert run_figures.stats(standing(there=FRAMES[:2]), means(PAID, dear), NOW).cost_sub == (
        "2 × $0.039 + 2 × $0.134 · price of 2026-11, Google’s price page"
    )
    assert run_figures.stats(standing(), means(PAID, dear), NOW).cost_small == "of $0.52 estimated"
    assert run_figures.stats(standing(), mixed, NOW).cost_sub.startswith("3 × $0.039 + 3 × free · price of")
    assert run_panel.source_line(mixed.sources) == (
        "Google Gemini · nano · $0.039 per image (illustration) + Offline sketch · free (clear)"
    )
    assert run_panel.source_line(means(PAID).sources) == "Google Gemini · nano · $0.039 per image"
    assert run_panel.offline_tag(mixed.sources) == "clear: offline sketches, not AI images"
    assert run_panel.offline_tag(means(SKETCH).sources) == "Offline sketches, not AI images"
    assert run_panel.offline_tag(means(PAID).sources) == ""


def test_an_unknown_price_is_never_part_of_an_estimate() -> None:
    figure = run_figures.stats(standing(), means(PAID, replace(PAID, model="new", price=None)), NOW)
    assert (figure.cost_small, figure.cost_sub) == (
        "",
        "3 × $0.039 + 3 × the unknown price of new · price of 2026-11, Google’s price page",
    )


def test_time_left_is_not_told_before_it_can_be_known() -> None:
    assert run_figures.stats(standing(RunState.GENERATING), means(PAID), NOW).time_value == "–"
    told = {frame: news(frame, Status.COMPLETE) for frame in FRAMES[:3]}
    known = run_figures.stats(standing(RunState.GENERATING, there=FRAMES[:3], news=told), means(PAID), NOW)
    assert (known.time_small, known.time_value) == ("about", "1 min")


def test_a_message_changes_what_it_names_and_nothing_else() -> None:
    shown = standing(RunState.GENERATING)
    changed = shown.apply(
        Message("e-2", shown.run, WORKING, {}, {FRAMES[1].id: news(FRAMES[1], Status.COMPLETE, image="v9")})
    )
    assert changed == [FRAMES[1]]
    assert shown.counts().complete == 1 and shown.counts().pending == 5
    assert shown.versions[FRAMES[1]] == "v9"


def test_the_pill_tells_a_pause_that_needs_somebody_from_one_that_was_wished_for() -> None:
    kinds = {cause: run_pill.pill(standing(RunState.PAUSED, cause=cause), True) for cause in ("user", "budget", "keys")}
    assert {cause: pill.kind for cause, pill in kinds.items() if pill} == {
        "user": "paused",
        "budget": "warn",
        "keys": "warn",
    }


def priced(state: RunState, cause: str = "", there: tuple[Frame, ...] = FRAMES[:2]) -> ProjectState:
    """A run of two styles, one at 39,000 micro-dollars an image, the other free."""
    shown = standing(state, there=there, cause=cause, reason="the $1.00 budget is reached." if cause else "")
    shown.facts = FrameFacts(
        makers={"illustration": MakerFacts("gemini", "nano", 39_000), "clear": MakerFacts("a1111", "sd", 0)}
    )
    return shown


@pytest.mark.parametrize("state", [RunState.INTERRUPTED, RunState.PAUSED])
def test_what_waits_for_a_person_says_what_is_left_and_what_it_would_cost(state: RunState) -> None:
    banner = wording.banner(priced(state, "budget" if state is RunState.PAUSED else ""), connected=True, now=NOW)
    assert banner.sub.startswith("4 images are left, about $0.08.")


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.IDLE}))
def test_select_is_offered_as_soon_as_there_is_something_to_choose_from(state: RunState) -> None:
    def labels(shown: ProjectState) -> list[str]:
        return [button.label for button in controls.controls(shown, True).buttons]

    assert labels(standing(state, there=FRAMES[:1]))[-1] == "Next: Select"
    assert "Next: Select" not in labels(standing(state))


@pytest.mark.parametrize("ended", [RunState.IDLE, RunState.DONE, RunState.PARTIAL])
def test_nothing_is_green_while_a_prompts_file_cannot_be_read(ended: RunState) -> None:
    broken = replace(PROJECT, problems=(Problem("prompts/prompts-consistent.js", "a ] is missing.", 1),))
    run = Run("r", ended, 3)
    state = ProjectState.of(broken, dict.fromkeys(FRAMES, "v1"), Message("e-1", run), run)
    shown = wording.banner(state, True, NOW)
    assert (shown.kind, shown.text) == ("warning", "⚠ 6 of 6 images exist, but not all prompts can be used.")
    assert shown.sub == "prompts/prompts-consistent.js, line 1: a ] is missing."
    pill = run_pill.pill(state, True)
    assert pill is None or pill.kind == "warn"
