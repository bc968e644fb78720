"""How a command is taken back: as a form of a page, and as a call of a program."""

from __future__ import annotations

import pytest

from tests.harness.web_app import WebApp
from webapp.operations.result import CommandResult, UndoCommand, UndoName
from webapp.web.api.frames import undo_body
from webapp.web.layout.command_result import ResultView, result_view

ONE = "clear-1-1_1"

UNDONE = (
    (
        UndoCommand(UndoName.UNDO_REGENERATE, (f"{ONE}@v1", "clear-1-1_2@v2")),
        ("/p/my%20film/images/undo-regenerate", {"frames": f"{ONE}@v1 clear-1-1_2@v2"}),
        {"command": "undo-regenerate-frames", "frames": [f"{ONE}@v1", "clear-1-1_2@v2"]},
    ),
    (
        UndoCommand(UndoName.MOVE, (ONE,), (("before", ""),)),
        ("/p/my%20film/images/move", {"frame": ONE, "before": ""}),
        {"command": "prioritize-frames", "frames": [ONE], "before": ""},
    ),
    (
        UndoCommand(UndoName.ORDER, fields=(("order", "beats"),)),
        ("/p/my%20film/images/order", {"order": "beats"}),
        {"command": "set-order", "order": "beats"},
    ),
    (
        UndoCommand(UndoName.HOLD, fields=(("style", "clear"),)),
        ("/p/my%20film/images/hold", {"style": "clear"}),
        {"command": "hold-generation", "style": "clear"},
    ),
    (
        UndoCommand(UndoName.RELEASE, fields=(("provider", "sketch"),)),
        ("/p/my%20film/images/release", {"provider": "sketch"}),
        {"command": "release-generation", "provider": "sketch"},
    ),
    (
        UndoCommand(UndoName.MARK, (ONE,), (("locked", True), ("star", False), ("note", "1"))),
        (f"/p/my%20film/frames/{ONE}/mark", {"locked": "1", "star": "0", "note": "1"}),
        {"command": "mark-frames", "frames": [ONE], "locked": True, "starred": False, "note": "1"},
    ),
    (
        UndoCommand(UndoName.CHOOSE, (ONE,), (("number", 3),)),
        (f"/p/my%20film/frames/{ONE}/choose", {"number": "3"}),
        {"command": "choose-image", "frame": ONE, "number": 3},
    ),
    (
        UndoCommand(UndoName.RESTORE, fields=(("trash", ("a.1", "b.2")),)),
        ("/p/my%20film/images/restore", {"trash": "a.1 b.2"}),
        {"command": "restore-image", "trash": ["a.1", "b.2"]},
    ),
)


@pytest.mark.parametrize(("undo", "form", "body"), UNDONE, ids=[undo.name.value for undo, _, _ in UNDONE])
def test_an_undo_is_a_form_of_the_page_and_a_call_of_a_program(
    undo: UndoCommand, form: tuple[str, dict[str, str]], body: dict[str, object]
) -> None:
    view = result_view("my film", CommandResult("Done.", undo))
    assert (view.action, dict(view.fields), view.label) == (*form, "Undo")
    assert undo_body(undo) == body


def test_every_undo_is_told_here_but_the_new_start_which_pages_alone_offer() -> None:
    assert {undo.name for undo, _, _ in UNDONE} == set(UndoName) - {UndoName.START}


def test_what_cannot_be_taken_back_has_neither_form_nor_call() -> None:
    assert result_view("film", CommandResult("Done.")) == ResultView("Done.")
    assert undo_body(None) is None


def test_without_a_script_stop_leads_to_a_page_that_offers_a_new_start(site: WebApp) -> None:
    site.project()
    site.post("/p/demo/images/start")
    site.post("/p/demo/images/stop")
    line = site.get("/p/demo/images").text.partition('class="done-line"')[2].partition("</li>")[0]
    assert "Generation stopped." in line and "Start again</button>" in line
