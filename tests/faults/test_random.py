"""A few of the events that `make soak` draws by the hundred."""

from pathlib import Path

from tests.faults.parallel_cases import fault_case
from tests.faults.random_faults import Figures, RandomFaults
from tests.faults.soak import SEED, seed, table

EVENTS = 3
DRAWN = seed()


def a_few_events(home: Path) -> Figures:
    return RandomFaults(home, DRAWN, EVENTS).run()


@fault_case(a_few_events, long=True)
def test_random_kills_and_sleeps_lose_nothing_and_pay_for_nothing_twice(outcome: Figures) -> None:
    said = f"{SEED}={DRAWN} draws these events again.\n{table(outcome, 0.0)}"
    assert outcome.broken == [], said
    assert outcome.lost_images == outcome.double_runs == outcome.calls_for_images_on_disk == 0, said
    assert outcome.repeats <= outcome.in_flight, said
