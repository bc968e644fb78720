"""The export page: what leaves the project, the export that is being made, and the files of the last ones.

What the template of the export page is given.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import wrap_file

from webapp.core.project import free_name
from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound, Step8Error
from webapp.exports import scenes
from webapp.exports.formats import (
    CANCELLED,
    DONE,
    INTERRUPTED,
    LABELS,
    RUNNING,
    SUFFIXES,
    ExportJob,
    ExportRequest,
)
from webapp.exports.scenes import ALL, SELECTED
from webapp.exports.story import Story, read_story
from webapp.web import urls
from webapp.web.images.banner import error_text
from webapp.web.layout.htmx import is_htmx, respond
from webapp.web.layout.page_frame import shell
from webapp.web.layout.widgets import Shell
from webapp.web.layout.words import ago, at_second
from webapp.web.middleware.security_headers import FILE_POLICY
from webapp.web.services import services

pages = Blueprint("exports", __name__)

TYPES = {"zip": "application/zip", "pdf": "application/pdf", "mp4": "video/mp4"}
TEXTS = {"csv": "text/csv", "json": "application/json", "srt": "application/x-subrip"}


@pages.get("/p/<project:project>/export")
def show(project: str) -> str:
    """The page."""
    return render_template("exports/page.html", page=_page(services().library.find(project)))


@pages.post("/p/<project:project>/export")
def start(project: str) -> AnyResponse | tuple[str, int]:
    """Begin an export."""
    folder = services().library.find(project)
    try:
        styles = [style.name for style in services().store.project(folder).styles]
        services().exporter.start(folder, ExportRequest.of(request.form, styles))
    except Step8Error as error:
        if is_htmx():
            raise
        return render_template("exports/page.html", page=replace(_page(folder), problem=str(error))), error.status
    return redirect(_here(folder), 303)


@pages.get("/p/<project:project>/export/job")
def job(project: str) -> AnyResponse:
    """The export that is being made and the files of the last ones, for htmx; everyone else is sent to the page."""
    folder = services().library.find(project)
    return respond(lambda: render_template("exports/_export_job.html", job=_job(folder)), _here(folder))


@pages.post("/p/<project:project>/export/cancel")
def cancel(project: str) -> str | AnyResponse:
    """Stop the export that is being made. Nothing of it is kept."""
    folder = services().library.find(project)
    services().exporter.cabinet.cancel(folder)
    return redirect(_here(folder), 303)


@pages.get("/p/<project:project>/export/files/<ident>")
def download(project: str, ident: str) -> Response:
    """A finished export."""
    known, file = services().exporter.cabinet.open(services().library.find(project), ident)
    status = os.fstat(file.fileno())
    answer = current_app.response_class(
        wrap_file(request.environ, file), mimetype=TYPES[SUFFIXES[known.wish.kind]], direct_passthrough=True
    )
    answer.content_length = status.st_size
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["Content-Disposition"] = f'attachment; filename="{_ascii(known.file)}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.blake2s(f"{known.id}:{status.st_size}".encode(), digest_size=8).hexdigest())
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=status.st_size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return answer


@pages.get("/p/<project:project>/export/storyboard.<kind>")
def manifest(project: str, kind: str) -> Response:
    """The storyboard as a table or as JSON, with prompts only for ``?prompts=1``."""
    story, prompts = _story(project), request.args.get("prompts") == "1"
    if kind == "csv":
        return _text(story, "storyboard", kind, scenes.as_csv(story.project, story.scenes, prompts=prompts))
    if kind == "json":
        made_at = iso_time(services().clock())
        text = scenes.as_json(story.project, story.scenes, made_at, prompts=prompts)
        return _text(story, "storyboard", kind, text)
    raise NotFound("The storyboard is there as .csv and as .json.")


@pages.get("/p/<project:project>/export/subtitles.srt")
def subtitles(project: str) -> Response:
    """The phrases as subtitles."""
    story = _story(project)
    return _text(story, "subtitles", "srt", scenes.as_srt(story.scenes))


def result_address(folder: Folder, ident: str) -> str:
    """Where a finished export can be downloaded."""
    return f"{urls.project(folder.name)}/export/files/{quote(ident)}"


def _story(project: str) -> Story:
    return read_story(services().store, services().library.find(project))


def _text(story: Story, name: str, kind: str, text: str) -> Response:
    answer = current_app.response_class(text.encode("utf-8", "replace"), content_type=f"{TEXTS[kind]}; charset=utf-8")
    file = f"{free_name(story.project.title, ())}-{name}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{_ascii(file)}"'
    return answer


def _page(folder: Folder) -> ExportPage:
    frame = shell(folder, "")
    try:
        story = read_story(services().store, folder)
    except BadInput:  # no prompts: only the whole project can be exported
        return ExportPage(frame, urls.project(folder.name), _job(folder), (), (), 0, "")
    styles = tuple((style.name, style.name) for style in story.project.styles)
    selected = sum(1 for scene in story.scenes if scene.chosen)
    chosen = (SELECTED, f"selected in Step 9 ({selected})")
    spoken = any(scene.span.spoken for scene in story.scenes)
    length = at_second(round(story.scenes[-1].span.end))
    return ExportPage(
        shell=frame,
        base=urls.project(folder.name),
        job=_job(folder),
        pictures=((ALL, f"all ({len(story.images)})"), chosen, *styles),
        single=(chosen, *styles),
        images=len(story.images),
        seconds=f"{length} long, by the {'voiceover' if spoken else 'number of words'}",
        obstacle=services().exporter.obstacle,
    )


def _job(folder: Folder) -> JobView:
    cabinet, now = services().exporter.cabinet, services().clock()
    known = cabinet.job(folder)
    results = tuple(
        ExportFile(
            label(found), found.file, size(found.size), ago(found.touched_at, now), result_address(folder, found.id)
        )
        for found in cabinet.results(folder)
    )
    view = JobView(f"{_here(folder)}/job", f"{_here(folder)}/cancel", results)
    if known is None:
        return view
    name = label(known)
    if known.state == RUNNING:
        return replace(view, running=True, kind="info", text=f"{name}…", sub=known.note, percent=known.percent)
    if known.state == DONE:
        return replace(view, kind="success", text=f"✓ {name} is ready.", percent=100)
    if known.state in (CANCELLED, INTERRUPTED):
        return replace(view, kind="warning", text=f"⚠ {name}: {known.note}")
    return replace(view, kind="error", text=error_text(known.note))


def label(job: ExportJob) -> str:
    """An export in words: "Images · all styles"."""
    which = {ALL: "all styles", SELECTED: "selected"}.get(job.wish.pictures, job.wish.pictures)
    whole = job.wish.kind == "project"
    prompts = " · with prompts" if job.wish.prompts and not whole else ""
    return LABELS[job.wish.kind] + ("" if whole else f" · {which}{prompts}")


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{count / 1_000_000:.1f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.2f} GB"


def _here(folder: Folder) -> str:
    return f"{urls.project(folder.name)}/export"


def _ascii(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_."))


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file that can be downloaded."""

    label: str  # "Images · all styles"
    file: str
    size: str  # "12.4 MB"
    made: str  # "just now"
    href: str


@dataclass(frozen=True, slots=True)
class JobView:
    """The export that is being made or was made last (`exports/_export_job.html`).

    ``kind`` is the banner's: info while it runs, success, warning, error. ``here`` is its own address, asked again
    while it runs.
    """

    here: str
    cancel: str
    results: tuple[ExportFile, ...]
    running: bool = False
    kind: str = ""
    text: str = ""
    sub: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The export page (`exports/page.html`). ``pictures`` are value and label; ``obstacle``: why no animatic can be
    made."""

    shell: Shell
    base: str
    job: JobView
    pictures: tuple[tuple[str, str], ...]
    single: tuple[tuple[str, str], ...]
    images: int
    seconds: str  # "1:12 long, by the voiceover", "" without beats
    obstacle: str = ""
    problem: str = ""
