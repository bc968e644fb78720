"""Routes of the activity page: lines, downloads, webhook."""

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
from webapp.web.layout.htmx import is_htmx
from webapp.web.layout.page_frame import shell
from webapp.web.services import services

pages = Blueprint("activity", __name__)

Answered = str | tuple[str, int]


@pages.get("/p/<project:project>/activity")
def page(project: str) -> str:
    """Show the lines that match the query, newest first."""
    folder = services().library.find(project)
    return render_template("activity/page.html", page=_page(folder, _panel(folder)))


@pages.get("/p/<project:project>/activity.txt")
def as_text(project: str) -> Response:
    """Send the lines that match the query as text, oldest first."""
    return _download(project, "txt", lambda line: line.as_text(), "text/plain")


@pages.get("/p/<project:project>/activity.jsonl")
def as_json(project: str) -> Response:
    """Send the same as JSON lines."""
    return _download(project, "jsonl", lambda line: json.dumps(line.to_json()), "application/jsonl")


@pages.post("/p/<project:project>/activity/webhook")
def save(project: str) -> Answered:
    """Set the webhook, or turn it off with an empty address."""
    folder = services().library.find(project)
    url = request.form.get("url", "")
    try:
        secret = services().webhooks.change(folder, url)
    except Step8Error as error:
        return _answer(folder, _panel(folder, typed=url, problem=str(error)), error.status)
    message = "Saved." if url.strip() else "Nothing is sent any more."
    return _answer(folder, _panel(folder, secret=secret, message=message))


@pages.post("/p/<project:project>/activity/webhook/secret")
def renew(project: str) -> Answered:
    """Replace the webhook's secret, which is shown once."""
    folder = services().library.find(project)
    try:
        secret = services().webhooks.renew(folder)
    except Step8Error as error:
        return _answer(folder, _panel(folder, problem=str(error)), error.status)
    return _answer(folder, _panel(folder, secret=secret, message="The old secret does not hold any more."))


@pages.post("/p/<project:project>/activity/webhook/test")
def test(project: str) -> Answered:
    """Send a test message and show what came of it."""
    folder = services().library.find(project)
    try:
        delivery = services().webhooks.test(folder)
    except Step8Error as error:
        return _answer(folder, _panel(folder, problem=str(error)), error.status)
    if not delivery.ok:
        return _answer(folder, _panel(folder, problem=f"The test did not arrive. {delivery.outcome}"))
    return _answer(folder, _panel(folder, message=f"The test arrived. {delivery.outcome}"))


def wanted_in() -> ActivityFilter:
    """Read the filter from the query."""
    names = ("kind", "style", "beat", "run", "q")
    return ActivityFilter(*(request.args.get(name, "").strip()[:200] for name in names))


def runs_of(folder: Folder) -> list[RunSummary]:
    """Summarize the project's runs, newest first.

    Raises BadFile: the journal cannot be read.
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
    folder: Folder, *, typed: str | None = None, secret: str = "", problem: str = "", message: str = ""
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
        message=message,
    )


def _answer(folder: Folder, panel: WebhookPanel, status: int = 200) -> Answered:
    if is_htmx():
        return render_template("activity/_webhook.html", hook=panel)
    return render_template("activity/page.html", page=_page(folder, panel)), status


def _download(project: str, kind: str, write: Callable[[ActivityLine], str], mimetype: str) -> Response:
    folder = services().library.find(project)
    lines = services().activity_log.read(folder, wanted_in())

    def written() -> Iterator[str]:
        for line in lines:
            yield f"{write(line)}\n"

    answer = Response(written(), mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="activity.{kind}"'
    return answer
