"""Rate and concurrency limits of provider accounts, in Redis, for all processes.

A call takes a *slot* before it begins and gives it back with its outcome. One script (`account_limits_lua.TAKE`)
chooses from a whole pool of keys: none that cools, is spent or refused; no more calls a minute than the rate; no more
in flight than the account takes; and several projects in turn. What an outcome means for its account is decided in
`webapp.core.limits.account_pressure` and stored only if no other outcome came in between, else decided again.

Keys and account names are stored as fingerprints made with a secret of this installation. A slot is a lease, so those
of a worker that died are freed by themselves.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Sequence
from typing import Any

import redis

from webapp.coordination.account_limits_lua import GIVE_BACK, KEPT, TAKE
from webapp.coordination.lua_clock import Clock, number, time_argument
from webapp.coordination.redis_client import reaching_redis
from webapp.core.image_request import Key
from webapp.core.limits.account_pressure import LONGEST_WISH, START, Pressure
from webapp.core.limits.key_states import (
    Access,
    AccountView,
    Busy,
    KeyState,
    Outcome,
    Why,
)

OPAQUE = re.compile(r"[0-9A-Za-z_-]{1,64}")


class AccountLimits:
    """Limits calls to accounts. ``secret`` is the installation's; ``clock`` is for tests.

    Every method that uses Redis raises CoordinationDown when it does not answer.
    """

    def __init__(self, client: redis.Redis, secret: bytes, clock: Clock | None = None) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._take = client.register_script(TAKE)
        self._give_back = client.register_script(GIVE_BACK)

    def fingerprint(self, provider: str, account: str) -> str:
        """The fingerprint of an account of a provider, or of a server of the user's own (its URL)."""
        return self._digest("account", provider, account)

    def access(self, provider: str, key: Key) -> Access:
        """The fingerprints of a key and its account."""
        account = self.fingerprint(provider, key.account)
        return Access(account, self._digest("key", provider, key.secret.reveal()))

    def take(
        self, pool: Sequence[Access], slot: str, *, project: str, per_minute: float | None, most: int, ttl: float
    ) -> Access | Busy:
        """Take a slot for one call with the best of these keys: most calls left, then longest unused.

        Returns the key's `Access`, or `Busy` with the seconds to wait (None: a user must act). A project that asks
        again within `AWAITED` of that time keeps its turn. Idempotent per ``slot``, the attempt's id.

        ``per_minute`` (None: no limit) and ``most`` calls in flight are the user's ceilings for each account, as they
        are now. The slot is freed by itself after ``ttl`` seconds, which must be longer than any call.

        Raises:
            ValueError: the pool is empty, or ``slot`` or ``project`` is not opaque.
        """
        if not pool or not OPAQUE.fullmatch(slot) or not OPAQUE.fullmatch(project):
            raise ValueError("A slot is taken from some pool, by opaque names")
        rate = "" if per_minute is None else repr(float(per_minute))
        keys = [name for access in pool for name in (*_account_keys(access.account), _name(access.key))]
        with reaching_redis():
            what, found, *wait = self._take(
                keys=keys, args=[time_argument(self._clock), slot, project, rate, max(1, most), repr(float(ttl))]
            )
        if what == "access":
            return pool[(int(found) - 1) // 5]
        return Busy(float(wait[0]) if wait[0] else None, Why(found))

    def give_back(
        self, account: str, slot: str, outcome: Outcome, *, seconds: float = 0.0, cool: float | None = None
    ) -> None:
        """Free a slot and report how its call ended. Idempotent.

        ``seconds`` is how long a successful call took. ``cool`` is for how many seconds the provider wants no calls
        (`Retry-After`). Without it a limited account cools for a time that grows each time, and its pace falls.
        """
        while not self._gave_back(account, slot, outcome, seconds, cool):
            pass  # each turn of this loop is lost to another outcome that was stored, so it ends

    def slots_of(self, account: str, project: str) -> list[str]:
        """The slots of an account that this project holds."""
        with reaching_redis():
            held = self._client.hgetall(_account_keys(account)[1])
        return [str(slot) for slot, taken in held.items() if str(taken).split(" ")[1:2] == [project]]

    def mark(self, name: str, state: KeyState, reason: str) -> None:
        """Take the key or account of this fingerprint out of use until `forgive`; ``reason`` is a plain sentence."""
        if state not in (KeyState.SPENT, KeyState.REFUSED):
            raise ValueError("Only spent and refused are marked: cooling passes by itself")
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.hset(_name(name), mapping={"state": state.value, "reason": reason[:500]})
            pipe.expire(_name(name), KEPT)
            pipe.execute()

    def forgive(self, name: str) -> None:
        """Put a key or an account back into use. Not its pace and its pressure, which stay."""
        with reaching_redis():
            self._client.hdel(_name(name), "state", "reason", "cool")

    def look(self, names: Sequence[str]) -> list[AccountView]:
        """Read the keys and accounts of these fingerprints, in their order."""
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.time()
            for name in names:
                account, slots, _, _ = _account_keys(name)
                pipe.hmget(account, "state", "reason", "cool", "limit", "share", "most", "rate")
                pipe.hvals(slots)
            time, *found = pipe.execute()
        now = self._now(time)
        return [_view(now, *found[i : i + 2]) for i in range(0, len(found), 2)]

    def _gave_back(self, account: str, slot: str, outcome: Outcome, seconds: float, cool: float | None) -> bool:
        keys = _account_keys(account)[:3]
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.time()
            pipe.hmget(keys[0], "pressure", "most")
            pipe.hexists(keys[1], slot)
            time, (text, most), held = pipe.execute()
        pressure, until = Pressure.from_json(text), 0.0
        if outcome is Outcome.LIMITED:  # its slot may have run out meanwhile, but the silence is asked for all the same
            now = self._now(time)
            pressure, silence = pressure.after_limit(now, cool)
            until = now + silence
        elif not held:
            return True
        elif outcome is Outcome.OK:
            pressure = pressure.after_success(_seconds(seconds), int(number(most, START)))
        decided = outcome in (Outcome.OK, Outcome.LIMITED)
        args = [slot, "1" if decided else "", text or "", pressure.to_json(), pressure.limit, repr(pressure.share)]
        args += [f"{until:.6f}", "1" if outcome is Outcome.UNUSED else "", KEPT]
        with reaching_redis():
            return bool(self._give_back(keys=keys, args=args))

    def _now(self, time: Any) -> float:
        return self._clock() if self._clock else time[0] + time[1] / 1e6

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._secret, json.dumps(parts).encode(), hashlib.sha256).hexdigest()[:32]


def _view(now: float, facts: Sequence[Any], slots: Sequence[Any]) -> AccountView:
    state, reason, cool, limit, share, most, rate = facts
    wait = max(0.0, number(cool, 0.0) - now)
    wait = 0.0 if wait > LONGEST_WISH + 1 else wait
    known = state in (KeyState.SPENT, KeyState.REFUSED)
    pace = number(rate, 0.0) * min(1.0, number(share, 1.0))
    return AccountView(
        state=KeyState(state) if known else KeyState.COOLING if wait else KeyState.HEALTHY,
        wait=wait,
        reason=str(reason or "") if known else "",
        in_flight=sum(number(str(slot).partition(" ")[0], 0.0) > now for slot in slots),
        limit=int(min(number(limit, START), number(most, START))),
        per_minute=pace or None,
    )


def _seconds(value: float) -> float:
    return value if math.isfinite(value) and value >= 0 else 0.0


def _name(fingerprint: str) -> str:
    return f"step8:limit:{fingerprint}"


def _account_keys(account: str) -> tuple[str, str, str, str]:
    return _name(account), f"step8:slots:{account}", f"step8:window:{account}", f"step8:turns:{account}"
