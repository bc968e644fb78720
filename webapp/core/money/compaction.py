"""What of a journal may be dropped, and what stands for it then.

Kept whole: every attempt that made a picture (the history of images leads to it), every one without an outcome
(recovery needs it), and the newest ones whatever came of them. Of the others only sums stay, so no total ever changes.
A journal that was compacted grows with the pictures of its project, not with its failures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webapp.core.money.attempts import AttemptResult, text
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup, sum_records
from webapp.core.project import Frame

NEWEST = 1000
"""Attempts that are kept whole for their being new."""


class Compaction:
    """Decides over the records of one journal, whose ledger is given."""

    def __init__(self, ledger: Ledger, newest: int = NEWEST) -> None:
        attempts = ledger.attempts
        old = attempts[: max(0, len(attempts) - newest)]
        self._ledger = ledger
        self._dropped = {a.id: a for a in old if a.result not in (AttemptResult.MADE, AttemptResult.OPEN)}
        self._all = len(attempts)

    @property
    def pays(self) -> bool:
        """Whether enough would be dropped to make it worth writing the journal anew."""
        return len(self._dropped) * 4 > self._all

    @property
    def dropped(self) -> int:
        """How many attempts are not kept whole."""
        return len(self._dropped)

    def keeps(self, record: Mapping[str, Any]) -> bool:
        """Whether a record stays as it is. Ones that nobody here knows do, unless they belong to a dropped attempt."""
        match record.get("what"):
            case "sum" | "frame sum":
                return False  # `sums` has them
            case "gave up":
                frame = Frame(text(record, "style"), text(record, "shot"), text(record, "beat"))
                last = self._ledger.given_up.get(frame)
                return last is not None and last.at == record.get("at")
            case "taken" | "released":
                return self._ledger.taken_without_picture(text(record, "run")) > 0
        return text(record, "attempt") not in self._dropped

    def sums(self) -> Iterator[dict[str, Any]]:
        """The records that stand for all that was ever dropped."""
        groups: dict[SumGroup, Sum] = dict(self._ledger.group_sums)
        frames: dict[Frame, Sum] = dict(self._ledger.frame_sums)
        for attempt in self._dropped.values():
            group, part = SumGroup.of(attempt), Sum.of(attempt)
            groups[group] = groups.get(group, Sum()) + part
            frames[attempt.frame] = frames.get(attempt.frame, Sum()) + part
        return sum_records(groups, frames)
