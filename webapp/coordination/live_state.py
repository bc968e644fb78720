"""Live state in Redis: a copy of every project's run, and the messages about its changes.

Redis holds per project the run, the counts, the newest state of each frame and the last lines of activity. Everything
is written by one script that also publishes, so a message is never newer than what can be read. The project folder
stays the truth: an empty live state only means that nothing was written yet.

A *change id* is ``<epoch>-<number>``: the number rises by one with each message of a project, the epoch is new when
Redis lost its data. A message on ``step8:live:<project>`` is JSON (`messages.Message`)::

    {"id": "k3f9-124", "run": {…}, "now": {"style", "beat", "done", "total"} or null, "counts": {style: {…}},
     "frames": [{…}, …], "log": [{"at", "kind", "text"}, …]}
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import redis

from webapp.coordination.lease import lease_key, token_key
from webapp.coordination.live_state_lua import GATE, POST
from webapp.coordination.messages import (
    RUN,
    Hint,
    Message,
    counts_of,
    hints_channel,
    live_channel,
    loads,
    numbered,
)
from webapp.coordination.redis_client import reaching_redis
from webapp.core.frames import Counts, FrameNews
from webapp.core.project import Frame
from webapp.core.run.states import Run
from webapp.errors import LeaseLost

__all__ = ["LiveState", "Message"]

LOG_LENGTH = 200
TRASHED_FOR = 30 * 24 * 3600
"""Seconds for which a deleted project may come back."""

ACTIVE = "step8:active"
"""Set of the names of projects whose run is active, for the reconciler; one per storage."""

WAKE = "step8:wake"
"""Channel on which a project's id is published when its driver should read its run again."""

SILENCE = 4.0
"""Seconds without a message after which the subscription is probed."""


