"""The keys of one run: which one makes the next call, and what an answer means for it.

The limits of a key's account are shared by every process and project; see `webapp.coordination.account_limits`. A
provider that needs no key has a ring without keys, which never holds a call back.
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


class KeyPool:
    """The keys a run may use.

    ``pool`` answers the keys of each of the ``styles``; ``per_minute`` and ``most`` are the user's ceilings for each
    account; ``project`` is the opaque id under which this project waits for its turn; a place is given back by itself
    after ``ttl`` seconds. ``circuit`` names the service to the ``breaker``, which leaves alone what keeps failing.
    """

    def __init__(
        self,
        limits: AccountLimits,
        provider: str,
        pool: Callable[[str], tuple[Key, ...]],
        styles: tuple[str, ...],
        project: str,
        per_minute: float | None,
        most: int,
        ttl: float,
        breaker: CircuitBreaker | None = None,
        circuit: str = "",
    ) -> None:
        self._limits = limits
        self._provider = provider
        self._pool = pool
        self._styles = styles
        self._project = project
        self._per_minute = per_minute
        self._most = most
        self._ttl = ttl
        self._breaker = breaker
        self._circuit = circuit

    def retune(self, per_minute: float | None, most: int) -> None:
        """The user's ceilings for each account from now on."""
        self._per_minute, self._most = per_minute, most

    @property
    def empty(self) -> bool:
        """Whether calls are made without a key, so that nothing is limited here."""
        return not any(self._pool(style) for style in self._styles)

    def take(self, style: str, slot: str) -> Slot | Busy:
        """A place for one call in this style, or when to ask again. ``slot`` is the attempt's id.

        Raises:
            CoordinationDown: Redis did not answer; nothing is certain.
        """
        wait = self._breaker.ask(self._circuit, slot, ttl=self._ttl) if self._breaker else 0.0
        if wait > 0:
            return Busy(wait, Why.DOWN)
        keys = self._pool(style)
        if not keys:
            return Slot()
        pool = [self._limits.access(self._provider, key) for key in keys]
        found = self._limits.take(
            pool, slot, project=self._project, per_minute=self._per_minute, most=self._most, ttl=self._ttl
        )
        if isinstance(found, Busy):
            self._tell(slot, None)
            return found
        return Slot(keys[pool.index(found)], found)

    def give_back(self, hold: Slot, slot: str, error: Exception | None, seconds: float = 0.0) -> None:
        """Give the place back and learn from the answer: a spent or refused key is taken out of use for everybody.

        Raises:
            CoordinationDown: Redis did not answer; the place comes back by itself.
        """
        self._tell(slot, _sound(error))
        if hold.access is None:
            return
        outcome = _outcome(error)
        cool = error.retry_after if isinstance(error, Limited) else None
        self._limits.give_back(hold.access.account, slot, outcome, seconds=seconds, cool=cool)
        if isinstance(error, KeySpent):
            self._limits.mark(hold.access.account, KeyState.SPENT, str(error))
        elif isinstance(error, KeyRefused):
            self._limits.mark(hold.access.key, KeyState.REFUSED, str(error))

    def abandon(self) -> None:
        """Give back places that an earlier worker of this project left taken, whether or not it had called already.

        Only for who drives the project, before its first call.

        Raises:
            CoordinationDown: Redis did not answer; the places come back by themselves.
        """
        for account in {self._limits.access(self._provider, key).account for key in self._keys()}:
            for slot in self._limits.slots_of(account, self._project):
                self._limits.give_back(account, slot, Outcome.FAILED)

    def forgive(self) -> None:
        """Somebody pressed Start: keys that were spent or refused get another chance.

        Raises:
            CoordinationDown: Redis did not answer.
        """
        for key in self._keys():
            access = self._limits.access(self._provider, key)
            for name, view in zip(names := [access.key, access.account], self._limits.look(names), strict=True):
                if view.state in (KeyState.SPENT, KeyState.REFUSED):
                    self._limits.forgive(name)

    def _tell(self, slot: str, sound: bool | None) -> None:
        if self._breaker:
            self._breaker.tell(self._circuit, slot, sound)

    def _keys(self) -> list[Key]:
        """The keys of all styles, each once."""
        return list(dict.fromkeys(key for style in self._styles for key in self._pool(style)))

    def why_not(self, style: str) -> str:
        """One sentence that says why no key of a style can be used, after `take` said that waiting does not help."""
        pool = [self._limits.access(self._provider, key) for key in self._pool(style)]
        names = [name for access in pool for name in (access.key, access.account)]
        reasons = [view.reason for view in self._limits.look(names) if view.reason]
        reason = reasons[0] if reasons else "No key can be used."
        return reason if len(pool) < 2 else f"None of the {len(pool)} keys can be used any more. {reason}"


def look(limits: AccountLimits, keys: Sequence[tuple[str, Key]]) -> list[AccountView]:
    """What is known of each key, given with its provider: that it was refused, or else how its account is.

    Raises:
        CoordinationDown: Redis did not answer.
    """
    if not keys:
        return []
    accesses = [limits.access(provider, key) for provider, key in keys]
    views = limits.look([name for access in accesses for name in (access.key, access.account)])
    pairs = zip(views[::2], views[1::2], strict=True)
    return [own if own.state is KeyState.REFUSED else account for own, account in pairs]


def _sound(error: Exception | None) -> bool | None:
    """What an answer says of the service itself: well, at fault, or nothing."""
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
