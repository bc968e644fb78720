"""What a run came to, in the words of the page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.money.prices import dollars
from webapp.core.money.run_summary import Summary
from webapp.core.run.states import State
from webapp.web.attempt_lines import moment
from webapp.web.times import length

WORDS: dict[str, tuple[str, str, str]] = {
    State.DONE: ("complete", "✓", "All images exist"),
    State.PARTIAL: ("error", "⚠", "Some failed"),
    State.STOPPED: ("pending", "◦", "Stopped"),
    State.FAILED: ("error", "✗", "Could not go on"),
    State.INTERRUPTED: ("error", "⚠", "Interrupted"),
    State.PAUSED: ("pending", "◦", "Paused"),
    State.PAUSING: ("pending", "◦", "Paused"),
    State.STOPPING: ("pending", "◦", "Stopping"),
    State.STARTING: ("generating", "⟳", "Starting"),
    State.GENERATING: ("generating", "⟳", "Generating"),
}
"""Look, sign and word for where a run stands."""

UNKNOWN = ("pending", "◦", "Not known")


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One run, ready to show (`partials/_summary.html`). ``text`` is "79 made, 2 failed, 6 min, $3.08, 84 calls".

    ``why`` are the frames that failed by reason, as (number, sentence).
    """

    run: str
    began: str  # "24 Nov 09:31:07"
    look: str
    sign: str
    word: str
    text: str
    reason: str
    why: tuple[tuple[int, str], ...]


def summary_line(found: Summary | None) -> SummaryLine | None:
    """A run as one line; ``None`` for none, or one in which nothing happened."""
    if found is None or not (found.calls or found.failed):
        return None
    look, sign, word = WORDS.get(found.state, UNKNOWN)
    why = sorted(found.failed.items(), key=lambda item: -item[1])
    return SummaryLine(
        found.run,
        moment(found.started),
        look,
        sign,
        word,
        told(found),
        found.reason,
        tuple((number, sentence) for sentence, number in why),
    )


def told(found: Summary) -> str:
    """What it came to in one line: "79 made, 2 failed, 6 min, $3.08, 84 calls, 3 retries"."""
    refused = f" ({found.refused} refused)" if found.refused else ""
    parts = [
        f"{found.made} made",
        f"{found.failures} failed{refused}" if found.failures else "",
        length(found.worked) if found.worked else "",
        cost(found),
        _number(found.calls, "call", "calls"),
        _number(found.retries, "retry", "retries") if found.retries else "",
    ]
    return ", ".join(part for part in parts if part)


def cost(found: Summary) -> str:
    """What a run cost: "$3.08", "$3.08 and possibly $0.04 more", "free", "price unknown"."""
    if found.unpriced and not found.charged + found.possibly:
        return "price unknown"
    if not found.charged + found.possibly:
        return "free" if found.made else "nothing charged"
    more = f" and possibly {dollars(found.possibly)} more" if found.possibly else ""
    return f"{dollars(found.charged)}{more}"


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
