"""The keys of one run: which one makes the next call, and what an answer means for it.

The limits of a key's account are shared by every process and project; see `webapp.coordination.account_limits`. A
provider that needs no key has an empty pool, which never holds a call back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.coordination.account_limits import AccountLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.core.image_request import Key
from webapp.core.limits.key_states import (
    Access,
    AccountView,
    Busy,
    KeyState,
    Outcome,
    Why,
)
from webapp.errors import (
    CoordinationDown,
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    NoImage,
    NotSent,
    Rejected,
    Unavailable,
)
from webapp.generation.job import NotBegun


@dataclass(frozen=True, slots=True)
class Slot:
    """A place taken for one call: its key, and the opaque names under which the place was taken."""

    key: Key | None = None
    access: Access | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The user's limits for each account: requests ``per_minute`` (None: none) and ``parallel`` calls."""

    per_minute: float | None
    parallel: int


@dataclass(frozen=True, slots=True)
class PoolUse:
    """What the keys of a pool are used for.

    ``project`` is the opaque id under which this project waits for its turn. A place is given back by itself after
    ``ttl`` seconds. ``circuit`` names the service to the circuit breaker.
    """

    provider: str
    styles: tuple[str, ...]
    project: str
    ttl: float
    circuit: str = ""


class KeyPool:
    """Reserves a call on one of the keys a run may use, and takes keys out of use by what the service answers.

    ``keys_of`` answers the keys of a style. Without a ``breaker`` a service that keeps failing is not left alone.
    """

    def __init__(
        self,
        limits: AccountLimits,
        keys_of: Callable[[str], tuple[Key, ...]],
        use: PoolUse,
        ceiling: Ceiling,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._limits = limits
        self._keys_of = keys_of
        self._use = use
        self._ceiling = ceiling
        self._breaker = breaker

    def retune(self, ceiling: Ceiling) -> None:
        """Use these limits for each account from now on."""
        self._ceiling = ceiling

    @property
    def empty(self) -> bool:
        """Whether calls are made without a key, so that nothing is limited here."""
        return not any(self._keys_of(style) for style in self._use.styles)

    def take(self, style: str, attempt: str) -> Slot | Busy:
        """Reserve one call in this style for an attempt. Returns the slot, or why and how long to wait.

        Raises:
            CoordinationDown: Redis did not answer; nothing is certain.
        """
        use, ceiling = self._use, self._ceiling
        wait = self._breaker.ask(use.circuit, attempt, ttl=use.ttl) if self._breaker else 0.0
        if wait > 0:
            return Busy(wait, Why.DOWN)
        keys = self._keys_of(style)
        if not keys:
            return Slot()
        pool = [self._access(key) for key in keys]
        found = self._limits.take(
            pool, attempt, project=use.project, per_minute=ceiling.per_minute, most=ceiling.parallel, ttl=use.ttl
        )
        if isinstance(found, Busy):
            self._report(attempt, None)
            return found
        return Slot(keys[pool.index(found)], found)

    def give_back(self, slot: Slot, attempt: str, error: Exception | None, seconds: float = 0.0) -> None:
        """Give the slot back after ``seconds`` of a call. A spent or refused key is taken out of use for everybody.

        Raises:
            CoordinationDown: Redis did not answer; the slot comes back by itself.
        """
        self._report(attempt, _service_works(error))
        if slot.access is None:
            return
        outcome = _outcome(error)
        cool = error.retry_after if isinstance(error, Limited) else None
        self._limits.give_back(slot.access.account, attempt, outcome, seconds=seconds, cool=cool)
        if isinstance(error, KeySpent):
            self._limits.mark(slot.access.account, KeyState.SPENT, str(error))
        elif isinstance(error, KeyRefused):
            self._limits.mark(slot.access.key, KeyState.REFUSED, str(error))

    def abandon(self) -> None:
        """Give back the slots that an earlier worker of this project left taken, whether or not it had called already.

        Only for the worker that drives the project, before its first call.

        Raises:
            CoordinationDown: Redis did not answer; the slots come back by themselves.
        """
        for account in {self._access(key).account for key in self._distinct_keys()}:
            for attempt in self._limits.slots_of(account, self._use.project):
                self._limits.give_back(account, attempt, Outcome.FAILED)

    def reset(self) -> None:
        """Use keys again that were spent or refused.

        Raises:
            CoordinationDown: Redis did not answer.
        """
        for key in self._distinct_keys():
            access = self._access(key)
            for name, view in zip(names := [access.key, access.account], self._limits.look(names), strict=True):
                if view.state in (KeyState.SPENT, KeyState.REFUSED):
                    self._limits.forgive(name)

    def why_not(self, style: str) -> str:
        """One sentence on why no key of a style can be used, after `take` said that waiting does not help."""
        pool = [self._access(key) for key in self._keys_of(style)]
        names = [name for access in pool for name in (access.key, access.account)]
        reasons = [view.reason for view in self._limits.look(names) if view.reason]
        reason = reasons[0] if reasons else "No key can be used."
        return reason if len(pool) < 2 else f"None of the {len(pool)} keys can be used any more. {reason}"

    def _report(self, attempt: str, works: bool | None) -> None:
        if self._breaker:
            self._breaker.tell(self._use.circuit, attempt, works)

    def _access(self, key: Key) -> Access:
        return self._limits.access(self._use.provider, key)

    def _distinct_keys(self) -> list[Key]:
        return list(dict.fromkeys(key for style in self._use.styles for key in self._keys_of(style)))


def account_views(limits: AccountLimits, keys: Sequence[tuple[str, Key]]) -> list[AccountView]:
    """The state of each key, given with its provider: that it was refused, or else that of its account.

    Raises:
        CoordinationDown: Redis did not answer.
    """
    if not keys:
        return []
    accesses = [limits.access(provider, key) for provider, key in keys]
    views = limits.look([name for access in accesses for name in (access.key, access.account)])
    pairs = zip(views[::2], views[1::2], strict=True)
    return [own if own.state is KeyState.REFUSED else account for own, account in pairs]


def _service_works(error: Exception | None) -> bool | None:
    if isinstance(error, Unavailable | LostAnswer | NotSent):
        return False
    return True if error is None or isinstance(error, Rejected | NoImage) else None


def _outcome(error: Exception | None) -> Outcome:
    match error:
        case None | Rejected():
            return Outcome.OK
        case Limited():
            return Outcome.LIMITED
        case NotSent() | NotBegun() | CoordinationDown():
            return Outcome.UNUSED
        case _:
            return Outcome.FAILED
