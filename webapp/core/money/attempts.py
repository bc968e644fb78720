"""One call to a provider, as the journal tells it: when, for which frame, with which key, what came back, what it cost.

An *attempt* begins with its intent and ends with one outcome, or with none when its worker died. Amounts are whole
micro-dollars. Records were written by any version of the product, so nothing in them is taken for granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from webapp.core.project import Frame


class AttemptResult(StrEnum):
    """What came back, in the words of the page."""

    OPEN = "no outcome yet"  # in flight, or cut off by the end of its worker
    MADE = "made"
    REFUSED = "refused"
    NO_IMAGE = "not an image"
    LIMITED = "limited"
    KEY_REFUSED = "key refused"
    KEY_SPENT = "key spent"
    LOST = "no answer"
    NOT_SENT = "not sent"
    FAILED = "failed"


class Charge(StrEnum):
    """Whether an attempt was paid for, in the words of the page."""

    CHARGED = "Charged"
    POSSIBLY = "Possibly charged"
    NOT = "Not charged"
    FREE = "Free"
    UNKNOWN = "Price unknown"


KINDS = {
    "Rejected": AttemptResult.REFUSED,
    "NoPicture": AttemptResult.NO_IMAGE,
    "Limited": AttemptResult.LIMITED,
    "KeyRefused": AttemptResult.KEY_REFUSED,
    "KeySpent": AttemptResult.KEY_SPENT,
    "NotSent": AttemptResult.NOT_SENT,
    "LostAnswer": AttemptResult.LOST,
}
"""What a failure of each class is called; any other class is a plain failure."""

_CUT_OFF = "The app ended while this call was on its way."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. ``at`` is when it began, in seconds since the epoch; ``key`` is masked.

    ``price`` is what was expected, ``cost`` what was charged as far as it is known (``None``: not); ``charged`` is
    ``None`` where nobody can know. ``error`` is the sentence for the user, ``detail`` what the provider said,
    scrubbed. ``version`` is that of the picture it made, ``seconds`` how long the call took (0: unknown). ``inputs`` is
    the code of what the picture is made from, ``replaces`` the version of the image whose place it takes, ``job`` the
    service's own id for the call.
    """

    id: str
    at: float = 0.0
    run: str = ""
    style: str = ""
    shot: str = ""
    beat: str = ""
    provider: str = ""
    model: str = ""
    key: str = ""
    price: int | None = None
    seed: int | None = None
    result: AttemptResult = AttemptResult.OPEN
    charged: bool | None = None
    cost: int | None = None
    seconds: float = 0.0
    error: str = ""
    detail: str = ""
    version: str = ""
    inputs: str = ""
    replaces: str = ""
    job: str = ""

    @property
    def frame(self) -> Frame:
        """The frame it was for."""
        return Frame(self.style, self.shot, self.beat)

    @property
    def day(self) -> str:
        """The day on which it began, by this machine's time zone: ``2026-11-24``, or "" when that is not known."""
        return local_day(self.at)

    @property
    def charge(self) -> Charge:
        """Whether it was paid for."""
        if self.charged is False:
            return Charge.NOT
        amount = self.cost if self.charged else self.price
        if amount == 0:
            return Charge.FREE
        if self.charged is None:
            return Charge.POSSIBLY
        return Charge.UNKNOWN if amount is None else Charge.CHARGED

    @property
    def amount(self) -> int:
        """Micro-dollars that were charged, or that may have been; see `charge`."""
        match self.charge:
            case Charge.CHARGED:
                return self.cost or 0
            case Charge.POSSIBLY:
                return self.price or 0
        return 0

    @property
    def unpriced(self) -> bool:
        """Whether it may have cost something that is in no sum, since its price is not known."""
        return self.charge is Charge.UNKNOWN or (self.charge is Charge.POSSIBLY and self.price is None)


def begun(record: Mapping[str, Any]) -> Attempt:
    """The attempt that an intent announces."""
    return Attempt(
        id=text(record, "attempt"),
        at=seconds(record, "at"),
        run=text(record, "run"),
        style=text(record, "style"),
        shot=text(record, "shot"),
        beat=text(record, "beat"),
        provider=text(record, "provider"),
        model=text(record, "model"),
        key=text(record, "key"),
        price=whole(record, "price"),
        seed=whole(record, "seed"),
        inputs=text(record, "inputs"),
        replaces=text(record, "replaces"),
    )


def ended(attempt: Attempt, record: Mapping[str, Any]) -> Attempt:
    """The attempt once an outcome is known. A picture outweighs everything, and anything outweighs a lost call: a
    worker that lost its project may tell late what came of the call that was written off."""
    if attempt.result is AttemptResult.MADE:
        return attempt
    match record.get("what"):
        case "saved":
            return _made(attempt, record, whole(record, "cost"))
        case "restored":
            return _made(attempt, record, attempt.price)
        case "failed" if attempt.result in (AttemptResult.OPEN, AttemptResult.LOST):
            return _failed(attempt, record)
        case "lost" if attempt.result is AttemptResult.OPEN:
            return replace(attempt, result=AttemptResult.LOST, error=_CUT_OFF)
        case "not sent" if attempt.result is AttemptResult.OPEN:
            return replace(attempt, result=AttemptResult.NOT_SENT, charged=False)
    return attempt


def _made(attempt: Attempt, record: Mapping[str, Any], cost: int | None) -> Attempt:
    seed = whole(record, "seed")
    return replace(
        attempt,
        at=attempt.at or seconds(record, "at"),
        run=attempt.run or text(record, "run"),
        model=text(record, "model") or attempt.model,
        seed=attempt.seed if seed is None else seed,
        result=AttemptResult.MADE,
        charged=True,
        cost=cost,
        seconds=seconds(record, "seconds"),
        error="",
        version=text(record, "version"),
    )


def _failed(attempt: Attempt, record: Mapping[str, Any]) -> Attempt:
    charged = record.get("charged")
    return replace(
        attempt,
        result=KINDS.get(text(record, "kind"), AttemptResult.FAILED),
        charged=charged if isinstance(charged, bool) else None,
        cost=attempt.price if charged is True else None,
        seconds=seconds(record, "seconds"),
        error=text(record, "error"),
        detail=text(record, "detail"),
    )


def local_day(at: float) -> str:
    """The day of a moment by this machine's time zone, as ``2026-11-24``; "" when it is no moment."""
    try:
        return datetime.fromtimestamp(at).date().isoformat() if at > 0 else ""
    except (ValueError, OverflowError, OSError):
        return ""


def text(record: Mapping[str, Any], name: str) -> str:
    """The text of that name in a record; "" when there is none."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def whole(record: Mapping[str, Any], name: str) -> int | None:
    """The whole number of that name in a record, not negative; ``None`` when there is none."""
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def seconds(record: Mapping[str, Any], name: str) -> float:
    """The time or duration of that name in a record, in seconds; 0 when there is none."""
    value = record.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if good and value is not None else 0.0
