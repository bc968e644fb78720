"""Made-up views: a project of six beats in three styles, in every state its page can be in."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.frames import WORDS, Counts, Status
from webapp.exports.animatic import SUBTITLES
from webapp.exports.image_zip import PROMPTS
from webapp.web.exports.views import ExportOffer, ExportPage, JobView
from webapp.web.images.matrix_views import (
    BeatRow,
    Cell,
    ShotGroup,
    StyleHead,
)
from webapp.web.images.views import BudgetForm, FrameDetails, ImagesPage, Speed
from webapp.web.layout.widgets import (
    Banner,
    BudgetMeter,
    Button,
    Controls,
    KeyLine,
    LogLine,
    RunPill,
    Shell,
    Stats,
    Step,
)
from webapp.web.projects.views import (
    CarePage,
    ListedProject,
    Prefill,
    ProjectCard,
    ProjectList,
    TrashedCard,
)
from webapp.web.select.views import (
    BulkChoice,
    ChosenBeat,
    FilmItem,
    Filter,
    SelectPage,
    StyleCard,
    UndoView,
)
from webapp.web.setup.views import (
    EverySend,
    KeyPoolView,
    KeyRow,
    KeysPanel,
    ProviderOption,
    ReferencePanel,
    SetupField,
    SetupPage,
    StyleChoice,
)
from webapp.web.steps.views import ContentBlock, RecordingView, StepPage

BASE = "/p/walden"
STYLES = ("illustration", "clear", "consistent")
STEPS = (
    ("setup", "Project Setup"),
    ("summarize", "Summarize"),
    ("scripting", "Scripting"),
    ("voiceover", "Voiceover"),
    ("beats", "Beats"),
    ("storyboard", "Storyboard"),
    ("prompts", "Prompts"),
    ("images", "Images"),
    ("select", "Select"),
    ("svg-convert", "SVG Convert"),
    ("transcription", "Transcription"),
    ("pre-edit-scan", "Pre-Edit Scan"),
    ("video-edit", "Video Edit"),
)
PHRASES = (
    "In the spring of 1845, a man borrowed an axe and walked into the woods.",
    "He was not lost, and he was not running away.",
    "He wanted to find out how little a person really needs.",
    "The pond was called Walden, and it lay a mile from town.",
    "He stayed two years, two months and two days.",
    "First he cut young white pines for the frame.",
)
METAS = {
    Status.PENDING: "Not started yet",
    Status.GENERATING: "",
    Status.COMPLETE: "8.2 s · $0.039",
    Status.EXISTS: "Saved earlier",
    Status.ERROR: "The provider’s safety filter refused this prompt.",
}

BANNERS = {
    "idle": Banner(
        "info", "Progress loaded: 12/90 images already exist.", "Start Generation skips them and resumes from Beat 1.4."
    ),
    "starting": Banner("info", "Connecting to server..."),
    "generating": Banner("info", "[illustration] Processing Beat 1.1... (5/30)", quiet=True),
    "stopping": Banner("warning", "⚠ Stopping. The current images are finished first."),
    "stopped": Banner("warning", "⚠ Generation stopped. Progress has been saved. Click Start to resume."),
    "background": Banner(
        "warning",
        "⚠ Generation continues in background. You can navigate to other steps.",
        "Last update 14:46:10. Reconnect to watch live.",
    ),
    "done": Banner("success", "✓ All images generated successfully!", "79 generated in this run, 11 already existed."),
    "partial": Banner(
        "warning",
        "⚠ 88 of 90 images generated. 2 failed.",
        "Choose from the other styles, or start again.",
        action=("Show the failed images", "#filter-error"),
    ),
    "failed": Banner("error", "✗ Error: No API key is set. Add one in Project Setup."),
}
START = Button("Start Generation", f"{BASE}/images/start", icon="play", kind="primary", key="s")
STOP = Button("Stop", f"{BASE}/images/stop?run=r1", icon="stop", kind="stop")
DISCONNECT = Button(
    "Disconnect (Continue in Background)", f"{BASE}/images/disconnect", icon="unplug", wide=True, key="d"
)
RECONNECT = Button("Reconnect", f"{BASE}/images/reconnect", icon="plug", kind="primary", key="d")
SELECT = Button("Next: Select", href=f"{BASE}/select", icon="arrow-right", kind="primary")
CONTROLS = {
    "idle": Controls((START,), False),
    "starting": Controls((STOP,), True),
    "generating": Controls((STOP, DISCONNECT), True),
    "stopping": Controls((replace(STOP, disabled=True),), True),
    "stopped": Controls((START,), False),
    "background": Controls((RECONNECT, STOP), False),
    "done": Controls((replace(START, kind=""), SELECT), False),
    "partial": Controls((START, replace(SELECT, kind="")), False),
    "failed": Controls((START,), False),
}
SPEED = Speed(f"{BASE}/images/speed", "12", "9", "", "3")
BUDGET = BudgetForm(f"{BASE}/images/budget", "5.00", "Empty: no budget.", "$0.66")
PILLS = {
    "idle": None,
    "starting": ("live", "Starting"),
    "generating": ("live", "Generating"),
    "stopping": ("paused", "Stopping"),
    "stopped": ("paused", "Stopped"),
    "background": ("bg", "In background"),
    "done": ("done", "Images done"),
    "partial": ("warn", "Some failed"),
    "failed": ("warn", "Needs attention"),
}
STATES = tuple(BANNERS)


def cell(status: Status = Status.PENDING, style: str = "clear", number: str = "1.1", **changes: object) -> Cell:
    """One frame in that status."""
    sign, word = WORDS[status]
    name = f"{style}-1-{number}".replace(".", "_")
    there = status in (Status.COMPLETE, Status.EXISTS)
    made = Cell(
        id=name,
        style=style,
        number=number,
        status=status.value,
        sign=sign,
        word=word,
        meta=METAS[status],
        since=1_800_000_000.0 if status is Status.GENERATING else 0.0,
        thumb=f"{BASE}/thumb/{name}?v=1" if there else "",
        href=f"{BASE}/frames/{name}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def shell(active: int = 8, pill: RunPill | None = None) -> Shell:
    """The frame of a page of the project, at one of its steps."""
    steps = tuple(
        Step(no, name, f"{BASE}/{slug}", "active" if no == active else "done" if no < 8 else "todo", "19%" * (no == 8))
        for no, (slug, name) in enumerate(STEPS, 1)
    )
    return Shell("walden", "4d1c0fe2a8b95e37", "Walden, or Life in the Woods", steps, pill)


def statuses(state: str) -> list[Status]:
    """The status of each of the 18 frames in that state of the run."""
    if state == "done":
        return [Status.COMPLETE] * 12 + [Status.EXISTS] * 6
    there = [Status.EXISTS] * 4 + [Status.COMPLETE] * 4 + [Status.ERROR]
    if state == "partial":
        return there + [Status.COMPLETE] * 9
    busy = state in ("generating", "stopping", "background")
    return there + [Status.GENERATING if busy else Status.PENDING] * 3 + [Status.PENDING] * 6


def stats(counts: Counts) -> Stats:
    """The figures for these counts."""
    return Stats(
        counts=counts,
        overall_sub="3 generating · 2 failed · 68 to go",
        time_title="Time left",
        time_small="about",
        time_value="6 min",
        time_sub="done at 14:45 · 11.6/min",
        cost_value="$0.66",
        cost_small="of $3.51 estimated",
        cost_sub="",
        source_title="API keys",
        source_lines=(
            KeyLine("Key 1 ••••0001", "1 running", "ready", "✓"),
            KeyLine("Key 2 ••••0002", "Cooling down 34 s", "cool", "◔", 1_800_000_034.0),
            KeyLine("Key 3 ••••0003", "Refused: check this key", "bad", "✗"),
            KeyLine("Key 4 ••••0004", "Switched off", "off", "–"),
        ),
        spoken="17 of 90 images done, 2 failed, about 6 minutes left.",
        meter=BudgetMeter(660_000, 5_000_000, "$0.66 of $5.00"),
        budget=("Pauses at the $5.00 budget", "Change", f"{BASE}/setup#limits"),
    )


def images_page(state: str = "generating", beats: int = 6, styles: tuple[str, ...] = STYLES) -> ImagesPage:
    """Step 8 with the run in that state."""
    wanted = statuses(state)
    groups = []
    flat: list[Cell] = []
    for start in range(0, beats, 5):
        rows = []
        for place in range(start, min(start + 5, beats)):
            number = f"{place // 5 + 1}.{place % 5 + 1}"
            cells = tuple(
                cell(wanted[(place * len(styles) + column) % len(wanted)], style, number)
                for column, style in enumerate(styles)
            )
            flat += cells
            rows.append(BeatRow(f"beat-{place // 5 + 1}-{number.replace('.', '_')}", number, PHRASES[place % 6], cells))
        shot = start // 5 + 1
        groups.append(ShotGroup(f"shot-{shot}", f"Shot {shot}", 3, len(rows) * len(styles), tuple(rows)))
    counts = Counts.of(Status(item.status) for item in flat)
    pill = PILLS[state]
    return ImagesPage(
        shell=shell(8, _pill(*pill, counts) if pill else None),
        live="e1-5",
        events="" if state == "background" else f"{BASE}/events?since=e1-5",
        beats=beats,
        source="Offline sketch · free",
        offline="Offline sketches, not AI images",
        controls=CONTROLS[state],
        banner=BANNERS[state],
        stats=stats(counts),
        heads=tuple(
            StyleHead(
                style,
                sum(item.style == style and item.status in ("complete", "exists") for item in flat),
                beats,
                sum(item.style == style and item.status == "error" for item in flat),
            )
            for style in styles
        ),
        groups=tuple(groups),
        log=(
            LogLine(1_800_000_005.0, "14:38:52", "[illustration] Beat 1.1 started"),
            LogLine(1_800_000_004.0, "14:38:49", "[clear] Beat 2.2 complete", "ok"),
            LogLine(1_800_000_003.0, "14:38:44", "The provider asked to slow down.", "warn"),
            LogLine(1_800_000_002.0, "14:38:30", "[illustration] Beat 2.2 failed", "error"),
        ),
        problems=(),
        speed=SPEED,
        budget=BUDGET,
        notes=("4 images (clear) will be made without a style reference: style_reference.png is missing.",),
    )


def empty_page(*problems: str) -> ImagesPage:
    """Step 8 before there are prompts."""
    page = images_page("idle", beats=0)
    return replace(page, heads=(), events="", problems=problems)


def details(status: Status = Status.EXISTS) -> FrameDetails:
    """One frame in full."""
    shown = cell(status, "illustration", "1.4")
    return FrameDetails(
        cell=shown,
        beat="Beat 1.4",
        shot="Shot 1",
        phrase=PHRASES[3],
        prompt="A still New England pond at first light, seen from a low bank with dark pines on the left.",
        transition="hard cut",
        image=f"{BASE}/image/{shown.id}?v=1" if shown.thumb else "",
        size="1344 × 768" if shown.thumb else "",
        tabs=tuple(cell(status, style, "1.4") for style in STYLES),
        facts=(("Status", "✓ Exists"), ("Provider", "Offline sketch"), ("Model", "sketch-1"), ("Time", "0.4 s")),
        previous=f"{BASE}/frames/illustration-1-1_3",
        next=f"{BASE}/frames/illustration-1-1_5",
        back=f"{BASE}/images#beat-1-1_4",
    )


def projects_page(**changes: object) -> ProjectList:
    """The start page with a project in each condition."""
    steps = ("done",) * 7 + ("active",) + ("todo",) * 5
    card = ProjectCard(
        name="walden",
        title="Walden, or Life in the Woods",
        href=f"{BASE}/images",
        thumbs=tuple(f"{BASE}/thumb/{i}?v=1" for i in range(3)),
        steps=steps,
        step_text="Step 8: Images",
        images="17 / 90",
        changed="just now",
        changed_at=1_800_000_000.0,
        badge=("live", "Generating"),
        failed=0,
    )
    cards = (
        card,
        replace(card, name="sea", title="What the sea remembers", images="216 / 216", badge=("ok", "Images done")),
        replace(card, name="clocks", title="A city of clocks", badge=("warn", "Needs attention"), failed=4),
        replace(
            card,
            name="broken",
            title="broken",
            thumbs=(),
            images="–",
            badge=None,
            problem="prompts-clear.js: cut off.",
        ),
    )
    page = ProjectList(
        projects=cards,
        generating=1,
        root="/home/me/projects",
        form=Prefill(),
        entries=tuple(ListedProject(shown, f"/p/{shown.name}") for shown in cards),
        counts={"": 4, "archived": 1, "trash": 1},
    )
    return replace(page, **changes)  # type: ignore[arg-type]


def trashed(**changes: object) -> TrashedCard:
    """A deleted project."""
    card = TrashedCard("Walden", "walden", "yesterday", "24 Dec", "/trash/walden-20250101T000000Z/restore")
    return replace(card, **changes)  # type: ignore[arg-type]


def care_page(**changes: object) -> CarePage:
    """A project's own page."""
    page = CarePage("/p/walden", "walden", "Walden, or Life in the Woods", archived=False, busy=False, days=30)
    return replace(page, **changes)  # type: ignore[arg-type]