class LiveState:
    """Reads, writes and publishes the live state of all projects. ``clock`` gives seconds since the epoch.

    ``project`` is always the opaque id. Every method raises CoordinationDown when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, clock: Callable[[], float], storage: str = "") -> None:
        self._client = client
        self._clock = clock
        self._active = f"{ACTIVE}:{storage}" if storage else ACTIVE
        self._hints = hints_channel(storage)
        self._post = client.register_script(POST)
        self._gate = client.register_script(GATE)

    def post(
        self,
        project: str,
        *,
        run: Run | None = None,
        expect: int | None = None,
        name: str = "",
        token: int | None = None,
        now: Mapping[str, Any] | None = None,
        counts: Mapping[str, Counts] | None = None,
        frames: Iterable[FrameNews] = (),
        log: Iterable[Mapping[str, Any]] = (),
    ) -> str | None:
        """Store what changed and publish it, all or nothing. Returns the change id.

        With ``expect`` the run is replaced only if its ``seq`` is still that (or the live state is empty); else nothing
        is written and ``None`` is returned. With ``token`` only the holder of the lease may write. A run comes with the
        project's ``name``, under which the reconciler finds it again.

        Raises:
            LeaseLost: another worker drives this project.
        """
        fields: list[str] = []
        for news in frames:
            fields += [Frame(news.style, news.shot, news.beat).id, _json(news.to_json())]
        args = [
            live_channel(project),
            name,
            "" if token is None else str(token),
            "" if expect is None else str(expect),
            _json(run.to_json()) if run else "",
            run.seq if run else "",
            run.state.value if run else "",
            "1" if run and run.active else "",
            _json(now) if now is not None else ("null" if run and not run.active else ""),
            _json({style: c.to_json() for style, c in counts.items()}) if counts is not None else "",
            _json([_json(line) for line in log]),
            secrets.token_hex(4),
            LOG_LENGTH,
            repr(self._clock()),
            self._hints,
            str(Hint(RUN, project)),
            *fields,
        ]
        keys = [_state_key(project), _frames_key(project), _log_key(project), lease_key(project), self._active]
        with reaching_redis():
            answer = self._post(keys=keys, args=args)
        if answer == "LOST":
            raise LeaseLost("Another worker drives this project now.")
        return None if answer == "STALE" else str(answer)

    def read(self, project: str) -> Message:
        """Read the whole live state of a project; empty (id "") when Redis has none."""
        return self._read(project, with_log=True)

    def run(self, project: str) -> Run | None:
        """Read only the run; ``None`` when there is none."""
        with reaching_redis():
            text = self._client.hget(_state_key(project), "run")
        return Run.from_json(loads(text)) if text else None

    def seq(self, project: str) -> int:
        """Read the ``seq`` of the run, which rises with each change; 0 when there is none."""
        with reaching_redis():
            text = self._client.hget(_state_key(project), "run_seq")
        return int(text) if text and str(text).isdecimal() else 0

    def changes_since(self, project: str, live: str) -> Message:
        """Read the live state with the frames that changed after the change id ``live``; all when of another epoch."""
        whole = self._read(project, with_log=True)
        epoch, _, number = live.partition("-")
        if not whole.epoch or epoch != whole.epoch or not number.isdecimal():
            return whole
        after = int(number)
        newer = {key: news for key, news in whole.frames.items() if news.seq > after}
        return Message(whole.id, whole.run, whole.now, whole.counts, newer, whole.log)

    def gate(self, project: str, token: int) -> str:
        """Read the run's state right before a call; "lost" when another worker has the lease."""
        with reaching_redis():
            return str(self._gate(keys=[lease_key(project), _state_key(project)], args=[str(token)]))

    def touch(self, *projects: str) -> None:
        """Store that the runs of these projects are alive now."""
        with reaching_redis():
            pipe = self._client.pipeline(transaction=False)
            for project in projects:
                pipe.hset(_state_key(project), "touched", repr(self._clock()))
            pipe.execute()

    def touched(self, project: str) -> float:
        """When the live state was last written, in seconds since the epoch; 0 for never."""
        with reaching_redis():
            text = self._client.hget(_state_key(project), "touched")
        try:
            return float(text or 0)
        except ValueError:
            return 0.0

    def forget(self, project: str, name: str) -> None:
        """Delete the live state of a deleted project, so that another one of its name does not inherit its run.

        Its token counter expires once the project cannot be restored from the trash any more.
        """
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.delete(_state_key(project), _frames_key(project), _log_key(project))
            pipe.srem(self._active, name)
            pipe.expire(token_key(project), TRASHED_FOR)
            pipe.execute()

    def first_to_wake(self, run: str) -> bool:
        """Whether the caller is the first in six seconds that may send a wake-up for this run."""
        with reaching_redis():
            return bool(self._client.set(f"step8:woken:{run}", "1", nx=True, ex=6))

    def wakes(self) -> Iterator[str]:
        """Yield the ids of `wake` as they arrive, without end; "" first, when the subscription is confirmed.

        Raises:
            CoordinationDown: the connection broke; call again.
        """
        with reaching_redis(), self._client.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(WAKE)
            silent = 0
            while silent <= 1:  # after a silence it is probed, and a live one answers
                message = subscription.get_message(timeout=SILENCE)
                silent = 0 if message else silent + 1
                if message and message["type"] in ("message", "subscribe"):
                    yield str(message["data"]) if message["type"] == "message" else ""
                elif not message:
                    subscription.ping()
            raise redis.ConnectionError("The subscription does not answer")

    def active(self) -> set[str]:
        """The names of the projects whose run is active by the live state."""
        with reaching_redis():
            return {str(name) for name in self._client.smembers(self._active)}

    def wake(self, project: str) -> None:
        """Publish that the project's driver, in any process, should read its run again. May get lost."""
        with reaching_redis():
            self._client.publish(WAKE, project)

    def acknowledge(self, project: str, run: Run) -> None:
        """Store that the driver has read this Stop or Pause of the run and begins no further call."""
        key = _ack_key(project, run)
        with reaching_redis():
            self._acknowledge(key)

    def await_acknowledgement(self, project: str, run: Run, seconds: float) -> bool:
        """Wait at most that long until `acknowledge`. Returns whether it came. Any number of callers may wait."""
        key = _ack_key(project, run)
        with reaching_redis():
            seen = self._client.blpop([key], timeout=seconds)
            if seen:
                self._acknowledge(key)  # for other callers that wait
        return bool(seen)

    def _acknowledge(self, key: str) -> None:
        pipe = self._client.pipeline()
        pipe.rpush(key, "1")
        pipe.expire(key, 60)
        pipe.execute()

    def _read(self, project: str, *, with_log: bool) -> Message:
        with reaching_redis():
            pipe = self._client.pipeline()  # MULTI: run and frames of one moment
            pipe.hgetall(_state_key(project))
            pipe.hgetall(_frames_key(project))
            pipe.lrange(_log_key(project), 0, LOG_LENGTH - 1)
            head, frames, lines = pipe.execute()
        if "epoch" not in head:
            return Message()
        news: dict[str, FrameNews] = {}
        for text in frames.values():
            number, _, body = text.partition(":")
            item = FrameNews.from_json(loads(body))
            if item and number.isdecimal():
                key, item = numbered(item, int(number))
                news[key] = item
        log = tuple(line for line in map(loads, lines) if isinstance(line, dict))
        now = loads(head.get("now"))
        return Message(
            id=f"{head['epoch']}-{head.get('number', 0)}",
            run=Run.from_json(loads(head["run"])) if head.get("run") else None,
            now=now if isinstance(now, dict) else None,
            counts=counts_of(loads(head.get("counts"))),
            frames=news,
            log=log if with_log else (),
        )


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _state_key(project: str) -> str:
    return f"step8:board:{project}"


def _frames_key(project: str) -> str:
    return f"step8:frames:{project}"


def _log_key(project: str) -> str:
    return f"step8:log:{project}"


def _ack_key(project: str, run: Run) -> str:
    return f"step8:ack:{project}:{run.id}:{run.seq}"
