"""Whether a viewer follows a run live. A choice of the viewer, kept in the session; the run never knows.

It holds for one run: the next one is followed live again, as is any run nobody disconnected from.
"""

from __future__ import annotations

from flask import session

from webapp.disk.files.folder import Folder
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
