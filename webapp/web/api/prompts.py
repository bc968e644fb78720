"""JSON API of prompts: edit, replace, import, undo."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from webapp.core.prompts.wording import read_wording
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound
from webapp.operations.prompt_imports import read
from webapp.operations.prompts import SearchReplace
from webapp.web.api.request import (
    body_in,
    folder_in,
    style_in,
    switch_in,
    text_in,
)
from webapp.web.prompts import frame_prompt
from webapp.web.services import operations, services

routes = Blueprint("prompts", __name__)


@routes.post("/update-prompt")
def update_prompt() -> Response:
    """Save one beat's prompt in one style to all three files."""
    body = body_in()
    folder, style = folder_in(body), style_in(body)
    prompt, was = body.get("prompt"), body.get("basedOn")
    if not isinstance(prompt, str):
        raise BadInput("prompt is missing. Send the text of the prompt.")
    if was is not None and not isinstance(was, str):
        raise BadInput("basedOn must be a text: the prompt as it was read.")
    frame = frame_prompt.frame_named(folder, style, body.get("beatNumber"), body.get("shotNumber"))
    operations().prompts.save_prompt(folder, frame, prompt, was)
    return jsonify({"success": True, "message": "Prompt saved"})


@routes.post("/replace-in-prompts")
def replace_in_prompts() -> Response:
    """Search and replace in the prompts of one style or all; ``dryRun`` only counts."""
    body = body_in()
    folder = folder_in(body)
    wanted = SearchReplace(
        text_in(body, "find"), text_in(body, "replaceWith"), text_in(body, "style"), switch_in(body, "matchCase")
    )
    prompts = operations().prompts
    found = prompts.count(folder, wanted) if switch_in(body, "dryRun") else prompts.replace_all(folder, wanted)
    places = {style: {"places": each.places, "prompts": len(each.beats)} for style, each in found.items()}
    return jsonify({"success": True, "styles": places})


@routes.post("/import-prompts")
def import_prompts() -> Response:
    """Import prompts from a text in any known form; ``dryRun`` only compares."""
    body = body_in()
    folder = folder_in(body)
    found = read((), text_in(body, "text"), text_in(body, "style"))
    imports = operations().prompt_imports
    carry_out = imports.compare if switch_in(body, "dryRun") else imports.write
    changes = {
        each.style: {
            name: [{"shotNumber": shot, "beatNumber": beat} for shot, beat in keys]
            for name, keys in (("added", each.added), ("changed", each.changed), ("removed", each.removed))
        }
        | {"same": each.same}
        for each in carry_out(folder, found.styles, switch_in(body, "replace"))
    }
    told = {"notes": list(found.notes)} if found.notes else {}
    return jsonify({"success": True, "styles": changes} | told)


@routes.post("/save-style-wording")
def save_style_wording() -> Response:
    """Save the words before and behind every prompt of a style."""
    body = body_in()
    folder, style = folder_in(body), style_in(body)
    if services().store.project(folder).style(style) is None:
        raise NotFound(f"The project has no prompts for {style} that can be used. Check them in Step 7.")
    kept = read_wording(style, text_in(body, "prefix"), text_in(body, "suffix"))
    services().store.records.save_wording(folder, {style: kept})
    return jsonify({"success": True, "message": "Wording saved"})


@routes.post("/undo-prompts")
def undo_prompts() -> Response:
    """Undo the newest change of the prompts; ``redo`` repeats the one undone last."""
    body = body_in()
    folder, forward = folder_in(body), switch_in(body, "redo")
    history = services().store.prompts.history(folder)
    stack = history.redo if forward else history.undo
    if not stack:
        raise NotFound("There is nothing to make again." if forward else "There is nothing to undo.")
    services().store.prompts.undo(folder, stack[-1].seq, forward)
    return jsonify({"success": True, "change": stack[-1].what, **_left(folder)})


def _left(folder: Folder) -> dict[str, int]:
    history = services().store.prompts.history(folder)
    return {"canUndo": len(history.undo), "canRedo": len(history.redo)}
