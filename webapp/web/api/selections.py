"""JSON API of step 9: the image chosen for each beat."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from webapp.core.selections import under_every_spelling
from webapp.web.api.request import beat_in, body_in, folder_in, loose_switch_in, style_in
from webapp.web.services import services

routes = Blueprint("selections", __name__)


@routes.post("/get-image-selections")
def get_image_selections() -> Response:
    """Return the choices of step 9, each under every spelling of its beat that a client may look for."""
    chosen = services().store.selections.read(folder_in(body_in()))
    return jsonify({"success": True, "selections": under_every_spelling(chosen)})


@routes.post("/save-image-selection")
def save_image_selection() -> Response:
    """Choose an image for a beat; it is copied to selected_images."""
    body = body_in()
    folder = folder_in(body)
    flagged = loose_switch_in(body, "isFlagged")
    services().store.selections.select(folder, beat_in(body), style_in(body), flagged, services().clock())
    return jsonify({"success": True, "message": "Image selection saved"})


@routes.post("/clear-image-selection")
def clear_image_selection() -> Response:
    """Clear the choice for a beat with its copy in selected_images. Harmless when there is none."""
    body = body_in()
    folder = folder_in(body)
    there = services().store.selections.clear(folder, beat_in(body), services().clock())
    return jsonify({"success": True, "message": "Image selection cleared" if there else "Nothing was selected"})


@routes.post("/save-open-image-selections")
def save_open_image_selections() -> Response:
    """Choose one style for every beat that has an image in it and no choice yet."""
    body = body_in()
    folder = folder_in(body)
    chosen = services().store.selections.select_open(folder, style_in(body), None, services().clock())
    return jsonify({"success": True, "message": f"{len(chosen)} selected", "beatNumbers": list(chosen)})


@routes.post("/undo-image-selection")
def undo_image_selection() -> Response:
    """Undo the last change of the choices, once."""
    undone = services().store.selections.undo(folder_in(body_in()), None, services().clock())
    if undone is None:
        return jsonify({"success": False, "error": "There is nothing to undo"})
    return jsonify({"success": True, "message": "Undone", "beatNumbers": list(undone.beats)})
