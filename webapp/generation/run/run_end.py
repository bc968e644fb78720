"""The end of a run: its frames are counted once more on the disk, and the move that ends it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.frames import Counts, Status
from webapp.core.run.states import Move, RunState
from webapp.errors import IllegalMove
from webapp.generation.ports import ProjectFiles
from webapp.generation.run.context import LoopEnd, RunContext
from webapp.generation.run_store import RunStore


@dataclass(frozen=True, slots=True)
class RunEnd:
    """Ends one run, driven here, once its loop has ended."""

    runs: RunStore
    files: ProjectFiles
    context: RunContext

    def conclude(self, ended: LoopEnd, seen: int) -> bool:
        """Post what is there, and store the move that ends the run. One that was handed over goes on elsewhere.

        Returns False, and ends nothing, when nothing was left to do but the run changed after its ``seq`` was ``seen``:
        the user wished for something in the last moment.
        """
        if ended.left:
            return True
        self._count_again()
        folder, progress, token = self.context.folder, self.context.progress, self.context.lease.token
        counts = sum(progress.counts().values(), start=Counts())
        failed = counts.error + progress.flawed
        unread = [str(problem) for problem in self.context.project.unread_prompts]
        what, facts, note = outcome(ended, counts, failed, unread)
        facts = {**facts, "token": token, "made": progress.made, "failed": failed, "note": note}
        if ended == LoopEnd():
            return self.runs.change_from(folder, seen, what, **facts) is not None
        if ended.cause and self.runs.run(folder).state is RunState.GENERATING:  # it could not be stored before
            held = {"cause": ended.cause.value, "reason": ended.reason}
            self.runs.change(folder, Move.HOLD, token=token, **held)
        try:
            self.runs.change(folder, what, **facts)
        except IllegalMove:
            if self.runs.run(folder).state is not RunState.STARTING:
                raise
            # it was resumed while its last call ended, and begins anew
        return True

    def _count_again(self) -> None:
        progress = self.context.progress
        there = self.files.images.of_project(self.context.folder, self.context.project)
        for frame in progress.with_status(Status.COMPLETE, Status.EXISTS):
            if frame not in there:  # deleted by hand meanwhile: it is made again only when the user asks
                progress.set(frame, Status.PENDING)
        for frame in progress.with_status(Status.PENDING):
            if frame in there:  # it was published, and the disk refused what had to be written down afterwards
                progress.set(frame, Status.COMPLETE, run=self.context.run, image=there[frame].version)
        progress.post()


def outcome(
    ended: LoopEnd, counts: Counts, failed: int, unread: Sequence[str] = ()
) -> tuple[Move, dict[str, Any], str]:
    """The move that ends the run, what it sets, and the line of activity. ``unread`` are sentences on prompts files
    that could not be read: a run beside one falls short, whatever it made."""
    done, total = counts.done, counts.total
    if done == total and total and not failed and not unread:
        return Move.FINISHED, {"reason": ""}, f"Finished: all {total} images exist."
    if ended.reason and not ended.cause:
        return Move.BROKE, {"reason": ended.reason}, ""
    if ended.stopped or ended.cause:
        return Move.DRAINED, {}, f"No image is in work any more: {done} of {total} exist."
    note = f"{done} of {total} images generated. {failed} failed." if failed else f"{done} of {total} images exist."
    return Move.FELL_SHORT, {"reason": ""}, " ".join((f"Finished: {note}", *unread[:1]))
