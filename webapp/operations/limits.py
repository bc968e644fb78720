"""Limits as forms and JSON send them: pace, images at once, tries, timeout, budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from webapp.core.settings import parse
from webapp.errors import BadInput

TWO_WAYS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
"""Five thousand to some, five to others."""

THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3}){2,}")


@dataclass(frozen=True, slots=True)
class LimitField:
    """One limit: its name where it is sent, what it is called, its name in the settings, and how it is read."""

    name: str
    label: str
    setting: str
    read: Callable[[str], Any]


FIELDS = {
    field.name: field
    for field in (
        LimitField("perMinute", "Requests per minute", "per_minute", partial(parse.amount, least=0.01, most=100_000)),
        LimitField("parallel", "Parallel requests", "parallel", partial(parse.whole, least=1, most=256)),
        LimitField("attempts", "Tries for each image", "attempts", partial(parse.whole, least=1, most=20)),
        LimitField("timeout", "Seconds for one call", "timeout", partial(parse.amount, least=1, most=3600)),
    )
}
"""All but the budget, by name."""


def limits_in(sent: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The limits of these names as the settings keep them; ``None`` for what is empty.

    Raises:
        BadInput: one of them cannot be used; the sentence says what it takes.
    """
    return {FIELDS[name].setting: limit_in(FIELDS[name], sent.get(name)) for name in names}


def limit_in(field: LimitField, sent: Any) -> Any:
    """One limit, from a form's text or a JSON value; ``None`` when it is empty.

    Raises:
        BadInput: it cannot be used.
    """
    if sent is None or sent == "":
        return None
    if isinstance(sent, bool) or not isinstance(sent, (str, int, float)):
        raise BadInput(f"{field.label}: write a number.")
    text = f"{sent:.9g}" if isinstance(sent, float) else str(sent).strip().replace(",", ".")
    if not text:
        return None
    try:
        return field.read(text)
    except ValueError as error:
        raise BadInput(f"{field.label}: {error}") from None


def budget_in(text: str | None) -> int | None:
    """A budget in US dollars as a form sends it, in micro-dollars; ``None`` when there is none.

    Raises:
        BadInput: it is no amount.
    """
    if not text or not text.strip():
        return None
    amount = text.strip().removeprefix("$").strip()
    if TWO_WAYS.fullmatch(amount):
        whole = amount.replace(",", "")
        raise BadInput(f"Budget: {amount} can be read in two ways. Write {whole}, or {amount.replace(',', '.')}.")
    if THOUSANDS.fullmatch(amount):
        amount = amount.replace(",", "")
    try:
        return parse.dollars(amount.replace(",", "."))
    except ValueError as error:
        raise BadInput(f"Budget: {error}") from None