def export_job(**changes: object) -> JobView:
    """No export yet."""
    return replace(JobView(f"{BASE}/export/job", f"{BASE}/export/cancel", ()), **changes)  # type: ignore[arg-type]


def export_page(**changes: object) -> ExportPage:
    """The export page of a project with images, on a machine without ffmpeg."""
    images = (("all", "all (17)"), ("selected", "selected in Step 9 (0)"), ("clear", "clear"))
    of_story = (
        ExportOffer("images", "Images", "A ZIP.", "Export images", images, (PROMPTS,)),
        ExportOffer("sheet", "Contact sheet", "A PDF.", "Export contact sheet", images, print_href=f"{BASE}/images"),
        ExportOffer(
            kind="film",
            label="Animatic",
            note="An MP4.",
            button="Export animatic",
            images=images[1:],
            options=(SUBTITLES,),
            hint="Another image is shown.",
            obstacle="ffmpeg is missing.",
            enabled=False,
        ),
    )
    of_folder = (ExportOffer("project", "Whole project", "A ZIP of all.", "Export project"),)
    page = ExportPage(shell(8), BASE, export_job(), of_story, of_folder, 17, "1:13 long, by the voiceover")
    return replace(page, **changes)  # type: ignore[arg-type]


KEYS = KeysPanel(
    f"{BASE}/setup/keys",
    (
        KeyPoolView(
            "Google Gemini, all styles",
            (
                KeyRow(KeyLine("film ••••0001", "Ready", "ready", "✓"), "GEMINI_API_KEYS in the environment", "/t"),
                KeyRow(KeyLine("••••0002", "Switched off", "off", "–"), "", "/t", "/on", "/remove", True),
                KeyRow(KeyLine("••••0003", "Cooling down 34 s", "cool", "◔", 1_800_000_034.0), "", "/t", "/off", "/r"),
            ),
        ),
    ),
    (("gemini", "Google Gemini"), ("openai", "OpenAI")),
    STYLES,
    (True, "••••0001: Google accepts this key."),
)


