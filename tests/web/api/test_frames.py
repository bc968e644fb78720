"""The director's commands for programs: the same as on the page, in JSON, each with what undoes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.web_app import WebApp
from tests.web.images.test_frame_commands import (
    ONE,
    PAID,
    TWO,
    FrameCommands,
)
from webapp.core.marks import FrameMarks
from webapp.core.run.states import RunState
from webapp.core.work_plan import Order


@pytest.fixture
def chair(site: WebApp) -> FrameCommands:
    return FrameCommands(site)


@pytest.fixture
def paid(tmp_path: Path, own_redis: str) -> FrameCommands:
    return FrameCommands(WebApp(tmp_path, own_redis, **PAID))


def call(chair: FrameCommands, command: str, **body: Any) -> dict[str, Any]:
    answer = chair.site.call(command, {"projectPath": "demo", **body})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    assert told["success"] is True
    return told


def asked(chair: FrameCommands, path: str) -> dict[str, Any]:
    told: dict[str, Any] = chair.site.get(f"/api/{path}").get_json()
    assert told["success"] is True
    return told


def test_frames_are_generated_first_and_the_queue_tells_the_order(chair: FrameCommands) -> None:
    told = call(chair, "generate-frames", frames=[ONE.id])
    assert (told["state"], told["isGenerating"], told["undo"]) == ("starting", True, None)
    call(chair, "prioritize-frames", frames=[TWO.id])
    assert asked(chair, "queue?projectPath=demo")["next"] == [TWO.id, ONE.id]
    told = call(chair, "prioritize-frames", frames=[TWO.id], by="later")
    assert asked(chair, "queue?projectPath=demo")["next"] == [ONE.id, TWO.id]
    assert told["undo"] == {"command": "prioritize-frames", "frames": [TWO.id], "before": ONE.id}
    call(chair, "prioritize-frames", frames=[TWO.id], before=ONE.id)
    assert asked(chair, "queue?projectPath=demo")["next"] == [TWO.id, ONE.id]


def test_a_scope_stands_for_the_frames_in_it(chair: FrameCommands) -> None:
    chair.draw(ONE)
    call(chair, "generate-frames", style="clear")
    assert set(chair.plan().scope(chair.run().id).only) == {TWO.id, "clear-1-1_3"}


def test_images_are_made_anew_and_the_former_ones_taken_again(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    told = call(chair, "regenerate-frames", frames=[f"{ONE.id}@{version}"], seed="same", count=1)
    redo = chair.plan().scope(chair.run().id).redo[ONE.id]
    assert (redo.seed, redo.model, redo.replaces) == (None, "", version)
    assert told["undo"]["command"] == "undo-regenerate-frames"
    call(chair, told["undo"]["command"], frames=told["undo"]["frames"])
    assert not chair.plan().scope(chair.run().id).redo


def test_another_model_without_a_known_price_needs_a_word(paid: FrameCommands) -> None:
    paid.draw(ONE)
    body = {"projectPath": "demo", "frames": [ONE.id], "model": "gemini-unheard-of"}
    assert paid.site.call("regenerate-frames", body).status_code == 409
    assert paid.run().state is RunState.IDLE
    call(paid, "regenerate-frames", **body, acceptUnknownPrice=True)
    assert paid.plan().scope(paid.run().id).redo[ONE.id].model == "gemini-unheard-of"


def test_an_image_is_sent_back_with_another_prompt(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    told = call(chair, "reject-frame", frame=f"{ONE.id}@{version}", prompt="A sea", basedOn="A lake 1")
    assert told["undo"] == {"command": "undo-regenerate-frames", "frames": [f"{ONE.id}@{version}"]}
    assert asked(chair, f"get-frame?projectPath=demo&frame={ONE.id}")["prompt"] == "A sea"
    assert chair.plan().scope(chair.run().id).redo[ONE.id].replaces == version


def test_marking_many_frames_is_undone_for_exactly_those_it_changed(chair: FrameCommands) -> None:
    call(chair, "mark-frames", frames=[ONE.id], locked=True)
    told = call(chair, "mark-frames", style="clear", locked=True)
    assert told["message"] == "3 images: approved and locked."
    undo = told["undo"]
    assert undo == {"command": "mark-frames", "frames": [TWO.id, "clear-1-1_3"], "locked": False}
    call(chair, undo["command"], frames=undo["frames"], locked=undo["locked"])
    assert [ident for ident, mark in chair.marks().items() if mark.locked] == [ONE.id]
    call(chair, "mark-frames", frames=[ONE.id], note="one")
    assert call(chair, "mark-frames", frames=[ONE.id, TWO.id], note="both")["undo"] is None  # each had another one


def test_only_what_failed_is_tried_again(chair: FrameCommands) -> None:
    run, _ = chair.site.services.control.start(chair.folder)
    chair.fail(ONE, run.id)
    call(chair, "retry-failed")
    assert set(chair.plan().scope(run.id).again) == {ONE.id}


def test_order_pauses_and_marks(chair: FrameCommands) -> None:
    told = call(chair, "set-order", order="styles")
    assert chair.plan().order is Order.STYLES
    assert told["undo"] == {"command": "set-order", "order": "beats"}
    told = call(chair, "hold-generation", style="clear")
    assert chair.plan().held == {"clear"} and told["undo"] == {"command": "release-generation", "style": "clear"}
    call(chair, "release-generation", style="clear")
    assert not chair.plan().held
    told = call(chair, "mark-frames", frames=[ONE.id, TWO.id], locked=True, note="good")
    assert chair.marks() == {frame.id: FrameMarks(locked=True, note="good") for frame in (ONE, TWO)}


def test_an_image_is_deleted_and_restored(chair: FrameCommands) -> None:
    chair.draw(ONE)
    told = call(chair, "delete-image", frames=[ONE.id])
    assert not chair.version(ONE)
    assert asked(chair, f"get-frame?projectPath=demo&frame={ONE.id}")["trash"][0]["id"] in told["undo"]["trash"]
    call(chair, told["undo"]["command"], trash=told["undo"]["trash"])
    assert chair.version(ONE)


def test_a_frame_tells_everything_that_is_known_of_it(chair: FrameCommands) -> None:
    version = chair.draw(ONE, code=f"{'0' * 12}.-.{'0' * 12}")
    call(chair, "mark-frames", frames=[ONE.id], starred=True)
    told = asked(chair, f"get-frame?projectPath=demo&frame={ONE.id}")
    assert (told["status"], told["truth"], told["version"]) == ("exists", "stale", version)
    assert "prompt" in told["changed"] and told["starred"] and not told["locked"]
    assert told["history"] == [
        {"number": 1, "version": version, "path": "generated_images/clear/Shot_1/Beat_1.1.png", "inUse": True}
    ]
    assert told["embedded"]["Attempt"] == "navy"
    missing = asked(chair, f"get-frame?projectPath=demo&frame={TWO.id}")
    assert (missing["truth"], missing["history"], missing["queue"]) == ("missing", [], None)


def test_another_image_of_the_history_is_chosen(chair: FrameCommands) -> None:
    version = chair.draw(ONE, "red")
    chair.draw(TWO, "green")
    pictures = chair.site.services.images
    pictures.spool(chair.folder, "a2", (chair.path / TWO.image_path).read_bytes())
    pictures.publish(chair.folder, ONE, "a2", {"Attempt": "a2"}, version)
    told = call(chair, "choose-image", frame=ONE.id, number=1)
    assert chair.color(ONE) == (255, 0, 0)
    assert told["undo"] == {"command": "choose-image", "frame": ONE.id, "number": 2}


@pytest.mark.parametrize(
    ("command", "body", "status", "sentence"),
    [
        ("generate-frames", {}, 400, "Say which frames"),
        ("generate-frames", {"frames": []}, 400, "frames is empty"),
        ("generate-frames", {"frames": "clear-1-1_1"}, 400, "frames must be an array of texts."),
        ("generate-frames", {"frames": ["clear-7-7_7"]}, 404, "not in the project’s prompts"),
        ("regenerate-frames", {"style": "clear", "count": 5}, 400, "These are 1 images, not 5."),
        ("regenerate-frames", {"style": "clear", "seed": "old"}, 400, "seed must be new or same."),
        ("prioritize-frames", {"style": "clear", "by": "sideways"}, 400, "by must be earlier or later"),
        ("set-order", {"order": "x"}, 400, "order must be beats or styles."),
        ("hold-generation", {"style": "oil"}, 404, "no style oil"),
        ("mark-frames", {"frames": ["clear-1-1_1"]}, 400, "Say what to mark"),
        ("mark-frames", {"frames": ["clear-1-1_1"], "locked": "yes"}, 400, "locked must be true or false."),
        ("choose-image", {"frame": "clear-1-1_1", "number": "1"}, 400, "number must be the number"),
        ("restore-image", {"trash": ["x"]}, 404, "nothing to bring back"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    chair: FrameCommands, command: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    chair.draw(ONE)
    answer = chair.site.call(command, {"projectPath": "demo", **body})
    assert (answer.status_code, answer.get_json()["success"]) == (status, False)
    assert sentence in answer.get_json()["error"]
    assert chair.run().state is RunState.IDLE
