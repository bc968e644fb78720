"""Wording of attempts: outcome, cost, and the facts of a frame that they prove. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.core.money.amounts import dollars, per_image
from webapp.core.money.attempts import Attempt, AttemptResult, Charge
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum
from webapp.core.project import Frame
from webapp.providers.table import PROVIDERS
from webapp.web.layout.words import moment

SHOWN = 20
"""Attempts the details of a frame list; the page of the costs has all."""

_LOOKS = {
    AttemptResult.MADE: ("complete", "✓"),
    AttemptResult.OPEN: ("generating", "⟳"),
    AttemptResult.NOT_SENT: ("pending", "◦"),
    AttemptResult.LIMITED: ("pending", "◦"),
}


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt. Texts are "" where unknown.

    ``look`` is a status that sets the colour (complete, error …), ``sign`` its sign; ``cost`` also says "Not charged".
    ``current``: it made the current image.
    """

    title: str  # "Attempt 3" among those of its frame, "Beat 1.4" among those of all
    style: str
    href: str  # the frame's details
    at: str  # "24 Nov 09:31:07"
    result: str
    look: str
    sign: str
    cost: str
    seconds: str
    seed: str
    model: str
    key: str
    error: str
    detail: str
    current: bool = False


def line(attempt: Attempt, title: str, *, href: str = "", current: bool = False) -> AttemptLine:
    """Build the line of one attempt."""
    look, sign = _LOOKS.get(attempt.result, ("error", "✗"))
    return AttemptLine(
        title=title,
        style=attempt.style,
        href=href,
        at=moment(attempt.at),
        result=attempt.result.value.capitalize(),
        look=look,
        sign=sign,
        cost=cost(attempt),
        seconds=f"{attempt.seconds:.1f} s" if attempt.seconds else "",
        seed="" if attempt.seed is None else str(attempt.seed),
        model=attempt.model or label(attempt.provider),
        key=attempt.key,
        error=attempt.error,
        detail=attempt.detail,
        current=current,
    )


def lines(ledger: Ledger, frame: Frame, version: str) -> tuple[AttemptLine, ...]:
    """Build the newest attempts at a frame, newest first. ``version`` is that of the current image."""
    attempts, total = ledger.frame(frame)
    made = ledger.attempt_of(version)
    earlier = total.attempts - len(attempts)
    numbered = list(enumerate(attempts, earlier + 1))
    return tuple(
        line(attempt, f"Attempt {number}", current=made is not None and attempt.id == made.id)
        for number, attempt in reversed(numbered[-SHOWN:])
    )


def maker(ledger: Ledger, frame: Frame, version: str) -> Attempt | None:
    """The attempt that made the current image, or the newest one at a frame without image."""
    if version:
        return ledger.attempt_of(version)
    attempts = ledger.frame(frame)[0]
    return attempts[-1] if attempts else None


def facts(attempt: Attempt | None, total: Sum) -> list[tuple[str, str]]:
    """Name and value of what one attempt proves of its frame, and what all attempts cost."""
    found: list[tuple[str, str]] = []
    if attempt:
        found.append(("Provider", label(attempt.provider)))
        found.append(("Model", attempt.model))
        found.append(("Seed", "" if attempt.seed is None else str(attempt.seed)))
        found.append(("Time", f"{attempt.seconds:.1f} s" if attempt.seconds else ""))
        found.append(("Key", attempt.key))
        found.append(("Cost", cost(attempt)))
    if total.attempts > 1 and total.charged + total.possibly:
        found.append(("In all", all_in_all(total)))
    return [(name, value) for name, value in found if value]


def cost(attempt: Attempt) -> str:
    """What one attempt cost: "$0.039", "Free", "Not charged", "Possibly charged $0.039", "Price unknown"."""
    match attempt.charge:
        case Charge.CHARGED:
            return per_image(attempt.amount)
        case Charge.POSSIBLY if attempt.amount:
            return f"{Charge.POSSIBLY.value} {per_image(attempt.amount)}"
    return attempt.charge.value


def all_in_all(total: Sum) -> str:
    """What several attempts cost: "$0.12", "$0.08, possibly $0.04 more"."""
    more = f", possibly {dollars(total.possibly)} more" if total.possibly else ""
    return f"{dollars(total.charged)}{more}"


def label(provider: str) -> str:
    """A provider's name on the page, also of one that no longer exists."""
    return PROVIDERS[provider].label if provider in PROVIDERS else provider


def filters(results: Sequence[str]) -> list[str]:
    """The outcomes by which attempts can be filtered: "possibly charged", and those in ``results``."""
    return [Charge.POSSIBLY.value.lower(), *(word.value for word in AttemptResult if word.value in results)]


def fits(attempt: Attempt, outcome: str) -> bool:
    """True when an attempt has this outcome, as `filters` names it; "" is every one."""
    if outcome == Charge.POSSIBLY.value.lower():
        return attempt.charge is Charge.POSSIBLY
    return outcome in ("", attempt.result.value)
