"""Whether a viewer follows a run live. A choice of the viewer, kept in the session; the run never knows.

It holds for one run: the next one is followed live again, as is any run nobody disconnected from.

What a command did, kept in the session for the page that comes next: for browsers without JavaScript.
"""

from __future__ import annotations

import json

from flask import flash, get_flashed_messages, session

from webapp.disk.files.folder import Folder
from webapp.web.layout.command_result import ResultView
from webapp.web.services import services

CHOICE = "disconnected"


def connected(folder: Folder) -> bool:
    """Whether this viewer wants the live stream of the project while its run lasts."""
    run, choices = services().control.run(folder).id, session.get(CHOICE)
    return not run or not isinstance(choices, dict) or choices.get(folder.id) != run


def disconnect(folder: Folder) -> None:
    """The viewer leaves the project's run to itself."""
    choices = session.get(CHOICE)
    kept = list(choices.items())[-20:] if isinstance(choices, dict) else []
    session[CHOICE] = {**dict(kept), folder.id: services().control.run(folder).id}


def reconnect(folder: Folder) -> bool:
    """The viewer wants to watch again. Answers whether it had left."""
    choices = session.get(CHOICE)
    if not isinstance(choices, dict) or folder.id not in choices:
        return False
    session[CHOICE] = {key: run for key, run in choices.items() if key != folder.id}
    return True


RESULT = "result"  # not "done", under which version 1.3 kept another form
LONGEST = 1_500
"""Characters that a way back may have to be kept in the session."""


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
