"""The commands for frames as forms: the cells, the drawer, the sheets of a style, a shot or a beat.

HTMX gets the parts that look another way now; everyone else is sent back to the page, which then tells what was done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, get_flashed_messages, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.project import Frame
from webapp.core.prompt_edits import plain
from webapp.disk.folder import Folder
from webapp.errors import BadInput, PriceUnknown, Step8Error
from webapp.web import addresses, chosen, direction, queue_order, rejecting, sheets, starting, verdicts
from webapp.web.chair_views import Done, Offer, Sheet
from webapp.web.chosen import Scope
from webapp.web.parts import Parts
from webapp.web.queue_page import queue_sheet
from webapp.web.services import services
from webapp.web.shell import shell
from webapp.web.standing import Standing
from webapp.web.viewing import connected
from webapp.web.views import Banner

HTML = "text/html; charset=utf-8"
TOLD = "done"
LONGEST_MODEL = 300
LONGEST_TOLD = 1_500
"""Characters that a way back may have to be kept in the session of a browser without JavaScript."""

Command = Callable[[Folder, Standing], Done]


def pages(parts: Parts) -> Blueprint:
    """The blueprint; ``parts`` renders what the answer to a command replaces."""
    views = Blueprint("frame_actions", __name__)

    def answer(project: str, command: Command, ident: str = "") -> Response:
        """Carry out a command and answer with what looks another way now, the drawer of frame ``ident`` too."""
        folder = services().library.find(project)
        before = services().snapshots.standing(folder)
        if accepted := request.form.get("accept"):
            starting.agree(folder, accepted[:LONGEST_MODEL])
        try:
            done = command(folder, before)
        except Ask as question:
            return sheet_answer(folder, before, question.sheet)
        except PriceUnknown as error:
            return sheet_answer(folder, before, _without_price(folder, error))
        except Step8Error as error:
            return _refused(folder, before, error, parts, ident)
        if "HX-Request" in request.headers:
            more: dict[str, object] = {}
            if _in_drawer(ident):
                more["frame"] = services().snapshots.frame(folder, ident, done)
            more |= {"said": done.text} if _in_queue() else {"sheet": None}
            text = parts.done(folder, _connected(folder), before, done=done, **more)
            return Response(text, content_type=HTML)
        tell(done)
        if _in_queue():
            return redirect(addresses.command(folder.name, "queue"), 303)
        back = addresses.details(folder.name, before.by_id[ident]) if ident in before.by_id else ""
        return redirect(back or addresses.step(folder.name, "images"), 303)

    @views.post("/p/<project:project>/images/generate")
    def generate(project: str) -> Response:
        """Make missing images first of all: named ones, or those of a scope."""
        return answer(project, lambda folder, now: direction.generate(folder, now, list(_frames(now))), _ident())

    @views.post("/p/<project:project>/images/regenerate")
    def regenerate(project: str) -> Response:
        """Make images anew: named ones at once, those of a scope after they were asked for by their number."""

        def command(folder: Folder, now: Standing) -> Done:
            frames = _frames(now)
            fresh = request.form.get("seed") != "same"
            return direction.regenerate(folder, now, frames, fresh_seed=fresh, model=request.form.get("model", ""))

        return answer(project, command, _ident())

    @views.post("/p/<project:project>/images/undo-regenerate")
    def undo_regenerate(project: str) -> Response:
        """Take the images of before again."""
        return answer(project, lambda folder, now: direction.keep_former(folder, now, _frames(now)), _ident())

    @views.post("/p/<project:project>/images/retry-failed")
    def retry_failed(project: str) -> Response:
        """Try what failed once more: all of it, what is named, or, after it was asked for, what a filter shows."""

        def command(folder: Folder, now: Standing) -> Done:
            form = request.form
            if "frames" not in form:
                frames = list(_frames(now)) if _names() else chosen.within(now, Scope.read(form.to_dict()))
                return direction.retry(folder, now, chosen.failed(now, frames))
            failed = chosen.failed(now, chosen.named(now, _names()))  # of those a filter shows: the button told of all
            if failed and form.get("count") != str(len(failed)):
                raise Ask(sheets.shown_question(now, failed))
            return direction.retry(folder, now, failed)

        return answer(project, command, _ident())

    @views.post("/p/<project:project>/images/move")
    def move(project: str) -> Response:
        """Move a waiting frame in the queue."""

        def command(folder: Folder, now: Standing) -> Done:
            form = request.form
            frame = _one(now, form.get("frame", ""))
            return queue_order.move(folder, now, frame, form.get("by", ""), form.get("before", ""))

        return answer(project, command)

    @views.post("/p/<project:project>/images/order")
    def order(project: str) -> Response:
        """Set the order of the work."""
        return answer(project, lambda folder, now: queue_order.order(folder, now, request.form.get("order", "")))

    def holding(project: str, on: bool) -> Response:
        form = request.form
        return answer(
            project,
            lambda folder, now: queue_order.hold(
                folder, now, style=form.get("style", ""), provider=form.get("provider", ""), on=on
            ),
        )

    @views.post("/p/<project:project>/images/hold")
    def hold(project: str) -> Response:
        """Pause a style or a provider by itself."""
        return holding(project, on=True)

    @views.post("/p/<project:project>/images/release")
    def release(project: str) -> Response:
        """Let a style or a provider go on."""
        return holding(project, on=False)

    @views.post("/p/<project:project>/images/delete")
    def delete(project: str) -> Response:
        """Delete images of a scope, after they were asked for by their number, or one of a drawer."""
        return answer(project, lambda folder, now: verdicts.delete(folder, now, list(_frames(now, "delete"))), _ident())

    @views.post("/p/<project:project>/images/restore")
    def restore(project: str) -> Response:
        """Bring deleted images back."""
        trash = request.form.get("trash", "").split()
        return answer(project, lambda folder, now: verdicts.restore(folder, now, trash), _ident())

    @views.post("/p/<project:project>/frames/<frame>/mark")
    def mark(project: str, frame: str) -> Response:
        """Change what the user says of a frame."""

        def command(folder: Folder, now: Standing) -> Done:
            form = request.form
            changes: dict[str, bool | str] = {n: form[n] == "1" for n in ("locked", "star", "flag") if n in form}
            if "note" in form:
                changes["note"] = form["note"]
            return verdicts.mark(folder, now, _one(now, frame), **changes)

        return answer(project, command, frame)

    @views.post("/p/<project:project>/frames/<frame>/choose")
    def choose(project: str, frame: str) -> Response:
        """Use another image of the frame's history."""

        def command(folder: Folder, now: Standing) -> Done:
            number = request.form.get("number", "")
            if not (number.isascii() and number.isdecimal() and len(number) < 8):
                raise BadInput("Say which image of the history is to be used.")
            return verdicts.choose(folder, now, _one(now, frame), int(number))

        return answer(project, command, frame)

    @views.post("/p/<project:project>/frames/<frame>/reject")
    def reject(project: str, frame: str) -> Response:
        """Send an image back: it is made anew, by another prompt if one was written."""

        def command(folder: Folder, now: Standing) -> Done:
            known, form = _one(now, frame), request.form
            version = form.get("frame", "").partition("@")[2]
            prompt = plain(form["prompt"]) if "prompt" in form else None
            return rejecting.reject(folder, now, known, version, prompt, plain(form.get("was", "")))

        return answer(project, command, frame)

    @views.get("/p/<project:project>/images/sheet")
    def sheet(project: str) -> Response:
        """What may be done with a style, a shot or a beat."""
        folder = services().library.find(project)
        now = services().snapshots.standing(folder)
        return sheet_answer(folder, now, sheets.scope_sheet(now, Scope.read(request.args.to_dict())))

    @views.get("/p/<project:project>/images/queue")
    def queue(project: str) -> Response:
        """What comes next, to be put into another order; ``part=line`` is the list alone."""
        folder = services().library.find(project)
        now = services().snapshots.standing(folder)
        if request.args.get("part") == "line":
            return Response(render_template("partials/_line.html", sheet=queue_sheet(now)), content_type=HTML)
        return sheet_answer(folder, now, queue_sheet(now))

    @views.get("/p/<project:project>/images/ask")
    def ask(project: str) -> Response:
        """The question before a bulk command."""
        folder = services().library.find(project)
        what = request.args.get("do", "")
        if what not in sheets.QUESTIONS:
            raise BadInput("There is no such question. Go back to Step 8.")
        now = services().snapshots.standing(folder)
        return sheet_answer(folder, now, sheets.question(now, what, Scope.read(request.args.to_dict())))

    _ = (generate, regenerate, undo_regenerate, retry_failed, move, order, hold, release, delete, restore)
    _ = (mark, choose, reject, sheet, queue, ask)
    return views


