"""A look at a project's folder: its files are read once, and are those of one moment."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.harness.in_memory_project import story
from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.core.work_plan import WorkPlan
from webapp.disk.images.completeness import Image
from webapp.state.folder_snapshot import FolderSnapshot

PROJECT = story()
ONE, TWO = PROJECT.frames()[:2]
NO_FOLDER: Any = None


class CountingStore:
    """A folder with an image of each frame; counts what is read."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.there = {frame: Image(frame.image_path, "png", 9, f"{frame.id}-v1", 1, 1) for frame in PROJECT.frames()}

    @property
    def records(self) -> Any:
        return self

    @property
    def images(self) -> Any:
        return self

    @property
    def reference(self) -> Any:
        return self

    def _count(self, what: str) -> None:
        self.count[what] += 1

    def project(self, folder: Any) -> Project:
        self._count("project")
        return PROJECT

    def of_project(self, folder: Any, project: Project) -> dict[Frame, Image]:
        self._count("images")
        return dict(self.there)

    def image(self, folder: Any, frame: Frame) -> Image | None:
        self._count(f"image {frame.id}")
        return self.there.get(frame)

    def run(self, folder: Any) -> Run:
        self._count("run")
        return Run()

    def plan(self, folder: Any) -> WorkPlan:
        self._count("plan")
        return WorkPlan()

    def marks(self, folder: Any) -> dict[str, FrameMarks]:
        self._count("marks")
        return {}

    def ledger(self, folder: Any) -> Ledger:
        self._count("ledger")
        return Ledger()

    def settings(self, folder: Any) -> dict[str, Any]:
        self._count("settings")
        return {}

    def read(self, folder: Any, elsewhere: Any) -> bytes | None:
        self._count("reference")
        return None

    def digest(self, folder: Any, elsewhere: Any) -> str:
        self._count("digest")
        return "d1"


def look_twice(glance: FolderSnapshot) -> None:
    folder = NO_FOLDER
    for _ in range(2):
        project = glance.project(folder)
        for read in (
            glance.records.run,
            glance.records.plan,
            glance.records.marks,
            glance.ledger,
            glance.records.settings,
        ):
            read(folder)
        glance.reference.digest(folder, None)
        assert project is PROJECT


def test_a_page_is_made_of_one_moment_and_nothing_is_read_twice() -> None:
    desk, folder = CountingStore(), NO_FOLDER
    glance = FolderSnapshot(desk, folder, None)
    del desk.there[ONE]
    look_twice(glance)
    assert ONE in glance.images.of_project(folder, PROJECT)
    assert glance.images.image(folder, ONE) is not None
    assert set(desk.count.values()) == {1}


def test_a_change_looks_only_at_the_images_that_were_heard_of() -> None:
    desk, folder = CountingStore(), NO_FOLDER
    glance = FolderSnapshot(desk, folder, None, [ONE])
    look_twice(glance)
    assert desk.count["images"] == 0 and desk.count[f"image {ONE.id}"] == 1
    del desk.there[ONE], desk.there[TWO]
    assert glance.images.image(folder, ONE) is not None
    assert glance.images.image(folder, TWO) is None