def setup_page(**changes: object) -> SetupPage:
    """Project Setup with two providers."""
    page = SetupPage(
        shell=shell(1),
        action=f"{BASE}/setup",
        upload=f"{BASE}/prompts",
        title="Walden, or Life in the Woods",
        providers=(
            ProviderOption(
                "sketch",
                "Offline sketch",
                "Draws storyboard panels on this machine. Free, needs no key; not AI images.",
                True,
                (
                    SetupField(
                        "sketch.delay", "Time per sketch", "number", "0.4", 0, 60, unit="s", set_by_env="SKETCH_DELAY"
                    ),
                    SetupField(
                        "sketch.error_rate", "Errors", "integer", "10", 0, 100, hint="Played on purpose.", unit="%"
                    ),
                    SetupField(
                        "sketch.paper", "Paper", "choice", "warm", choices=(("warm", "Warm"), ("white", "White"))
                    ),
                    SetupField("sketch.slow", "Slow answers", "check", "1"),
                    SetupField("sketch.name", "Signed by", "text", "me", problem="Signed by: at most 20 letters."),
                ),
            ),
            ProviderOption(
                "gemini", "Google Gemini", "gemini-image · $0.039 per image", False, (), "No API key is set."
            ),
        ),
        styles=(
            StyleChoice(
                "clear",
                "style.clear.provider",
                (
                    ProviderOption("", "As the project", "The same provider.", True),
                    ProviderOption(
                        "gemini",
                        "Google Gemini",
                        "Google’s image models.",
                        False,
                        (SetupField("style.clear.gemini.model", "Model", "text", "", placeholder="gemini-image"),),
                    ),
                ),
                "As the project",
            ),
        ),
        limits=(
            SetupField("perMinute", "Requests per minute", "text", "12", hint="Default 9.", placeholder="9"),
            SetupField("budget", "Budget", "text", "", unit="US dollars", problem="Budget: 'x' is not an amount."),
        ),
        everywhere=(EverySend("clear", True, "4 hard cuts among 30 images"),),
        reference=ReferencePanel(
            f"{BASE}/setup/reference",
            f"{BASE}/setup/reference/remove",
            f"{BASE}/reference?v=1",
            1024,
            576,
            "1024 × 576, 1.2 MB",
            "",
            True,
            "",
            ("4 images (clear) will be made without the style reference: it is larger than 14 MB.",),
        ),
        keys=KEYS,
    )
    return replace(page, **changes)  # type: ignore[arg-type]


