"""The commands for frames on the pages: forms that work without a script, partials for HTMX, each with its way back."""

from __future__ import annotations

import html
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo
from werkzeug.test import TestResponse

from tests.harness.web_app import (
    HTMX,
    WebApp,
    entries,
    image,
)
from webapp.core.frames import FrameNews, Status
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame
from webapp.core.run.states import Cause, Move, RunState
from webapp.core.work_plan import Order
from webapp.disk.files.folder import Folder
from webapp.generation.run_store import RunStore
from webapp.web.images.live_parts import LiveParts

ONE = Frame("clear", "1", "1.1")
TWO = Frame("clear", "1", "1.2")
PAGE = "/p/demo/images"
PAID = {"IMAGE_PROVIDER": "gemini", "GEMINI_API_KEYS": "not-a-real-key-0001"}


class FrameCommands:
    """A project of three beats in two styles, with what its commands do to it. ``folder`` is where it lies."""

    def __init__(self, site: WebApp) -> None:
        self.site = site
        self.path = site.project()

    @property
    def records(self) -> RunStore:
        """The run's record, for the moves that a driver would make."""
        return RunStore(self.site.services.live.state, self.site.services.store, time.time)

    @property
    def folder(self) -> Folder:
        return self.site.services.library.find("demo")

    def draw(self, frame: Frame, color: str = "navy", code: str | None = None) -> str:
        """An image of the frame that was made of what is wanted now, or of ``code``. Answers its version."""
        project = self.site.services.store.project(self.folder)
        beat = project.beat(frame)
        assert beat is not None
        info = PngInfo()
        info.add_text("Inputs", code or self.site.services.makers.setups.inputs(self.folder)(frame, beat).code)
        info.add_text("Attempt", color)
        file = image(self.path, frame.style, frame.beat, frame.shot)
        file.parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (64, 36), color).save(file, "PNG", pnginfo=info)
        return self.version(frame)

    def version(self, frame: Frame) -> str:
        found = self.site.services.store.images.image(self.folder, frame)
        return found.version if found else ""

    def color(self, frame: Frame) -> Any:
        with Picture.open(image(self.path, frame.style, frame.beat)) as picture:
            return picture.convert("RGB").getpixel((0, 0))

    def post(self, verb: str, where: str = PAGE, htmx: bool = True, **fields: str) -> TestResponse:
        headers = {"HX_Request": "true"} if htmx else {}
        return self.site.post(f"{where}/{verb}", data=fields, **headers)

    def page(self) -> str:
        return html.unescape(self.site.get(PAGE).text)

    def drawer(self, frame: Frame) -> str:
        return self.site.get(f"/p/demo/frames/{frame.id}").text

    def undo(self, answer: TestResponse) -> TestResponse:
        """Press the Undo that an answer brought."""
        form = re.search(r'<li class="done-line">.*?action="([^"]+)".*?</form>', answer.text, re.DOTALL)
        assert form, answer.text[:500]
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        return self.site.post(html.unescape(form[1]), data=fields, HX_Request="true")

    def run(self) -> Any:
        return self.site.services.control.run(self.folder)

    def plan(self) -> Any:
        return self.site.services.store.records.plan(self.folder)

    def marks(self) -> dict[str, FrameMarks]:
        return self.site.services.store.records.marks(self.folder)

    def fail(self, frame: Frame, run: str, status: Status = Status.ERROR, **facts: Any) -> None:
        news = FrameNews(frame.style, frame.shot, frame.beat, status, run=run, error="The filter refused it.", **facts)
        self.site.services.live.state.post(self.folder.id, frames=[news])


@pytest.fixture
def paid(tmp_path: Path, own_redis: str) -> FrameCommands:
    """The same with a provider that costs money."""
    return FrameCommands(WebApp(tmp_path, own_redis, **PAID))


@pytest.fixture
def chair(site: WebApp) -> FrameCommands:
    return FrameCommands(site)


def cell(text: str, frame: Frame) -> str:
    found = re.search(rf'<td [^>]*id="cell-{frame.id}".*?</td>', text, re.DOTALL)
    assert found, f"no cell of {frame.id}"
    return html.unescape(found[0])


