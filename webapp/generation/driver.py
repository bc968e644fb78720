"""From a wake-up to a driven run and its end: claims the project, sets the runner up, writes down how it ended."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Protocol

import gevent
from gevent.event import Event

from webapp.coordination.board import Board
from webapp.coordination.lease import RENEW_EVERY, Lease, Leases
from webapp.core.frames import Counts, Status
from webapp.core.ledger import GivenUp, Ledger
from webapp.core.project import Frame, Project
from webapp.core.run import Cause, Move, Run, State
from webapp.errors import CoordinationDown, DiskTrouble, LeaseLost, Step8Error
from webapp.generation.admission import Limits
from webapp.generation.charter import Clocks, Ended
from webapp.generation.clerk import Clerk
from webapp.generation.equipment import Equipment
from webapp.generation.inheritance import Inheritance
from webapp.generation.meter import NOTHING, Meter
from webapp.generation.records import ProjectFolder, Records
from webapp.generation.room import Room
from webapp.generation.runner import Runner
from webapp.generation.steering import Steering, Wishes
from webapp.generation.tally import Tally
from webapp.generation.terms import DISK_PATIENCE, Journal, Pictures, Saved, Terms
from webapp.generation.unfinished import driven_elsewhere
from webapp.generation.witness import NOBODY, Witness

log = logging.getLogger("step8.driver")

FRESH_FOR = 900.0
"""Seconds after its last sign of life in which a run whose worker died goes on by itself; later a person must ask."""

SWEEP_EVERY = 30.0
"""Seconds between two looks into every folder, for runs that Redis forgot together with the worker that drove them."""

MOST_TAKEOVERS = 3
"""Workers that may die over one run without a new picture before it is left to a person."""

DELETED = "Its image was deleted while the run went on. Click Start to make it again."


class Library(Protocol):
    """The projects folder."""

    def names(self) -> list[str]: ...

    def find(self, project_path: str) -> Any: ...


class Store(Wishes, Protocol):
    """What is in a project."""

    def run(self, folder: Any) -> Run: ...

    def write_progress(self, folder: Any, project: Project, style: str, done: Any) -> None: ...


class Recovery(Pictures, Protocol):
    """Pictures that can also be restored after a crash."""

    def recover(self, folder: Any, project: Project) -> list[tuple[Frame, Any]]: ...


class Driver:
    """Drives whatever project it is asked to, one run at a time per project, several projects side by side.

    ``owner`` is unique to this process; ``equip`` answers providers, keys and limits for a project, ``limits`` only
    these as they are now. ``witness`` hears each line of activity.
    """

    def __init__(
        self,
        library: Library,
        store: Store,
        pictures: Recovery,
        journal: Callable[[Any], Any],
        board: Board,
        leases: Leases,
        records: Records,
        equip: Callable[[Any], Equipment],
        limits: Callable[[Any], Limits],
        clocks: Clocks,
        owner: str,
        meter: Meter = NOTHING,
        disk_patience: float = DISK_PATIENCE,
        *,
        witness: Witness = NOBODY,
    ) -> None:
        self._disk_patience = disk_patience
        self._library = library
        self._store = store
        self._pictures = pictures
        self._journal = journal
        self._board = board
        self._leases = leases
        self._records = records
        self._equip = equip
        self._limits = limits
        self._clocks = clocks
        self._owner = owner
        self._meter = meter
        self._witness = witness
        self._leaving = Event()
        self._wakes: dict[str, Event] = {}
        self._swept_at: float | None = None

    def drive(self, name: str, run: str) -> None:
        """Drive the project until its run ends or is handed over. Returns at once when another worker has it."""
        folder = self._library.find(name)
        if folder.id in self._wakes:
            return
        self._wakes[folder.id] = wake = Event()  # before anything that waits: a doubled wake-up finds it
        try:
            while self._drive_once(folder, run, wake):
                pass  # it was resumed just when its driver had let go of it, and the wake-up found it still held
        finally:
            del self._wakes[folder.id]

    def forgotten(self) -> list[tuple[str, str]]:
        """Projects that want to run and that nobody drives, each named once in six seconds over all processes.

        One whose last sign of life is too old is marked interrupted instead: nothing is spent unasked after a long gap.
        So is the run in a folder that was renamed or copied: nobody asked for it there.
        """
        found = []
        for name in self._candidates():
            try:
                folder = self._library.find(name)
                run = self._records.run(folder)
                if not run.active or self._leases.held(folder.id) or self._left_behind(folder):
                    continue
                if self._board.first_to_wake(run.id):
                    found.append((name, run.id))
            except CoordinationDown:
                raise
            except Step8Error as error:  # one project's trouble keeps no other one waiting
                log.debug("project=%s %s", name, error)
        return found

    def _left_behind(self, folder: Any) -> bool:
        """Whether an active run waits for a person: its last sign of life is too old, or it was another folder's.

        It is marked as interrupted then.
        """
        run = self._records.run(folder)
        if self._clocks.epoch() - max(run.changed_at, self._board.touched(folder.id)) > FRESH_FOR:
            self._records.try_change(folder, Move.LOST, note="Generation was interrupted.")
        elif driven_elsewhere(self._journal(folder).records(), run.id, folder.id):
            self._records.try_change(folder, Move.LOST, note="The folder was renamed or copied in mid-run.")
        else:
            return False
        return True

    def listen(self) -> None:
        """Pass wake-ups from other processes on to the runners here, until `leave`."""
        while not self._leaving.is_set():
            try:
                for ident in self._board.wakes():
                    for key, wake in list(self._wakes.items()):
                        if ident in ("", key):
                            wake.set()
            except CoordinationDown:
                self._leaving.wait(0.5)

    def leave(self) -> None:
        """Begin no further call anywhere; every `drive` returns when its calls in flight are saved."""
        self._leaving.set()
        for wake in list(self._wakes.values()):
            wake.set()

    def _candidates(self) -> set[str]:
        """By the board, and now and then by every folder: Redis may have lost its data."""
        names = self._board.active()
        now = self._clocks.monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            names |= set(self._library.names())
            self._swept_at = now
        return names

    def _drive_once(self, folder: Any, run: str, wake: Event) -> bool:
        """Drive the run as far as it goes. Whether it waits for a driver again."""
        if not self._records.run(folder).active or self._left_behind(folder):
            return False
        lease = self._leases.claim(folder.id, f"{self._owner}:{run}", seen=self._store.run(folder).token)
        if lease is None:
            return False
        with self._renewing(lease, folder, wake):
            self._drive_under(lease, folder, wake)
        return not self._leaving.is_set() and self._records.run(folder).state is State.STARTING

    def _drive_under(self, lease: Lease, folder: Any, wake: Event) -> None:
        journal = self._journal(folder)
        try:
            journal.compact()
            run = self._take(lease, folder, journal)
            if run is None:
                return
            project = self._store.project(folder)
            runner, tally = self._equipped(lease, folder, project, run, journal, wake)
            ended = runner.drive() if run.state is State.GENERATING else Ended(stopped=True)
            self._note_release(journal, run, lease)
            self._close(lease, folder, project, run, tally, ended)
        except LeaseLost:
            log.warning("project=%s another worker drives it now", folder.name)
        except CoordinationDown as error:
            log.warning("project=%s %s", folder.name, error)  # the reconciler comes back to it
        except DiskTrouble as error:
            Steering(self._records, self._board, self._store, folder, lease.token, self._limits).hold(
                Cause.DISK, str(error)
            )
            self._records.try_change(folder, Move.DRAINED, token=lease.token)
        except Step8Error as error:
            self._records.try_change(folder, Move.BROKE, token=lease.token, reason=str(error), note=str(error))
        except Exception:
            log.exception("project=%s the run failed unexpectedly", folder.name)
            reason = "Something unexpected went wrong; the log has the details. Click Start to resume."
            self._records.try_change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)

    def _steering(self, folder: Any, lease: Lease) -> Steering:
        return Steering(self._records, self._board, self._store, folder, lease.token, self._limits)

    def _note_release(self, journal: Journal, run: Run, lease: Lease) -> None:
        """Its worker lets go of the run in good order: it did not die over it."""
        record = {"what": "released", "at": self._clocks.epoch(), "run": run.id, "token": lease.token}
        with suppress(DiskTrouble):
            journal.append(record)

    def _take(self, lease: Lease, folder: Any, journal: Journal) -> Run | None:
        """The run as ours now, or ``None`` when there is nothing left to drive."""
        run = self._records.run(folder)
        if run.state in (State.STOPPING, State.PAUSING):
            return run
        if run.state is State.GENERATING and Ledger.of(journal).taken_without_picture(run.id) >= MOST_TAKEOVERS:
            reason = "This run ended its worker three times without a new picture. Look at the log, then click Start."
            self._records.change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)
            return None
        if run.state not in (State.STARTING, State.GENERATING):
            return None
        if run.state is State.GENERATING:
            self._meter.took_over()
        taken = {"what": "taken", "at": self._clocks.epoch(), "run": run.id, "token": lease.token}
        journal.append({**taken, "project": folder.id})
        return self._records.change(folder, Move.TAKEN, token=lease.token)

    def _equipped(
        self, lease: Lease, folder: Any, project: Project, run: Run, journal: Journal, wake: Event
    ) -> tuple[Runner, Tally]:
        for frame, _ in self._pictures.recover(folder, project):
            log.info("project=%s frame=%s restored from its spooled bytes", folder.name, frame.id)
            self._meter.frames("restored")
        images = self._store.images(folder, project)
        inheritance = Inheritance(journal, self._clocks.epoch)
        inheritance.adopt(images)
        ledger = Ledger.of(journal)
        tally = Tally(
            self._board,
            folder.id,
            project,
            lease.token,
            self._clocks.epoch,
            run.id,
            lambda line: self._witness.wrote(folder, [line]),
        )
        equipment = self._equip(folder)
        given_up = self._given_up(folder, project, images, ledger, run, equipment)
        for frame in inheritance.deleted([frame for frame in project.frames() if frame not in images], run.id):
            asked = self._store.plan(folder).scope(run.id).again.get(frame.id, 0)
            given_up.setdefault(frame, GivenUp(run=run.id, sentence=DELETED, asked=asked))
        self._open(tally, folder, project, images, ledger, run, given_up)
        for maker in equipment.makers.values():
            maker.ring.abandon()
        providers = {style: maker.provider for style, maker in equipment.makers.items()}
        earlier = inheritance.settle(run.id, providers)
        terms = Terms(
            folder=folder,
            run=run.id,
            token=lease.token,
            timeout=equipment.limits.timeout,
            pictures=self._pictures,
            journal=Clerk(journal),
            gate=lambda: self._board.gate(folder.id, lease.token),
            clock=self._clocks.epoch,
            leaving=self._leaving,
            meter=self._meter,
            room=Room(folder, max((image.bytes for image in images.values()), default=0)),
            disk_patience=self._disk_patience,
            earlier=earlier,
        )
        steering = self._steering(folder, lease)
        runner = Runner(
            project,
            terms,
            equipment,
            equipment.limits,
            ledger.spent,
            tally,
            {frame: known.asked for frame, known in given_up.items()},
            self._store,
            lease,
            steering,
            self._clocks,
            wake,
        )
        return runner, tally

    def _given_up(
        self,
        folder: Any,
        project: Project,
        images: dict[Frame, Saved],
        ledger: Ledger,
        run: Run,
        equipment: Equipment,
    ) -> dict[Frame, GivenUp]:
        """The frames that this run failed at already, and those that a provider refused as they still are.

        The latter are left out of a run for everything that is missing; who asks for them by name gets them tried.
        """
        everything = self._store.plan(folder).scope(run.id).only is None
        found = {}
        for frame, known in ledger.given_up.items():
            beat = project.beat(frame)
            if beat is None:
                continue
            if known.run == run.id:
                found[frame] = known
            elif everything and known.refused and frame not in images:
                now = equipment.inputs(frame, beat, equipment.makers[frame.style].provider)
                if now.code == known.inputs:
                    found[frame] = replace(known, asked=0)
        return found

    def _open(
        self,
        tally: Tally,
        folder: Any,
        project: Project,
        images: dict[Frame, Saved],
        ledger: Ledger,
        run: Run,
        given_up: dict[Frame, GivenUp],
    ) -> None:
        """Count what is there, put the progress files right, and tell the pages what is not as they last heard."""
        told = self._board.read(folder.id).frames
        for frame, image in images.items():
            made_now = ledger.run_of(image.version) == run.id
            before = told.get(frame.id)
            changed = before is not None and before.status is not Status.EXISTS
            if made_now:
                facts = ledger.facts(image.version)
                tally.set(frame, Status.COMPLETE, run=run.id, image=image.version, **facts)
            else:
                tally.set(frame, Status.EXISTS, tell=changed, run=run.id, image=image.version)
        for frame in set(given_up) & set(tally.with_status(Status.PENDING)):
            tally.set(frame, Status.ERROR, run=run.id, error=given_up[frame].sentence)
        for frame in tally.with_status(Status.PENDING):
            before = told.get(frame.id)
            if before is not None and before.status is not Status.PENDING:
                tally.set(frame, Status.PENDING)
        for style in project.styles:
            done = [frame for frame in images if frame.style == style.name]
            self._store.write_progress(folder, project, style.name, done)
        tally.post()

    def _close(self, lease: Lease, folder: Any, project: Project, run: Run, tally: Tally, ended: Ended) -> None:
        if ended.left:
            return  # the run goes on elsewhere, or here after a restart
        there = self._store.images(folder, project)
        for frame in tally.with_status(Status.COMPLETE, Status.EXISTS):
            if frame not in there:  # deleted by hand meanwhile: it is made again only when somebody asks
                tally.set(frame, Status.PENDING)
        for frame in tally.with_status(Status.PENDING):
            if frame in there:  # it was published, and the disk refused what had to be written down afterwards
                tally.set(frame, Status.COMPLETE, run=run.id, image=there[frame].version)
        tally.post()
        counts = sum(tally.counts().values(), start=Counts())
        if ended.cause and self._records.run(folder).state is State.GENERATING:  # it could not be stored before
            self._records.change(folder, Move.HOLD, token=lease.token, cause=ended.cause.value, reason=ended.reason)
        failed = counts.error + tally.flawed
        what, facts, note = _outcome(ended, counts, failed)
        self._records.change(folder, what, token=lease.token, made=tally.made, failed=failed, note=note, **facts)

    @contextmanager
    def _renewing(self, lease: Lease, folder: ProjectFolder, wake: Event) -> Iterator[None]:
        """Keep the lease alive beside the work, and give it back at the end."""

        def renew() -> None:
            while True:
                gevent.sleep(RENEW_EVERY)
                try:
                    if not lease.renew():
                        wake.set()
                        return
                    self._board.touch(folder.id)
                except CoordinationDown:
                    continue

        beside = gevent.spawn(renew)
        try:
            yield
        finally:
            beside.kill()
            try:
                lease.release()
            except CoordinationDown:
                log.warning("project=%s the lease runs out by itself", folder.name)


def owner_name(host: str, pid: int, random: str) -> str:
    """A name for this process that no other process has, without telling the host."""
    return f"{hashlib.blake2s(host.encode(), digest_size=4).hexdigest()}:{pid}:{random}"


def _outcome(ended: Ended, counts: Counts, failed: int) -> tuple[Move, dict[str, Any], str]:
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
