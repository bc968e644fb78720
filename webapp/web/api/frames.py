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
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web import (
    direction,
    queue_order,
    rejecting,
    starting,
    verdicts,
)
from webapp.web.api.request import body_in, frame_in, frames_in, state_in, switch_in, text_in, texts_in
from webapp.web.images.views import CommandResult
from webapp.web.services import services

routes = Blueprint("frames", __name__)

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


@routes.post("/generate-frames")
def generate_frames() -> Response:
    """Generate missing images: first of all in an open run, else in a run for them alone."""
    return _command(lambda folder, now, body: direction.generate(folder, now, list(frames_in(now, body, "missing"))))


@routes.post("/regenerate-frames")
def regenerate_frames() -> Response:
    """Make images again; the current ones stay in their history."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        frames = frames_in(now, body, "made")
        count = body.get("count")
        if count is not None and count != len(frames):
            raise BadInput(f"These are {len(frames)} images, not {count}. Nothing was done; look again and repeat it.")
        seed = text_in(body, "seed") or "new"
        if seed not in ("new", "same"):
            raise BadInput("seed must be new or same.")
        return direction.regenerate(folder, now, frames, fresh_seed=seed == "new", model=text_in(body, "model"))

    return _command(command)


@routes.post("/reject-frame")
def reject_frame() -> Response:
    """Reject one image and make it again, with another prompt if one is sent."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        frame, version = frame_in(now, body)
        prompt, based = (plain(text_in(body, name)) if name in body else None for name in ("prompt", "basedOn"))
        return rejecting.reject(folder, now, frame, version, prompt, based)

    return _command(command)


@routes.post("/undo-regenerate-frames")
def undo_regenerate_frames() -> Response:
    """Restore the former images: ``frames`` with the versions they had."""
    return _command(lambda folder, now, body: direction.keep_former(folder, now, frames_in(now, body)))


@routes.post("/retry-failed")
def retry_failed() -> Response:
    """Retry failed images only."""
    return _command(lambda folder, now, body: direction.retry(folder, now, list(frames_in(now, body, "failed"))))


@routes.post("/prioritize-frames")
def prioritize_frames() -> Response:
    """Put missing images first, in this order; or move one waiting frame with ``by`` or ``before``."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        frames = list(frames_in(now, body, "missing"))
        by, before = text_in(body, "by"), text_in(body, "before")
        if not by and "before" not in body:
            return direction.generate(folder, now, frames)
        if by not in ("", *queue_order.STEPS):
            raise BadInput(queue_order.NO_STEP)
        if len(frames) != 1:
            raise BadInput("by and before move one frame. Send frames with one id.")
        if by and "before" in body:
            raise BadInput("Send by or before, not both.")
        if before:
            frame_scope.named(now, [before])
        return queue_order.move(folder, now, frames[0], by, before)

    return _command(command)


@routes.post("/set-order")
def set_order() -> Response:
    """Set the order of the queue: beat by beat, or style by style."""
    return _command(lambda folder, now, body: queue_order.order(folder, now, text_in(body, "order")))


@routes.post("/hold-generation")
def hold_generation() -> Response:
    """Hold one style or one provider."""
    return _command(lambda folder, now, body: _hold(folder, now, body, on=True))


@routes.post("/release-generation")
def release_generation() -> Response:
    """Release a held style or provider."""
    return _command(lambda folder, now, body: _hold(folder, now, body, on=False))


@routes.post("/mark-frames")
def mark_frames() -> Response:
    """Lock, star, flag or annotate frames."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        changes = _changes(body)
        frames = list(frames_in(now, body))
        return together([verdicts.mark(folder, now, frame, **changes) for frame in frames])

    return _command(command)


@routes.post("/choose-image")
def choose_image() -> Response:
    """Use another image of a frame's history."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        number = body.get("number")
        if type(number) is not int:
            raise BadInput("number must be the number of an image in the frame’s history.")
        return verdicts.choose(folder, now, frame_in(now, body)[0], number)

    return _command(command)


@routes.post("/delete-image")
def delete_image() -> Response:
    """Move images to the trash, which keeps them for 30 days."""
    return _command(lambda folder, now, body: verdicts.delete(folder, now, list(frames_in(now, body))))


@routes.post("/restore-image")
def restore_image() -> Response:
    """Restore deleted images by their ids in the trash."""

    def command(folder: Folder, now: ProjectState, body: dict[str, Any]) -> CommandResult:
        return verdicts.restore(folder, now, texts_in(body, "trash"))

    return _command(command)


def _command(command: Callable[[Folder, ProjectState, dict[str, Any]], CommandResult]) -> Response:
    body = body_in()
    folder, now = state_in(body)
    accepted = starting.ALL if body.get("acceptUnknownPrice") is True else ()
    done = starting.agreed(folder, accepted, lambda: command(folder, now, body))
    run = services().control.run(folder)
    payload = {"success": True, "message": done.text, "isGenerating": run.active, "state": run.state.value}
    return jsonify({**payload, "undo": undo(done)})


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


def _hold(folder: Folder, now: ProjectState, body: dict[str, Any], *, on: bool) -> CommandResult:
    return queue_order.hold(folder, now, style=text_in(body, "style"), provider=text_in(body, "provider"), on=on)


def undo(done: CommandResult) -> dict[str, Any] | None:
    """The command that undoes ``done``, with its body; ``None`` when there is none."""
    if not done.action:
        return None
    *_, ident, verb = done.action.split("/")
    payload: dict[str, Any] = {"command": COMMANDS[verb]}
    if verb == "mark":
        payload["frames"] = [ident]
    elif verb == "choose":
        payload["frame"] = ident
    for name, value in done.fields:
        payload |= _sent(name, value)
    return payload


def together(marked: list[CommandResult]) -> CommandResult:
    """Join the results of marking several frames; one undo for all of them if they were marked alike before."""
    if len(marked) == 1:
        return marked[0]
    text = f"{len(marked)} images: {marked[0].text.partition(': ')[2]}"
    undone = [done for done in marked if done.action]
    if not undone or len({done.fields for done in undone}) > 1:
        return CommandResult(marked[0].id, text)
    frames = " ".join(done.action.split("/")[-2] for done in undone)
    return CommandResult(marked[0].id, text, undone[0].action, (*undone[0].fields, ("frames", frames)))


def _sent(name: str, value: str) -> dict[str, Any]:
    if name in ("frames", "trash"):
        return {name: value.split()}
    if name == "frame":
        return {"frames": [value]}
    if name == "number":
        return {name: int(value)}
    word = next((word for word, field in MARKS.items() if field == name), "")
    return {word: value == "1"} if word else {name: value}
