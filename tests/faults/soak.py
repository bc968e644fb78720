"""Hundreds of random kills and sleeps: ``make soak``, or ``make soak ARGS="--events 50 --seed 7"``.

With ``--leaks 3600`` instead: an hour of use, and what is left of it.

Prints what was counted, and ends with status 1 when anything was lost, made twice, or told wrongly. The seed it prints
draws the same events again; when they meet a call is up to the machine.
"""

from webapp.process.gevent_patch import patch

patch()  # first, as in wsgi.py

import argparse  # noqa: E402
import os  # noqa: E402
import secrets  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from gevent.pool import Pool  # noqa: E402

from tests.faults.endurance import table as wear_table  # noqa: E402
from tests.faults.endurance import wear  # noqa: E402
from tests.faults.random_faults import Figures, RandomFaults  # noqa: E402

ACT = 10.0
"""Seconds of use between two looks at what the app holds."""

SEED = "STEP8_SEED"
"""The variable that sets the seed where nobody gives it on the command line."""


def seed() -> str:
    """The seed of this run: as it is set, or a new one."""
    return os.environ.get(SEED) or secrets.token_hex(3)


def main(arguments: list[str]) -> int:
    """Run the lanes and print the figures. Answers the exit status."""
    parser = argparse.ArgumentParser(prog="make soak", description="Random kill -9 and SIGSTOP of two machines.")
    parser.add_argument("--events", type=int, default=200, help="kills and sleeps in all (200)")
    parser.add_argument("--lanes", type=int, default=6, help="pairs of machines side by side (6)")
    parser.add_argument("--seed", default=seed(), help=f"draws the events (or {SEED}; else a new one)")
    parser.add_argument("--leaks", type=float, metavar="SECONDS", help="use one app for so long, and see what is left")
    given = parser.parse_args(arguments)
    if given.leaks:
        return leaks(given.seed, given.leaks)
    print(f"seed {given.seed}, {given.events} events on {given.lanes} lanes", flush=True)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    signal.signal(signal.SIGINT, lambda number, frame: sys.exit(1))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="step8-soak-") as home:
        figures = sum(case(Path(home), given.seed, given.events, given.lanes), Figures())
    print(table(figures, time.monotonic() - began))
    return 1 if figures.broken else 0


def leaks(seed: str, seconds: float) -> int:
    """Use an app for so long and print what it held before and after. Answers the exit status."""
    print(f"seed {seed}, {seconds:.0f} s of use", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="step8-soak-") as home:
        found = wear(Path(home), seed, seconds, ACT, say=lambda line: print(line, flush=True))
    print(wear_table(found, time.monotonic() - began))
    return 1 if found.left else 0


def case(home: Path, seed: str, events: int, lanes: int) -> list[Figures]:
    """What each lane saw, the events shared among them."""
    shares = [events // lanes + (number < events % lanes) for number in range(lanes)]
    made = [RandomFaults(home / f"lane-{n:02}", f"{seed}-{n}", share) for n, share in enumerate(shares) if share]
    pool = Pool(lanes)
    try:
        return list(pool.imap(run, made))
    finally:
        pool.kill()  # whoever is asked to end early ends what he started


def run(lane: RandomFaults) -> Figures:
    """A lane's figures; a lane that broke off counts as broken and keeps what it had counted."""
    try:
        figures = lane.run()
        print(f"a lane is through: {figures.events.total()} events, {len(figures.broken)} broken", flush=True)
        return figures
    except Exception as error:
        lane.figures.broken.append(f"the lane broke off: {str(error)[:2000]}")
        return lane.figures


def table(figures: Figures, seconds: float) -> str:
    """The figures as lines to read."""
    events = ", ".join(f"{count} × {kind}" for kind, count in sorted(figures.events.items()))
    rows = [
        ("events", f"{figures.events.total()} ({events})"),
        ("projects, images", f"{figures.films}, {figures.images}"),
        ("takeovers", figures.takeovers),
        ("images lost", figures.lost_images),
        ("double runs", figures.double_runs),
        ("calls for images on disk", figures.calls_for_images_on_disk),
        ("calls, repeats among them", f"{figures.calls}, {figures.repeats}"),
        ("calls in flight at a kill", figures.in_flight),
        ("charged by the double", f"${figures.charged / 1e6:.3f}"),
        ("in the books", f"${figures.spent / 1e6:.3f}, up to ${figures.possibly / 1e6:.3f} of it possibly charged"),
        ("longest standstill", f"{figures.standstill:.1f} s"),
        ("Start pressed again", figures.pressed_again),
        ("anything else broken", len(figures.broken)),
        ("took", f"{seconds / 60:.1f} min"),
    ]
    lines = [f"{name:<26} {value}" for name, value in rows]
    return "\n".join([*lines, *(f"  broken: {sentence}" for sentence in figures.broken)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
