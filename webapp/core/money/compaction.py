"""Compaction of a journal: which records may be dropped, and the sums that replace them.

Kept whole are attempts that made an image (the history of images refers to them), attempts without an outcome (recovery
needs them) and the newest ones. Of the others only sums stay, so no total ever changes. A compacted journal grows with
the images of its project, not with its failures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webapp.core.money.attempts import AttemptResult, text
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup, sum_records
from webapp.core.project import Frame

NEWEST = 1000
"""Attempts that are kept whole because they are new."""


class Compaction:
    """The decisions over the records of one journal, whose ledger is given."""

    def __init__(self, ledger: Ledger, newest: int = NEWEST) -> None:
        attempts = ledger.attempts
        old = attempts[: max(0, len(attempts) - newest)]
        self._ledger = ledger
        self._dropped = {a.id: a for a in old if a.result not in (AttemptResult.MADE, AttemptResult.OPEN)}
        self._all = len(attempts)

    @property
    def worthwhile(self) -> bool:
        """Return whether more than a quarter of the attempts would be dropped: less is not worth a new file."""
        return len(self._dropped) * 4 > self._all

    @property
    def dropped(self) -> int:
        """Return how many attempts are not kept whole."""
        return len(self._dropped)

    def keeps(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record stays as it is. Unknown ones do, unless they belong to a dropped attempt."""
        match record.get("what"):
            case "sum" | "frame sum":
                return False  # `sums` has them
            case "gave up":
                frame = Frame(text(record, "style"), text(record, "shot"), text(record, "beat"))
                last = self._ledger.given_up.get(frame)
                return last is not None and last.at == record.get("at")
            case "taken" | "released":
                return self._ledger.taken_without_image(text(record, "run")) > 0
        return text(record, "attempt") not in self._dropped

    def sums(self) -> Iterator[dict[str, Any]]:
        """Yield the records that stand for everything ever dropped."""
        groups: dict[SumGroup, Sum] = dict(self._ledger.group_sums)
        frames: dict[Frame, Sum] = dict(self._ledger.frame_sums)
        for attempt in self._dropped.values():
            group, part = SumGroup.of(attempt), Sum.of(attempt)
            groups[group] = groups.get(group, Sum()) + part
            frames[attempt.frame] = frames.get(attempt.frame, Sum()) + part
        return sum_records(groups, frames)
