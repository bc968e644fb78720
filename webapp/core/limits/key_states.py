"""States of API keys and of the accounts whose limits they share. Nothing in here is a secret.

Keys and accounts are named by fingerprints, opaque texts that lead back to neither. A key without an account of its
own, and a server of the user's that needs no key, stand for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KeyState(StrEnum):
    """The state of a key or account. Cooling passes by itself; spent and refused stay until the user resets them."""

    HEALTHY = "healthy"
    COOLING = "cooling"
    SPENT = "spent"
    REFUSED = "refused"


class Why(StrEnum):
    """Why no call may begin now."""

    RATE = "rate"
    """The calls of this minute are used up."""
    FULL = "full"
    """As many calls are in flight as the account allows."""
    TURN = "turn"
    """Another project that waits for the same account goes first."""
    COOLING = "cooling"
    """The provider asked for silence."""
    SPENT = "spent"
    """No credit or quota is left."""
    REFUSED = "refused"
    """The key is wrong, expired or not allowed to do this."""
    DOWN = "down"
    """The service failed again and again; it is left alone for a while."""
    AWAY = "away"
    """Redis does not answer, so it cannot be known."""


class Outcome(StrEnum):
    """What a call says about its account."""

    OK = "ok"
    """It answered, be it with a refusal of the prompt."""
    LIMITED = "limited"
    """Too many requests."""
    FAILED = "failed"
    """It says nothing about the account: the service or the way there is at fault."""
    UNUSED = "unused"
    """Nothing was sent: the call counts for nothing and its place in the minute is free again."""


@dataclass(frozen=True, slots=True)
class Access:
    """One way into a provider: the fingerprints of a key and of the account whose limits the key shares."""

    account: str
    key: str


@dataclass(frozen=True, slots=True)
class Busy:
    """No call may begin now; ask again in ``wait`` seconds (None: a user must act)."""

    wait: float | None
    why: Why


@dataclass(frozen=True, slots=True)
class AccountView:
    """A key or an account as the page shows it.

    ``wait`` are the seconds of cooling left, ``reason`` the sentence for a spent or refused one. ``in_flight`` calls of
    at most ``limit`` are on their way, at ``per_minute`` at present (None: not limited); for a key that is not its own
    account these say nothing.
    """

    state: KeyState = KeyState.HEALTHY
    wait: float = 0.0
    reason: str = ""
    in_flight: int = 0
    limit: int = 0
    per_minute: float | None = None
