"""What must be true after every fault and one resume, judged from outside: by the double's ledger, folder and journal.

Each check answers the sentences of what is broken; none is good news.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from PIL import Image, ImageChops

from tests.faults.cluster import KEY, Cluster
from tests.faults.fault_project import FaultProject
from tests.harness.app_process import AppProcess
from tests.harness.provider_double import Call
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame

LOOK_EVERY = 0.1
LEFTOVER = re.compile(r"\.(tmp|part|body)$")


def broken(world: Cluster, app: AppProcess | None = None, *, complete: bool = True) -> list[str]:
    """Everything that is not as it must be, over all projects of the world. With an ``app`` also what it shows."""
    found: list[str] = []
    for film in world.films:
        checks: list[Iterable[str]] = [
            calls_for_images_on_disk(film),
            two_drivers(film, world.orphans),
            tokens(film),
            books(film),
        ]
        checks += [loss(film)] if complete else []
        checks += [truth(film), leftovers(film), honest_page(film, app) if app else []]
        found += [f"{film.name}: {sentence}" for check in checks for sentence in check]
    return [*found, *double_pay(world), *secrets_told(world)]


def picture_of(film: FaultProject, frame: Frame) -> Image.Image | None:
    """The whole image in the frame's place, decoded; ``None`` when there is none."""
    try:
        with Image.open(film.image(frame), formats=["PNG"]) as image:
            image.verify()  # finds a missing end, which loading forgives
        with Image.open(film.image(frame), formats=["PNG"]) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError):
        return None


def is_whole(film: FaultProject, frame: Frame) -> bool:
    """Whether a whole image is in the frame's place. A file is looked at once, as long as it does not change."""
    try:
        status = film.image(frame).stat()
    except OSError:
        return False
    return _is_whole(film, frame, (status.st_ino, status.st_mtime_ns, status.st_size))


@functools.lru_cache(maxsize=4096)
def _is_whole(film: FaultProject, frame: Frame, stamp: tuple[int, int, int]) -> bool:
    return picture_of(film, frame) is not None


def sent(film: FaultProject, call: Call) -> Image.Image:
    """The picture that the double made for a call."""
    wire: Any = film.double.wire
    with Image.open(io.BytesIO(wire.picture(call.asked, "png"))) as image:
        return image.convert("RGB")


def loss(film: FaultProject) -> Iterator[str]:
    """I1: every image is there, and it is the one the double sent for this frame."""
    for frame in film.frames:
        image = picture_of(film, frame)
        if image is None:
            yield f"{frame.id} has no whole image"
            continue
        calls = [call for call in film.calls if film.prompt(frame) in call.prompt]
        if not any(_same(image, sent(film, call)) for call in calls):
            yield f"{frame.id} shows another picture than the one that was sent"


def _same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and not ImageChops.difference(one, other).getbbox()


def double_pay(world: Cluster) -> Iterator[str]:
    """I2: no more calls than images and calls in flight at each kill."""
    needed, made = sum(len(film.frames) for film in world.films), len(world.double.calls)
    if made > needed + world.repeats:
        yield f"{made} calls for {needed} images, {world.repeats} of which may have been repeated"


def repeated(world: Cluster) -> int:
    """How many calls were made beyond the first for each frame."""
    return sum(count - 1 for count in Counter(call.prompt for call in world.double.calls).values())


def calls_for_images_on_disk(film: FaultProject) -> Iterator[str]:
    """I2: a call never begins for an image that was on disk. A file's time is the one at which it was written."""
    offset = time.time() - time.monotonic()
    for frame in film.frames:
        if not film.image(frame).exists():
            continue
        written = film.image(frame).stat().st_mtime
        late = [
            call for call in film.calls if film.prompt(frame) in call.prompt and call.began + offset > written + 0.05
        ]
        if late:
            yield f"{frame.id} was asked for again when it was on disk"


