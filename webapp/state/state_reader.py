"""Reader of the read model: joins folder, live state and run of one moment into a `ProjectState`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.coordination.live_state import LiveState, Message
from webapp.core.limits.key_states import AccountView
from webapp.core.marks import locked
from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import RunSummary, summary
from webapp.core.project import Frame
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, CoordinationDown, ProviderError
from webapp.generation.makers.key_list import KeyList
from webapp.generation.makers.provider_choice import ProviderChoices
from webapp.generation.makers.provider_overview import ProviderOverviews
from webapp.generation.makers.run_setup import RunSetupBuilder
from webapp.state.folder_snapshot import FolderSnapshot, ProjectReads
from webapp.state.frame_facts import FrameFacts, JudgedFrames, MakerFacts, facts_of
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RemainingWork, RunResources, work_left

MOST_JUDGED = 64
"""Projects of which is remembered which of their frames are stale or blocked."""


@dataclass(frozen=True, slots=True)
class MakerReaders:
    """Who makes a project's images, with which keys, as the user and the environment chose."""

    choices: ProviderChoices
    overviews: ProviderOverviews
    setups: RunSetupBuilder
    keys: KeyList


class StateReader:
    """Reads projects. What it reads of a folder comes from a snapshot of it, so that it is all of one moment."""

    def __init__(self, store: ProjectReads, live_state: LiveState, makers: MakerReaders) -> None:
        self._store = store
        self._live_state = live_state
        self._makers = makers
        self._judged: dict[str, JudgedFrames] = {}

    def snapshot(self, folder: Folder, frames: Iterable[Frame] | None = None) -> FolderSnapshot:
        """Read the files of a project in one go. Of images only those of these ``frames``, if they are given."""
        return FolderSnapshot(self._store, folder, self._makers.setups.elsewhere, frames)

    def read(self, folder: Folder) -> ProjectState:
        """The state of a project now."""
        return self.state(self.snapshot(folder))

    def state(self, files: FolderSnapshot) -> ProjectState:
        """The state of a project. Without Redis it is what the folder alone says."""
        project = files.project(files.folder)
        try:
            live = self._live_state.read(files.folder.id)
        except CoordinationDown:
            live = Message()
        kept = files.records.run(files.folder)
        run = live.run if live.run and live.run.seq >= kept.seq else kept
        images = files.images.of_project(files.folder, project)
        versions = {frame: image.version for frame, image in images.items()}
        codes = {frame: image.inputs for frame, image in images.items()}
        state = ProjectState.of(project, versions, live, run, self._facts(files, codes))
        state.codes = codes
        return state

    def update(self, files: FolderSnapshot, state: ProjectState, changed: Iterable[Frame]) -> list[Frame]:
        """Bring a state up to date with the folder. ``changed`` are the frames of a message, whose images the snapshot
        has: what its file says counts, since the user may have deleted or chosen one.

        Returns the frames that look different now, and ``changed``.
        """
        changed = list(changed)
        before = state.looks()
        images = {frame: files.images.image(files.folder, frame) for frame in changed}
        state.set_images(changed, {frame: image for frame, image in images.items() if image})
        state.set_facts(self._facts(files, state.codes), changed)
        return list(dict.fromkeys((*changed, *before.differing(state.looks()))))

    def resources(self, files: FolderSnapshot) -> RunResources:
        """What a run of the project has to work with. Without Redis nothing is known of its keys."""
        folder, keys = files.folder, self._makers.keys
        overview, styles = self._makers.overviews.of(folder, files), self._makers.choices.chosen(folder, files)
        held = [
            entry
            for provider in dict.fromkeys(styles.values())
            for entry in keys.serving(provider, [style for style, name in styles.items() if name == provider])
        ]
        try:
            views: list[AccountView | None] = list(keys.account_views(held))
        except CoordinationDown:
            views = [None] * len(held)
        spent = 0 if overview.free else self.ledger(files).spent
        return RunResources(overview, tuple(zip(held, views, strict=True)), spent)

    def remaining(self, files: FolderSnapshot, state: ProjectState, resources: RunResources) -> RemainingWork | None:
        """What the run still has to make, as the user arranged it; ``None`` when no run is open."""
        if not state.run.open:
            return None
        plan, marks = files.records.plan(files.folder), files.records.marks(files.folder)
        return work_left(state, plan, locked(marks), resources)

    def summary(self, files: FolderSnapshot, run: Run) -> RunSummary | None:
        """What the newest run came to; ``None`` while it is open, or when there was none."""
        return None if run.open or not run.id else summary(self.ledger(files), run)

    def ledger(self, files: FolderSnapshot) -> Ledger:
        """The project's ledger; an empty one when it cannot be read, which the costs page then says."""
        try:
            return files.ledger(files.folder)
        except BadFile:
            return Ledger()

    def _facts(self, files: FolderSnapshot, codes: Mapping[Frame, str]) -> FrameFacts:
        """What is true of the frames beyond their status, as the folder stands in this snapshot."""
        folder = files.folder
        sources = self._makers.overviews.of(folder, files).sources
        try:
            inputs = self._makers.setups.inputs(folder, files)
        except ProviderError:  # the page says by itself that it cannot be used
            inputs = None
        return facts_of(
            files.project(folder),
            codes,
            inputs,
            self.ledger(files),
            self._judged_of(folder),
            marks=files.records.marks(folder),
            plan=files.records.plan(folder),
            makers={style: MakerFacts(each.name, each.model, each.price) for style, each in sources.items()},
            budget=next((each.budget for each in sources.values()), None),
        )

    def _judged_of(self, folder: Folder) -> JudgedFrames:
        if len(self._judged) >= MOST_JUDGED and folder.id not in self._judged:
            self._judged.clear()
        return self._judged.setdefault(folder.id, JudgedFrames())
