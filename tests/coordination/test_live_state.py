"""The board: what is written is there before it is told, numbers rise by one, and old tokens are refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import gevent
import pytest
import redis

from webapp.coordination.lease import Leases
from webapp.coordination.live_state import (
    LOG_LENGTH,
    LiveState,
)
from webapp.coordination.messages import live_channel, read_message
from webapp.coordination.redis_client import connect, connect_strictly
from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.run.states import Run, RunState
from webapp.errors import CoordinationDown, LeaseLost


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def board(client: redis.Redis) -> LiveState:
    return LiveState(client, lambda: 1234.5)


@pytest.fixture
def project() -> str:
    return secrets.token_hex(8)


def news(beat: str = "1.1", status: Status = Status.COMPLETE) -> FrameNews:
    return FrameNews("clear", "1", beat, status, run="r", seconds=1.5)


def test_an_empty_board_knows_nothing(board: LiveState, project: str) -> None:
    assert board.read(project).id == ""
    assert board.run(project) is None
    assert board.touched(project) == 0.0


def test_what_is_posted_is_read_back(board: LiveState, project: str) -> None:
    run = Run("r", RunState.GENERATING, seq=1)
    counts = {"clear": Counts(pending=1, complete=1)}
    line = {"at": 1.0, "kind": "ok", "text": 'Grüße, „Zitat“ "quoted" \\ ]['}
    now = {"style": "clear", "beat": "1.1", "done": 1, "total": 2}
    ident = board.post(project, run=run, name="film", counts=counts, frames=[news()], log=[line], now=now)
    read = board.read(project)
    assert (read.id, read.run, read.counts, read.log, read.now) == (ident, run, counts, (line,), now)
    assert read.frames["clear-1-1_1"] == FrameNews("clear", "1", "1.1", Status.COMPLETE, "r", seconds=1.5, seq=1)
    assert board.touched(project) == 1234.5


def test_numbers_rise_by_one_and_say_which_frames_changed_since(board: LiveState, project: str) -> None:
    first = board.post(project, frames=[news("1.1")])
    second = board.post(project, frames=[news("1.2")])
    assert first and second
    assert read_message(json.dumps({"id": first, "run": None})).number == 1  # type: ignore[union-attr]
    assert second.endswith("-2") and first.split("-")[0] == second.split("-")[0]
    assert list(board.changes_since(project, first).frames) == ["clear-1-1_2"]
    assert board.changes_since(project, second).frames == {}
    assert len(board.changes_since(project, "other-1").frames) == 2
    assert len(board.changes_since(project, "").frames) == 2


def test_a_message_tells_what_the_board_holds(board: LiveState, client: redis.Redis, project: str) -> None:
    with client.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe(live_channel(project))
        listener.get_message(timeout=5)
        run = Run("r", RunState.STARTING, seq=1)
        line = {"at": 1.0, "kind": "info", "text": "hello"}
        board.post(project, run=run, name="film", frames=[news()], log=[line])
        board.post(project, counts={"clear": Counts(complete=3)})
        heard = [read_message(listener.get_message(timeout=60)["data"]) for _ in range(2)]
    first, second = heard
    assert first and second
    assert (first.number, first.run, first.log) == (1, run, (line,))
    assert first.frames["clear-1-1_1"].seq == 1
    assert (second.number, second.run, second.counts) == (2, run, {"clear": Counts(complete=3)})
    assert second.frames == {} and second.log == ()


def test_of_two_changes_of_one_run_only_the_first_is_taken(board: LiveState, project: str) -> None:
    assert board.post(project, run=Run("a", RunState.STARTING, seq=1), expect=0, name="film")
    assert board.post(project, run=Run("b", RunState.STARTING, seq=1), expect=0, name="film") is None
    assert board.run(project) == Run("a", RunState.STARTING, seq=1)


def test_many_starts_at_once_make_one_run(redis_url: str, project: str) -> None:
    def start(number: int) -> bool:
        with connect(redis_url) as client:
            run = Run(f"run{number}", RunState.STARTING, seq=1)
            return LiveState(client, lambda: 1.0).post(project, run=run, expect=0, name="film") is not None

    starts = [gevent.spawn(start, number) for number in range(12)]
    gevent.joinall(starts, raise_error=True)
    # an empty board takes any first writer, since Redis may have lost what the folder knows; then the number decides
    assert sum(bool(start.value) for start in starts) == 1


def test_only_the_holder_of_the_lease_may_write_with_a_token(board: LiveState, redis_url: str, project: str) -> None:
    with connect_strictly(redis_url) as client:
        lease = Leases(client, lambda: 0.0).claim(project, "a")
    assert lease and board.post(project, token=lease.token, frames=[news()])
    with pytest.raises(LeaseLost):
        board.post(project, token=lease.token - 1, frames=[news("1.2")])
    assert list(board.read(project).frames) == ["clear-1-1_1"]


def test_the_gate_tells_the_state_to_the_holder_and_lost_to_everyone_else(
    board: LiveState, redis_url: str, project: str
) -> None:
    with connect_strictly(redis_url) as client:
        lease = Leases(client, lambda: 0.0).claim(project, "a")
    assert lease
    assert board.gate(project, lease.token) == "unknown"
    board.post(project, run=Run("r", RunState.GENERATING, seq=1), name="film")
    assert board.gate(project, lease.token) == "generating"
    assert board.gate(project, lease.token + 1) == "lost"


def test_active_runs_are_listed_by_name_until_they_end(board: LiveState, project: str) -> None:
    name = f"film {project}"
    board.post(project, run=Run("r", RunState.STARTING, seq=1), name=name)
    assert name in board.active()
    board.post(project, run=Run("r", RunState.STOPPED, seq=2), name=name)
    assert name not in board.active()


def test_the_log_keeps_the_newest_lines(board: LiveState, project: str) -> None:
    for number in range(0, LOG_LENGTH + 20, 20):
        board.post(project, log=[{"text": str(line)} for line in range(number, number + 20)])
    lines = board.read(project).log
    assert len(lines) == LOG_LENGTH
    assert lines[0] == {"text": str(LOG_LENGTH + 19)}


def test_an_acknowledged_stop_is_seen_by_everyone_who_waits(board: LiveState, redis_url: str, project: str) -> None:
    def wait() -> bool:
        with connect(redis_url) as client:
            return LiveState(client, lambda: 1.0).await_acknowledgement(project, Run("run", seq=4), 5.0)

    waiting = [gevent.spawn(wait) for _ in range(3)]
    board.acknowledge(project, Run("run", seq=4))
    gevent.joinall(waiting, raise_error=True)
    assert [w.value for w in waiting] == [True] * 3
    assert board.await_acknowledgement(project, Run("run", seq=7), 0.1) is False


def test_the_number_of_the_run_rises_with_each_change_and_is_0_before_the_first(board: LiveState, project: str) -> None:
    assert board.seq(project) == 0
    board.post(project, run=Run("run", seq=4), name="film")
    assert board.seq(project) == 4


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "{}", '{"id": 5}', '{"id": "a-1", "frames": 7}', "null", "\x00"]
)
def test_what_is_no_message_is_not_believed(text: str) -> None:
    assert read_message(text) is None


def test_foreign_content_on_the_board_is_passed_over(board: LiveState, client: redis.Redis, project: str) -> None:
    board.post(project, frames=[news()])
    client.hset(f"step8:frames:{project}", mapping={"x": "no number", "y": "3:{}", "z": '4:{"status": "odd"}'})
    client.hset(f"step8:board:{project}", mapping={"run": "[]", "counts": "7", "now": "{"})
    client.lpush(f"step8:log:{project}", "not json", "[1]")
    read = board.read(project)
    assert list(read.frames) == ["clear-1-1_1"]
    assert (read.counts, read.now, read.log) == ({}, None, ())


def test_without_redis_it_says_so_in_one_sentence() -> None:
    board = LiveState(connect("redis://127.0.0.1:1"), lambda: 1.0)
    with pytest.raises(CoordinationDown, match=r"^Redis cannot be reached\."):
        board.read("x")


def test_a_project_that_was_deleted_leaves_nothing_that_does_not_go_by_itself(
    board: LiveState, client: redis.Redis, project: str
) -> None:
    lease = Leases(client, lambda: 0.0).claim(project, "me")
    assert lease is not None
    board.post(project, run=Run("r", RunState.GENERATING, seq=1), name="film", frames=[news()])
    lease.release()
    board.forget(project, "film")
    left = [key for key in client.scan_iter(f"*{project}*") if client.ttl(key) < 0]
    assert left == []
    again = Leases(client, lambda: 0.0).claim(project, "me")
    assert again is not None
    assert again.token == lease.token + 1
    assert client.ttl(f"step8:token:{project}") == -1
