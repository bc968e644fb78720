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


DONE = "result"  # not "done", under which version 1.3 kept another form
LONGEST = 1_500
"""Characters that a way back may have to be kept in the session."""


def keep(done: ResultView) -> None:
    """Keep what was done. What nobody came to read gives way to it: a cookie holds 4 KB."""
    get_flashed_messages()
    fields = done.fields if sum(len(name) + len(value) for name, value in done.fields) < LONGEST else ()
    flash(json.dumps([done.text, done.action if fields else "", fields, done.label]), DONE)


def take() -> tuple[ResultView, ...]:
    """What was done just before this page was asked for, the newest first; it is told once."""
    found = []
    for text in get_flashed_messages(category_filter=[DONE]):
        said, action, fields, label = json.loads(str(text))
        found.append(ResultView(said, action, tuple((name, value) for name, value in fields), label))
    return tuple(reversed(found))
