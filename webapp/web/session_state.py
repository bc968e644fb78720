"""State in the session of a browser: from which runs it disconnected, and results of commands for its next page.

A run is followed live unless this browser disconnected from that very run; the run itself is not affected. The results
are for browsers without JavaScript, which get them after a redirect.
"""

from __future__ import annotations

import json

from flask import flash, get_flashed_messages, session

from webapp.disk.files.folder import Folder
from webapp.web.layout.command_result import ResultView
from webapp.web.services import services

DISCONNECTED = "disconnected"


def connected(folder: Folder) -> bool:
    """Whether this browser follows the project's run live."""
    run, choices = services().control.run(folder).id, session.get(DISCONNECTED)
    return not run or not isinstance(choices, dict) or choices.get(folder.id) != run


def disconnect(folder: Folder) -> None:
    """Stop following the project's run live."""
    choices = session.get(DISCONNECTED)
    kept = list(choices.items())[-20:] if isinstance(choices, dict) else []
    session[DISCONNECTED] = {**dict(kept), folder.id: services().control.run(folder).id}


def reconnect(folder: Folder) -> bool:
    """Follow the project's run live again. Returns whether it was disconnected."""
    choices = session.get(DISCONNECTED)
    if not isinstance(choices, dict) or folder.id not in choices:
        return False
    session[DISCONNECTED] = {key: run for key, run in choices.items() if key != folder.id}
    return True


RESULT = "result"  # not "done", under which version 1.3 kept another form
LONGEST = 1_500
"""Characters of fields for undo that are kept; with more the command cannot be undone from the next page."""


def keep(result: ResultView) -> None:
    """Keep a result for the next page. Effect: replaces those that no page showed, since a cookie holds 4 KB."""
    get_flashed_messages()
    fields = result.fields if sum(len(name) + len(value) for name, value in result.fields) < LONGEST else ()
    flash(json.dumps([result.text, result.action if fields else "", fields, result.label]), RESULT)


def take() -> tuple[ResultView, ...]:
    """Take the results kept for this page, newest first. Each is returned once."""
    found = []
    for text in get_flashed_messages(category_filter=[RESULT]):
        sentence, action, fields, label = json.loads(str(text))
        found.append(ResultView(sentence, action, tuple((name, value) for name, value in fields), label))
    return tuple(reversed(found))
