"""Addresses of the export page: its formats, the export that is being made, and the files of the last ones."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import wrap_file

from webapp.core.project import free_name
from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound, Overloaded, Step8Error
from webapp.exports import scenes
from webapp.exports.formats import FORMATS, read_request
from webapp.exports.requests import CANCELLED, DONE, INTERRUPTED, RUNNING, ExportJob
from webapp.exports.scenes import ALL, SELECTED
from webapp.exports.story import Story, read_story
from webapp.web import urls
from webapp.web.exports.views import ExportFile, ExportOffer, ExportPage, JobView
from webapp.web.images.banner import error_text
from webapp.web.layout.htmx import is_htmx, respond
from webapp.web.layout.page_frame import shell
from webapp.web.layout.words import ago, at_second
from webapp.web.middleware.security_headers import FILE_POLICY
from webapp.web.services import services

pages = Blueprint("exports", __name__)

TEXTS = {"csv": "text/csv", "json": "application/json", "srt": "application/x-subrip"}


@pages.get("/p/<project:project>/export")
def show(project: str) -> str:
    """The page."""
    return render_template("exports/page.html", page=_page(services().library.find(project)))


@pages.post("/p/<project:project>/export")
def start(project: str) -> AnyResponse | tuple[str, int]:
    """Start an export."""
    folder = services().library.find(project)
    try:
        styles = [style.name for style in services().store.project(folder).styles]
        services().exporter.start(folder, read_request(request.form, styles))
    except Overloaded:
        raise
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
    """Cancel the export that is being made. Nothing of it is kept."""
    folder = services().library.find(project)
    services().exporter.jobs.cancel(folder)
    return redirect(_here(folder), 303)


@pages.get("/p/<project:project>/export/files/<ident>")
def download(project: str, ident: str) -> Response:
    """A finished export."""
    known, file = services().exporter.jobs.open(services().library.find(project), ident)
    status = os.fstat(file.fileno())
    response = current_app.response_class(
        wrap_file(request.environ, file), mimetype=FORMATS[known.request.kind].mime, direct_passthrough=True
    )
    response.content_length = status.st_size
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Content-Disposition"] = f'attachment; filename="{_ascii(known.file)}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.blake2s(f"{known.id}:{status.st_size}".encode(), digest_size=8).hexdigest())
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=status.st_size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return response


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
    response = current_app.response_class(text.encode("utf-8", "replace"), content_type=f"{TEXTS[kind]}; charset=utf-8")
    file = f"{free_name(story.project.title, ())}-{name}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{_ascii(file)}"'
    return response


def _page(folder: Folder) -> ExportPage:
    frame, base, job = shell(folder, ""), urls.project(folder.name), _job(folder)
    try:
        story = read_story(services().store, folder)
    except BadInput:  # no prompts: only the whole project can be exported
        return ExportPage(frame, base, job, (), _offers(base, needs_images=False), 0, "")
    styles = tuple((style.name, style.name) for style in story.project.styles)
    selected = sum(1 for scene in story.scenes if scene.chosen)
    one = ((SELECTED, f"selected in Step 9 ({selected})"), *styles)
    every = ((ALL, f"all ({len(story.images)})"), *one)
    spoken = any(scene.span.spoken for scene in story.scenes)
    length = at_second(round(story.scenes[-1].span.end))
    seconds = f"{length} long, by the {'voiceover' if spoken else 'number of words'}"
    return ExportPage(
        shell=frame,
        base=base,
        job=job,
        of_story=_offers(base, needs_images=True, every=every, one=one, seconds=seconds, images=len(story.images)),
        of_folder=_offers(base, needs_images=False),
        images=len(story.images),
        seconds=seconds,
    )


def _offers(
    base: str,
    *,
    needs_images: bool,
    every: tuple[tuple[str, str], ...] = (),
    one: tuple[tuple[str, str], ...] = (),
    seconds: str = "",
    images: int = 0,
) -> tuple[ExportOffer, ...]:
    """The formats that need images, or those that do not, as the page offers them."""
    found = []
    for kind, made in FORMATS.items():
        if made.needs_images == needs_images:
            obstacle = services().exporter.obstacle(kind)
            offer = ExportOffer(
                kind=kind,
                label=made.label,
                note=made.note.format(length=f": {seconds}" if seconds else ""),
                button=f"Export {made.noun}",
                images=one if made.one_image else every,
                options=made.options,
                hint=made.hint,
                obstacle=obstacle,
                enabled=not obstacle and (images > 0 or not needs_images),
                print_href=f"{base}/images" if made.printable else "",
            )
            found.append(offer)
    return tuple(found)


def _job(folder: Folder) -> JobView:
    jobs, now = services().exporter.jobs, services().clock()
    known = jobs.job(folder)
    results = tuple(
        ExportFile(
            label(found), found.file, size(found.size), ago(found.touched_at, now), result_address(folder, found.id)
        )
        for found in jobs.results(folder)
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
    made = FORMATS[job.request.kind]
    if not made.needs_images:
        return made.label
    which = {ALL: "all styles", SELECTED: "selected"}.get(job.request.images, job.request.images)
    ticked = [option for option in made.options if job.request.chosen(option) is True]
    return " · ".join((made.label, which, *(f"with {option.name}" for option in ticked)))


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{count / 1_000_000:.1f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.2f} GB"


def _here(folder: Folder) -> str:
    return f"{urls.project(folder.name)}/export"


def _ascii(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_."))
