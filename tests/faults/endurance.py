"""Hours of use, and what is left of them: whether memory, handles, greenlets and connections come back to the base."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import redis

from tests.faults.load import ROUND, Load
from tests.faults.resource_usage import ResourceUsage, at_rest, telling
from tests.harness.app_process import Apps
from webapp.coordination.redis_server import EmbeddedServer

WARM = ROUND
"""Acts until caches are full and pools have their size; what the app holds after the last of them is the base."""


@dataclass
class Endurance:
    """What was done, and what the app held: at the base, and at rest after each act since."""

    base: ResourceUsage
    rests: list[ResourceUsage] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> ResourceUsage:
        """The last rest; its memory is the median of the last few, since allocators come and go."""
        last = self.rests[-5:]
        found = asdict(self.rests[-1]) | {"memory": median(rest.memory for rest in last)}
        return ResourceUsage(**found)

    @property
    def left(self) -> list[str]:
        """What did not come back."""
        return self.end.above(self.base)


def wear(
    home: Path,
    seed: str,
    seconds: float,
    act: float,
    warm: int = WARM,
    say: Callable[[str], None] = lambda line: None,
) -> Endurance:
    """Use an app for so long, in acts of so many seconds, after ``warm`` ones."""
    with Apps(home) as apps:
        app = apps.start(SKETCH_DELAY="0.02", **telling(home / "counts"))
        server = redis.Redis.from_url(EmbeddedServer(app.data_dir).url)
        traffic, trash = Load(app, seed), app.projects_root / ".trash"
        for _ in range(warm):
            traffic.act(act)
            at_rest(app, server)
        found = Endurance(at_rest(app, server))
        end = time.monotonic() + seconds
        while time.monotonic() < end or not found.rests:
            traffic.act(act)
            shutil.rmtree(trash, ignore_errors=True)  # an hour of deleted projects is much
            found.rests.append(at_rest(app, server, found.base))
            say(" ".join(f"{name} {value}" for name, value in asdict(found.rests[-1]).items()))
        found.done = traffic.done
        server.close()
        return found


def table(found: Endurance, seconds: float) -> str:
    """The figures as lines to read."""
    head = f"{'':<20} {'at rest before':>15} {'most between':>15} {'at rest after':>15}"
    most = {name: max(asdict(rest)[name] for rest in found.rests) for name in asdict(found.base)}
    rows = [
        f"{name:<20} {value:>15,.6g} {most[name]:>15,.6g} {asdict(found.end)[name]:>15,.6g}"
        for name, value in asdict(found.base).items()
    ]
    done = ", ".join(f"{count} {what}" for what, count in found.done.most_common())
    lines = [head, *rows, f"done in {seconds / 60:.1f} min: {done}", f"acts {len(found.rests)}"]
    return "\n".join([*lines, *(f"  left: {sentence}" for sentence in found.left)])