BLOCKS = (
    ContentBlock(
        "markdown", "Script", "script.md", html="<h2>Part one</h2><p>In the <strong>spring</strong> of 1845 …</p>"
    ),
    ContentBlock("text", "Book", "book.txt", text="Walden;\nor, <Life> in the Woods"),
    ContentBlock(
        "table", "Beats", "beats.json", "The first 2000 rows.", head=("Beat", "Phrase"), rows=(("1.1", PHRASES[0]),)
    ),
    ContentBlock("facts", "Storyboard", "storyboards/clear.json", pairs=(("Style", "clear"), ("Shots", "2"))),
    ContentBlock(
        "audio",
        "Segments",
        "voiceover/segments.json",
        players=(
            RecordingView("Segment 1", f"{BASE}/files/voiceover/1.wav", PHRASES[0], "4.2 s"),
            RecordingView("Segment 2", "", PHRASES[1]),
        ),
    ),
)


def step_page(*blocks: ContentBlock, **changes: object) -> StepPage:
    """Another step with these blocks."""
    page = StepPage(
        shell(6), 6, "Storyboard", ("storyboards/<style>.json", "storyboards/<style>.md"), blocks, "2 shots"
    )
    return replace(page, **changes)  # type: ignore[arg-type]


def _pill(kind: str, text: str, counts: Counts) -> RunPill:
    return RunPill(kind, kind in ("live", "bg"), text, counts.done, counts.total, f"{BASE}/images")


