"""JSON API of commands for frames: generate, regenerate, reorder, hold, mark, choose, delete, undo.

``frames`` are ids such as ``illustration-1-1_1`` (style, shot, beat, with ``_`` for a dot). Instead a request may
name a scope: ``style``, ``shot``, ``beat``, and ``only`` (missing, failed, stale, made).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from webapp.core.prompts.edits import plain
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.operations import queue
from webapp.operations.frames import Rejection
from webapp.operations.result import CommandResult, FieldValue, UndoCommand, UndoName
from webapp.operations.runs import ANY_MODEL
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web.api.request import body_in, frame_in, frames_in, state_in, switch_in, text_in, texts_in
from webapp.web.services import operations, services

routes = Blueprint("frames", __name__)

MARKS = {"locked": "locked", "starred": "star", "flagged": "flag"}
"""What programs call a mark, and what it is called inside."""

COMMANDS = {
    UndoName.UNDO_REGENERATE: "undo-regenerate-frames",
    UndoName.MOVE: "prioritize-frames",
    UndoName.ORDER: "set-order",
    UndoName.HOLD: "hold-generation",
    UndoName.RELEASE: "release-generation",
    UndoName.MARK: "mark-frames",
    UndoName.CHOOSE: "choose-image",
    UndoName.RESTORE: "restore-image",
}
"""What programs call the commands that take another one back."""


@routes.post("/generate-frames")
def generate_frames() -> Response:
    """Generate missing images: first of all in an open run, else in a run for them alone."""
    return _command(
        lambda folder, state, body: operations().frames.generate(folder, state, list(frames_in(state, body, "missing")))
    )


@routes.post("/regenerate-frames")
def regenerate_frames() -> Response:
    """Make images again; the current ones stay in their history."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        frames = frames_in(state, body, "made")
        count = body.get("count")
        if count is not None and count != len(frames):
            raise BadInput(f"These are {len(frames)} images, not {count}. Nothing was done; look again and repeat it.")
        seed = text_in(body, "seed") or "new"
        if seed not in ("new", "same"):
            raise BadInput("seed must be new or same.")
        return operations().frames.regenerate(
            folder, state, frames, fresh_seed=seed == "new", model=text_in(body, "model")
        )

    return _command(command)


@routes.post("/reject-frame")
def reject_frame() -> Response:
    """Reject one image and make it again, with another prompt if one is sent."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        frame, version = frame_in(state, body)
        prompt, based = (plain(text_in(body, name)) if name in body else None for name in ("prompt", "basedOn"))
        return operations().frames.reject(folder, state, frame, Rejection(version, prompt, based))

    return _command(command)


@routes.post("/undo-regenerate-frames")
def undo_regenerate_frames() -> Response:
    """Restore the former images: ``frames`` with the versions they had."""
    return _command(
        lambda folder, state, body: operations().frames.undo_regenerate(folder, state, frames_in(state, body))
    )


@routes.post("/retry-failed")
def retry_failed() -> Response:
    """Retry failed images only."""
    return _command(
        lambda folder, state, body: operations().frames.retry(folder, state, list(frames_in(state, body, "failed")))
    )


@routes.post("/prioritize-frames")
def prioritize_frames() -> Response:
    """Put missing images first, in this order; or move one waiting frame with ``by`` or ``before``."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        frames = list(frames_in(state, body, "missing"))
        by, before = text_in(body, "by"), text_in(body, "before")
        if not by and "before" not in body:
            return operations().frames.generate(folder, state, frames)
        if by not in ("", *queue.STEPS):
            raise BadInput(queue.NO_STEP)
        if len(frames) != 1:
            raise BadInput("by and before move one frame. Send frames with one id.")
        if by and "before" in body:
            raise BadInput("Send by or before, not both.")
        if before:
            frame_scope.named(state, [before])
        return operations().queue.move(folder, state, frames[0], by, before)

    return _command(command)


@routes.post("/set-order")
def set_order() -> Response:
    """Set the order of the queue: beat by beat, or style by style."""
    return _command(lambda folder, state, body: operations().queue.order(folder, state, text_in(body, "order")))


@routes.post("/hold-generation")
def hold_generation() -> Response:
    """Hold one style or one provider."""
    return _command(lambda folder, state, body: _hold(folder, state, body, on=True))


@routes.post("/release-generation")
def release_generation() -> Response:
    """Release a held style or provider."""
    return _command(lambda folder, state, body: _hold(folder, state, body, on=False))


@routes.post("/mark-frames")
def mark_frames() -> Response:
    """Lock, star, flag or annotate frames."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        changes = _changes(body)
        frames = list(frames_in(state, body))
        return operations().images.mark_each(folder, state, frames, **changes)

    return _command(command)


@routes.post("/choose-image")
def choose_image() -> Response:
    """Use another image of a frame's history."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        number = body.get("number")
        if type(number) is not int:
            raise BadInput("number must be the number of an image in the frame’s history.")
        return operations().images.choose(folder, state, frame_in(state, body)[0], number)

    return _command(command)


@routes.post("/delete-image")
def delete_image() -> Response:
    """Move images to the trash, which keeps them for 30 days."""
    return _command(lambda folder, state, body: operations().images.delete(folder, state, list(frames_in(state, body))))


@routes.post("/restore-image")
def restore_image() -> Response:
    """Restore deleted images by their ids in the trash."""

    def command(folder: Folder, state: ProjectState, body: dict[str, Any]) -> CommandResult:
        return operations().images.restore(folder, state, texts_in(body, "trash"))

    return _command(command)


def _command(command: Callable[[Folder, ProjectState, dict[str, Any]], CommandResult]) -> Response:
    body = body_in()
    folder, state = state_in(body)
    accepted = ANY_MODEL if body.get("acceptUnknownPrice") is True else ()
    result = operations().runs.with_accepted(folder, accepted, lambda: command(folder, state, body))
    run = services().control.run(folder)
    payload = {"success": True, "message": result.text, "isGenerating": run.active, "state": run.state.value}
    return jsonify({**payload, "undo": undo_body(result.undo)})


def _changes(body: dict[str, Any]) -> dict[str, bool | str]:
    """The marks to change, by field."""
    changes: dict[str, bool | str] = {}
    for name, field in MARKS.items():
        if name in body:
            changes[field] = switch_in(body, name)
    if "note" in body:
        changes["note"] = text_in(body, "note")
    if not changes:
        raise BadInput("Say what to mark: locked, starred, flagged or note.")
    return changes


def _hold(folder: Folder, state: ProjectState, body: dict[str, Any], *, on: bool) -> CommandResult:
    return operations().queue.hold(
        folder, state, style=text_in(body, "style"), provider=text_in(body, "provider"), on=on
    )


def undo_body(undo: UndoCommand | None) -> dict[str, Any] | None:
    """The command that undoes (``command``) with the body to send to it; ``None`` for none."""
    if undo is None:
        return None
    frames: dict[str, Any] = {}
    if undo.name is UndoName.CHOOSE:
        frames["frame"] = undo.frames[0]
    elif undo.frames:
        frames["frames"] = list(undo.frames)
    words = {field: word for word, field in MARKS.items()}
    fields = {words.get(name, name): _json_value(value) for name, value in undo.fields}
    return {"command": COMMANDS[undo.name], **frames, **fields}


def _json_value(value: FieldValue) -> object:
    return list(value) if isinstance(value, tuple) else value
