"""Whether a viewer follows a run live. A choice of the viewer, kept in the session; the run never knows.

It holds for one run: the next one is followed live again, as is any run nobody disconnected from.
"""

from __future__ import annotations

from flask import session

CHOICE = "disconnected"


def connected(folder: str, run: str) -> bool:
    """Whether this viewer wants the live stream of the project (opaque id) while this run lasts."""
    choices = session.get(CHOICE)
    return not run or not isinstance(choices, dict) or choices.get(folder) != run


def disconnect(folder: str, run: str) -> None:
    """The viewer leaves this run to itself."""
    choices = session.get(CHOICE)
    kept = list(choices.items())[-20:] if isinstance(choices, dict) else []
    session[CHOICE] = {**dict(kept), folder: run}


def reconnect(folder: str) -> bool:
    """The viewer wants to watch again. Answers whether it had left."""
    choices = session.get(CHOICE)
    if not isinstance(choices, dict) or folder not in choices:
        return False
    session[CHOICE] = {key: run for key, run in choices.items() if key != folder}
    return True
