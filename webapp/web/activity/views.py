"""Layout of the activity page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from webapp.core.activity_line import KINDS, ActivityFilter, ActivityLine
from webapp.core.money.run_summary import RunSummary
from webapp.core.project import Frame, Project
from webapp.core.webhook_message import PAUSES, Webhook
from webapp.disk.logs.webhook_log import Delivery
from webapp.web import urls
from webapp.web.images.run_figures import SummaryLine, summary_line
from webapp.web.layout.widgets import Shell
from webapp.web.layout.words import moment

ON_A_PAGE = 100
MOST_RUNS = 60
"""Runs that are listed; older ones are in the costs."""

PATIENCE = sum(PAUSES) + 60.0
"""Seconds after which a delivery that did not end was cut off by the end of the app."""

KIND_WORDS = {"info": "Information", "ok": "Images made", "warn": "Warnings", "error": "Errors"}
EVENTS = {"run.ended": "Run ended", "run.needs-you": "Run needs you", "test": "Test"}
_SIGNS = {"ok": ("✓", "complete"), "warn": ("⚠", "warn"), "error": ("✗", "error")}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One line. ``href`` is the URL of its frame's details, "" for none."""

    at: str
    sign: str
    look: str
    kind: str  # in words, for whoever does not see the sign
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One message to the webhook."""

    at: str
    event: str
    host: str
    sign: str
    look: str
    outcome: str


@dataclass(frozen=True, slots=True)
class WebhookPanel:
    """The webhook's panel (`activity/_webhook.html`).

    ``secret`` is shown once, "" otherwise; ``lost``: the secret is not on this machine. ``problem`` says why a save was
    refused, ``message`` what was done.
    """

    action: str
    url: str
    there: bool
    lost: bool
    deliveries: tuple[DeliveryLine, ...]
    secret: str = ""
    problem: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """The activity page (`activity/page.html`).

    ``kinds`` and ``runs`` are the choices of the filter, as (value, word); ``older`` is the URL of the next page,
    ``newest`` that of the first, "" for none.
    """

    shell: Shell
    back: str
    action: str
    chosen: ActivityFilter
    kinds: tuple[tuple[str, str], ...]
    styles: tuple[str, ...]
    runs: tuple[tuple[str, str], ...]
    lines: tuple[ActivityRow, ...]
    older: str
    newest: str
    downloads: tuple[tuple[str, str], ...]  # (address, word)
    summaries: tuple[SummaryLine, ...]
    hook: WebhookPanel


def activity_page(
    shell: Shell,
    project: Project,
    found: Sequence[ActivityLine],
    chosen: ActivityFilter,
    before: str,
    runs: Sequence[RunSummary],
    hook: WebhookPanel,
) -> ActivityPage:
    """Build the page. ``found`` is one line longer than a page if there are more."""
    here = urls.activity(project.name)
    shown = found[:ON_A_PAGE]
    summaries = tuple(line for each in runs[:MOST_RUNS] if (line := summary_line(each)))
    more = len(found) > ON_A_PAGE
    return ActivityPage(
        shell=shell,
        back=urls.step(project.name, "images"),
        action=here,
        chosen=chosen,
        kinds=tuple((kind, KIND_WORDS[kind]) for kind in KINDS),
        styles=tuple(style.name for style in project.styles),
        runs=tuple((each.run, each.began or each.run) for each in summaries),
        lines=tuple(_line(project, line) for line in shown),
        older=f"{here}{_query(chosen, before=shown[-1].id)}#lines" if more else "",
        newest=f"{here}{_query(chosen)}#lines" if before else "",
        downloads=tuple(
            (f"{here}.{kind}{_query(chosen)}", word) for kind, word in (("txt", "Text"), ("jsonl", "JSON"))
        ),
        summaries=summaries,
        hook=hook,
    )


def hook_panel(
    name: str,
    hook: Webhook | None,
    ready: bool,
    newest: Sequence[Delivery],
    now: float,
    *,
    typed: str | None = None,
    secret: str = "",
    problem: str = "",
    message: str = "",
) -> WebhookPanel:
    """Build the webhook's panel. ``typed`` is the address of a form that was refused."""
    url = hook.url if hook else ""
    return WebhookPanel(
        action=f"{urls.activity(name)}/webhook",
        url=url if typed is None else typed,
        there=hook is not None,
        lost=hook is not None and not ready,
        deliveries=tuple(_delivery(each, now) for each in newest),
        secret=secret,
        problem=problem,
        message=message,
    )


def _line(project: Project, line: ActivityLine) -> ActivityRow:
    frame = Frame(line.style, line.shot, line.beat)
    sign, look = _SIGNS.get(line.kind, ("◦", "info"))
    href = urls.details(project.name, frame) if project.beat(frame) else ""
    return ActivityRow(moment(line.at), sign, look, KIND_WORDS[line.kind], line.text, href)


def _delivery(each: Delivery, now: float) -> DeliveryLine:
    cut_off = not each.done and now - each.at > PATIENCE
    outcome = "The app ended before it was told." if cut_off else each.outcome
    tries = f" After {each.tries} tries." if each.done and each.tries > 1 else ""
    sign, look = ("✓", "complete") if each.ok else ("✗", "error") if each.done or cut_off else ("⟳", "generating")
    return DeliveryLine(moment(each.at), EVENTS.get(each.event, each.event), each.host, sign, look, f"{outcome}{tries}")


def _query(chosen: ActivityFilter, **more: str) -> str:
    wanted = {**chosen.named(), **more}
    return f"?{urlencode(wanted)}" if wanted else ""
