"""One call to a provider, as the journal has it: when, for which frame, with which key, its result and its cost.

An attempt begins with its intent and ends with one outcome, or with none when its worker died. Amounts are whole
micro-dollars. Records may be of any version of the product, so no field in them is taken for granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from webapp.core.project import Frame


class AttemptResult(StrEnum):
    """The result of a call, in the words of the page."""

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
    "UnusableImage": AttemptResult.NO_IMAGE,
    "Limited": AttemptResult.LIMITED,
    "KeyRefused": AttemptResult.KEY_REFUSED,
    "KeySpent": AttemptResult.KEY_SPENT,
    "NotSent": AttemptResult.NOT_SENT,
    "LostAnswer": AttemptResult.LOST,
}
"""The result for each `Step8Error.kind` of a failed call; any other is `AttemptResult.FAILED`."""

_CUT_OFF = "The app ended while this call was on its way."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. ``at``: when it began (epoch seconds); ``key`` is masked; ``seconds`` the call took (0: unknown).

    ``price`` is the expected cost, ``cost`` the charged one (None: unknown); ``charged`` is None where it cannot be
    known. ``error`` is the sentence for the user, ``detail`` the provider's own, scrubbed. ``version`` is that of the
    image it made, ``replaces`` that of the image it took the place of, ``inputs`` the code of what the image is made
    from (see `image_inputs`), ``job`` the service's own id of the call.
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
        return Frame(self.style, self.shot, self.beat)

    @property
    def day(self) -> str:
        """Return the day it began by this machine's time zone, as ``2026-11-24``; "" when unknown."""
        return local_day(self.at)

    @property
    def charge(self) -> Charge:
        """Return whether it was paid for."""
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
        """Return the micro-dollars that were charged, or that may have been; see `charge`."""
        match self.charge:
            case Charge.CHARGED:
                return self.cost or 0
            case Charge.POSSIBLY:
                return self.price or 0
        return 0

    @property
    def unpriced(self) -> bool:
        """Return whether it may have cost more than is in any sum, because its price is not known."""
        return self.charge is Charge.UNKNOWN or (self.charge is Charge.POSSIBLY and self.price is None)


def begun(record: Mapping[str, Any]) -> Attempt:
    """Return the attempt of an intent."""
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


def answered(attempt: Attempt, record: Mapping[str, Any]) -> Attempt:
    """Return the attempt once its answer came: it is charged, whatever becomes of its image."""
    if attempt.result is not AttemptResult.OPEN:
        return attempt
    cost = whole(record, "cost")
    return replace(attempt, charged=None if cost is None else True, cost=cost, seconds=seconds(record, "seconds"))


def ended(attempt: Attempt, record: Mapping[str, Any]) -> Attempt:
    """Return the attempt after an outcome.

    An image outweighs every other outcome, and any other outweighs a lost call: a worker that lost its project may
    report late on a call that was written off.
    """
    if attempt.result is AttemptResult.MADE:
        return attempt
    match record.get("what"):
        case "saved":
            return _made(attempt, record, whole(record, "cost"))
        case "restored":
            return _made(attempt, record, attempt.price if attempt.cost is None else attempt.cost)
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
        seconds=seconds(record, "seconds") or attempt.seconds,
        error="",
        version=text(record, "version"),
    )


def _failed(attempt: Attempt, record: Mapping[str, Any]) -> Attempt:
    charged, cost = record.get("charged"), whole(record, "cost")
    if charged is None and attempt.charged:  # its answer had come
        charged = True
    if cost is None:
        cost = attempt.price if attempt.cost is None else attempt.cost
    return replace(
        attempt,
        result=KINDS.get(text(record, "kind"), AttemptResult.FAILED),
        charged=charged if isinstance(charged, bool) else None,
        cost=cost if charged is True else None,
        seconds=seconds(record, "seconds") or attempt.seconds,
        error=text(record, "error"),
        detail=text(record, "detail"),
    )


def local_day(at: float) -> str:
    """Return the day of a time by this machine's time zone, as ``2026-11-24``; "" when it is no time."""
    try:
        return datetime.fromtimestamp(at).date().isoformat() if at > 0 else ""
    except (ValueError, OverflowError, OSError):
        return ""


def text(record: Mapping[str, Any], name: str) -> str:
    """Return the text of that name in a record; "" when there is none."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def whole(record: Mapping[str, Any], name: str) -> int | None:
    """Return the whole number of that name in a record, not negative; None when there is none."""
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def seconds(record: Mapping[str, Any], name: str) -> float:
    """Return the time or duration of that name in a record, in seconds; 0 when there is none."""
    value = record.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if good and value is not None else 0.0
