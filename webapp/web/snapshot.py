"""What a page shows, read anew: the folder, the board and the run of one moment, laid out for the templates."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping

from webapp.coordination.live_state import LiveState, Message
from webapp.core.frames import Counts
from webapp.core.limits.key_states import AccountView
from webapp.core.marks import locked
from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import RunSummary, summary
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.trash import ImageTrash
from webapp.disk.project_store import Image
from webapp.errors import BadFile, CoordinationDown, NotFound, ProviderError
from webapp.generation.control import Control
from webapp.generation.makers.key_list import KeyList
from webapp.generation.makers.provider_choice import ProviderChoices
from webapp.generation.makers.provider_overview import ProviderOverviews
from webapp.generation.makers.run_setup import RunSetupBuilder
from webapp.state.folder_snapshot import FolderSnapshot, ProjectReads
from webapp.state.frame_facts import (
    FrameFacts,
    JudgedFrames,
    MakerFacts,
    truths,
)
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RemainingWork, RunResources, ahead_of
from webapp.web import urls
from webapp.web.images import (
    banner,
    controls,
    long_matrix,
    matrix,
    run_figures,
    run_panel,
)
from webapp.web.images.frame_details import FramePast, frame_page
from webapp.web.images.views import CommandResult, FrameDetails, ImagesPage
from webapp.web.layout import run_pill
from webapp.web.layout.widgets import RunPill, Shell

MOST_JUDGED = 64
"""Projects of which is remembered what their frames are worth."""


class Snapshots:
    """Reads standings and makes views of them. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        store: ProjectReads,
        control: Control,
        board: LiveState,
        choices: ProviderChoices,
        outlooks: ProviderOverviews,
        equipper: RunSetupBuilder,
        keychain: KeyList,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._control = control
        self._board = board
        self._choices = choices
        self._outlooks = outlooks
        self._equipper = equipper
        self._keychain = keychain
        self._clock = clock
        self._judged: dict[str, JudgedFrames] = {}

    def at_a_glance(self, folder: Folder, heard: Iterable[Frame] | None = None) -> Snapshots:
        """The same for one moment of this project: its files are read now, in one go, and not again.

        Of images only those of the ``heard`` frames are looked at, if that is given.
        """
        files = FolderSnapshot(self._store, folder, self._equipper.elsewhere, heard)
        other = copy.copy(self)  # with what it remembers
        other._store = files
        other._choices = self._choices.reading(files)
        other._outlooks = self._outlooks.reading(other._choices, files)
        other._equipper = self._equipper.reading(other._choices, files)
        return other

    def standing(self, folder: Folder) -> ProjectState:
        """How the project stands now. Without Redis it is what the folder alone says."""
        project = self._store.project(folder)
        try:
            board = self._board.read(folder.id)
        except CoordinationDown:
            board = Message()
        kept = self._store.run(folder)
        run = board.run if board.run and board.run.seq >= kept.seq else kept
        images = self._store.images(folder, project)
        codes = {frame: image.inputs for frame, image in images.items()}
        standing = ProjectState.of(
            project,
            {frame: image.version for frame, image in images.items()},
            board,
            run,
            self._truths(folder, project, codes),
        )
        standing.codes = codes
        return standing

    def look_again(self, folder: Folder, standing: ProjectState, heard: Iterable[Frame]) -> list[Frame]:
        """Go by what the folder says now; answers the frames that look another way, those that were ``heard`` of too.

        A picture that was heard of counts as there by its file: the user may have deleted or chosen one.
        """
        heard = list(heard)
        before = standing.looks()
        standing.see(heard, self._album(folder, heard))
        standing.learn(self._truths(folder, self._store.project(folder), standing.codes), heard)
        return list(dict.fromkeys((*heard, *before.differing(standing.looks()))))

    def _album(self, folder: Folder, frames: Iterable[Frame]) -> dict[Frame, Image]:
        found = {frame: self._store.image(folder, frame) for frame in frames}
        return {frame: image for frame, image in found.items() if image}

    def _truths(self, folder: Folder, project: Project, codes: Mapping[Frame, str]) -> FrameFacts:
        """What is true of the frames beyond their status, as everything lies in the folder now."""
        ledger = self._ledger(folder)
        sources = self._outlooks.of(folder).sources
        try:
            inputs = self._equipper.inputs(folder)
        except ProviderError:  # the page says by itself that it cannot be used
            inputs = None
        return truths(
            project,
            codes,
            inputs,
            ledger,
            self._judged_of(folder),
            marks=self._store.marks(folder),
            plan=self._store.plan(folder),
            makers={style: MakerFacts(each.name, each.model, each.price) for style, each in sources.items()},
            budget=next((each.budget for each in sources.values()), None),
        )

    def _judged_of(self, folder: Folder) -> JudgedFrames:
        if len(self._judged) >= MOST_JUDGED and folder.id not in self._judged:
            self._judged.clear()
        return self._judged.setdefault(folder.id, JudgedFrames())

    def means(self, folder: Folder) -> RunResources:
        """What a run of the project has to work with. Without Redis nothing is known of its keys."""
        outlook, styles = self._outlooks.of(folder), self._choices.chosen(folder)
        held = [
            entry
            for provider in dict.fromkeys(styles.values())
            for entry in self._keychain.serving(provider, [style for style, name in styles.items() if name == provider])
        ]
        try:
            views: list[AccountView | None] = list(self._keychain.look(held))
        except CoordinationDown:
            views = [None] * len(held)
        spent = 0 if outlook.free else self._ledger(folder).spent
        return RunResources(outlook, tuple(zip(held, views, strict=True)), spent)

    def notes(self, folder: Folder, project: Project) -> tuple[str, ...]:
        """What the user should know before a run: pictures that will go without the style reference."""
        everywhere = self._choices.settings(folder).references
        if not everywhere and not any(beat.hard_cut for style in project.styles for beat in style.beats):
            return ()
        sources = self._outlooks.of(folder).sources
        return run_panel.reference_notes(project, everywhere, self._outlooks.reference(folder), sources)

    def ahead(self, folder: Folder, standing: ProjectState, means: RunResources) -> RemainingWork | None:
        """What the run still has to make, as the user arranged it; ``None`` when there is none."""
        if not standing.run.open:
            return None
        plan, marks = self._store.plan(folder), self._store.marks(folder)
        return ahead_of(standing, plan, locked(marks), means)

    def summary(self, folder: Folder, known: Run | None = None) -> RunSummary | None:
        """What the newest run came to, once it is over. Who knows the run already hands it over."""
        run = known or self.run(folder)
        return None if run.open or not run.id else summary(self._ledger(folder), run)

    def page(
        self,
        folder: Folder,
        shell: Shell,
        connected: bool,
        standing: ProjectState,
        done: tuple[CommandResult, ...] = (),
        at: str | None = "",
    ) -> ImagesPage:
        """All of Step 8. ``connected``: this viewer wants the live stream; ``done`` is what they did just before.

        Of a long matrix it holds the rows around the one with the DOM id ``at``; ``None``: all rows.
        """
        means, now = self.means(folder), self._clock()
        whole = at is None or not long_matrix.is_long(standing)
        groups, more = (matrix.groups(standing), None) if whole else long_matrix.part(standing, at or "")
        return ImagesPage(
            shell=shell,
            live=standing.live,
            events=urls.events(folder.name, standing.live) if connected else "",
            beats=len(standing.project.rows()),
            source=run_panel.source_line(means.sources),
            offline=run_panel.offline_tag(means.sources),
            controls=controls.controls(standing, connected),
            banner=banner.banner(standing, connected, now),
            stats=run_figures.stats(standing, means, now, self.ahead(folder, standing, means)),
            heads=matrix.heads(standing),
            groups=groups,
            long=more,
            log=tuple(run_panel.log_line(line) for line in standing.log),
            problems=tuple(str(problem) for problem in standing.project.problems),
            speed=run_panel.speed(folder.name, means.outlook),
            budget=run_panel.budget_form(folder.name, means),
            notes=self.notes(folder, standing.project),
            queue=matrix.queue(standing),
            marked=matrix.marked(standing),
            done=done,
        )

    def pill(self, folder: Folder, connected: bool = True) -> RunPill | None:
        """The run pill of the project's pages."""
        return run_pill.pill(self.standing(folder), connected)

    def counts(self, folder: Folder) -> Counts:
        """How many of the project's frames are in which state."""
        return self.standing(folder).counts()

    def run(self, folder: Folder) -> Run:
        """The project's run."""
        return self._control.run(folder)

    def frame(
        self, folder: Folder, ident: str, done: CommandResult | None = None, *, problem: str = "", compare: int = 0
    ) -> FrameDetails:
        """The details of one frame, after a command that did this or met a problem. ``compare`` is the number of an
        image of its history to be seen beside the one in use.

        Raises:
            NotFound: the prompts have no such frame.
        """
        standing = self.standing(folder)
        frame = standing.by_id.get(ident)
        beat = standing.project.beat(frame) if frame else None
        if frame is None or beat is None:
            raise NotFound("This beat is not in the project’s prompts any more. Go back to Step 8.")
        image, ledger = self._store.image(folder, frame), self._ledger(folder)
        past = FramePast(ImageHistory().kept(folder, frame), ImageTrash().deleted(folder, frame), image)
        return frame_page(standing, frame, beat, past, ledger, done, problem=problem, compare=compare)

    def _ledger(self, folder: Folder) -> Ledger:
        """The project's books; empty ones when its journal cannot be read, which the page of the costs then says."""
        try:
            return self._store.ledger(folder)
        except BadFile:
            return Ledger()
