"""The life of a run as one table: the only place that says which command is allowed in which state.

A run is one attempt to make a project's missing images. Pure: `move` takes a run and returns the next one, or raises.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from webapp.core.json_values import read_record, values_of
from webapp.errors import IllegalMove


class RunState(enum.StrEnum):
    """Where a run stands."""

    IDLE = "idle"  # never started
    STARTING = "starting"  # requested; no worker has taken it yet
    GENERATING = "generating"  # a worker drives it
    PAUSING = "pausing"  # no new call until resumed; the calls in flight are being finished
    PAUSED = "paused"  # waits to be resumed; `reason` says why where it was not the user
    STOPPING = "stopping"  # no new call; the calls in flight are being finished
    STOPPED = "stopped"  # ended by the user
    DONE = "done"  # every image of every style exists
    PARTIAL = "partial"  # ended, some frames failed
    FAILED = "failed"  # could not start or go on; `reason` says why
    INTERRUPTED = "interrupted"  # its worker ended before the run did


class Move(enum.StrEnum):
    """What can happen to a run: commands of the user, and events of the worker that drives it."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    TUNE = "tune"  # the user changed limits, budget or order: its worker reads them again
    HOLD = "hold"  # its worker cannot go on before a user acts; `cause` and `reason` say why
    TAKEN = "taken"  # a worker claimed the project
    DRAINED = "drained"  # after Stop or Pause, the last call in flight has ended
    FINISHED = "finished"  # nothing left to do, every image exists
    FELL_SHORT = "fell short"  # nothing left to do, some frames failed
    BROKE = "broke"  # cannot go on, with a reason
    LOST = "lost"  # its worker is gone


class Cause(enum.StrEnum):
    """Why a run is paused."""

    USER = "user"
    BUDGET = "budget"  # the next image would cost more than is left
    PRICE = "price"  # there is a budget, and the price of the next image is unknown
    KEYS = "keys"  # every key is refused or spent
    LIMITED = "limited"  # nothing but "too many requests" for a long time
    DISK = "disk"  # full, read-only or gone
    HELD = "held"  # every style or provider that is left is paused by itself


_S, _M = RunState, Move

TABLE: Mapping[tuple[RunState, Move], RunState] = MappingProxyType(
    {
        **{
            (state, _M.START): _S.STARTING
            for state in (_S.IDLE, _S.STOPPED, _S.DONE, _S.PARTIAL, _S.FAILED, _S.INTERRUPTED)
        },
        (_S.STARTING, _M.TAKEN): _S.GENERATING,
        (_S.STARTING, _M.STOP): _S.STOPPED,
        (_S.STARTING, _M.PAUSE): _S.PAUSED,
        (_S.STARTING, _M.HOLD): _S.PAUSED,
        (_S.STARTING, _M.BROKE): _S.FAILED,
        (_S.STARTING, _M.LOST): _S.INTERRUPTED,
        (_S.GENERATING, _M.TAKEN): _S.GENERATING,  # its worker died, another one goes on
        (_S.GENERATING, _M.STOP): _S.STOPPING,
        (_S.GENERATING, _M.PAUSE): _S.PAUSING,
        (_S.GENERATING, _M.HOLD): _S.PAUSING,
        (_S.GENERATING, _M.FINISHED): _S.DONE,
        (_S.GENERATING, _M.FELL_SHORT): _S.PARTIAL,
        (_S.GENERATING, _M.BROKE): _S.FAILED,
        (_S.GENERATING, _M.LOST): _S.INTERRUPTED,
        (_S.PAUSING, _M.RESUME): _S.STARTING,
        (_S.PAUSING, _M.STOP): _S.STOPPING,
        (_S.PAUSING, _M.DRAINED): _S.PAUSED,
        (_S.PAUSING, _M.FINISHED): _S.DONE,  # the calls in flight were the last ones
        (_S.PAUSING, _M.FELL_SHORT): _S.PARTIAL,
        (_S.PAUSING, _M.BROKE): _S.FAILED,
        (_S.PAUSING, _M.LOST): _S.PAUSED,
        (_S.PAUSED, _M.RESUME): _S.STARTING,
        (_S.PAUSED, _M.STOP): _S.STOPPED,
        (_S.STOPPING, _M.START): _S.STARTING,  # another run; it begins when the calls in flight have ended
        (_S.STOPPING, _M.DRAINED): _S.STOPPED,
        (_S.STOPPING, _M.FINISHED): _S.DONE,  # the calls in flight were the last ones
        (_S.STOPPING, _M.BROKE): _S.STOPPED,
        (_S.STOPPING, _M.LOST): _S.STOPPED,
        **{(state, _M.TUNE): state for state in (_S.STARTING, _S.GENERATING, _S.PAUSING, _S.PAUSED)},
    }
)

