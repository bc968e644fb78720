"""What a project's journal says, summed up: its attempts, what was spent on what, how often a run lost its worker.

A `Ledger` takes in one record after the other, so a reader that kept one only has to read what was added since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from webapp.core.money.attempts import (
    Attempt,
    AttemptResult,
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
    """A journal that can be read back."""

    def records(self) -> Iterator[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A frame that a run failed at for good: with this sentence, after it had been asked for again ``asked`` times.

    ``inputs`` is the code of what it was to be made from, ``refused`` whether the provider refused just that.
    """

    run: str
    sentence: str
    asked: int = 0
    inputs: str = ""
    refused: bool = False
    at: float = 0.0


@dataclass(slots=True)
class Ledger:
    """One project's books. Money in micro-dollars.

    An intent without an outcome, and a failure that may have been charged, count at the price of the call as *possibly
    charged*: the figure may be higher than what was charged, never lower.
    """

    _attempts: dict[str, Attempt] = field(default_factory=dict)
    _pictures: dict[str, str] = field(default_factory=dict)
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
        """Sum records in the order in which they were written. Unknown ones are passed over."""
        ledger = cls()
        for record in records:
            ledger.add(record)
        return ledger

    def add(self, record: Mapping[str, Any]) -> None:
        """Take in the record that was written next."""
        match record.get("what"):
            case "taken":
                run = text(record, "run")
                self._taken[run] = self._taken.get(run, 0) + 1
                self._places[run] = text(record, "project")
            case "released":  # its worker let go of it in good order
                self._taken.pop(text(record, "run"), None)
            case "intent" if (ident := text(record, "attempt")) and ident not in self._attempts:
                self._attempts[ident] = begun(record)
                self._spent += self._attempts[ident].amount
            case "job" if (known := self._attempts.get(text(record, "attempt"))) is not None:
                self._attempts[known.id] = replace(known, job=text(record, "job"))
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
                self._pictures.setdefault(attempt.version, ident)  # who comes later found it there

    @property
    def size(self) -> int:
        """How many attempts are kept whole."""
        return len(self._attempts)

    @property
    def attempts(self) -> list[Attempt]:
        """Every attempt that is kept whole, oldest first."""
        return list(self._attempts.values())

    @property
    def open(self) -> list[Attempt]:
        """Attempts without an outcome, oldest first: in flight, or cut off by the end of their worker."""
        return [attempt for attempt in self._attempts.values() if attempt.result is AttemptResult.OPEN]

    def made_in(self, run: str) -> set[Frame]:
        """The frames whose picture this run has saved, whether or not it is still there."""
        return {each.frame for each in self._attempts.values() if each.run == run and each.result is AttemptResult.MADE}

    def place(self, run: str) -> str:
        """The id of the project in which this run was last driven; "" when that is not known."""
        return self._places.get(run, "")

    @property
    def total(self) -> Sum:
        """Everything."""
        return sum(map(Sum.of, self._attempts.values()), sum(self._groups.values(), Sum()))

    @property
    def spent(self) -> int:
        """What was charged or may have been: what a budget has to count. The same as in `total`, kept up to date."""
        return self._spent

    def groups(self) -> dict[SumGroup, Sum]:
        """Everything by group, in the order in which they began."""
        found = dict(self._groups)
        for attempt in self._attempts.values():
            group = SumGroup.of(attempt)
            found[group] = found.get(group, Sum()) + Sum.of(attempt)
        return found

    def frame(self, frame: Frame) -> tuple[list[Attempt], Sum]:
        """The attempts at one frame, oldest first, and the sum over them and those that are not kept whole."""
        found = [attempt for attempt in self._attempts.values() if attempt.frame == frame]
        return found, sum(map(Sum.of, found), self._frames.get(frame, Sum()))

    @property
    def given_up(self) -> Mapping[Frame, GivenUp]:
        """The frames that could not be made when they were last tried."""
        return self._given_up

    @property
    def endings(self) -> Mapping[str, RunEnding]:
        """How each run ended, by its id, as far as that was written down."""
        return self._endings

    @property
    def frame_sums(self) -> Mapping[Frame, Sum]:
        """Of each frame the sum over attempts that are not kept whole any more."""
        return self._frames

    @property
    def group_sums(self) -> Mapping[SumGroup, Sum]:
        """The same attempts by group."""
        return self._groups

    def picture(self, version: str) -> Attempt | None:
        """The attempt that made the picture of this version, or ``None``."""
        return self._attempts.get(self._pictures.get(version, ""))

    def run_of(self, version: str) -> str:
        """The run that made the picture of this version; "" when the journal does not know it."""
        attempt = self.picture(version)
        return attempt.run if attempt else ""

    def facts(self, version: str) -> dict[str, Any]:
        """What the page shows of that picture: ``seconds`` and ``cost``."""
        attempt = self.picture(version)
        return {"seconds": round(attempt.seconds, 1), "cost": attempt.cost} if attempt else {}

    def taken_without_picture(self, run: str) -> int:
        """How often a worker took this run since it last brought a picture."""
        return self._taken.get(run, 0)


def _frame(record: Mapping[str, Any]) -> Frame:
    return Frame(text(record, "style"), text(record, "shot"), text(record, "beat"))
