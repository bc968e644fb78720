"""What the templates are given: plain values, already decided and worded.

A template only lays these out. Every partial takes one of them, so the page, the answer to a click and the live update
are the same file with the same input.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.core.frames import Counts
from webapp.web.panel_views import BudgetForm, KeyLine, Meter, Speed
from webapp.web.verbs import Verb


@dataclass(frozen=True, slots=True)
class Cell:
    """One frame in the matrix (`partials/_cell.html`)."""

    id: str  # Frame.id; the DOM id is "cell-" + id
    style: str
    number: str  # the beat's number without prefix
    status: str  # pending, generating, complete, exists, error
    sign: str  # ◦ ⟳ ✓ ✗
    word: str  # "Pending", "Generating...", "Complete", "Exists", "Error"
    meta: str  # "8.2 s · $0.039", "Saved earlier", "Not started yet", the error sentence …
    since: float  # epoch seconds its call began; 0 unless generating (the page counts on from it)
    thumb: str  # URL of the thumbnail, "" when there is no picture (a regenerating frame keeps its old one)
    href: str  # URL of the frame's details
    truth: str = ""  # "stale" or "blocked"
    marks: tuple[str, ...] = ()  # "locked", "starred", "flagged", "noted"
    place: str = ""  # "Next in queue"
    verbs: tuple[Verb, ...] = ()
    edit: bool = False  # an edit of its prompt is offered


@dataclass(frozen=True, slots=True)
class Row:
    """One beat (`partials/_beat_row.html`). ``cells`` has one entry per style head; None where the style lacks it.

    ``place`` is its line in the whole table where the page does not hold all of them, else 0.
    """

    id: str  # "beat-<shot>-<number>" with dots as underscores
    number: str
    phrase: str
    cells: tuple[Cell | None, ...]
    sheet: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The beats of one shot; in a long matrix (``block`` is a number) those of them that belong to one block.
    ``begins``: the shot's head stands above them, in line ``place`` of the whole table."""

    id: str  # "shot-<shot>"
    title: str  # "Shot 1"
    done: int
    total: int
    rows: tuple[Row, ...]
    sheet: str = ""
    block: int | None = None
    begins: bool = True
    place: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A block of rows that the page does not hold yet (`partials/_gap.html`)."""

    block: int
    text: str  # "Beats 4.1 – 6.10"
    href: str  # the page with these rows in it
    fill: str  # the rows alone


@dataclass(frozen=True, slots=True)
class Long:
    """What the page of a long matrix has besides the rows that are there (``groups`` of the page): they and the gaps in
    order, a line for every beat, the sizes of the blocks, how many lines the whole table has, and the address of the
    page with all rows in it.

    A line has shot, number, phrase and one word for each style between tabs. The word is the letter of the status and
    those of what else the filter can choose, "-" where the style lacks the beat.
    """

    parts: tuple[Group | Gap, ...]
    lines: str
    sizes: tuple[int, ...]
    height: int
    whole: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Blocks of rows that were asked for (`rows.html`), as they stood at the change ``live``."""

    live: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class StyleHead:
    """A column's head with its progress (`partials/_style_head.html`, DOM id "style-<name>")."""

    name: str
    done: int
    total: int
    failed: int
    held: bool = False  # paused by itself
    stale: int = 0
    sheet: str = ""  # URL of what may be done with it


@dataclass(frozen=True, slots=True)
class Banner:
    """The one banner (`partials/_banner.html`). ``text`` is exact, sign included.

    ``kind`` is info, success, warning or error.

    ``quiet`` marks the per-image line, which a screen reader must not read aloud each time. ``action`` is an optional
    (label, href) at its end, ``button`` an optional control there.
    """

    kind: str
    text: str
    sub: str = ""
    quiet: bool = False
    action: tuple[str, str] | None = None
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that is sent with a button: its name in the form, its label, what stands in it at first."""

    name: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One control (`partials/_controls.html`): a form posting to ``action``, or a link when ``href`` is set.

    ``icon`` names a symbol of `partials/_icons.html`; ``kind`` is "", "primary" or "stop".
    """

    label: str
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""
    wide: bool = False
    disabled: bool = False
    key: str = ""  # the single key that presses it, for data-key and aria-keyshortcuts
    amount: Amount | None = None
    hidden: tuple[str, str] | None = None  # name and value of a field that goes along unseen
    note: str = ""  # shown behind the label, not part of the button's name: "2 · $0.08"
    described: str = ""  # the same for a screen reader: "2 images, about $0.08"


