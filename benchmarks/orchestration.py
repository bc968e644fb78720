"""Orchestration: how close does a run come to its provider's own time?

So many calls in flight, each answered after so long: the ideal is N frames · latency / calls in flight, as if the app's
own work took no time. Measured from Start to the end that the client is told.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.figures import Figure
from benchmarks.service import Manners, Service
from benchmarks.stage import STYLES, open_app, run, stage
from tests.harness.scripted_answers import holding, picture

ROW = "orchestration"
ROUNDS = {0.1: 21, 0.5: 60, 1.0: 30}
"""How many times each place in flight is filled, for each latency in seconds; multiples of the number of styles, so
that the last round is as full as the others."""
PLACES = (1, 8, 64)
GOAL_FROM = 0.5
"""Seconds of latency from which the goal holds: no image service is faster."""


def measure() -> list[Figure]:
    """Every latency with every number of calls in flight; the cases with one call side by side, the others alone."""
    with ThreadPoolExecutor(len(ROUNDS)) as pool:
        single = list(pool.map(lambda latency: figure(latency, 1), ROUNDS))
    return single + [figure(latency, places) for places in PLACES[1:] for latency in ROUNDS]


def figure(latency: float, places: int) -> Figure:
    """One run."""
    beats = -(-ROUNDS[latency] * places // len(STYLES))
    frames = beats * len(STYLES)
    manners = Manners("openai", latency, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {"film": beats}, MAX_PARALLEL=str(places))
        watched, calls = run(app), service.ledger()
    if not watched.complete:
        raise RuntimeError(f"The run did not finish: {watched.end}")
    ideal = frames * latency / places
    answer = median(call.ended - call.began for call in calls)
    return Figure(
        f"{places} in flight",
        f"wall time / ideal at {latency:g} s",
        watched.seconds / ideal,
        goal=1.03 if latency >= GOAL_FROM else None,
        ratio=True,
        detail=f"{frames} frames in {watched.seconds:.2f} s, ideal {ideal:.2f} s; an answer took {answer:.3f} s",
    )
