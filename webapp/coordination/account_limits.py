"""The limits of accounts, shared by all processes: who may call whom, and when.

A call takes a *slot* before it begins and gives it back with what it learnt. One script (`turnstile.TAKE`) decides over
a whole pool of keys: none that cools, is spent or refused; no more calls a minute than the rate; no more in flight than
the account bears; and several projects in turn. What an answer means for its account is decided in
`webapp.core.limits.account_pressure` and stored only if no other answer came in between, else decided again.

Redis never learns a key or an account name: both are known by fingerprints made with a secret of this installation. A
slot is a lease, so those of a worker that died come back by themselves.
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
from webapp.coordination.lua_clock import Clock, number, told
from webapp.coordination.redis_client import reaching_redis
from webapp.core.image_request import Key
from webapp.core.limits.account_pressure import START, Pressure
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
    """Who may call whom, and when. ``secret`` is known to all processes of this installation and to nobody else;
    ``clock`` is for tests, without one Redis's own time counts."""

    def __init__(self, client: redis.Redis, secret: bytes, clock: Clock | None = None) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._take = client.register_script(TAKE)
        self._give_back = client.register_script(GIVE_BACK)

    def fingerprint(self, provider: str, account: str) -> str:
        """The opaque name of an account of this provider, or of a server of the user's own (its URL)."""
        return self._digest("account", provider, account)

    def access(self, provider: str, key: Key) -> Access:
        """The opaque names of a key and its account."""
        account = self.fingerprint(provider, key.account)
        return Access(account, self._digest("key", provider, key.secret.reveal()))

    def take(
        self, pool: Sequence[Access], slot: str, *, project: str, per_minute: float | None, most: int, ttl: float
    ) -> Access | Busy:
        """Take a slot for one call by the best of these keys, or be told when to ask again.

        The best is the one whose account has most calls left, among equals the one that rested longest. ``slot`` is the
        attempt's id: asking again with it gives the same answer and takes nothing more. ``per_minute`` (``None``: no
        limit) and ``most`` calls in flight are the user's ceilings for each account, as they are now. The slot comes
        back by itself after ``ttl`` seconds, which must be longer than any call.

        A project that was told to wait is awaited: it must ask again when its time has come, or it loses its turn.
        """
        if not pool or not OPAQUE.fullmatch(slot) or not OPAQUE.fullmatch(project):
            raise ValueError("A slot is taken from some pool, by opaque names")
        rate = "" if per_minute is None else repr(float(per_minute))
        keys = [name for access in pool for name in (*_account_keys(access.account), _name(access.key))]
        with reaching_redis():
            what, found, *wait = self._take(
                keys=keys, args=[told(self._clock), slot, project, rate, max(1, most), repr(float(ttl))]
            )
        if what == "access":
            return pool[(int(found) - 1) // 5]
        return Busy(float(wait[0]) if wait[0] else None, Why(found))

    def give_back(
        self, account: str, slot: str, outcome: Outcome, *, seconds: float = 0.0, cool: float | None = None
    ) -> None:
        """Give a slot back and say how its call went; saying it again changes nothing.

        ``seconds`` is how long a successful call took. ``cool`` is for how many seconds the provider wants silence: the
        account is called by nobody until then. Without it a limited account cools for a time that grows each time, and
        its pace falls.
        """
        while not self._gave_back(account, slot, outcome, seconds, cool):
            pass  # each turn of this loop is lost to another answer that was stored, so it ends

    def slots_of(self, account: str, project: str) -> list[str]:
        """The slots of an account that this project has taken and not given back."""
        with reaching_redis():
            held = self._client.hgetall(_account_keys(account)[1])
        return [str(slot) for slot, taken in held.items() if str(taken).split(" ")[1:2] == [project]]

    def mark(self, name: str, state: KeyState, reason: str) -> None:
        """Take a key or an account (whichever fingerprint) out of use until `forgive`, with a plain sentence."""
        if state not in (KeyState.SPENT, KeyState.REFUSED):
            raise ValueError("Only spent and refused are marked: cooling passes by itself")
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.hset(_name(name), mapping={"state": state.value, "reason": reason[:500]})
            pipe.expire(_name(name), KEPT)
            pipe.execute()

    def forgive(self, name: str) -> None:
        """Put a key or an account back into use: spent, refused and cooling are forgotten, what was learnt is not."""
        with reaching_redis():
            self._client.hdel(_name(name), "state", "reason", "cool")

    def look(self, names: Sequence[str]) -> list[AccountView]:
        """Keys and accounts (whichever fingerprints) as they are now, in the order asked for."""
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
