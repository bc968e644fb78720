"""How a run ended, counted once more on the disk and written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from webapp.core.frames import Counts, Status
from webapp.core.project import Frame, Project
from webapp.core.run.states import Move, RunState
from webapp.errors import IllegalMove
from webapp.generation.run.context import LoopEnd, Saved
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run_store import RunStore


class Store(Protocol):
    """What is in a project."""

    def images(self, folder: Any, project: Project) -> dict[Frame, Saved]: ...


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The end of one run of a project that we drive under this ``token``."""

    records: RunStore
    store: Store
    folder: Any
    token: int
    project: Project
    run: str
    tally: ProgressReporter

    def drawn(self, ended: LoopEnd, seen: int) -> bool:
        """Tell the pages what is there, and make the move that ends the run. One that was left goes on elsewhere.

        ``False``: nothing was left to do, but the user wished for something after the runner saw the run at the
        ``seq`` ``seen``; it has not ended.
        """
        if ended.left:
            return True
        self._count_again()
        counts = sum(self.tally.counts().values(), start=Counts())
        failed = counts.error + self.tally.flawed
        what, facts, note = outcome(ended, counts, failed)
        facts = {**facts, "token": self.token, "made": self.tally.made, "failed": failed, "note": note}
        if ended == LoopEnd():
            return self.records.change_from(self.folder, seen, what, **facts) is not None
        if ended.cause and self.records.run(self.folder).state is RunState.GENERATING:  # it could not be stored before
            held = {"cause": ended.cause.value, "reason": ended.reason}
            self.records.change(self.folder, Move.HOLD, token=self.token, **held)
        try:
            self.records.change(self.folder, what, **facts)
        except IllegalMove:
            if self.records.run(self.folder).state is not RunState.STARTING:
                raise
            # it was resumed while its last call ended, and begins anew
        return True

    def _count_again(self) -> None:
        there = self.store.images(self.folder, self.project)
        for frame in self.tally.with_status(Status.COMPLETE, Status.EXISTS):
            if frame not in there:  # deleted by hand meanwhile: it is made again only when somebody asks
                self.tally.set(frame, Status.PENDING)
        for frame in self.tally.with_status(Status.PENDING):
            if frame in there:  # it was published, and the disk refused what had to be written down afterwards
                self.tally.set(frame, Status.COMPLETE, run=self.run, image=there[frame].version)
        self.tally.post()


def outcome(ended: LoopEnd, counts: Counts, failed: int) -> tuple[Move, dict[str, Any], str]:
    """The move that ends the run, what it sets, and the line of activity."""
    done, total = counts.done, counts.total
    if done == total and total and not failed:
        return Move.FINISHED, {"reason": ""}, f"Finished: all {total} images exist."
    if ended.reason and not ended.cause:
        return Move.BROKE, {"reason": ended.reason}, ""
    if ended.stopped or ended.cause:
        return Move.DRAINED, {}, f"No image is in work any more: {done} of {total} exist."
    note = f"{done} of {total} images generated. {failed} failed." if failed else f"{done} of {total} images exist."
    return Move.FELL_SHORT, {"reason": ""}, f"Finished: {note}"