@dataclass(frozen=True, slots=True)
class Controls:
    """The buttons of the run panel. ``connected``: this viewer wants the live stream, so "● Connected" may show."""

    buttons: tuple[Button, ...]
    connected: bool


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures of the run panel (`partials/_stats.html`). Texts are ready to show; "" hides a part."""

    counts: Counts
    overall_sub: str  # "3 generating · 2 failed · 68 to go"
    time_title: str  # "Time left" or "Time"
    time_small: str  # "about" or ""
    time_value: str  # "6 min", "Finished", "–"
    time_sub: str  # "done at 14:45 · 11.6/min"
    cost_value: str  # "$0.66" or "Free"
    cost_small: str  # "of $3.51 estimated" or ""
    cost_sub: str
    source_title: str  # "API keys", or "Provider" where none is needed
    source_lines: tuple[KeyLine, ...]
    spoken: str  # one sentence for #progress-sr
    meter: Meter | None = None
    budget: tuple[str, str, str] | None = None  # "Pauses at the $5.00 budget", the link's "Change", its address


@dataclass(frozen=True, slots=True)
class Pill:
    """The run pill of the app bar (`partials/_runpill.html`); shown on every step while a run exists."""

    kind: str  # live, bg, paused, done, warn
    running: bool  # whether it changes by itself
    text: str  # "Generating", "In background", "Stopping" …
    done: int
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of activity (`partials/_log_line.html`). ``at`` is epoch seconds, ``clock`` is HH:MM:SS."""

    at: float
    clock: str
    text: str
    kind: str = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the 13 steps in the stepper (`partials/_stepper.html`)."""

    no: int
    name: str
    href: str
    state: str  # done, active, todo
    note: str = ""  # "19%"


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page of a project needs around its content."""

    project: str  # its name as in URLs
    title: str
    steps: tuple[Step, ...]
    pill: Pill | None


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


@dataclass(frozen=True, slots=True)
class Queue:
    """What comes next and in which order (`partials/_queue.html`). ``order`` is the `Order` in use."""

    action: str
    order: str
    coming: tuple[str, ...]  # "1.4 illustration"
    more: int  # how many come after those
    list: str = ""  # where the whole of it can be put into another order


@dataclass(frozen=True, slots=True)
class Marked:
    """How many frames carry what the filter can choose beside their status (`partials/_marked.html`).

    ``bulk`` is what making all stale ones anew costs.
    """

    stale: int = 0
    blocked: int = 0
    locked: int = 0
    starred: int = 0
    flagged: int = 0
    failed: int = 0
    bulk: str = ""
    retry: str = ""
    ask: str = ""  # URL of the question before all stale ones are made anew

    @property
    def chips(self) -> tuple[tuple[str, str, str, int], ...]:
        """(name, sign, word, number) of each filter that finds something."""
        every = (
            ("stale", "↻", "Stale", self.stale),
            ("blocked", "⊘", "Blocked", self.blocked),
            ("locked", "■", "Locked", self.locked),
            ("starred", "★", "Starred", self.starred),
            ("flagged", "⚑", "Flagged", self.flagged),
        )
        return tuple(each for each in every if each[3])


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did, in one sentence, and how to take it back (`partials/_done.html`): the command that does so
    and the fields of its form; no ``action``: it cannot be taken back."""

    id: str
    text: str
    action: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    label: str = "Undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a sheet offers: a form that posts ``fields``, or a link to a further sheet."""

    label: str
    note: str = ""
    action: str = ""
    href: str = ""
    icon: str = ""
    kind: str = ""  # "", "primary", "danger"
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question, or what may be done with a beat, a shot or a style (`partials/_sheet.html`)."""

    title: str
    text: str
    offers: tuple[Offer, ...]
    back: str
    asks: bool = False  # a question: cancel stands first


@dataclass(frozen=True, slots=True)
class FrameDetails:
    """The read-only drawer of one frame (`frame.html`, `partials/_frame.html`)."""

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


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project on the start page (`partials/_project_card.html`)."""

    name: str
    title: str
    href: str  # Step 8
    thumbs: tuple[str, ...]  # up to three thumbnail URLs
    steps: tuple[str, ...]  # 13 of "done", "active", "todo"
    step_text: str  # "Step 8: Images"
    images: str  # "17 / 90" or "–"
    changed: str  # "just now", "yesterday", "3 Nov"
    changed_at: float
    badge: tuple[str, str] | None  # ("live", "Generating"), ("ok", "Images done"), ("warn", "Needs attention")
    failed: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a form that was refused shows again: what was typed and the sentence why (`partials/_new_project.html`)."""

    title: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProjectsPage:
    """The start page (`projects.html`). With ``form.problem`` a new project was refused; its dialog opens again."""

    projects: tuple[ProjectCard, ...]
    generating: int  # how many of them generate right now
    root: str  # where the folders are, as text
    form: Prefill = Prefill()


@dataclass(frozen=True, slots=True)
class Player:
    """One recording with its text."""

    label: str
    src: str
    text: str = ""
    length: str = ""  # "4.2 s"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a step page (`partials/_block.html`); ``kind`` says which of the other values it has.

    markdown: ``html``, safe already. text: ``text``, shown as it is. table: ``head`` and ``rows``, plain texts.
    facts: ``pairs`` of name and value. audio: ``players``. ``file`` is the file it was read from, relative to
    the project.
    """

    kind: str
    title: str = ""
    file: str = ""
    note: str = ""
    html: str = ""
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    players: tuple[Player, ...] = ()


@dataclass(frozen=True, slots=True)
class StepPage:
    """Any step but 1 and 8 (`step.html`). No ``blocks``: the page says that it would show ``files``."""

    shell: Shell
    no: int
    name: str
    files: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    summary: str = ""  # "12 segments, 48 s"
    problems: tuple[str, ...] = ()
