"""The page of the activity: every line that was ever told, what the runs came to, and who else is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, render_template, request

from webapp.core.activity_line import ActivityFilter, ActivityLine
from webapp.core.money.run_summary import RunSummary, summaries
from webapp.disk.files.folder import Folder
from webapp.errors import Step8Error
from webapp.web.activity.views import (
    ON_A_PAGE,
    ActivityPage,
    WebhookPanel,
    activity_page,
    hook_panel,
)
from webapp.web.layout.page_frame import shell
from webapp.web.services import services

pages = Blueprint("activity", __name__)

Answered = str | tuple[str, int]


@pages.get("/p/<project:project>/activity")
def page(project: str) -> str:
    """The lines that were asked for, newest first."""
    folder = services().library.find(project)
    return render_template("activity/page.html", page=_page(folder, _panel(folder)))


@pages.get("/p/<project:project>/activity.txt")
def as_text(project: str) -> Response:
    """The lines that were asked for, oldest first, for reading."""
    return _download(project, "txt", lambda line: line.as_text(), "text/plain")


@pages.get("/p/<project:project>/activity.jsonl")
def as_json(project: str) -> Response:
    """The same for programs, one JSON object a line."""
    return _download(project, "jsonl", lambda line: json.dumps(line.to_json()), "application/jsonl")


@pages.post("/p/<project:project>/activity/webhook")
def save(project: str) -> Answered:
    """Send the project's news to an address, or with an empty one nowhere."""
    folder = services().library.find(project)
    url = request.form.get("url", "")
    try:
        secret = services().webhooks.change(folder, url)
    except Step8Error as error:
        return _answer(folder, _panel(folder, typed=url, problem=str(error)), error.status)
    said = "Saved." if url.strip() else "Nothing is sent any more."
    return _answer(folder, _panel(folder, secret=secret, said=said))


@pages.post("/p/<project:project>/activity/webhook/secret")
def renew(project: str) -> Answered:
    """Make a new secret, which is shown this once."""
    folder = services().library.find(project)
    try:
        secret = services().webhooks.renew(folder)
    except Step8Error as error:
        return _answer(folder, _panel(folder, problem=str(error)), error.status)
    return _answer(folder, _panel(folder, secret=secret, said="The old secret does not hold any more."))


@pages.post("/p/<project:project>/activity/webhook/test")
def test(project: str) -> Answered:
    """Send a message that says it is a test, and show what came of it."""
    folder = services().library.find(project)
    try:
        delivery = services().webhooks.test(folder)
    except Step8Error as error:
        return _answer(folder, _panel(folder, problem=str(error)), error.status)
    if not delivery.ok:
        return _answer(folder, _panel(folder, problem=f"The test did not arrive. {delivery.outcome}"))
    return _answer(folder, _panel(folder, said=f"The test arrived. {delivery.outcome}"))


def wanted_in() -> ActivityFilter:
    """Which lines a request asks for."""
    names = ("kind", "style", "beat", "run", "q")
    return ActivityFilter(*(request.args.get(name, "").strip()[:200] for name in names))


def runs_of(folder: Folder) -> list[RunSummary]:
    """What the project's runs came to, the newest first.

    Raises:
        BadFile: the journal cannot be read.
    """
    return summaries(services().store.ledger(folder), services().control.run(folder))


def _page(folder: Folder, panel: WebhookPanel) -> ActivityPage:
    wanted, before = wanted_in(), request.args.get("before", "")[:80]
    return activity_page(
        shell(folder, "images"),
        services().store.project(folder),
        services().activity_log.newest(folder, wanted, ON_A_PAGE + 1, before),
        wanted,
        before,
        runs_of(folder),
        panel,
    )


def _panel(
    folder: Folder, *, typed: str | None = None, secret: str = "", problem: str = "", said: str = ""
) -> WebhookPanel:
    hooks = services().webhooks
    hook = hooks.hook(folder)
    return hook_panel(
        folder.name,
        hook,
        hook is not None and hooks.ready(hook),
        hooks.newest(folder),
        services().clock(),
        typed=typed,
        secret=secret,
        problem=problem,
        said=said,
    )


def _answer(folder: Folder, panel: WebhookPanel, status: int = 200) -> Answered:
    """The panel alone for HTMX, which swaps no refusal in; the page with it for everyone else."""
    if "HX-Request" in request.headers:
        return render_template("activity/_webhook.html", hook=panel)
    return render_template("activity/page.html", page=_page(folder, panel)), status


def _download(project: str, kind: str, write: Callable[[ActivityLine], str], mimetype: str) -> Response:
    folder = services().library.find(project)
    lines = services().activity_log.read(folder, wanted_in())

    def told() -> Iterator[str]:
        for line in lines:
            yield f"{write(line)}\n"

    answer = Response(told(), mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="activity.{kind}"'
    return answer