def two_drivers(film: FaultProject, orphans: set[int]) -> Iterator[str]:
    """I3: no two calls for one frame in flight together, but for those whose worker was dead or suspended."""
    calls = film.calls
    for place, one in enumerate(calls):
        for other in calls[place + 1 :]:
            if one.prompt == other.prompt and one.number not in orphans and _overlap(one, other):
                yield f"calls {one.number} and {other.number} for {one.prompt!r} were in flight together"


def _overlap(one: Call, other: Call) -> bool:
    return one.ended is None or other.began < one.ended


def tokens(film: FaultProject) -> Iterator[str]:
    """I3: tokens only rise, and under an old one nothing is sent any more."""
    highest = 0
    newest: dict[str, str] = {}
    stale: list[str] = []
    for record in film.journal():
        if record["what"] == "taken":
            if record["token"] <= highest:
                yield f"token {record['token']} came after {highest}"
            highest = max(highest, record["token"])
        elif record["what"] == "intent" and record["token"] < highest:
            stale.append(record["attempt"])
        newest[record.get("attempt", "")] = record["what"]
    for attempt in stale:
        if newest[attempt] not in ("not sent", "lost"):
            yield f"attempt {attempt} went on under an old token"


def truth(film: FaultProject) -> Iterator[str]:
    """I4: the progress files list what is on disk."""
    whole = {frame for frame in film.frames if is_whole(film, frame)}
    if film.claimed() != whole:
        yield f"progress and images differ by {sorted(frame.id for frame in film.claimed() ^ whole)}"


def false_claims(film: FaultProject) -> Iterator[str]:
    """I4 at any time: progress may lag behind, it never claims a missing or broken image."""
    for frame in film.claimed():
        if not is_whole(film, frame):
            yield f"{frame.id} is claimed and has no whole image"


def half_files(film: FaultProject) -> Iterator[str]:
    """I5 at any time: under a final name there is never a part of an image."""
    for frame in film.images():
        if not is_whole(film, frame) and film.image(frame).exists():
            yield f"{frame.id} is not a whole image"


@contextlib.contextmanager
def watching(film: FaultProject) -> Iterator[list[str]]:
    """A reader who looks again and again; what was wrong at any of these moments (I4, I5)."""
    found: list[str] = []
    over = Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            for check in (false_claims, half_files):
                found.extend(said for said in check(film) if said not in found)

    reader = gevent.spawn(look)
    try:
        yield found
    finally:
        over.set()
        reader.get()


def leftovers(film: FaultProject) -> Iterator[str]:
    """I5: what unfinished writes left is gone."""
    for file in film.path.rglob("*"):
        if LEFTOVER.search(file.name) and "quarantine" not in file.parts:
            yield f"{file.relative_to(film.path)} was left behind"


def books(film: FaultProject) -> Iterator[str]:
    """I6: the journal's sum is what the double charged, and at most the possibly charged calls above it."""
    spent, charged, possibly = sums(film)
    if not charged <= spent <= charged + possibly:
        yield f"the books say {spent}, the double charged {charged}, {possibly} of it possibly"


def sums(film: FaultProject) -> tuple[int, int, int]:
    """Spent by the books, charged by the double, and how much of the books is possibly charged only."""
    total = Ledger.sum(film.journal()).total
    return total.charged + total.possibly, sum(call.charged for call in film.calls), total.possibly


def secrets_told(world: Cluster) -> Iterator[str]:
    """I7: the key stands in no file, in no log, and in no project."""
    for file in world.home.rglob("*"):
        if file.is_file() and KEY.encode() in _content(file):
            yield f"{file.relative_to(world.home)} holds the key"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def honest_page(film: FaultProject, app: AppProcess) -> Iterator[str]:
    """I9: what is shown is what is on disk."""
    differing = film.shown(app) ^ {frame for frame in film.frames if is_whole(film, frame)}
    if differing:
        yield f"the app shows other images than there are: {sorted(frame.id for frame in differing)}"