# -- the truth of an image ---------------------------------------------------------------------------------


def test_an_image_whose_prompt_changed_is_stale_until_the_prompt_is_back(chair: FrameCommands) -> None:
    chair.draw(ONE)
    assert "Stale" not in chair.page()
    file = chair.path / "prompts" / "prompts-clear.json"
    before = file.read_text()
    file.write_text(json.dumps(entries(3, "A wide lake")))
    text = chair.page()
    assert "Stale: prompt changed" in cell(text, ONE)
    assert "Regenerate all for free" in " ".join(text.split())
    assert "Stale" not in cell(text, TWO)
    file.write_text(before)
    assert "Stale" not in chair.page()


def test_an_image_of_another_model_or_reference_says_which_of_them_changed(chair: FrameCommands) -> None:
    chair.draw(ONE)
    found = chair.site.services.store.images.image(chair.folder, ONE)
    assert found is not None
    words, _, _ = found.inputs.split(".")
    chair.draw(ONE, code=f"{words}.{'0' * 12}.{'0' * 12}")
    assert "Stale: style reference and model or its settings changed" in cell(chair.page(), ONE)


def test_an_image_of_v1_is_never_called_stale(chair: FrameCommands) -> None:
    file = image(chair.path, "clear", "1.1")
    file.parent.mkdir(parents=True)
    Picture.new("RGB", (64, 36)).save(file)
    assert "Saved earlier" in cell(chair.page(), ONE)


def test_a_prompt_saved_while_the_page_is_open_reaches_every_viewer_with_the_next_message(chair: FrameCommands) -> None:
    chair.draw(ONE)
    parts = LiveParts(chair.site.services.state, chair.site.app.jinja_env, time.time)
    parts.since(chair.folder, "")
    edit = {"prompt": "A sea", "was": "A lake 1"}
    chair.site.post(f"/p/demo/frames/{ONE.id}/prompt", data=edit, HX_Request="true")
    message = chair.site.services.live.state.read(chair.folder.id)
    changed = parts.changed(chair.folder, message)
    assert "Stale: prompt changed" in changed[f"cell-{ONE.id}"]
    assert "<strong" in changed["marked"] and "1</strong> stale" in changed["marked"]


# -- made next, made anew, tried again ---------------------------------------------------------------------


def test_one_frame_is_generated_by_a_run_of_its_own(chair: FrameCommands) -> None:
    answer = chair.post("generate", frame=ONE.id)
    assert "Generating [clear] Beat 1.1." in answer.text
    run = chair.run()
    assert (run.state, chair.plan().scope(run.id).only) == (RunState.STARTING, (ONE.id,))
    assert "Next in queue" in cell(answer.text, ONE)


def test_an_answer_says_which_change_it_shows_so_that_it_replaces_nothing_newer(chair: FrameCommands) -> None:
    answer = chair.post("order", order="styles")
    live = chair.site.services.state.read(chair.folder).live
    assert answer.text.startswith(f"<!--live {live}-->")
    assert not chair.post("order", order="x").text.startswith("<!--")  # an error is shown whatever came meanwhile


def test_generate_next_can_be_undone(chair: FrameCommands) -> None:
    chair.site.services.control.start(chair.folder)
    before = line(chair)
    answer = chair.post("generate", frame=TWO.id)
    assert line(chair)[0] == TWO.id
    chair.undo(answer)
    assert line(chair) == before


def test_generate_next_moves_a_frame_to_the_front_and_twice_is_once(chair: FrameCommands) -> None:
    chair.site.services.control.start(chair.folder)
    for _ in range(2):
        answer = chair.post("generate", frame="clear-1-1_3")
        assert chair.plan().first == ("clear-1-1_3",)
    assert "1.3 clear" in re.findall(r'class="queue-next">(.*?)</p>', answer.text, re.DOTALL)[0]


