"""JSON API that reads: one frame in full, and the queue."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.trash import ImageTrash
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web.api.costs import attempt_json
from webapp.web.api.request import frame_in, state_in
from webapp.web.images import matrix, offered_actions
from webapp.web.services import services

routes = Blueprint("frame_info", __name__)


@routes.get("/get-frame")
def get_frame() -> Response:
    """Return everything known of one frame."""
    body = request.args.to_dict()
    folder, state = state_in(body)
    frame, _ = frame_in(state, body)
    payload = {"success": True, **_story(state, frame), **_state(folder, state, frame), **_marks(state, frame)}
    return jsonify(payload | _past(folder, frame))


@routes.get("/queue")
def queue() -> Response:
    """Return the order of the queue, what is held, and the frames that come next."""
    _, state = state_in(request.args.to_dict())
    plan = state.facts.plan
    return jsonify(
        {
            "success": True,
            "order": plan.order.value,
            "next": [frame.id for frame in state.queue],
            "heldStyles": sorted(plan.held),
            "heldProviders": sorted(plan.held_providers),
            "stale": [frame.id for frame in state.facts.changed],
            "failed": [frame.id for frame in frame_scope.failed(state)],
            "stalePrice": offered_actions.total(state, frame_scope.stale(state)),
        }
    )


def _story(state: ProjectState, frame: Frame) -> dict[str, Any]:
    beat = state.project.beat(frame)
    payload = {"frame": frame.id, "style": frame.style, "shot": frame.shot, "beat": frame.beat}
    return {**payload, "prompt": beat.prompt if beat else ""}


def _state(folder: Folder, state: ProjectState, frame: Frame) -> dict[str, Any]:
    """Status and image of a frame."""
    cell, image = matrix.cell(state, frame), services().store.images.image(folder, frame)
    return {
        "status": cell.status,
        "truth": cell.truth or ("current" if image else "missing"),
        "changed": list(state.facts.changed.get(frame, ())),
        "error": state.failure(frame) or None,
        "queue": state.queue.index(frame) + 1 if frame in state.queue else None,
        "price": state.facts.price(frame.style),
        "version": state.versions.get(frame) or None,
        "embedded": dict(image.texts) if image else {},
    }


def _marks(state: ProjectState, frame: Frame) -> dict[str, Any]:
    mark = state.facts.mark(frame)
    return {"locked": mark.locked, "starred": mark.star, "flagged": mark.flag, "note": mark.note}


def _past(folder: Folder, frame: Frame) -> dict[str, Any]:
    """The images it has had, and what was tried for it."""
    attempts, total = services().store.ledger(folder).frame(frame)
    return {
        "history": [
            {"number": each.number, "version": each.image.version, "path": each.image.path, "inUse": each.used}
            for each in ImageHistory().kept(folder, frame)
        ],
        "trash": [{"id": each.id, "deletedAt": each.at} for each in ImageTrash().deleted(folder, frame)],
        "attempts": [attempt_json(attempt) for attempt in attempts],
        "attemptsInAll": total.attempts,
    }
