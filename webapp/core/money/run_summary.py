"""Summary of a run: frames made and failed, time, money, calls. From the ledger alone, nothing counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from webapp.core.money.attempts import AttemptResult
from webapp.core.money.ledger import Ledger
from webapp.core.money.run_endings import RunEnding
from webapp.core.money.sums import Sum, SumGroup
from webapp.core.run.states import Run


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run. Money in micro-dollars, times in epoch seconds (0: unknown), ``worked`` in seconds.

    ``state`` and ``reason`` are those of `Run`, "" for a run of which only calls are known. ``failed`` counts the
    frames given up by their sentence. ``calls`` were sent or may have been; ``unpriced`` of them may have cost more.
    """

    run: str
    state: str = ""
    reason: str = ""
    started: float = 0.0
    ended: float = 0.0
    worked: float = 0.0
    made: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    calls: int = 0
    retries: int = 0
    charged: int = 0
    possibly: int = 0
    unpriced: int = 0

    @property
    def failures(self) -> int:
        """Return how many frames were given up."""
        return sum(self.failed.values())

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def ending(ledger: Ledger, run: Run) -> RunEnding:
    """Return the end of a run that is over, from the ledger as it is now."""
    failed = [known for known in ledger.given_up.values() if known.run == run.id]
    refused = sum(known.refused for known in failed)
    return RunEnding.of(run, Counter(known.sentence for known in failed), refused, _retries(ledger, run.id))


def summary(ledger: Ledger, run: Run) -> RunSummary:
    """Return the summary of a run so far, over or not."""
    return _summary(ending(ledger, run), _sent_calls(ledger).get(run.id, Sum()))


def summaries(ledger: Ledger, newest: Run) -> list[RunSummary]:
    """Return every run that the ledger knows, newest first. ``newest`` is the project's run as it is now."""
    sums, began = _sent_calls(ledger), _first_calls(ledger)
    endings = dict(ledger.endings)
    if newest.id:
        endings[newest.id] = ending(ledger, newest)
    found = [
        _summary(endings.get(run) or RunEnding(run, 0.0, "", started=began.get(run, 0.0)), sums.get(run, Sum()))
        for run in dict.fromkeys((*sums, *endings))
    ]
    return sorted(found, key=lambda each: (each.started, each.run == newest.id), reverse=True)


def _summary(end: RunEnding, total: Sum) -> RunSummary:
    return RunSummary(
        run=end.run,
        state=end.state,
        reason=end.reason,
        started=end.started,
        ended=end.at,
        worked=end.worked,
        made=total.made,
        failed=end.failed,
        refused=end.refused,
        calls=total.attempts,
        retries=end.retries,
        charged=total.charged,
        possibly=total.possibly,
        unpriced=total.unpriced,
    )


def _sent_calls(ledger: Ledger) -> dict[str, Sum]:
    found: dict[str, Sum] = {}
    for group, part in ledger.groups().items():
        if group.run and _was_sent(group):
            found[group.run] = found.get(group.run, Sum()) + part
    return found


def _was_sent(group: SumGroup) -> bool:
    return group.result != AttemptResult.NOT_SENT


def _retries(ledger: Ledger, run: str) -> int:
    frames = {
        attempt.frame for attempt in ledger.attempts if attempt.run == run and attempt.result != AttemptResult.NOT_SENT
    }
    calls = sum(part.attempts for group, part in ledger.groups().items() if group.run == run and _was_sent(group))
    return max(0, calls - len(frames))


def _first_calls(ledger: Ledger) -> dict[str, float]:
    found: dict[str, float] = {}
    for attempt in ledger.attempts:
        if attempt.at > 0:
            found.setdefault(attempt.run, attempt.at)
    return found
