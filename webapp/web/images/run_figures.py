"""Figures of a run: progress, time, cost and keys in the run panel; its summary once it has ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.frames import Counts
from webapp.core.money.amounts import dollars, per_image
from webapp.core.money.budget import estimate
from webapp.core.money.run_summary import RunSummary
from webapp.core.run.eta import Estimate
from webapp.core.run.states import RunState
from webapp.generation.makers.provider_overview import StyleSource
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RemainingWork, RunResources, remaining
from webapp.web.images import run_panel
from webapp.web.layout.widgets import Stats
from webapp.web.layout.words import clock, length, moment

WORDS: dict[str, tuple[str, str, str]] = {
    RunState.DONE: ("complete", "✓", "All images exist"),
    RunState.PARTIAL: ("error", "⚠", "Some failed"),
    RunState.STOPPED: ("pending", "◦", "Stopped"),
    RunState.FAILED: ("error", "✗", "Could not go on"),
    RunState.INTERRUPTED: ("error", "⚠", "Interrupted"),
    RunState.PAUSED: ("pending", "◦", "Paused"),
    RunState.PAUSING: ("pending", "◦", "Paused"),
    RunState.STOPPING: ("pending", "◦", "Stopping"),
    RunState.STARTING: ("generating", "⟳", "Starting"),
    RunState.GENERATING: ("generating", "⟳", "Generating"),
}
"""Look, sign and word for where a run stands."""

UNKNOWN = ("pending", "◦", "Not known")


def stats(state: ProjectState, means: RunResources, now: float, ahead: RemainingWork | None = None) -> Stats:
    """Build the figures. ``ahead`` is what the run still has to make; by default all that is missing."""
    counts = state.counts()
    parts = [f"{n} {word}" for n, word in ((counts.generating, "generating"), (counts.error, "failed")) if n]
    if counts.pending or not parts:
        parts.append(f"{counts.pending} to go")
    ahead = ahead or RemainingWork(counts.pending + counts.generating)
    title, small, value, sub = _time(state, ahead, remaining(state, ahead, means, now), now)
    cost_value, cost_small, cost_sub = _cost(state, means)
    source_title, source_lines = run_panel.key_lines(means, now)
    return Stats(
        counts=counts,
        overall_sub=" · ".join(parts),
        time_title=title,
        time_small=small,
        time_value=value,
        time_sub=sub,
        cost_value=cost_value,
        cost_small=cost_small,
        cost_sub=cost_sub,
        source_title=source_title,
        source_lines=source_lines,
        spoken=_spoken(state, counts),
        meter=run_panel.meter(means),
        budget=run_panel.budget_line(state.project.name, means),
    )


def _time(state: ProjectState, ahead: RemainingWork, left: Estimate | None, now: float) -> tuple[str, str, str, str]:
    """(title, small, value, sub) of the time figure; ``left`` is ``None`` while unknown."""
    run = state.run
    if not run.id:
        return "Time", "", "–", ""
    if not run.open:
        took = run.worked or max(0.0, run.changed_at - run.started_at)
        word = "Finished" if run.state in (RunState.DONE, RunState.PARTIAL) else "Stopped"
        return "Time", "", word, f"took {length(took)} · {clock(run.changed_at)[:5]}"
    held = f" · {ahead.held} of paused styles not counted" if ahead.held else ""
    if run.pausing:
        goes_on = f"about {length(left.seconds)} left when resumed{held}" if left and ahead.left else ""
        return "Time left", "", "Paused", goes_on
    if left is None or run.state is not RunState.GENERATING:
        return "Time left", "", "–", "known after the first images" if run.state is not RunState.STOPPING else ""
    at = clock(now + left.seconds)[:5]
    return "Time left", "about", length(left.seconds), f"done at {at} · {left.per_minute:.1f}/min{held}"


def _cost(state: ProjectState, means: RunResources) -> tuple[str, str, str]:
    """(value, small, sub) of the cost figure."""
    sources = means.sources
    if means.overview.free:
        offline = all(source.offline for source in sources.values())
        return "Free", "", "Offline sketches, not AI images" if offline else "Runs on your own machine"
    counts = {style: state.counts(style) for style in sources}
    wanted = {style: count.total - count.exists for style, count in counts.items()}
    costs = [estimate(number, sources[style].price) for style, number in wanted.items()]
    whole = None if None in costs else sum(cost or 0 for cost in costs)
    left = {style: number - counts[style].complete for style, number in wanted.items()}
    here, forecasted = state.spent(), forecast(left, sources)
    if means.spent > here:  # the figure is of this run; the costs page and the budget count all of them
        forecasted = f"{dollars(means.spent)} in all runs · {forecasted}"
    return dollars(here), f"of {dollars(whole)} estimated" if whole else "", forecasted


def forecast(left: Mapping[str, int], sources: Mapping[str, StyleSource]) -> str:
    """Explain the cost of the images that are ``left`` in each style, with age and source of the prices."""
    parts: dict[str, int] = {}
    for style, source in sources.items():
        parts[_each(source)] = parts.get(_each(source), 0) + left.get(style, 0)
    sums = " + ".join(f"{number} × {each}" for each, number in parts.items() if number)
    if not sums:
        return " + ".join(f"{each} per image" if each.startswith("$") else each for each in parts)
    origins = dict.fromkeys(
        f"{source.price_date}, {source.price_source}" if source.price_source else source.price_date
        for style, source in sources.items()
        if source.price and source.price_date and left.get(style)
    )
    return f"{sums} · price{'s' * (len(origins) > 1)} of {'; '.join(origins)}" if origins else sums


def _each(source: StyleSource) -> str:
    if source.price is None:
        return f"the unknown price of {source.model}"
    return per_image(source.price) if source.price else "free"


def _spoken(state: ProjectState, counts: Counts) -> str:
    """The progress for screen readers; changes at each tenth of the way and with the run's state."""
    run = state.run
    failed = f", {counts.error} failed" if counts.error else ""
    if run.state is RunState.GENERATING:
        return f"{counts.percent // 10 * 10} percent of {counts.total} images done{failed}."
    if run.pausing:
        return f"Generation is paused. {counts.done} of {counts.total} images done{failed}."
    if run.active:
        return "Generation is stopping." if run.state is RunState.STOPPING else "Generation is starting."
    return f"{counts.done} of {counts.total} images done{failed}." if run.id else ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """The summary of one run (`images/run/_run_summary.html`). ``text`` is "79 made, 2 failed, 6 min, $3.08, 84 calls";
    ``why`` the number of failed frames and the sentence of each reason.
    """

    run: str
    began: str  # "24 Nov 09:31:07"
    look: str
    sign: str
    word: str
    text: str
    reason: str
    why: tuple[tuple[int, str], ...]


