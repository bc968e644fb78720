"""The director's commands for programs: what is made next, anew, held, marked, chosen, deleted. A part of the JSON API.

``frames`` are ids such as ``illustration-1-1_1`` (style, shot, beat, with ``_`` for a dot). Instead a request may also
name a scope: ``style``, ``shot``, ``beat``, and ``only`` (missing, failed, stale, made).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from webapp.core.project import Frame
from webapp.core.prompt_edits import plain
from webapp.disk.folder import Folder
from webapp.disk.history import History
from webapp.disk.image_trash import ImageTrash
from webapp.errors import BadInput
from webapp.web import chosen, cost_api, direction, matrix, queue_order, rejecting, starting, verbs, verdicts
from webapp.web.api import api
from webapp.web.asked import body_in, folder_in, text_in
from webapp.web.chair_views import Done
from webapp.web.chosen import Scope
from webapp.web.services import services
from webapp.web.standing import Standing

__all__ = ["api"]  # with what is added to it here

MARKS = {"locked": "locked", "starred": "star", "flagged": "flag"}


UNDO = {
    "undo-regenerate": "undo-regenerate-frames",
    "move": "prioritize-frames",
    "order": "set-order",
    "hold": "hold-generation",
    "release": "release-generation",
    "mark": "mark-frames",
    "choose": "choose-image",
    "restore": "restore-image",
}
"""The commands of the pages that undo something, and what they are called here."""


@api.post("/generate-frames")
def generate_frames() -> Response:
    """Make missing images: first of all in the run that is there, else by one for them alone."""
    return _command(lambda folder, now, body: direction.generate(folder, now, list(_frames(now, body, "missing"))))


@api.post("/regenerate-frames")
def regenerate_frames() -> Response:
    """Make images anew; the ones they have are kept in their history."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        frames = _frames(now, body, "made")
        count = body.get("count")
        if count is not None and count != len(frames):
            raise BadInput(f"These are {len(frames)} images, not {count}. Nothing was done; look again and repeat it.")
        seed = text_in(body, "seed") or "new"
        if seed not in ("new", "same"):
            raise BadInput("seed must be new or same.")
        return direction.regenerate(folder, now, frames, fresh_seed=seed == "new", model=text_in(body, "model"))

    return _command(command)


@api.post("/reject-frame")
def reject_frame() -> Response:
    """Send one image back: it is made anew, by another prompt if one is sent."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        ((frame, version),) = chosen.named(now, [text_in(body, "frame")]).items()
        prompt, based = (plain(text_in(body, name)) if name in body else None for name in ("prompt", "basedOn"))
        return rejecting.reject(folder, now, frame, version, prompt, based)

    return _command(command)


@api.post("/undo-regenerate-frames")
def undo_regenerate_frames() -> Response:
    """Take the images of before again: ``frames`` with the versions they had."""
    return _command(lambda folder, now, body: direction.keep_former(folder, now, _frames(now, body)))


@api.post("/retry-failed")
def retry_failed() -> Response:
    """Try what failed once more, and nothing else."""
    return _command(lambda folder, now, body: direction.retry(folder, now, list(_frames(now, body, "failed"))))


@api.post("/prioritize-frames")
def prioritize_frames() -> Response:
    """Let missing images come first, in this order; or move one that waits with ``by`` or ``before``."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        frames = list(_frames(now, body, "missing"))
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
            chosen.named(now, [before])
        return queue_order.move(folder, now, frames[0], by, before)

    return _command(command)


@api.post("/set-order")
def set_order() -> Response:
    """Beats together, or style by style."""
    return _command(lambda folder, now, body: queue_order.order(folder, now, text_in(body, "order")))


@api.post("/hold-generation")
def hold_generation() -> Response:
    """Pause one style or one provider by itself."""
    return _command(lambda folder, now, body: _hold(folder, now, body, on=True))


@api.post("/release-generation")
def release_generation() -> Response:
    """Let a style or a provider that is paused by itself go on."""
    return _command(lambda folder, now, body: _hold(folder, now, body, on=False))


@api.post("/mark-frames")
def mark_frames() -> Response:
    """Lock, star or flag frames, or note something of them."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        changes: dict[str, bool | str] = {}
        for name, field in MARKS.items():
            if name in body:
                if not isinstance(body[name], bool):
                    raise BadInput(f"{name} must be true or false.")
                changes[field] = body[name]
        if "note" in body:
            changes["note"] = text_in(body, "note")
        if not changes:
            raise BadInput("Say what to mark: locked, starred, flagged or note.")
        frames = list(_frames(now, body))
        return _together([verdicts.mark(folder, now, frame, **changes) for frame in frames])

    return _command(command)


@api.post("/choose-image")
def choose_image() -> Response:
    """Let another image of its history be a frame's image."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        number = body.get("number")
        if type(number) is not int:
            raise BadInput("number must be the number of an image in the frame’s history.")
        return verdicts.choose(folder, now, _one(now, body), number)

    return _command(command)


@api.post("/delete-image")
def delete_image() -> Response:
    """Move images to the trash, which keeps them for 30 days."""
    return _command(lambda folder, now, body: verdicts.delete(folder, now, list(_frames(now, body))))


@api.post("/restore-image")
def restore_image() -> Response:
    """Bring deleted images back by their ids in the trash."""

    def command(folder: Folder, now: Standing, body: dict[str, Any]) -> Done:
        return verdicts.restore(folder, now, _texts(body, "trash"))

    return _command(command)


