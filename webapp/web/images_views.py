"""What the page of Step 8 is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.web.chair_views import Done
from webapp.web.matrix_views import Group, Long, Marked, Queue, StyleHead
from webapp.web.panel_views import BudgetForm, Speed
from webapp.web.views import Banner, Controls, LogLine, Shell, Stats


@dataclass(frozen=True, slots=True)
class ImagesPage:
    """All of Step 8 (`images.html`)."""

    shell: Shell
    live: str  # the change this page shows, "<epoch>-<number>"; "" when unknown
    events: str  # URL of the live stream, with `live` in it; "" when this viewer is disconnected
    beats: int
    source: str  # "Offline sketch · free", "Google Gemini · model · $0.039 per image"
    offline: str  # what is said of pictures from the offline sketch, which must never pass for AI output; "" for none
    controls: Controls
    banner: Banner
    stats: Stats
    heads: tuple[StyleHead, ...]
    groups: tuple[Group, ...]
    log: tuple[LogLine, ...]
    problems: tuple[str, ...]  # one sentence per file that cannot be used
    speed: Speed
    budget: BudgetForm
    notes: tuple[str, ...] = ()  # what the user should know before a run, such as a reference that is not sent
    queue: Queue | None = None
    marked: Marked = field(default_factory=lambda: Marked())
    done: tuple[Done, ...] = ()  # what this viewer did just before
    long: Long | None = None  # of a matrix of which the page holds a part