def chosen_beat(**changes: object) -> ChosenBeat:
    """A beat on the page of step 9: one style chosen, one open, one without image."""
    beat = ChosenBeat(
        number="1.2",
        place=2,
        phrase=PHRASES[1],
        cards=(
            StyleCard("illustration", "1", True, True, f"{BASE}/image/i?v=1", "i-1", "exists", "✓", "Exists", "Shot 1"),
            StyleCard("clear", "2", False, True, f"{BASE}/image/c?v=1", "c-1", "exists", "✓", "Exists", ""),
            StyleCard("consistent", "3", False, False, "", "copy-3", "generating", "⟳", "Generating...", ""),
        ),
        notes=("Its copy in selected_images is gone. Choose the image again to make a new copy.",),
        choice="illustration",
        flagged=True,
        clearable=True,
        previous=f"{BASE}/select?beat=1.1",
        next=f"{BASE}/select?beat=2.1",
        next_open=f"{BASE}/select?beat=2.1",
        first=f"{BASE}/select?beat=1.1",
        last=f"{BASE}/select?beat=2.1",
        frame=f"{BASE}/images#beat-1-1_2",
    )
    return replace(beat, **changes)  # type: ignore[arg-type]


def select_page(**changes: object) -> SelectPage:
    """Step 9 with three beats."""
    link = f"{BASE}/select?beat="
    page = SelectPage(
        shell=shell(9),
        action=f"{BASE}/select",
        show="all",
        total=3,
        chosen=2,
        flagged=1,
        advance=True,
        beat=chosen_beat(),
        film=(
            FilmItem(
                "film-1_1", "1.1", f"{link}1.1", "Beat 1.1: chosen clear", "/t.webp", "clear", False, False, False
            ),
            FilmItem("film-1_2", "1.2", f"{link}1.2", "Beat 1.2: flagged", "/t.webp", "illustration", True, True, True),
            FilmItem("film-2_1", "2.1", f"{link}2.1", "Beat 2.1: no choice yet", "", "–", False, False, False),
        ),
        filters=(Filter("all", "All", 3, link, True), Filter("open", "Open", 1, link, False)),
        bulk=(BulkChoice("clear", 1, 0), BulkChoice("consistent", 2, 1)),
        undo=UndoView("a1b2", "Beat 1.1: clear chosen"),
        banner=None,
        message="Beat 1.1: clear chosen. Beat 1.2.",
        notes=(),
        problems=(),
        ahead=(f"{BASE}/image/n?v=1",),
        live=False,
    )
    return replace(page, **changes)  # type: ignore[arg-type]
