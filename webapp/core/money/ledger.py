"""Ledger of a project: its attempts, what was spent on what, how often a run lost its worker.

A `Ledger` adds one record of the journal after the other, so a reader that keeps it reads only what was added since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from webapp.core.money.attempts import (
    Attempt,
    AttemptResult,
    answered,
    begun,
    ended,
    seconds,
    text,
    whole,
)
from webapp.core.money.run_endings import RunEnding
from webapp.core.money.sums import Sum, SumGroup
from webapp.core.project import Frame


class Readable(Protocol):
    """A journal that can be read."""

    def records(self) -> Iterator[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A frame that a run failed at for good, with ``sentence`` as the reason.

    ``asked`` counts how often the user had asked for it again by then, ``inputs`` is the code of what it was to be made
    from, ``refused`` whether the provider refused just that.
    """

    run: str
    sentence: str
    asked: int = 0
    inputs: str = ""
    refused: bool = False
    at: float = 0.0


@dataclass(slots=True)
class Ledger:
    """The sums of one project, in micro-dollars.

    An intent without an outcome, and a failure that may have been charged, count at the price of the call as possibly
    charged: the figure may be higher than what was charged, never lower.
    """

    _attempts: dict[str, Attempt] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    _groups: dict[SumGroup, Sum] = field(default_factory=dict)
    _frames: dict[Frame, Sum] = field(default_factory=dict)
    _given_up: dict[Frame, GivenUp] = field(default_factory=dict)
    _endings: dict[str, RunEnding] = field(default_factory=dict)
    _spent: int = 0

    @classmethod
    def of(cls, journal: Any) -> Ledger:
        """Read a whole journal."""
        return cls.sum(journal.records())

    @classmethod
    def sum(cls, records: Iterable[Mapping[str, Any]]) -> Ledger:
        """Return the ledger of records in the order in which they were written; unknown ones are ignored."""
        ledger = cls()
        for record in records:
            ledger.add(record)
        return ledger

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the record that was written next."""
        match record.get("what"):
            case "taken":
                run = text(record, "run")
                self._taken[run] = self._taken.get(run, 0) + 1
                self._places[run] = text(record, "project")
            case "released":  # its worker gave it back in good order
                self._taken.pop(text(record, "run"), None)
            case "intent" if (ident := text(record, "attempt")) and ident not in self._attempts:
                self._attempts[ident] = begun(record)
                self._spent += self._attempts[ident].amount
            case "job" if (known := self._attempts.get(text(record, "attempt"))) is not None:
                self._attempts[known.id] = replace(known, job=text(record, "job"))
            case "answered" if (known := self._attempts.get(text(record, "attempt"))) is not None:
                self._attempts[known.id] = answered(known, record)
                self._spent += self._attempts[known.id].amount - known.amount
            case "saved" | "restored" | "failed" | "lost" | "not sent" if text(record, "attempt"):
                self._end(record)
            case "gave up":
                self._given_up[_frame(record)] = GivenUp(
                    run=text(record, "run"),
                    sentence=text(record, "error"),
                    asked=whole(record, "asked") or 0,
                    inputs=text(record, "inputs"),
                    refused=record.get("refused") is True,
                    at=seconds(record, "at"),
                )
            case "ended" if text(record, "run"):
                self._endings[text(record, "run")] = RunEnding.read(record)
            case "sum":
                group = SumGroup(*(text(record, part.name) for part in fields(SumGroup)))
                kept = Sum.read(record)
                self._groups[group] = self._groups.get(group, Sum()) + kept
                self._spent += kept.charged + kept.possibly
            case "frame sum":
                frame = _frame(record)
                self._frames[frame] = self._frames.get(frame, Sum()) + Sum.read(record)

    def _end(self, record: Mapping[str, Any]) -> None:
        ident = text(record, "attempt")
        before = self._attempts.get(ident)
        if before is None and record.get("what") != "saved":
            return  # its intent was cut off, and nothing says that it cost anything
        attempt = ended(before or Attempt(ident), record)
        self._attempts[ident] = attempt
        self._spent += attempt.amount - (before.amount if before else 0)
        if attempt.result is AttemptResult.MADE:
            self._taken.pop(attempt.run, None)
            self._given_up.pop(attempt.frame, None)
            if attempt.version:
                self._made.setdefault(attempt.version, ident)  # a later attempt only found it there

    @property
    def size(self) -> int:
        """Return how many attempts are kept whole."""
        return len(self._attempts)

    @property
    def attempts(self) -> list[Attempt]:
        """Return every attempt that is kept whole, oldest first."""
        return list(self._attempts.values())

    @property
    def open(self) -> list[Attempt]:
        """Return the attempts without an outcome, oldest first: in flight, or their worker died."""
        return [attempt for attempt in self._attempts.values() if attempt.result is AttemptResult.OPEN]

    def made_in(self, run: str) -> set[Frame]:
        """Return the frames whose image this run saved, whether or not it is still there."""
        return {each.frame for each in self._attempts.values() if each.run == run and each.result is AttemptResult.MADE}

    def place(self, run: str) -> str:
        """Return the id of the project in which this run was last driven; "" when unknown."""
        return self._places.get(run, "")

    @property
    def total(self) -> Sum:
        """Return the sum over everything."""
        return sum(map(Sum.of, self._attempts.values()), sum(self._groups.values(), Sum()))

    @property
    def spent(self) -> int:
        """Return what was charged or may have been, which a budget counts: as in `total`, but kept up to date."""
        return self._spent

    def groups(self) -> dict[SumGroup, Sum]:
        """Return the sums over everything by group, in the order in which they began."""
        found = dict(self._groups)
        for attempt in self._attempts.values():
            group = SumGroup.of(attempt)
            found[group] = found.get(group, Sum()) + Sum.of(attempt)
        return found

    def frame(self, frame: Frame) -> tuple[list[Attempt], Sum]:
        """Return a frame's attempts, oldest first, and their sum with those that are not kept whole."""
        found = [attempt for attempt in self._attempts.values() if attempt.frame == frame]
        return found, sum(map(Sum.of, found), self._frames.get(frame, Sum()))

    @property
    def given_up(self) -> Mapping[Frame, GivenUp]:
        """Return the frames that could not be made when they were last tried."""
        return self._given_up

    @property
    def endings(self) -> Mapping[str, RunEnding]:
        """Return how each run ended, by its id."""
        return self._endings

    @property
    def frame_sums(self) -> Mapping[Frame, Sum]:
        """Return the sums over attempts that are not kept whole, by frame."""
        return self._frames

    @property
    def group_sums(self) -> Mapping[SumGroup, Sum]:
        """Return the sums over the same attempts, by group."""
        return self._groups

    def attempt_of(self, version: str) -> Attempt | None:
        """Return the attempt that made the image of this version, or None."""
        return self._attempts.get(self._made.get(version, ""))

    def run_of(self, version: str) -> str:
        """Return the run that made the image of this version; "" when unknown."""
        attempt = self.attempt_of(version)
        return attempt.run if attempt else ""

    def facts(self, version: str) -> dict[str, Any]:
        """Return what the page shows of that image: ``seconds`` and ``cost``."""
        attempt = self.attempt_of(version)
        return {"seconds": round(attempt.seconds, 1), "cost": attempt.cost} if attempt else {}

    def taken_without_image(self, run: str) -> int:
        """Return how often a worker took this run since its last image."""
        return self._taken.get(run, 0)


def _frame(record: Mapping[str, Any]) -> Frame:
    return Frame(text(record, "style"), text(record, "shot"), text(record, "beat"))