ACTIVE = frozenset({RunState.STARTING, RunState.GENERATING, RunState.PAUSING, RunState.STOPPING})
"""The states in which a worker drives it, or should."""

OPEN = ACTIVE | {RunState.PAUSED}
"""The states of a run that is not over: another cannot be started, and this one can be stopped."""

ENDED = frozenset(RunState) - OPEN


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as stored and shown. Times are epoch seconds; ``seq`` rises with every change.

    ``token`` is the highest fencing token of any worker that drove the project, 0 before one did; a new run keeps it.
    ``made`` and ``failed`` count this run's frames. ``reason`` is one sentence, only where the state needs one;
    ``cause`` is the `Cause` of a pause. ``worked`` are the seconds of generating before ``working_since``, which is 0
    while it does not.
    """

    id: str = ""
    state: RunState = RunState.IDLE
    seq: int = 0
    provider: str = ""
    model: str = ""
    started_at: float = 0.0
    changed_at: float = 0.0
    token: int = 0
    made: int = 0
    failed: int = 0
    reason: str = ""
    cause: str = ""
    worked: float = 0.0
    working_since: float = 0.0

    @property
    def active(self) -> bool:
        """Return whether a worker drives it, or should."""
        return self.state in ACTIVE

    @property
    def open(self) -> bool:
        """Return whether it is not over: active or paused."""
        return self.state in OPEN

    @property
    def pausing(self) -> bool:
        """Return whether it is paused, or will be when the calls in flight have ended."""
        return self.state in (RunState.PAUSING, RunState.PAUSED)

    def worked_until(self, now: float) -> float:
        """Return the seconds of generating so far; pauses and waits for a worker do not count."""
        return self.worked + (max(0.0, now - self.working_since) if self.working_since else 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return values_of(self)

    @classmethod
    def from_json(cls, data: object) -> Run:
        """Read what `to_json` wrote. Returns an idle run for anything else."""
        return read_record(_IDLE, data, {"state": RunState}) or _IDLE


_IDLE = Run()


def move(run: Run, what: Move, now: float, **details: Any) -> Run:
    """Return the run after ``what`` happened at ``now``; ``details`` are further fields (reason, token, made …).

    A START begins a new record: the caller passes the new ``id``, ``provider`` and ``model``.

    Raises:
        IllegalMove: the table has no such move from here; the run is unchanged.
    """
    state = TABLE.get((run.state, what))
    if state is None:
        raise IllegalMove(SENTENCES.get((run.state, what), f"A run that is {run.state} cannot be {what}."))
    if what is Move.START:
        return Run(seq=run.seq + 1, token=run.token, state=state, started_at=now, changed_at=now, **details)
    if state not in (RunState.PAUSING, RunState.PAUSED, RunState.STARTING):
        details = {"cause": "", **details}
    working = {"worked": run.worked_until(now), "working_since": now if state is RunState.GENERATING else 0.0}
    return replace(run, state=state, seq=run.seq + 1, changed_at=now, **{**working, **details})


SENTENCES: Mapping[tuple[RunState, Move], str] = MappingProxyType(
    {
        **{(state, _M.START): "Image generation already in progress" for state in OPEN - {_S.STOPPING}},
        **{(state, what): "No active generation found" for state in ENDED for what in (_M.STOP, _M.PAUSE, _M.TUNE)},
        **{(state, _M.RESUME): "Nothing is paused." for state in RunState},
        (_S.STOPPING, _M.STOP): "The run is stopping already.",
        (_S.STOPPING, _M.PAUSE): "The run is stopping already.",
    }
)
