"""What a user does, without an app: on a real folder, with the commands for the run written down instead of done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image as Picture

from tests.harness.app_process import ROOT
from webapp.coordination.live_state import LiveState, Message
from webapp.core.activity_line import ActivityFilter
from webapp.core.frames import FrameNews, Status
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame
from webapp.core.run.states import Run, RunState
from webapp.core.work_plan import Order, WorkPlan
from webapp.disk.files.folder import Folder
from webapp.disk.library import Library
from webapp.disk.logs.activity_log import ActivityLog
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, CoordinationDown, PriceUnknown
from webapp.generation.control import Control
from webapp.operations.frames import FrameOperations, Rejection
from webapp.operations.images import ImageOperations
from webapp.operations.prompts import PromptOperations
from webapp.operations.publisher import ChangePublisher
from webapp.operations.queue import QueueOperations
from webapp.operations.result import CommandResult, UndoCommand, UndoName
from webapp.operations.runs import ANY_MODEL, RunOperations
from webapp.state.frame_facts import FrameFacts
from webapp.state.project_state import ProjectState

ONE, TWO, THREE = (Frame("clear", "1", f"1.{n}") for n in (1, 2, 3))


class RecordedControl:
    """The commands of a run, written down. ``down`` is raised by each, as without Redis."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self.made: list[list[str]] = []
        self.remade: list[dict[str, str]] = []
        self.down: CoordinationDown | None = None

    def arrange(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> Run:
        self._store.records.change_plan(folder, change)
        if self.down:
            raise self.down
        return Run()

    def make(self, folder: Folder, ids: Iterable[str]) -> Run:
        self.made.append(list(ids))
        return Run()

    def remake(self, folder: Folder, versions: dict[str, str], *, fresh_seed: bool = True, model: str = "") -> Run:
        self.remade.append(dict(versions))
        return Run()

    def stop(self, folder: Folder, run_id: str | None = None) -> Run:
        return Run("r1", RunState.STOPPED)


class RecordedLiveState:
    """What was published. ``down`` as in `RecordedControl`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.news: list[FrameNews] = []
        self.down: CoordinationDown | None = None

    def post(self, ident: str, *, frames: Iterable[FrameNews] = (), log: Iterable[dict[str, Any]] = ()) -> None:
        if self.down:
            raise self.down
        self.news += frames
        self.lines += [line["text"] for line in log]


class Bench:
    """A project of three beats in one style, and the operations on it."""

    def __init__(self, root: Path) -> None:
        prompts = root / "film" / "prompts"
        prompts.mkdir(parents=True)
        beats = [
            {"shot_number": 1, "beat_number": f"1.{n}", "script_phrase": "", "transition_type": "h", "ai_prompt": "Sea"}
            for n in (1, 2, 3)
        ]
        (prompts / "prompts-clear.json").write_text(json.dumps(beats))
        self.store = ProjectStore()
        self.folder = Library(root, storage="s").find("film")
        self.control, self.live_state = RecordedControl(self.store), RecordedLiveState()
        control = cast(Control, self.control)
        publisher = ChangePublisher(
            self.store, control, cast(LiveState, self.live_state), ActivityLog(), lambda: 1_700_000_000.0
        )
        prompt_operations = PromptOperations(self.store, publisher)
        self.frames = FrameOperations(control, self.store, cast(Any, None), prompt_operations, publisher)
        self.queue = QueueOperations(control, publisher)
        self.images = ImageOperations(self.store, publisher, lambda: 1_700_000_000.0)

    def draw(self, frame: Frame, color: str = "navy") -> None:
        file = self.folder.path / frame.image_path
        file.parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (64, 36), color).save(file, "PNG")

    def state(self, run: Run | None = None) -> ProjectState:
        project = self.store.project(self.folder)
        images = self.store.images.of_project(self.folder, project)
        facts = FrameFacts(marks=self.store.records.marks(self.folder), plan=self.store.records.plan(self.folder))
        versions = {frame: image.version for frame, image in images.items()}
        return ProjectState.of(project, versions, Message(), run or Run(), facts)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def undo_of(result: CommandResult) -> UndoCommand:
    assert result.undo is not None, result.text
    return result.undo


RUNNING = Run("r1", RunState.GENERATING)


# -- images ------------------------------------------------------------------------------------------------


def test_a_mark_is_undone_by_the_values_of_before(bench: Bench) -> None:
    bench.images.mark(bench.folder, bench.state(), ONE, note="Too dark")
    undo = undo_of(bench.images.mark(bench.folder, bench.state(), ONE, locked=True, note="Fine"))
    assert (undo.name, undo.frames, dict(undo.fields)) == (
        UndoName.MARK,
        (ONE.id,),
        {"locked": False, "note": "Too dark"},
    )
    bench.images.mark(bench.folder, bench.state(), ONE, **dict(undo.fields))  # type: ignore[arg-type]
    assert bench.store.records.marks(bench.folder)[ONE.id] == FrameMarks(note="Too dark")


def test_a_mark_that_was_there_has_nothing_to_undo(bench: Bench) -> None:
    bench.images.mark(bench.folder, bench.state(), ONE, star=True)
    assert bench.images.mark(bench.folder, bench.state(), ONE, star=True).undo is None


def test_several_frames_are_undone_at_once_only_where_they_were_marked_alike(bench: Bench) -> None:
    result = bench.images.mark_each(bench.folder, bench.state(), [ONE, TWO], flag=True)
    assert result.text == "2 images: flagged."
    assert (undo_of(result).frames, undo_of(result).fields) == ((ONE.id, TWO.id), (("flag", False),))
    bench.images.mark(bench.folder, bench.state(), THREE, note="Old")
    assert bench.images.mark_each(bench.folder, bench.state(), [ONE, THREE], note="New").undo is None


def test_a_deleted_image_comes_back_by_the_ids_in_its_undo(bench: Bench) -> None:
    bench.draw(ONE)
    before = bench.state().versions[ONE]
    undo = undo_of(bench.images.delete(bench.folder, bench.state(), [ONE]))
    assert undo.name is UndoName.RESTORE and ONE not in bench.state().versions
    assert bench.live_state.news[-1].status is Status.PENDING
    ((_, trash),) = undo.fields
    bench.images.restore(bench.folder, bench.state(), cast(tuple[str, ...], trash))
    assert bench.state().versions[ONE] == before
    assert bench.live_state.news[-1].image == before


def test_a_command_does_what_it_says_without_redis(bench: Bench) -> None:
    bench.control.down = bench.live_state.down = CoordinationDown("Redis is away.")
    bench.draw(ONE)
    assert bench.images.mark(bench.folder, bench.state(), ONE, star=True).text == "[clear] Beat 1.1: starred."
    assert bench.images.delete(bench.folder, bench.state(), [ONE]).text == "[clear] Beat 1.1 deleted."
    assert ONE not in bench.state().versions


def test_what_was_done_is_written_down_and_published(bench: Bench) -> None:
    bench.images.mark(bench.folder, bench.state(), ONE, locked=True)
    assert bench.live_state.lines == ["[clear] Beat 1.1: approved and locked."]
    assert [line.text for line in ActivityLog().newest(bench.folder, ActivityFilter(), 5)] == bench.live_state.lines


# -- frames ------------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_a_run_that_stops(bench: Bench) -> None:
    bench.draw(TWO)
    state = bench.state(Run("r1", RunState.STOPPING))
    commands: tuple[Callable[[], CommandResult], ...] = (
        lambda: bench.frames.generate(bench.folder, state, [ONE]),
        lambda: bench.frames.regenerate(bench.folder, state, {TWO: ""}),
        lambda: bench.frames.retry(bench.folder, state, [ONE]),
        lambda: bench.frames.reject(bench.folder, state, TWO, Rejection(prompt="A pond")),
    )
    for command in commands:
        with pytest.raises(BadInput, match="is stopping"):
            command()
    assert (bench.control.made, bench.control.remade) == ([], [])
    assert bench.state().project.style("clear").beats[1].prompt == "Sea"  # type: ignore[union-attr]


def test_only_the_image_that_the_user_saw_is_made_anew(bench: Bench) -> None:
    bench.draw(ONE)
    version = bench.state().versions[ONE]
    undo = undo_of(bench.frames.regenerate(bench.folder, bench.state(), {ONE: version}))
    assert (undo.name, undo.frames) == (UndoName.UNDO_REGENERATE, (f"{ONE.id}@{version}",))
    bench.draw(ONE, "red")
    assert bench.frames.regenerate(bench.folder, bench.state(), {ONE: version}).undo is None
    assert bench.control.remade == [{ONE.id: version}]


def test_a_rejected_image_loses_its_star_and_its_prompt_is_saved_first(bench: Bench) -> None:
    bench.draw(ONE)
    bench.images.mark(bench.folder, bench.state(), ONE, star=True)
    bench.frames.reject(bench.folder, bench.state(), ONE, Rejection(prompt="A pond", based_on="Sea"))
    assert not bench.state().facts.mark(ONE).star
    assert bench.state().project.style("clear").beats[0].prompt == "A pond"  # type: ignore[union-attr]
    assert len(bench.control.remade) == 1


# -- the queue ---------------------------------------------------------------------------------------------


def waiting(bench: Bench) -> list[str]:
    return [frame.id for frame in bench.state(RUNNING).queue]


@pytest.mark.parametrize("by", ["first", "earlier", "later"])
def test_a_frame_that_was_moved_is_moved_back_by_its_undo(bench: Bench, by: str) -> None:
    before = waiting(bench)
    undo = undo_of(bench.queue.move(bench.folder, bench.state(RUNNING), TWO, by))
    assert waiting(bench) != before
    ((name, follower),) = undo.fields
    assert (undo.name, undo.frames, name) == (UndoName.MOVE, (TWO.id,), "before")
    bench.queue.move(bench.folder, bench.state(RUNNING), TWO, before=str(follower))
    assert waiting(bench) == before


def test_a_hold_is_undone_by_a_release_and_the_other_way_round(bench: Bench) -> None:
    undo = undo_of(bench.queue.hold(bench.folder, bench.state(), style="clear"))
    assert (undo.name, undo.fields) == (UndoName.RELEASE, (("style", "clear"),))
    assert undo_of(bench.queue.hold(bench.folder, bench.state(), style="clear", on=False)).name is UndoName.HOLD


def test_an_order_that_was_so_before_has_nothing_to_undo(bench: Bench) -> None:
    assert undo_of(bench.queue.order(bench.folder, bench.state(), "styles")).fields == (("order", Order.BEATS.value),)
    assert bench.queue.order(bench.folder, bench.state(), "styles").undo is None


# -- runs --------------------------------------------------------------------------------------------------


def test_a_stopped_run_is_started_again_for_the_same_frames(bench: Bench) -> None:
    runs = RunOperations(cast(Control, bench.control), cast(Any, None), cast(Any, None), bench.store)
    undo = undo_of(runs.stop(bench.folder))
    assert (undo.name, undo.label) == (UndoName.START, "Start again")
    assert dict(undo.fields) == {"again": "r1", "sure": True}


class Agreements:
    """The models agreed to, as settings and as commands for them."""

    def __init__(self) -> None:
        self.accepted: tuple[str, ...] = ()

    def settings(self, folder: Folder) -> Agreements:
        return self

    def tune(self, folder: Folder, change: object) -> None:
        self.accepted = (*self.accepted, "nano")


def test_a_model_without_a_known_price_is_agreed_to_once(bench: Bench) -> None:
    agreed = Agreements()
    runs = RunOperations(cast(Any, agreed), cast(Any, None), cast(Any, agreed), bench.store)

    def command() -> str:
        if "nano" not in agreed.accepted:
            raise PriceUnknown("The price of nano is not known.", "nano")
        return "done"

    for accepted in ((), ("other",)):
        with pytest.raises(PriceUnknown):
            runs.with_accepted(bench.folder, accepted, command)
    assert runs.with_accepted(bench.folder, ANY_MODEL, command) == "done"
    assert agreed.accepted == ("nano",)


def test_a_price_that_stays_unknown_is_not_asked_for_ever(bench: Bench) -> None:
    agreed = Agreements()
    runs = RunOperations(cast(Any, agreed), cast(Any, None), cast(Any, agreed), bench.store)

    def command() -> None:
        raise PriceUnknown("The price of nano is not known.", "nano")

    with pytest.raises(PriceUnknown):
        runs.with_accepted(bench.folder, ANY_MODEL, command)


# -- the floor ---------------------------------------------------------------------------------------------

BELOW_WEB = (
    "core config disk coordination outbound providers exports process generation state operations fonts log metrics"
)


def test_nothing_below_the_pages_loads_flask_or_their_services() -> None:
    program = f"""
import importlib, pkgutil, sys
from webapp.process.gevent_patch import patch
patch()
for name in {BELOW_WEB.split()!r}:
    module = importlib.import_module(f"webapp.{{name}}")
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"webapp.{{name}}."):
        importlib.import_module(found.name)
print(sorted(name for name in sys.modules if name == "flask" or name.startswith("webapp.web")))
"""
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, check=False)
    assert (loaded.stdout, loaded.stderr) == ("[]\n", "")
