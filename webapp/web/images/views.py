"""What the page of Step 8 is given.

What the run panel of Step 8 is given besides its controls: speed, budget, keys.

What is shown of a command: its question, what it did; and one frame in full.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.web.images.matrix_views import (
    Cell,
    LongMatrix,
    MarkCounts,
    Queue,
    ShotGroup,
    StyleHead,
)
from webapp.web.layout.command_result import ResultView
from webapp.web.layout.widgets import (
    Banner,
    Controls,
    LogLine,
    Shell,
    Stats,
)


@dataclass(frozen=True, slots=True)
class ImagesPage:
    """All of Step 8 (`images/page.html`)."""

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
    groups: tuple[ShotGroup, ...]
    log: tuple[LogLine, ...]
    problems: tuple[str, ...]  # one sentence per file that cannot be used
    speed: Speed
    budget: BudgetForm
    notes: tuple[str, ...] = ()  # what the user should know before a run, such as a reference that is not sent
    queue: Queue | None = None
    marked: MarkCounts = field(default_factory=lambda: MarkCounts())
    done: tuple[ResultView, ...] = ()  # what this viewer did just before
    long: LongMatrix | None = None  # of a matrix of which the page holds a part


@dataclass(frozen=True, slots=True)
class Speed:
    """The two numbers of the speed form (`images/_speed_form.html`). "" is not set: the usual one stands there faintly.

    Posts ``perMinute`` and ``parallel`` to ``action``.
    """

    action: str
    per_minute: str
    usual_per_minute: str
    parallel: str
    usual_parallel: str


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """Where the budget is set (`images/_budget_form.html`). Posts ``budget`` to ``action``; an empty one removes it.

    ``value`` is the project's own in dollars, "" when it sets none; ``note`` says what holds then, ``spent`` what was
    spent so far.
    """

    action: str
    value: str
    note: str
    spent: str


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One thing a sheet offers: a form that posts ``fields``, or a link to a further sheet."""

    label: str
    note: str = ""
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""  # "", "primary", "danger"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionMenu:
    """A question, or what may be done with a beat, a shot or a style (`images/_action_menu.html`)."""

    title: str
    text: str
    offers: tuple[MenuItem, ...]
    back: str
    asks: bool = False  # a question: cancel stands first


@dataclass(frozen=True, slots=True)
class FrameDetails:
    """The read-only drawer of one frame (`images/frame_page.html`, `images/_frame_details.html`)."""

    cell: Cell
    beat: str  # "Beat 1.4"
    shot: str
    phrase: str
    prompt: str
    transition: str
    image: str  # URL of the full image, "" when there is none
    size: str  # "1344 × 768", ""
    tabs: tuple[Cell, ...]  # the same beat in all styles, for the tabs
    facts: tuple[tuple[str, str], ...]  # (name, value): Status, Provider, Model, Seed, Cost, Time
    previous: str  # URLs of the neighbours in story order, "" at the ends
    next: str
    back: str  # URL of Step 8 at this frame's row
