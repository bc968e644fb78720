"""Pace: which share of the calls that its keys allow does a run really make?

30 beats in 3 styles by two accounts of 60 requests a minute each, a service that answers after one second; plain, and
in a storm in which 30 % of all answers are "429, too many requests", with and without saying for how long.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.service import Manners, Served, Service
from benchmarks.stage import STYLES, Watched, make_project, run, stage
from tests.harness.scripted_answers import Answer, limited, ok
from webapp.core.limits.account_pressure import FIRST_COOLING
from webapp.core.limits.pace import BURST_SHARE

ROW = "pace"
BEATS = 30
NEEDED = BEATS * len(STYLES)
PER_MINUTE = 60
KEYS = {"one": "AIzaSyTestKeyThatIsNotReal-0001", "two": "AIzaSyTestKeyThatIsNotReal-0002"}
LATENCY = 1.0
STORM = 0.3
CROSSING = 0.1
"""Seconds in which a call may still arrive that was let through before the 429 was read: its intent is synced to the
disk first."""


@dataclass(frozen=True, slots=True)
class Silence:
    """An account was to be left alone in this time."""

    key: str
    began: float
    ended: float


def measure() -> list[Figure]:
    """The three cases side by side: each waits nearly all the time."""
    plain = Manners(latency=LATENCY)
    told = Manners(latency=LATENCY, script=storm(("1", "2", "3")))
    untold = Manners(latency=LATENCY, script=storm((None,)))
    cases = (("plain", plain), ("storm, 429 says when", told), ("storm, 429 says nothing", untold))
    with ThreadPoolExecutor(len(cases)) as pool:
        found = list(pool.map(lambda case: figures(case[0], *play(case[1])), cases))
    return [figure for each in found for figure in each]


def storm(waits: Sequence[str | None]) -> list[Answer]:
    """Answers of which 30 % are 429, the same ones in every run; ``waits`` are the seconds they ask for."""
    chance = random.Random(8)
    return [limited(header=chance.choice(waits)) if chance.random() < STORM else ok() for _ in range(10 * NEEDED)]


def play(manners: Manners) -> tuple[Watched, list[Served]]:
    """One run against such a service."""
    with Service(manners) as service, stage() as apps:
        app = apps.prepare(
            IMAGE_PROVIDER="gemini",
            GEMINI_API_KEYS=",".join(f"{account}={key}" for account, key in KEYS.items()),
            GEMINI_BASE_URL=service.url,
            REQUESTS_PER_MINUTE=str(PER_MINUTE),
            MAX_PARALLEL="8",
        )
        make_project(app.projects_root, BEATS)
        app.start()
        app.wait_until_ready()
        return run(app), service.ledger()


def figures(case: str, watched: Watched, calls: Sequence[Served]) -> list[Figure]:
    """What one run shows."""
    limits = [call for call in calls if call.status == 429]
    told = silences(calls, None)
    seconds = calls[-1].began - watched.began
    allowed = sum(allowance(watched.began, calls[-1].began, [s for s in told if s.key == key]) for key in KEYS.values())
    rate = len(KEYS) * PER_MINUTE / 60
    ideal = (NEEDED - len(KEYS) * PER_MINUTE * BURST_SHARE) / rate + LATENCY
    made = sum(call.status == 200 for call in calls) if not watched.complete else NEEDED
    shown = [
        Figure(
            case,
            "share of the allowed rate",
            len(calls) / allowed,
            "%",
            rises=True,
            goal=None if limits else 0.95,
            ratio=True,
            detail=f"{len(calls)} calls in {seconds:.1f} s, {allowed:.1f} allowed",
        ),
        Figure(
            case,
            "wall time / ideal without 429",
            watched.seconds / ideal,
            ratio=True,
            detail=f"{watched.seconds:.1f} s, ideal {ideal:.1f} s",
        ),
    ]
    if not limits:
        return shown
    besides = len(calls) - len(limits)
    early = cooling(calls)
    crossed = crossing(calls)
    late = f", the latest {max(crossed) * 1000:.0f} ms after it" if crossed else ""
    return [
        *shown,
        Figure(case, "frames finished", made / NEEDED, "%", rises=True, goal=1.0, detail=f"{made} of {NEEDED}"),
        Figure(
            case,
            "calls besides the 429 / needed",
            besides / NEEDED,
            goal=1.15,
            ratio=True,
            detail=f"{besides} and {len(limits)} times 429",
        ),
        Figure(
            case, "calls on a cooling key", len(early), goal=0, detail=f"{len(crossed)} crossed a 429 on its way{late}"
        ),
    ]


def silences(calls: Sequence[Served], unsaid: float | None) -> list[Silence]:
    """The silences that the service asked for; ``unsaid`` is how long one is that it did not put into numbers."""
    asked = ((call, call.wish if call.wish is not None else unsaid) for call in calls if call.status == 429)
    return [Silence(call.key, call.ended, call.ended + wish) for call, wish in asked if wish is not None]


def cooling(calls: Sequence[Served]) -> list[Served]:
    """The calls with a key that was to be left alone. A 429 without a time asks for at least the shortest silence."""
    times = silences(calls, FIRST_COOLING)
    return [
        call for call in calls if any(s.key == call.key and s.began + CROSSING < call.began < s.ended for s in times)
    ]


def crossing(calls: Sequence[Served]) -> list[float]:
    """How many seconds after the 429 was answered each call came that had been let through before."""
    times = silences(calls, FIRST_COOLING)
    after = [(silence, call.began - silence.began) for silence in times for call in calls if call.key == silence.key]
    return [
        seconds for silence, seconds in after if 0 < seconds <= CROSSING and seconds < silence.ended - silence.began
    ]


def allowance(began: float, ended: float, silent: Sequence[Silence]) -> float:
    """How many calls an account allows in this time: a tenth of a minute's at once, then the rate. A silence stops the
    rate, but one call may wait for its end."""
    rate = PER_MINUTE / 60
    calls, last = PER_MINUTE * BURST_SHARE + (ended - began) * rate, began
    for silence in sorted(silent, key=lambda each: each.began):
        quiet = max(0.0, min(ended, silence.ended) - max(last, silence.began))
        calls -= max(0.0, quiet * rate - 1.0)
        last = max(last, silence.ended)
    return calls
