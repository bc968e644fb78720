"""How a run ended, counted once more on the disk and written down."""

from __future__ import annotations

from typing import Any, Protocol

from webapp.core.frames import Counts, Status
from webapp.core.project import Frame, Project
from webapp.core.run import Move, Run, State
from webapp.generation.attempt import Saved
from webapp.generation.records import Records
from webapp.generation.runner import Ended
from webapp.generation.tally import Tally


class Store(Protocol):
    """What is in a project."""

    def images(self, folder: Any, project: Project) -> dict[Frame, Saved]: ...


def conclude(
    records: Records, store: Store, folder: Any, token: int, project: Project, run: Run, tally: Tally, ended: Ended
) -> None:
    """Tell the pages what is really there, and make the move that ends the run. One that was left goes on elsewhere."""
    if ended.left:
        return
    there = store.images(folder, project)
    for frame in tally.with_status(Status.COMPLETE, Status.EXISTS):
        if frame not in there:  # deleted by hand meanwhile: it is made again only when somebody asks
            tally.set(frame, Status.PENDING)
    for frame in tally.with_status(Status.PENDING):
        if frame in there:  # it was published, and the disk refused what had to be written down afterwards
            tally.set(frame, Status.COMPLETE, run=run.id, image=there[frame].version)
    tally.post()
    counts = sum(tally.counts().values(), start=Counts())
    if ended.cause and records.run(folder).state is State.GENERATING:  # it could not be stored before
        records.change(folder, Move.HOLD, token=token, cause=ended.cause.value, reason=ended.reason)
    failed = counts.error + tally.flawed
    what, facts, note = outcome(ended, counts, failed)
    records.change(folder, what, token=token, made=tally.made, failed=failed, note=note, **facts)


def outcome(ended: Ended, counts: Counts, failed: int) -> tuple[Move, dict[str, Any], str]:
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