def test_without_a_script_a_command_leads_back_to_the_page_which_tells_of_it(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    answer = chair.post("regenerate", htmx=False, frame=f"{ONE.id}@{version}")
    assert (answer.status_code, answer.location) == (303, PAGE)
    text = chair.page()
    assert "[clear] Beat 1.1 will be made anew. The image of before is kept." in text
    assert "undo-regenerate" in text
    assert "will be made anew. The" not in chair.page()


def test_regenerate_asks_for_the_image_the_user_saw_and_pays_once(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    chair.post("regenerate", frame=f"{ONE.id}@{version}")
    first = chair.plan().scope(chair.run().id).redo[ONE.id]
    assert (first.replaces, first.seed is None) == (version, False)
    chair.draw(ONE, "red")
    answer = chair.post("regenerate", frame=f"{ONE.id}@{version}")
    assert "another image has come meanwhile" in answer.text
    assert chair.plan().scope(chair.run().id).redo[ONE.id] == first


def test_the_same_seed_and_another_model_can_be_asked_for(paid: FrameCommands) -> None:
    paid.draw(ONE)
    assert 'name="model"' in paid.drawer(ONE)
    paid.post("regenerate", frame=ONE.id, seed="same", model=" gemini-3-pro-image ")
    redo = paid.plan().scope(paid.run().id).redo[ONE.id]
    assert (redo.seed, redo.model) == (None, "gemini-3-pro-image")


def test_another_model_whose_price_is_not_known_is_asked_about_first(paid: FrameCommands) -> None:
    paid.draw(ONE)
    answer = paid.post("regenerate", frame=ONE.id, model="gemini-unheard-of")
    assert "The price of gemini-unheard-of is not known." in answer.text
    assert paid.run().state is RunState.IDLE
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    paid.post("regenerate", PAGE, True, **fields)
    assert paid.plan().scope(paid.run().id).redo[ONE.id].model == "gemini-unheard-of"


def test_under_a_budget_no_model_is_asked_whose_price_is_not_known(paid: FrameCommands) -> None:
    paid.draw(ONE)
    paid.post("budget", budget="5")
    answer = paid.post("regenerate", frame=ONE.id, model="gemini-unheard-of", accept="gemini gemini-unheard-of")
    assert "so the budget cannot be kept" in answer.text
    assert paid.run().state is RunState.IDLE


def test_where_there_is_no_other_model_none_is_offered_or_taken(chair: FrameCommands) -> None:
    chair.draw(ONE)
    assert 'name="model"' not in chair.drawer(ONE)
    assert "no other model to choose" in chair.post("regenerate", frame=ONE.id, model="sketch-2").text
    assert chair.run().state is RunState.IDLE


def test_a_regeneration_can_be_undone_before_and_after_it_was_made(chair: FrameCommands) -> None:
    version = chair.draw(ONE, "red")
    answer = chair.post("regenerate", frame=f"{ONE.id}@{version}")
    chair.undo(answer)
    assert not chair.plan().scope(chair.run().id).redo
    pictures = chair.site.services.images
    chair.draw(TWO, "green")
    pictures.spool(chair.folder, "a2", image(chair.path, "clear", "1.2").read_bytes())
    pictures.publish(chair.folder, ONE, "a2", {"Attempt": "a2"}, version)
    assert chair.color(ONE) == (0, 128, 0)
    chair.undo(answer)
    assert chair.color(ONE) == (255, 0, 0)


def test_retry_failed_touches_only_what_failed(chair: FrameCommands) -> None:
    run, _ = chair.site.services.control.start(chair.folder)
    chair.draw(TWO)
    chair.fail(ONE, run.id)
    chair.fail(TWO, run.id, Status.EXISTS)
    answer = chair.post("retry-failed")
    assert "Trying 2 images again." in answer.text
    scope = chair.plan().scope(run.id)
    assert (set(scope.redo), set(scope.again)) == ({TWO.id}, {ONE.id, TWO.id})


def test_retry_can_be_narrowed_to_a_style_or_to_what_a_filter_shows(chair: FrameCommands) -> None:
    run, _ = chair.site.services.control.start(chair.folder)
    other = Frame("illustration", "1", "1.1")
    for frame in (ONE, TWO, other):
        chair.fail(frame, run.id)
    chair.post("retry-failed", style="illustration")
    assert set(chair.plan().scope(run.id).again) == {other.id}
    assert "None of these images has failed." in chair.post("retry-failed", frames="").text  # a filter shows none
    asked = chair.post("retry-failed", frames=f"{TWO.id} clear-1-1_3")
    assert "Retry 1 failed image?" in asked.text and f'name="frames" value="{TWO.id}"' in asked.text
    assert set(chair.plan().scope(run.id).again) == {other.id}
    chair.post("retry-failed", frames=TWO.id, count="1")
    assert set(chair.plan().scope(run.id).again) == {other.id, TWO.id}


def test_a_bulk_command_asks_once_and_again_when_the_number_changed(chair: FrameCommands) -> None:
    chair.draw(ONE)
    chair.draw(TWO)
    for count in ("", "1", "3"):
        answer = chair.post("regenerate", style="clear", count=count)
        assert "Regenerate 2 images?" in answer.text
        assert chair.run().state is RunState.IDLE
    page = chair.post("regenerate", htmx=False, style="clear")
    assert page.status_code == 200 and "Regenerate 2 images?" in page.text
    assert "2 images will be made anew" in chair.post("regenerate", style="clear", count="2").text
    assert len(chair.plan().scope(chair.run().id).redo) == 2


def test_nothing_is_begun_while_a_run_stops(chair: FrameCommands) -> None:
    chair.site.services.control.start(chair.folder)
    for move in (Move.TAKEN, Move.STOP):
        chair.records.change(chair.folder, move)
    answer = chair.post("generate", frame=ONE.id)
    assert "Error: The run is stopping." in answer.text
    assert chair.plan().first == ()


# -- order and pauses ----------------------------------------------------------------------------------------


def test_the_order_can_be_changed_and_changed_back(chair: FrameCommands) -> None:
    answer = chair.post("order", order="styles")
    assert chair.plan().order is Order.STYLES
    assert re.search(r'id="order-styles" name="order" value="styles"\s+aria-pressed="true"', answer.text)
    chair.undo(answer)
    assert chair.plan().order is Order.BEATS


def test_a_style_is_paused_by_itself_and_goes_on(chair: FrameCommands) -> None:
    answer = chair.post("hold", style="clear")
    assert chair.plan().held == {"clear"}
    assert "Paused" in re.findall(r'id="style-clear".*?</th>', answer.text, re.DOTALL)[0]
    chair.undo(answer)
    assert chair.plan().held == frozenset()
    chair.post("hold", provider="sketch")
    assert chair.plan().held_providers == {"sketch"}


def test_a_run_that_paused_because_all_was_held_goes_on_with_the_release(chair: FrameCommands) -> None:
    chair.site.services.control.start(chair.folder)
    chair.post("hold", style="clear")
    chair.records.change(chair.folder, Move.HOLD, cause=Cause.HELD.value, reason="every style is paused.")
    assert chair.run().pausing
    chair.post("release", style="clear")
    assert chair.run().state is RunState.STARTING


def test_many_commands_whose_answers_nobody_reads_do_not_burst_the_cookie(chair: FrameCommands) -> None:
    for _ in range(60):
        answer = chair.post("order", htmx=False, order="styles")
        chair.site.post("/p/demo/select/flag", {"beat": "1.1", "flagged": "1"})
    assert len(answer.headers["Set-Cookie"]) < 2_000
    assert chair.page().count('class="done-line"') == 1
    chair.post("order", htmx=False, order="beats")
    assert 'id="select-said"></p>' in chair.site.get("/p/demo/select").text  # it was said of Step 8


def line(chair: FrameCommands) -> list[str]:
    return [frame.id for frame in chair.site.services.state.read(chair.folder).queue]


def test_a_waiting_frame_is_moved_and_each_move_can_be_undone(chair: FrameCommands) -> None:
    assert "Only an image that waits" in chair.post("move", frame=ONE.id, by="earlier").text
    chair.site.services.control.start(chair.folder)
    before = line(chair)
    assert before[:4] == ["illustration-1-1_1", ONE.id, "illustration-1-1_2", TWO.id]
    for name, value, place in (("by", "earlier", 2), ("by", "later", 4), ("by", "first", 0), ("before", ONE.id, 1)):
        answer = chair.post("move", PAGE, True, **{"frame": TWO.id, name: value})
        assert line(chair).index(TWO.id) == place
        assert [each for each in line(chair) if each != TWO.id] == [each for each in before if each != TWO.id]
        chair.undo(answer)
        assert line(chair) == before
    assert "comes after [illustration] Beat 1.1." in chair.post("move", frame=TWO.id, before=ONE.id).text
    assert "is there already." in chair.post("move", frame=TWO.id, before=ONE.id).text
    assert "by must be earlier" in chair.post("move", frame=TWO.id, by="up").text
    assert "is not in the project’s prompts" in chair.post("move", by="up").text


def test_the_list_of_what_comes_next_is_a_page_and_a_dialog_and_stays_open_while_frames_are_moved(
    chair: FrameCommands,
) -> None:
    assert "Nothing waits." in chair.site.get(f"{PAGE}/queue").text
    chair.site.services.control.start(chair.folder)
    assert f'href="{PAGE}/queue"' in chair.page()
    assert re.findall(r'<li class="line-row" id="line-([^"]+)"', chair.site.get(f"{PAGE}/queue").text) == line(chair)
    answer = chair.post("move", frame=TWO.id, by="first", queue="1")
    assert 'hx-target="#line-said"' in answer.text and 'hx-target="#sheet"' not in answer.text
    assert re.findall(r'id="line-([^"]+)"', chair.site.get(f"{PAGE}/queue?part=line").text)[0] == TWO.id
    refused = chair.post("move", frame="clear-1-9_9", by="first", queue="1")
    assert "Reload the page." in refused.text and 'hx-target="#sheet"' not in refused.text
    plain = chair.post("move", htmx=False, frame=TWO.id, by="later", queue="1")
    assert (plain.status_code, plain.headers["Location"]) == (303, f"{PAGE}/queue")


# -- marks, history, trash -------------------------------------------------------------------------------------


def test_a_locked_frame_survives_every_bulk_command(chair: FrameCommands) -> None:
    chair.draw(ONE)
    chair.draw(TWO)
    answer = chair.post("mark", where="/p/demo/frames/clear-1-1_1", locked="1")
    assert "approved and locked" in answer.text
    assert 'data-marks="locked"' in cell(chair.page(), ONE)
    assert "Regenerate 1 image?" in chair.post("regenerate", style="clear").text
    chair.post("regenerate", style="clear", count="1")
    assert set(chair.plan().scope(chair.run().id).redo) == {TWO.id}
    assert "approved and locked" in chair.post("regenerate", frame=ONE.id).text
    assert "Unlock it first" in chair.post("delete", frame=ONE.id).text
    assert chair.version(ONE)
    chair.undo(answer)
    assert ONE.id not in chair.marks()


def test_star_flag_and_note_are_kept_and_shown(chair: FrameCommands) -> None:
    where = "/p/demo/frames/clear-1-1_1"
    chair.post("mark", where=where, star="1")
    chair.post("mark", where=where, flag="1")
    chair.post("mark", where=where, note="Too dark <b>here</b>")
    assert chair.marks()[ONE.id] == FrameMarks(False, True, True, "Too dark <b>here</b>")
    text = chair.site.get(where).text
    assert "Too dark &lt;b&gt;here&lt;/b&gt;" in text
    assert 'data-marks="starred flagged noted"' in cell(chair.page(), ONE)
    assert "longer than 2000 characters" in chair.post("mark", where=where, note="x" * 2001).text


def test_an_earlier_image_is_chosen_and_the_choice_undone(chair: FrameCommands) -> None:
    version = chair.draw(ONE, "red")
    chair.draw(TWO, "green")
    pictures = chair.site.services.images
    pictures.spool(chair.folder, "a2", image(chair.path, "clear", "1.2").read_bytes())
    pictures.publish(chair.folder, ONE, "a2", {"Attempt": "a2", "Seed": "7", "Model": "nano"}, version)
    where = f"/p/demo/frames/{ONE.id}"
    details = chair.site.get(where).text
    assert "Image 1" in details and "seed 7 · nano" in details and "Embedded in the file" in details
    kept = re.findall(r'href="(/p/demo/frames/[^"]+/history/1\?v=[^"]+)"', details)[0]
    assert chair.site.get(html.unescape(kept)).mimetype == "image/png"
    assert chair.site.get(f"{html.unescape(kept)}&small=1").mimetype == "image/webp"
    assert 'class="compare"' in chair.site.get(f"{where}?compare=1").text
    answer = chair.post("choose", where=where, number="1", drawer=ONE.id)
    assert chair.color(ONE) == (255, 0, 0)
    assert 'hx-target="#drawer"' in answer.text
    chair.undo(answer)
    assert chair.color(ONE) == (0, 128, 0)
    assert "no such image" in chair.post("choose", where=where, number="9").text


def test_a_deleted_image_leaves_the_progress_file_and_comes_back_with_undo(chair: FrameCommands) -> None:
    chair.draw(ONE)
    project = chair.site.services.store.project(chair.folder)
    chair.site.services.store.write_progress(chair.folder, project, "clear", [ONE])
    answer = chair.post("delete", frame=ONE.id)
    assert "Pending" in cell(answer.text, ONE)
    assert done_beats(chair.path) == []
    assert "Restore" in chair.site.get(f"/p/demo/frames/{ONE.id}").text
    answer = chair.undo(answer)
    assert "brought back from the trash" in (chair.path / ".step8" / "activity.jsonl").read_text()
    assert "Exists" in cell(answer.text, ONE)
    assert done_beats(chair.path) == ["1.1"]


def test_deleting_many_asks_with_their_number(chair: FrameCommands) -> None:
    chair.draw(ONE)
    chair.draw(TWO)
    assert "Delete 2 images?" in chair.site.get(f"{PAGE}/ask?do=delete&style=clear").text
    assert "Delete 2 images?" in chair.post("delete", style="clear").text
    answer = chair.post("delete", style="clear", count="2")
    assert not chair.version(ONE) and not chair.version(TWO)
    chair.undo(answer)
    assert chair.version(ONE) and chair.version(TWO)


def test_a_rejected_image_is_sent_back_with_another_prompt(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    where = f"/p/demo/frames/{ONE.id}"
    chair.post("mark", where=where, star="1")
    answer = chair.post("reject", where=where, frame=f"{ONE.id}@{version}", prompt="A sea", was="A lake 1")
    assert "is rejected and will be made anew" in answer.text
    assert chair.plan().scope(chair.run().id).redo[ONE.id].replaces == version
    beat = chair.site.services.store.project(chair.folder).beat(ONE)
    assert beat is not None and beat.prompt == "A sea"
    assert ONE.id not in chair.marks()
    again = chair.post("reject", where=where, frame=f"{ONE.id}@{version}", prompt="A sea", was="A lake 1")
    assert "is rejected and will be made anew" in again.text  # pressed twice


def test_the_prompt_of_a_rejection_stays_in_its_field_when_the_file_says_something_else(chair: FrameCommands) -> None:
    version = chair.draw(ONE)
    form = {"frame": f"{ONE.id}@{version}", "prompt": "Mine", "was": "Yesterday", "drawer": ONE.id}
    answer = html.unescape(chair.post("reject", f"/p/demo/frames/{ONE.id}", True, **form).text)
    assert "was changed meanwhile" in answer and '<details class="ways" open>' in answer
    assert re.findall(r'id="reject-prompt"[^>]*>\s*(.*?)</textarea>', answer) == ["Mine"]
    assert 'name="was" value="A lake 1"' in answer  # saved once more it is put in the place of the other one


def test_a_rejection_that_is_refused_changes_no_prompt(chair: FrameCommands) -> None:
    def reject(frame: Frame, version: str) -> str:
        form = {"frame": f"{frame.id}@{version}", "prompt": "A sea", "was": f"A lake {frame.beat[-1]}"}
        return html.unescape(chair.post("reject", f"/p/demo/frames/{frame.id}", True, **form).text)

    before = (chair.path / "prompts" / "prompts-clear.json").read_bytes()
    assert "There is no image to reject." in reject(ONE, "")
    version = chair.draw(ONE)
    assert "another image has come meanwhile" in reject(ONE, "an-older-one")
    chair.post("mark", where=f"/p/demo/frames/{ONE.id}", locked="1")
    assert "approved and locked" in reject(ONE, version)
    assert (chair.path / "prompts" / "prompts-clear.json").read_bytes() == before
    assert chair.run().state is RunState.IDLE


def done_beats(path: Path) -> list[str]:
    found: list[str] = json.loads((path / "image_progress_clear.json").read_text())["completedBeats"]
    return found


# -- start, stop, and what is refused ----------------------------------------------------------------------------


def test_a_start_the_budget_is_not_enough_for_is_asked_about_once(tmp_path: Path, own_redis: str) -> None:
    keys = {"IMAGE_PROVIDER": "gemini", "GEMINI_API_KEYS": "not-a-real-key-0001", "BUDGET_USD": "0.10"}
    chair = FrameCommands(WebApp(tmp_path, own_redis, **keys))
    answer = chair.post("start")
    assert "The budget is not enough" in answer.text
    assert chair.run().state is RunState.IDLE
    assert "The budget is not enough" in chair.post("start", htmx=False).text
    chair.post("start", sure="1")
    assert chair.run().state is RunState.STARTING


def test_a_model_without_a_known_price_is_asked_about_before_it_is_used(tmp_path: Path, own_redis: str) -> None:
    chair = FrameCommands(WebApp(tmp_path, own_redis, **PAID, GEMINI_MODEL="gemini-unheard-of"))
    assert "price unknown" in cell(chair.page(), ONE)
    answer = chair.post("generate", frame=ONE.id)
    assert "The price is not known" in answer.text
    assert chair.run().state is RunState.IDLE
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    chair.post("generate", PAGE, True, **fields)
    assert chair.plan().scope(chair.run().id).only == (ONE.id,)


def test_a_stop_can_be_undone_by_starting_the_same_again(chair: FrameCommands) -> None:
    chair.post("generate", frame=ONE.id)
    answer = chair.site.post(f"{PAGE}/stop?run={chair.run().id}", HX_Request="true")
    assert chair.run().state is RunState.STOPPED
    assert "Start again" in answer.text
    chair.undo(answer)
    assert chair.plan().scope(chair.run().id).only == (ONE.id,)


@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        ("generate", {"frame": "clear-9-9_9"}, "not in the project’s prompts"),
        ("regenerate", {"frame": "../../etc"}, "not in the project’s prompts"),
        ("generate", {"style": "oil"}, "no style oil"),
        ("generate", {"only": "all"}, "only must be one of"),
        ("order", {"order": "random"}, "order must be beats or styles"),
        ("hold", {}, "Say which style or which provider"),
        ("hold", {"provider": "nobody"}, "Nothing of this project is made by"),
        ("restore", {"trash": "../x"}, "nothing to bring back"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence_and_changes_nothing(
    chair: FrameCommands, verb: str, fields: dict[str, str], sentence: str
) -> None:
    before = chair.plan()
    answer = chair.post(verb, PAGE, True, **fields)
    assert answer.status_code == 200
    assert sentence in html.unescape(answer.text)
    assert sentence in html.unescape(chair.post(verb, PAGE, False, **fields).text)
    assert (chair.plan(), chair.run().state) == (before, RunState.IDLE)


def test_a_sheet_is_a_page_of_its_own_without_a_script(chair: FrameCommands) -> None:
    for scope in ("style=clear", "shot=1", "shot=1&beat=1.2"):
        page = chair.site.get(f"{PAGE}/sheet?{scope}")
        assert page.status_code == 200 and "<h1" in page.text
        assert 'hx-target="#sheet"' in chair.site.client.get(f"{PAGE}/sheet?{scope}", headers=HTMX).text
    assert chair.site.get(f"{PAGE}/sheet?style=oil").status_code == 404
    assert chair.site.get(f"{PAGE}/ask?do=everything").status_code == 400
