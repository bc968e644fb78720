"""What a command did, kept in the session for the page that comes next: for browsers without JavaScript."""

from __future__ import annotations

import json

from flask import flash, get_flashed_messages

from webapp.web.chair_views import Done

DONE = "done"
LONGEST = 1_500
"""Characters that a way back may have to be kept in the session."""


def keep(done: Done) -> None:
    """Keep what was done. What nobody came to read gives way to it: a cookie holds 4 KB."""
    get_flashed_messages()
    fields = done.fields if sum(len(name) + len(value) for name, value in done.fields) < LONGEST else ()
    flash(json.dumps([done.id, done.text, done.action if fields else "", fields]), DONE)


def take() -> tuple[Done, ...]:
    """What was done just before this page was asked for, the newest first; it is told once."""
    found = []
    for text in get_flashed_messages(category_filter=[DONE]):
        ident, said, action, fields = json.loads(str(text))
        found.append(Done(ident, said, action, tuple((name, value) for name, value in fields)))
    return tuple(reversed(found))
