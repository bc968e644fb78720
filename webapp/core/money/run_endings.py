"""The end of a run as a record of the journal, written once when the run is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from webapp.core.money.attempts import seconds, text, whole
from webapp.core.run.states import Run

ENDED = "ended"
"""The ``what`` of such a record."""


@dataclass(frozen=True, slots=True)
class RunEnding:
    """The end of a run at ``at``, begun at ``started``; ``state`` and ``reason`` as in `Run`.

    ``worked`` are the seconds it was generating. ``failed`` counts the frames it gave up by their sentence, ``refused``
    those of them that the provider refused, ``retries`` the calls beyond the first for a frame.
    """

    run: str
    at: float
    state: str
    reason: str = ""
    started: float = 0.0
    worked: float = 0.0
    failed: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    retries: int = 0

    @classmethod
    def of(cls, run: Run, failed: Counter[str], refused: int, retries: int) -> RunEnding:
        """Return the end of a run that is over."""
        return cls(
            run.id,
            run.changed_at,
            run.state.value,
            run.reason,
            run.started_at,
            round(run.worked, 1),
            dict(failed.most_common()),
            refused,
            retries,
        )

    def to_record(self) -> dict[str, Any]:
        """Return it as a record of the journal."""
        return {"what": ENDED, **asdict(self)}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> RunEnding:
        """Read a record; a value that does not fit counts as missing."""
        failed = record.get("failed")
        counted = failed.items() if isinstance(failed, dict) else ()
        return cls(
            text(record, "run"),
            seconds(record, "at"),
            text(record, "state"),
            text(record, "reason"),
            seconds(record, "started"),
            seconds(record, "worked"),
            {str(sentence): number for sentence, number in counted if type(number) is int and number > 0},
            whole(record, "refused") or 0,
            whole(record, "retries") or 0,
        )
