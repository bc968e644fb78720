"""Views of Step 8 beside the matrix: the page, its forms, the result of a command, menus, one frame in full."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.web.costs.attempts import AttemptLine
from webapp.web.images.matrix_views import (
    Cell,
    FrameAction,
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
    offline: str  # what marks images of the offline sketch, which must never pass for AI output; "" for none
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
    """The speed form (`images/run/_speed_form.html`), which posts ``perMinute`` and ``parallel`` to ``action``. "" is
    not set; the default is its placeholder.
    """

    action: str
    per_minute: str
    usual_per_minute: str
    parallel: str
    usual_parallel: str


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """The budget form (`images/run/_budget_form.html`), which posts ``budget`` to ``action``; an empty one removes it.

    ``value`` is the project's own in dollars, "" for none; ``note`` says which budget holds then, ``spent`` what was
    spent so far.
    """

    action: str
    value: str
    note: str
    spent: str


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One item of a menu: a form that posts ``fields``, or a link to a further menu."""

    label: str
    note: str = ""
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""  # "", "primary", "danger"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionMenu:
    """A question, or the menu of a beat, a shot or a style (`images/frame/_action_menu.html`)."""

    title: str
    text: str
    offers: tuple[MenuItem, ...]
    back: str
    asks: bool = False  # a question: cancel stands first


@dataclass(frozen=True, slots=True)
class KeptImage:
    """One image of a frame's history. ``src`` is its URL, ``small`` that of a small one; ``note`` says how it was made.

    ``compare`` is the URL of the details with this image beside the current one.
    """

    number: int
    src: str
    small: str
    note: str
    used: bool
    size: str
    compare: str


@dataclass(frozen=True, slots=True)
class DeletedImageView:
    """One deleted image of a frame."""

    id: str
    at: str


@dataclass(frozen=True, slots=True)
class FrameActions:
    """What can be done with a frame (`images/frame/_frame_actions.html`, `images/frame/_image_history.html`)."""

    ident: str
    named: str  # the frame with the version of its image, as a command names it
    buttons: tuple[FrameAction, ...]
    price: str
    model: str
    place: str
    truth: str  # one sentence about a stale or blocked frame
    locked: bool
    star: bool
    flag: bool
    note: str
    busy: bool
    has_image: bool
    images: str  # the start of the commands for images
    frame: str  # the start of the commands for this frame
    kept: tuple[KeptImage, ...]
    compared: KeptImage | None
    trash: tuple[DeletedImageView, ...]
    embedded: tuple[tuple[str, str], ...]
    done: ResultView | None = None
    problem: str = ""
    typed: str | None = None  # the prompt of a rejection that was refused


@dataclass(frozen=True, slots=True)
class FrameDetails:
    """One frame in full (`images/frame/page.html`, `images/frame/_frame_details.html`)."""

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
    attempts: tuple[AttemptLine, ...] = ()  # the newest, newest first (`images/frame/_frame_attempts.html`)
    tried: int = 0  # how many attempts there were
    all_attempts: str = ""  # URL of the list of all of them
    actions: FrameActions | None = None
