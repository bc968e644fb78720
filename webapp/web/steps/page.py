"""Pages of the steps that only show files.

A step is never locked. Without files it names those it would show; an unreadable file is named with the reason, and
the others are shown all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response

from webapp.core.project import Project, order_styles
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, NotFound
from webapp.web import urls
from webapp.web.layout import project_files
from webapp.web.layout.page_frame import shell
from webapp.web.layout.step_catalog import BY_SLUG, RECORDING, STORYBOARD
from webapp.web.media_files import file_address
from webapp.web.services import services
from webapp.web.steps.json_tables import readable
from webapp.web.steps.views import ContentBlock, RecordingView, StepPage
from webapp.web.steps.voiceover import segments

pages = Blueprint("steps", __name__)

LONGEST_TEXT = 500_000
"""Characters of a book that are shown; more makes a phone stutter and nobody reads it here."""

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})

PAGE_LEVELS = 2
"""The page has its title and the names of its blocks as headings."""


@pages.get("/p/<project:project>/")
def entry(project: str) -> Response:
    """Redirect a project's own URL to its images."""
    folder = services().library.find(project)
    return redirect(urls.step(folder.name, "images"), 303)


@pages.get("/p/<project:project>/<slug>")
def step(project: str, slug: str) -> str:
    """Show one step's page. Project Setup, Prompts, Images and Select have their own."""
    folder = services().library.find(project)
    return render_template("steps/page.html", page=page(folder, slug))


def page(folder: Folder, slug: str) -> StepPage:
    """Build the page of a step.

    Raises NotFound: there is no such step.
    """
    kind = BY_SLUG.get(slug)
    if kind is None or slug not in SHOWN:
        raise NotFound("There is no such step. Choose one of the 13 in the list.")
    files, show = SHOWN[slug]
    reading = StepContent(folder, services().store.project(folder))
    show(reading)
    return StepPage(
        shell=shell(folder, slug),
        no=kind.no,
        name=kind.name,
        files=files,
        blocks=tuple(reading.blocks),
        summary=reading.summary,
        problems=tuple(reading.problems),
    )


class StepContent:
    """Blocks read from a project's folder, and a sentence for each file that cannot be shown."""

    def __init__(self, folder: Folder, project: Project) -> None:
        self.folder = folder
        self.project = project
        self.blocks: list[ContentBlock] = []
        self.problems: list[str] = []
        self.summary = ""

    def text(self, file: str) -> str:
        """The text of a file; "" when absent, empty or unusable."""
        try:
            return project_files.read_text(self.folder, file) or ""
        except BadFile as error:
            self.problems.append(str(error))
            return ""

    def json(self, file: str) -> Any:
        """The data of a JSON file; ``None`` when absent or unusable."""
        try:
            return project_files.read_json(self.folder, file)
        except BadFile as error:
            self.problems.append(str(error))
            return None

    def add_text(self, file: str, title: str) -> None:
        """Add a plain text."""
        text = self.text(file)
        if text.strip():
            note = f"The first {LONGEST_TEXT:,} of {len(text):,} characters." if len(text) > LONGEST_TEXT else ""
            self.blocks.append(ContentBlock("text", title, file, note, text=text[:LONGEST_TEXT]))

    def add_markdown(self, file: str, title: str) -> None:
        """Add a Markdown text as HTML."""
        text = self.text(file)
        if text.strip():
            note = f"The first {LONGEST_TEXT:,} of {len(text):,} characters." if len(text) > LONGEST_TEXT else ""
            self.blocks.append(ContentBlock("markdown", title, file, note, html=markdown(text[:LONGEST_TEXT])))

    def add_json(self, file: str, title: str) -> None:
        """Add data as tables."""
        self.blocks += readable(self.json(file), title, file)


def _summarize(reading: StepContent) -> None:
    reading.add_text("summary.txt", "Summary")
    reading.add_text("book.txt", "Book")
    reading.summary = _words(reading.blocks)


def _scripting(reading: StepContent) -> None:
    reading.add_markdown("script.md", "Script")


def _voiceover(reading: StepContent) -> None:
    recordings = project_files.listed(reading.folder, "voiceover", RECORDING)
    data = reading.json("voiceover/segments.json")
    spoken = segments(data, recordings)
    if spoken is None:
        reading.blocks += readable(data, "Segments", "voiceover/segments.json")
    else:
        players = tuple(
            RecordingView(f"Segment {item.number}", _recording(reading, item.audio), item.text, item.when)
            for item in spoken
        )
        reading.blocks.append(ContentBlock("audio", "Segments", "voiceover/segments.json", players=players))
        reading.summary = f"{len(spoken)} segment{'s' * (len(spoken) != 1)}"
    used = {item.audio for item in spoken or ()}
    others = [name for name in recordings if name not in used]
    if others:
        title = "Other recordings" if used - {""} else "Recordings"
        players = tuple(RecordingView(name, _recording(reading, name)) for name in others)
        reading.blocks.append(ContentBlock("audio", title, "voiceover", players=players))


def _recording(reading: StepContent, name: str) -> str:
    if not name:
        return ""
    return file_address(reading.folder, f"voiceover/{name}")


def _beats(reading: StepContent) -> None:
    reading.add_json("beats.json", "Beats")
    reading.add_markdown("beats.md", "Beats" if not reading.blocks else "Beats as text")


def _storyboard(reading: StepContent) -> None:
    files = project_files.listed(reading.folder, "storyboards", STORYBOARD)
    for style in order_styles({name.rpartition(".")[0] for name in files}):
        if f"{style}.json" in files:
            reading.add_json(f"storyboards/{style}.json", style)
        if f"{style}.md" in files:
            reading.add_markdown(f"storyboards/{style}.md", style)


def _nothing_yet(reading: StepContent) -> None:
    """Steps whose results no file in the contract describes yet."""


def _words(blocks: list[ContentBlock]) -> str:
    parts = [f"{block.title.lower()} of {len(block.text.split()):,} words" for block in blocks]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


SHOWN: dict[str, tuple[tuple[str, ...], Callable[[StepContent], None]]] = {
    "summarize": (("summary.txt", "book.txt"), _summarize),
    "scripting": (("script.md",), _scripting),
    "voiceover": (("voiceover/segments.json", "voiceover/*.wav", "voiceover/*.mp3"), _voiceover),
    "beats": (("beats.json", "beats.md"), _beats),
    "storyboard": (("storyboards/<style>.json", "storyboards/<style>.md"), _storyboard),
    "svg-convert": (("svg/Beat_<number>.svg",), _nothing_yet),
    "transcription": (("transcription.json",), _nothing_yet),
    "pre-edit-scan": (("pre_edit_scan.json",), _nothing_yet),
    "video-edit": (("video.mp4",), _nothing_yet),
}
"""Each step's files, and how they are shown."""


def markdown(text: str) -> Markup:
    """Markdown as safe HTML: raw HTML is shown as text, links lead to web or mail only, images are left out.

    Headings begin below the page's own two levels.
    """
    renderer = _renderer()
    tokens = renderer.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + PAGE_LEVELS)}"
    return Markup(renderer.renderer.render(tokens, renderer.options, {}))


def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").enable("strikethrough")
    renderer.disable("image")  # loading a remote image would tell its server that the page was opened
    renderer.validateLink = _safe  # type: ignore[method-assign]
    return renderer


def _safe(url: str) -> bool:
    if url.startswith("#"):
        return True
    try:
        return urlsplit(url.strip()).scheme.lower() in SAFE_SCHEMES
    except ValueError:
        return False