def summary_line(found: RunSummary | None) -> SummaryLine | None:
    """Build the summary of a run; ``None`` for no run, or one without calls and failures."""
    if found is None or not (found.calls or found.failed):
        return None
    look, sign, word = WORDS.get(found.state, UNKNOWN)
    why = sorted(found.failed.items(), key=lambda item: -item[1])
    return SummaryLine(
        found.run,
        moment(found.started),
        look,
        sign,
        word,
        summary_text(found),
        found.reason,
        tuple((number, sentence) for sentence, number in why),
    )


def summary_text(found: RunSummary) -> str:
    """The result of a run in one line: "79 made, 2 failed, 6 min, $3.08, 84 calls, 3 retries"."""
    refused = f" ({found.refused} refused)" if found.refused else ""
    parts = [
        f"{found.made} made",
        f"{found.failures} failed{refused}" if found.failures else "",
        length(found.worked) if found.worked else "",
        cost(found),
        _number(found.calls, "call", "calls"),
        _number(found.retries, "retry", "retries") if found.retries else "",
    ]
    return ", ".join(part for part in parts if part)


def cost(found: RunSummary) -> str:
    """The cost of a run: "$3.08", "$3.08 and possibly $0.04 more", "free", "price unknown"."""
    if found.unpriced and not found.charged + found.possibly:
        return "price unknown"
    if not found.charged + found.possibly:
        return "free" if found.made else "nothing charged"
    more = f" and possibly {dollars(found.possibly)} more" if found.possibly else ""
    return f"{dollars(found.charged)}{more}"


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
