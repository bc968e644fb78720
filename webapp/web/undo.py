"""The way back from a command for frames, in the words of the JSON API."""

from __future__ import annotations

from typing import Any

from webapp.web.chair_views import Done

MARKS = {"locked": "locked", "starred": "star", "flagged": "flag"}
"""What programs call a mark, and what it is called inside."""

COMMANDS = {
    "undo-regenerate": "undo-regenerate-frames",
    "move": "prioritize-frames",
    "order": "set-order",
    "hold": "hold-generation",
    "release": "release-generation",
    "mark": "mark-frames",
    "choose": "choose-image",
    "restore": "restore-image",
}
"""The commands of the pages that undo something, and what programs call them."""


def undo(done: Done) -> dict[str, Any] | None:
    """What undoes a command, as the body to be sent and the command to send it to; ``None`` when nothing does."""
    if not done.action:
        return None
    *_, ident, verb = done.action.split("/")
    told: dict[str, Any] = {"command": COMMANDS[verb]}
    if verb == "mark":
        told["frames"] = [ident]
    elif verb == "choose":
        told["frame"] = ident
    for name, value in done.fields:
        told |= _sent(name, value)
    return told


def together(marked: list[Done]) -> Done:
    """What marking several frames did, undone at once where they were all marked alike before."""
    if len(marked) == 1:
        return marked[0]
    text = f"{len(marked)} images: {marked[0].text.partition(': ')[2]}"
    undone = [done for done in marked if done.action]
    if not undone or len({done.fields for done in undone}) > 1:
        return Done(marked[0].id, text)
    frames = " ".join(done.action.split("/")[-2] for done in undone)
    return Done(marked[0].id, text, undone[0].action, (*undone[0].fields, ("frames", frames)))


def _sent(name: str, value: str) -> dict[str, Any]:
    """A field of a form as programs send it."""
    if name in ("frames", "trash"):
        return {name: value.split()}
    if name == "frame":
        return {"frames": [value]}
    if name == "number":
        return {name: int(value)}
    word = next((word for word, field in MARKS.items() if field == name), "")
    return {word: value == "1"} if word else {name: value}