@api.get("/get-frame")
def get_frame() -> Response:
    """Everything that is known of one frame."""
    body = request.args.to_dict()
    folder, now = _standing(body)
    frame = _one(now, body)
    ledger = services().store.ledger(folder)
    cell, mark, beat = matrix.cell(now, frame), now.truths.mark(frame), now.project.beat(frame)
    image = services().store.image(folder, frame)
    attempts, total = ledger.frame(frame)
    return jsonify(
        {
            "success": True,
            "frame": frame.id,
            "style": frame.style,
            "shot": frame.shot,
            "beat": frame.beat,
            "prompt": beat.prompt if beat else "",
            "status": cell.status,
            "truth": cell.truth or ("current" if image else "missing"),
            "changed": list(now.truths.changed.get(frame, ())),
            "error": now.failure(frame) or None,
            "queue": now.line.index(frame) + 1 if frame in now.line else None,
            "price": now.truths.price(frame.style),
            "version": now.versions.get(frame) or None,
            "embedded": dict(image.texts) if image else {},
            "locked": mark.locked,
            "starred": mark.star,
            "flagged": mark.flag,
            "note": mark.note,
            "history": [
                {"number": each.number, "version": each.image.version, "path": each.image.path, "inUse": each.used}
                for each in History().kept(folder, frame)
            ],
            "trash": [{"id": each.id, "deletedAt": each.at} for each in ImageTrash().deleted(folder, frame)],
            "attempts": [cost_api.attempt_json(attempt) for attempt in attempts],
            "attemptsInAll": total.attempts,
        }
    )


@api.get("/queue")
def queue() -> Response:
    """The order of the work, what is held, and what comes next."""
    _, now = _standing(request.args.to_dict())
    plan = now.truths.plan
    return jsonify(
        {
            "success": True,
            "order": plan.order.value,
            "next": [frame.id for frame in now.line],
            "heldStyles": sorted(plan.held),
            "heldProviders": sorted(plan.held_providers),
            "stale": [frame.id for frame in now.truths.changed],
            "failed": [frame.id for frame in chosen.failed(now)],
            "stalePrice": verbs.total(now, chosen.stale(now)),
        }
    )


def _command(command: Callable[[Folder, Standing, dict[str, Any]], Done]) -> Response:
    body = body_in()
    folder, now = _standing(body)
    accepted = starting.ALL if body.get("acceptUnknownPrice") is True else ()
    done = starting.agreed(folder, accepted, lambda: command(folder, now, body))
    run = services().control.run(folder)
    told = {"success": True, "message": done.text, "isGenerating": run.active, "state": run.state.value}
    return jsonify({**told, "undo": _undo(done)})


def _together(marked: list[Done]) -> Done:
    """What marking several frames did, undone at once where they were all marked alike before."""
    if len(marked) == 1:
        return marked[0]
    text = f"{len(marked)} images: {marked[0].text.partition(': ')[2]}"
    undone = [done for done in marked if done.action]
    if not undone or len({done.fields for done in undone}) > 1:
        return Done(marked[0].id, text)
    return Done(marked[0].id, text, undone[0].action, (*undone[0].fields, ("frames", " ".join(_marked(undone)))))


def _marked(marked: list[Done]) -> list[str]:
    return [done.action.split("/")[-2] for done in marked]


def _undo(done: Done) -> dict[str, Any] | None:
    """What undoes a command, as the body to be sent and the command to send it to."""
    if not done.action:
        return None
    *_, ident, verb = done.action.split("/")
    told: dict[str, Any] = {"command": UNDO[verb]}
    if verb == "mark":
        told["frames"] = [ident]
    elif verb == "choose":
        told["frame"] = ident
    for name, value in done.fields:
        if name in ("frames", "trash"):
            told[name] = value.split()
        elif name == "frame":
            told["frames"] = [value]
        elif name == "number":
            told[name] = int(value)
        elif name in MARKS.values():
            told[next(word for word, field in MARKS.items() if field == name)] = value == "1"
        else:
            told[name] = value
    return told


def _hold(folder: Folder, now: Standing, body: dict[str, Any], *, on: bool) -> Done:
    return queue_order.hold(folder, now, style=text_in(body, "style"), provider=text_in(body, "provider"), on=on)


def _standing(body: dict[str, Any]) -> tuple[Folder, Standing]:
    folder = folder_in(body)
    return folder, services().snapshots.standing(folder)


def _frames(now: Standing, body: dict[str, Any], only: str = "") -> dict[Frame, str]:
    """The frames that a request names, or those of its scope; ``only`` narrows the scope where it does not itself."""
    if "frames" in body:
        found = chosen.named(now, _texts(body, "frames"))
        if not found:
            raise BadInput("frames is empty. Send the ids of frames.")
        return dict.fromkeys(chosen.failed(now, found), "") if only == "failed" else found
    scope = Scope.read(body)
    if only != "failed" and not scope.fields:
        raise BadInput("Say which frames: send frames, or style, shot, beat, only.")
    wanted = scope if scope.only or not only else Scope(scope.style, scope.shot, scope.beat, only)
    return dict.fromkeys(chosen.within(now, wanted), "")


def _one(now: Standing, body: dict[str, Any]) -> Frame:
    return next(iter(chosen.named(now, [text_in(body, "frame")])))


def _texts(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"{name} must be an array of texts.")
    return value