class Ask(Exception):
    """A command has to be asked for first, or the number it was asked for is another one now."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet.title)
        self.sheet = sheet


def sheet_answer(folder: Folder, now: Standing, sheet: Sheet) -> Response:
    """A question, or what may be done: in the dialog of the page, or as a page of its own."""
    if "HX-Request" in request.headers:
        return Response(render_template("partials/_live.html", sheet=sheet), content_type=HTML)
    page = render_template("sheet.html", sheet=sheet, shell=shell(folder, "images", _connected(folder), now))
    return Response(page, content_type=HTML)


def tell(done: Done) -> None:
    """Keep what was done for the page that comes next, for browsers without JavaScript. What nobody came to read gives
    way to it: a cookie holds 4 KB."""
    get_flashed_messages()
    fields = done.fields if sum(len(name) + len(value) for name, value in done.fields) < LONGEST_TOLD else ()
    flash(json.dumps([done.id, done.text, done.action if fields else "", fields]), TOLD)


def told() -> tuple[Done, ...]:
    """What was done just before this page was asked for, the newest first."""
    found = []
    for text in get_flashed_messages(category_filter=[TOLD]):
        ident, said, action, fields = json.loads(str(text))
        found.append(Done(ident, said, action, tuple((name, value) for name, value in fields)))
    return tuple(reversed(found))


def _frames(now: Standing, what: str = "regenerate") -> dict[Frame, str]:
    """The frames a form names, or those of its scope; a bulk command must name their number.

    Raises:
        Ask: it does not, or the number is another one now.
    """
    if names := _names():
        return chosen.named(now, names)
    scope = Scope.read(request.form.to_dict())
    if request.path.endswith("/generate"):
        return dict.fromkeys(chosen.missing(now, chosen.within(now, scope)), "")
    frames = sheets.asked(now, scope)
    if request.form.get("count") != str(len(frames)):
        raise Ask(sheets.question(now, what, scope))
    return dict.fromkeys(frames, "")


def _without_price(folder: Folder, error: PriceUnknown) -> Sheet:
    """The question whether a model without a known price may be used; yes is the same command once more."""
    sent = tuple((name, value) for name, value in request.form.items(multi=True) if name not in ("csrf", "accept"))
    offer = Offer(
        "Go on without a known price", "", request.path, kind="primary", fields=(*sent, ("accept", error.model))
    )
    return Sheet("The price is not known", str(error), (offer,), addresses.step(folder.name, "images"), asks=True)


def _names() -> list[str]:
    return [*request.form.getlist("frame"), *request.form.get("frames", "").split()]


def _one(now: Standing, ident: str) -> Frame:
    return next(iter(chosen.named(now, [ident])))


def _ident() -> str:
    """The frame whose drawer the command came from, "" when it came from elsewhere."""
    return request.form.get("drawer", "")


def _in_drawer(ident: str) -> bool:
    return bool(ident) and "drawer" in request.form


def _in_queue() -> bool:
    """Whether the command was given in the list of what comes next, which stays open then."""
    return "queue" in request.form


def _connected(folder: Folder) -> bool:
    return connected(folder.id, services().control.run(folder).id)


def _refused(folder: Folder, before: Standing, error: Step8Error, parts: Parts, ident: str) -> Response:
    if "HX-Request" not in request.headers:
        raise error
    banner = Banner("error", f"✗ Error: {error}")
    more: dict[str, object] = {}
    if _in_drawer(ident):
        view = services().snapshots.frame(folder, ident, problem=str(error))
        seat = replace(view.chair, typed=request.form.get("prompt")) if view.chair else None
        more["frame"] = replace(view, chair=seat)
    more |= {"said": str(error)} if _in_queue() else {"sheet": None}
    text = parts.done(folder, _connected(folder), before, banner=banner, **more)
    return Response(text, content_type=HTML)
