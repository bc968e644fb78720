"""Layout of the page of all runs, and its rows as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.frames import Counts
from webapp.core.money.amounts import dollars
from webapp.core.money.run_summary import RunSummary
from webapp.core.run.eta import Estimate
from webapp.core.run.states import RunState
from webapp.generation.bulk_control import may_be_released
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import seen_progress
from webapp.web import urls
from webapp.web.images.run_figures import UNKNOWN, WORDS
from webapp.web.layout.words import clock, length


@dataclass(frozen=True, slots=True)
class StyleBar:
    """Progress of one style."""

    style: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class OpenRun:
    """One project's run (`all_runs/_run_list.html`). Texts are "" where unknown. Money in micro-dollars.

    ``verbs`` are its buttons, as (word in the URL, label, icon).
    """

    project: str
    title: str
    href: str
    run: str
    state: RunState
    sign: str
    word: str
    reason: str
    counts: Counts
    bars: tuple[StyleBar, ...]
    pace: str
    spend: str
    left: str
    verbs: tuple[tuple[str, str, str], ...]
    releasable: bool
    per_minute: float | None
    seconds_left: float | None
    charged: int
    possibly: int

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "project": self.project,
            "title": self.title,
            "run": self.run,
            "state": self.state.value,
            "reason": self.reason,
            "done": self.counts.done,
            "failed": self.counts.error,
            "total": self.counts.total,
            "perMinute": None if self.per_minute is None else round(self.per_minute, 1),
            "secondsLeft": None if self.seconds_left is None else round(self.seconds_left),
            "charged": self.charged,
            "possiblyCharged": self.possibly,
        }


@dataclass(frozen=True, slots=True)
class OpenRunsPage:
    """The page of all runs (`all_runs/page.html`). ``message``: what was just done; ``problem``: why it was not.

    ``going`` runs can be paused, ``waiting`` ones resumed together.
    """

    rows: tuple[OpenRun, ...]
    going: int
    waiting: int
    message: str = ""
    problem: str = ""


def open_run(state: ProjectState, spent: RunSummary, left: Estimate | None, now: float) -> OpenRun:
    """Build one row. ``spent``: summary of the run so far; ``left``: how long it still takes, if known."""
    run = state.run
    pace = seen_progress(state, now).pace * 60.0 if run.state is RunState.GENERATING else 0.0
    known = 0 < pace < float("inf")
    return OpenRun(
        project=state.project.name,
        title=state.project.title,
        href=urls.step(state.project.name, "images"),
        run=run.id,
        state=run.state,
        sign=WORDS.get(run.state, UNKNOWN)[1],
        word=WORDS.get(run.state, UNKNOWN)[2],
        reason=run.reason,
        counts=state.counts(),
        bars=tuple(StyleBar(style.name, state.counts(style.name)) for style in state.project.styles),
        pace=f"{pace:.1f}/min" if known else "",
        spend=_spend(spent),
        left=_left(state, left, now),
        verbs=_verbs(run.state),
        releasable=may_be_released(run),
        per_minute=pace if known else None,
        seconds_left=left.seconds if left and run.open else None,
        charged=spent.charged,
        possibly=spent.possibly,
    )


def open_runs_page(rows: Sequence[OpenRun], *, message: str = "", problem: str = "") -> OpenRunsPage:
    """Build the page."""
    going = sum(row.state in (RunState.STARTING, RunState.GENERATING) for row in rows)
    return OpenRunsPage(tuple(rows), going, sum(row.releasable for row in rows), message, problem)


def _spend(spent: RunSummary) -> str:
    if not spent.charged + spent.possibly:
        return "price unknown" if spent.unpriced else "nothing"
    more = f" + {dollars(spent.possibly)} possibly" if spent.possibly else ""
    return f"{dollars(spent.charged)}{more}"


def _left(state: ProjectState, left: Estimate | None, now: float) -> str:
    run = state.run
    if run.state is RunState.GENERATING:
        if left is None:
            return "known after the first images"
        return f"about {length(left.seconds)}, done at {clock(now + left.seconds)[:5]}"
    if run.pausing and left:
        return f"about {length(left.seconds)} when resumed"
    return ""


def _verbs(state: RunState) -> tuple[tuple[str, str, str], ...]:
    pause, resume, stop = ("pause", "Pause", "pause"), ("resume", "Resume", "play"), ("stop", "Stop", "stop")
    if state in (RunState.STARTING, RunState.GENERATING):
        return (pause, stop)
    return (resume, stop) if state in (RunState.PAUSING, RunState.PAUSED) else ()
