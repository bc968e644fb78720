"""Open streams with real sockets, a real gunicorn and a Redis that goes away and comes back."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests

from tests.harness.app_process import until
from tests.harness.live_app import STYLES, ProjectStandIn, a_project
from tests.harness.live_client import (
    LivePage,
    LiveServer,
    LiveStream,
    RestartableRedis,
    Sse,
    news,
    truth,
)
from webapp.coordination.live_state import Message
from webapp.coordination.messages import live_channel
from webapp.core.frames import FrameNews, Status
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run, RunState
from webapp.errors import CoordinationDown
from webapp.web.live.followers import Follower
from webapp.web.live.v1_stream import v1_events

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

RUN = Run(id="r1", state=RunState.GENERATING, seq=5)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RestartableRedis]:
    server = RestartableRedis(tmp_path / "data")
    yield server
    server.end()


Serve = Callable[..., LiveServer]


@pytest.fixture
def serve(tmp_path: Path, redis_server: RestartableRedis) -> Iterator[Serve]:
    """Starts servers on that Redis; the keywords are those of `live_app.make_app`."""
    servers: list[LiveServer] = []

    def start(**settings: float) -> LiveServer:
        servers.append(LiveServer(tmp_path / f"server{len(servers)}", redis_server.url, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


def shows_the_truth(page: LivePage, redis_server: RestartableRedis) -> bool:
    expected = truth(redis_server.board, page.project)
    return {key: page.shown.get(key) for key in expected} == expected


# -- a page's stream -------------------------------------------------------------------------------


def test_the_first_frame_comes_at_once_with_the_headers_before_anything_is_published(serve: Serve) -> None:
    stream = LiveStream(serve(), "/p/story/events")
    assert stream.status == 200
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert stream.headers["Cache-Control"] == "no-cache, no-transform"
    assert stream.headers["X-Accel-Buffering"] == "no"
    assert stream.frame() == ["retry: 1000"]


def test_a_page_is_told_what_is_so_and_then_what_changes(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", run=RUN, frames=[news("clear", 1, Status.EXISTS)])
    events = LiveStream(serve(), "/p/story/events").events()
    first = next(events)
    assert set(first.data.split("\n")) == {"clear-1-1_1|exists|1|", "banner|generating"}
    assert first.type == "message"
    name = redis_server.board.post("story", frames=[news("clear", 2)])
    second = next(events)
    assert set(second.data.split("\n")) == {"clear-1-1_2|generating|2|", "banner|generating"}
    assert second.id.partition("@")[0] == name


def test_a_stream_goes_on_after_the_last_event_the_page_has(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    redis_server.board.post("story", frames=[news("clear", 1)])
    redis_server.board.post("story", frames=[news("clear", 2)])
    page = LivePage(server, "story").connect()
    until(lambda: page.shown and page.last)
    page.leave()
    redis_server.board.post("story", frames=[news("clear", 3)])
    again = next(LiveStream(server, "/p/story/events", last=page.last).events())
    assert [line.partition("|")[0] for line in again.data.split("\n")] == ["clear-1-1_3", "banner"]


def test_a_page_just_rendered_gets_only_what_is_newer(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", frames=[news("clear", 1)])
    rendered_at = redis_server.board.read("story").id
    redis_server.board.post("story", frames=[news("clear", 2)])
    first = next(LiveStream(serve(), f"/p/story/events?since={rendered_at}").events())
    assert [line.partition("|")[0] for line in first.data.split("\n")] == ["clear-1-1_2", "banner"]


@pytest.mark.parametrize("last", ["nonsense", "e-1", "-1", "other-9999@abc", "\x80"])
def test_a_page_whose_place_is_unknown_gets_everything(serve: Serve, redis_server: RestartableRedis, last: str) -> None:
    redis_server.board.post("story", frames=[news("clear", 1), news("clear", 2)])
    first = next(LiveStream(serve(), "/p/story/events", last=last).events())
    assert len(first.data.split("\n")) == 3


def test_two_viewers_cost_one_rendering(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    redis_server.board.post("story", frames=[news("clear", 1)])
    pages = [LivePage(server, "story").connect() for _ in range(2)]
    until(lambda: all(shows_the_truth(page, redis_server) for page in pages))
    redis_server.board.post("story", frames=[news("clear", 2)])
    until(lambda: all(shows_the_truth(page, redis_server) for page in pages))
    assert server.counts()["renderings"] == 1


def test_a_message_that_is_none_is_skipped(serve: Serve, redis_server: RestartableRedis) -> None:
    page = LivePage(serve(), "story").connect()
    until(lambda: page.shown)
    for nonsense in (b"not json", b"\xff\xfe", b'{"data": "<script>"}', b'{"id": "e\\n-1", "run": null}'):
        redis_server.board._client.publish(live_channel("story"), nonsense)
    redis_server.board.post("story", frames=[news("clear", 1)])
    until(lambda: shows_the_truth(page, redis_server))
    assert page.open
    assert set(page.shown) == {"clear-1-1_1", "banner"}


def test_a_named_event_reaches_the_page_without_being_part_of_it(serve: Serve) -> None:
    server = serve()
    page = LivePage(server, "story").connect()
    until(lambda: page.shown)
    answer = requests.post(f"{server.url}/publish/story", json={"a": 1}, timeout=60)
    assert answer.json() == {"heard": 1}
    until(lambda: page.named)
    assert [(event.type, event.data) for event in page.named] == [("notice", '{"a": 1}')]


def test_heartbeats_are_visible_and_tell_the_newest_place(serve: Serve, redis_server: RestartableRedis) -> None:
    name = redis_server.board.post("story", frames=[news("clear", 1)])
    page = LivePage(serve(heartbeat=0.05), "story").connect()
    until(lambda: len(page.named) >= 3)
    assert {(event.type, event.data) for event in page.named[1:]} == {("ping", name)}


def test_no_channel_can_be_named_and_no_project_guessed(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    redis_server.board.post("other", frames=[news("clear", 1)])
    first = next(LiveStream(server, "/p/story/events?channel=step8:live:other").events())
    assert first.data == "banner|idle"
    assert LiveStream(server, "/p/nowhere/events").status != 200
    assert server.counts()["viewers"] == 1


def test_asking_for_the_headers_takes_no_seat(serve: Serve) -> None:
    server = serve()
    answer = requests.head(f"{server.url}/p/story/events", timeout=60)
    assert (answer.status_code, server.counts()["viewers"]) == (200, 0)


# -- who may watch, and how many ----------------------------------------------------------------------


def test_a_stream_above_the_limit_is_told_to_come_back_later(serve: Serve) -> None:
    server = serve(limit=2)
    pages = [LivePage(server, "story").connect() for _ in range(2)]
    refused = LiveStream(server, "/p/story/events")
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    pages[0].leave()
    until(lambda: server.counts()["viewers"] == 1)
    assert LiveStream(server, "/p/story/events").status == 200


def test_one_visitor_cannot_take_all_the_seats(serve: Serve) -> None:
    server = serve(limit_each=1)
    LivePage(server, "story").connect("?visitor=me")
    assert LiveStream(server, "/p/story/events?visitor=me").status == 503
    assert LiveStream(server, "/p/story/events?visitor=you").status == 200


def test_a_stream_ends_when_its_visitor_may_no_longer_watch(serve: Serve) -> None:
    server = serve(recheck=0.1)
    page = LivePage(server, "story").connect()
    until(lambda: page.shown)
    requests.post(f"{server.url}/forbid", timeout=60)
    until(lambda: not page.open)
    assert page.named[-1].type == "goodbye"


# -- viewers that vanish or do not read ---------------------------------------------------------------------


def test_vanished_viewers_are_gone_without_waiting_for_a_heartbeat(
    serve: Serve, redis_server: RestartableRedis
) -> None:
    server = serve(heartbeat=10_000.0)
    streams = [LiveStream(server, "/p/story/events") for _ in range(50)]
    assert server.counts()["viewers"] == 50
    for place, stream in enumerate(streams):
        stream.vanish() if place % 2 else stream.close()
    until(lambda: server.counts()["viewers"] == 0)
    until(lambda: server.counts()["watched"] == "")


def test_a_thousand_viewers_vanish_and_nothing_of_them_is_left(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve(limit=1000, heartbeat=10_000.0)
    LivePage(server, "story").connect().leave()
    until(lambda: server.counts()["viewers"] == 0)
    base = server.held()
    viewers = server.crowd("/p/story/events", 1000)
    until(lambda: server.counts()["viewers"] == 1000)  # which is a button that works while the house is full
    assert int(LiveStream(server, "/p/story/events").headers["Retry-After"]) > 0
    assert server.held()["greenlets"] < base["greenlets"] + 10  # a few for them all, not one for each
    redis_server.board.post("story", frames=[news("clear", 1, note="x" * 100_000)])
    for viewer in viewers:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        viewer.close()
    until(lambda: server.counts()["viewers"] == 0)
    until(lambda: server.held()["greenlets"] <= base["greenlets"])
    until(lambda: server.held()["handles"] <= base["handles"] + 1)


def test_a_viewer_that_sends_more_instead_of_listening_is_not_taken_for_gone(
    serve: Serve, redis_server: RestartableRedis
) -> None:
    page = LivePage(serve(), "story").connect()
    until(lambda: page.shown)
    assert page.stream
    page.stream.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    redis_server.board.post("story", frames=[news("clear", 1)])
    until(lambda: shows_the_truth(page, redis_server))


def test_a_slow_viewer_gets_the_newest_state_instead_of_a_backlog(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    slow = LiveStream(server, "/p/story/events", buffer=4096)
    quick = LivePage(server, "story").connect()
    until(lambda: quick.shown)
    words = "x" * 100_000
    for number in range(300):
        redis_server.board.post("story", frames=[news("clear", 1, note=f"{words}{number}")])
    until(lambda: shows_the_truth(quick, redis_server))
    told = 0
    for event in slow.events():
        told += 1
        if any(line.startswith("clear-1-1_1") and line.endswith("299") for line in event.data.split("\n")):
            break
    assert told < 150


def test_a_viewer_that_never_reads_is_cut_off(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve(stall=0.3)
    stream = LiveStream(server, "/p/story/events", buffer=4096)
    assert server.counts()["viewers"] == 1

    def gone_after_another_message() -> bool:
        redis_server.board.post("story", frames=[news("clear", 1, note="x" * 100_000)])
        return bool(server.counts()["viewers"] == 0)

    until(gone_after_another_message)
    stream.close()


# -- when Redis or the server goes away ------------------------------------------------------------------------


def test_while_redis_is_away_no_stream_pretends_to_be_live(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve(confirm=0.2)
    redis_server.stop()
    refused = LiveStream(server, "/p/story/events")
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert server.counts()["viewers"] == 0
    redis_server.start()
    until(lambda: LiveStream(server, "/p/story/events").status == 200)


@pytest.mark.parametrize("crash", [False, True])
def test_a_restart_of_redis_closes_no_stream_and_loses_nothing(
    serve: Serve, redis_server: RestartableRedis, crash: bool
) -> None:
    page = LivePage(serve(outage=0.0), "story").connect()
    redis_server.board.post("story", run=RUN, frames=[news("clear", 1)])
    until(lambda: shows_the_truth(page, redis_server))
    if crash:
        redis_server.kill()
    else:
        redis_server.stop()
    until(lambda: page.shown["banner"] == ("Redis is away",))
    redis_server.start()
    until(lambda: page.shown["banner"] != ("Redis is away",))
    redis_server.board.post("story", run=RUN, frames=[news("clear", 2)])
    until(lambda: shows_the_truth(page, redis_server))
    assert page.open


def test_what_was_published_while_the_hub_could_not_hear_is_made_good(
    serve: Serve, redis_server: RestartableRedis
) -> None:
    page = LivePage(serve(), "story").connect()
    redis_server.board.post("story", frames=[news("clear", 1)])
    until(lambda: shows_the_truth(page, redis_server))
    for _ in range(20):
        redis_server.board._client.client_kill_filter(_type="pubsub")
        redis_server.board.post("story", frames=[news("clear", 1)])
    until(lambda: shows_the_truth(page, redis_server))
    assert page.open


def test_a_board_that_was_flushed_is_shown_anew(serve: Serve, redis_server: RestartableRedis) -> None:
    page = LivePage(serve(), "story").connect()
    for beat in (1, 2, 3):
        redis_server.board.post("story", frames=[news("clear", beat)])
    until(lambda: shows_the_truth(page, redis_server))
    redis_server.board._client.flushall()
    redis_server.board.post("story", frames=[news("clear", 1, Status.COMPLETE)])
    until(lambda: page.shown["clear-1-1_1"][0] == "complete")
    assert page.open


def test_at_the_end_of_the_server_streams_say_goodbye_and_it_exits_cleanly(serve: Serve) -> None:
    server = serve()
    page = LivePage(server, "story").connect()
    until(lambda: page.shown)
    assert server.terminate() == 0
    until(lambda: not page.open)
    assert page.named[-1] == Sse(page.last, "goodbye", "")
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("crash", [False, True])
def test_viewers_that_come_and_go_end_with_the_truth(serve: Serve, redis_server: RestartableRedis, crash: bool) -> None:
    """Twenty of them, two hundred changes, and Redis restarted in the middle."""
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    dice = random.Random(seed)
    server = serve(confirm=0.5, outage=0.0)
    pages = [LivePage(server, "story") for _ in range(20)]
    written = threading.Event()

    def come_and_go(page: LivePage, dice: random.Random) -> None:
        while not written.is_set():
            page.connect()
            if page.stream and page.stream.status == 200:
                written.wait(dice.uniform(0.0, 0.3))
            page.leave()
            written.wait(dice.uniform(0.0, 0.05))
        until(lambda: page.connect().open)

    def write(number: int) -> None:
        frames = [
            replace(news(style, beat, dice.choice(list(Status))), note=str(number))
            for style, beat in {(dice.choice(STYLES), dice.randint(1, 6)) for _ in range(3)}
        ]
        until(lambda: posted(redis_server, frames))

    visitors = [threading.Thread(target=come_and_go, args=(page, random.Random(dice.random()))) for page in pages]
    for visitor in visitors:
        visitor.start()
    restart = threading.Thread()
    for number in range(200):
        if number == 100:
            restart = threading.Thread(target=restarted, args=(redis_server, crash))
            restart.start()
        write(number)
        written.wait(0.005)
    restart.join()
    written.set()
    for visitor in visitors:
        visitor.join()
    until(lambda: all(shows_the_truth(page, redis_server) for page in pages))
    assert all(page.open for page in pages)
    if not crash:
        assert sum(page.went_back for page in pages) == 0


def posted(redis_server: RestartableRedis, frames: list[FrameNews]) -> bool:
    try:
        redis_server.board.post("story", frames=frames)
    except CoordinationDown:
        return False
    return True


def restarted(redis_server: RestartableRedis, crash: bool) -> None:
    if crash:
        redis_server.kill()
    else:
        redis_server.stop()
    redis_server.start()


# -- v1.1 clients --------------------------------------------------------------------------------------


def progress(style: str, beat: str, completed: int, status: str, **more: Any) -> dict[str, Any]:
    event = {"type": "progress", "style": style, "beat_number": beat, "completed": completed, "total": 6}
    return {**event, "status": status, **more}


def image(style: str, beat: int) -> dict[str, str]:
    return {"imagePath": f"generated_images/{style}/Shot_1/Beat_1.{beat}.png"}


class V1Client:
    """Reads as the v1.1 browser client did: lines that begin with ``data: ``, one JSON each."""

    def __init__(self, server: LiveServer) -> None:
        self.stream = LiveStream(server, "/v1/story", post=RUN.to_json())

    def told(self) -> Iterator[dict[str, Any]]:
        while line := self.stream.line():
            if line.startswith("data: "):
                yield json.loads(line[6:])


def test_a_v1_client_is_told_of_a_run_from_start_to_end(serve: Serve, redis_server: RestartableRedis) -> None:
    board = redis_server.board
    board.post("story", run=RUN, frames=[news("illustration", 1, Status.EXISTS)])
    told = V1Client(serve()).told()
    assert next(told)["type"] == "start"
    assert next(told) == progress("illustration", "1.1", 1, "skipped", **image("illustration", 1))
    board.post("story", frames=[news("clear", 1, run="r1")])
    assert next(told) == progress("clear", "Beat 1.1", 0, "generating")
    board.post("story", frames=[news("clear", 1, Status.ERROR, run="r1", error="Refused.")])
    assert next(told) == progress("clear", "Beat 1.1", 0, "error", error="Refused.")
    board.post("story", frames=[news("clear", 2, Status.COMPLETE, run="r1")])
    assert next(told) == progress("clear", "Beat 1.2", 1, "complete", **image("clear", 2))
    board.post("story", run=replace(RUN, state=RunState.PARTIAL, seq=6, failed=1))
    assert list(told) == [{"type": "error", "error": "2 of 12 images generated. 1 failed."}]


def test_a_v1_run_with_every_image_ends_complete_exactly_once(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", run=RUN)
    told = V1Client(serve()).told()
    assert next(told)["type"] == "start"
    frames = [FrameNews(f.style, f.shot, f.beat, Status.COMPLETE, run="r1") for f in a_project().frames()]
    redis_server.board.post("story", run=replace(RUN, state=RunState.DONE, seq=6), frames=frames)
    *events, end = told
    assert [event["completed"] for event in events if event["style"] == "clear"] == [1, 2, 3, 4, 5, 6]
    assert len(events) == 12
    assert end["type"] == "complete"


def test_a_run_that_ended_before_anybody_listened_still_has_an_end(
    serve: Serve, redis_server: RestartableRedis
) -> None:
    redis_server.board.post("story", run=replace(RUN, state=RunState.STOPPED, seq=6))
    _, end = V1Client(serve()).told()
    assert end == {"type": "error", "error": "Generation stopped by user"}


def test_an_end_that_was_never_published_is_found_with_the_next_heartbeat(
    serve: Serve, redis_server: RestartableRedis
) -> None:
    redis_server.board.post("story", run=RUN)
    told = V1Client(serve(heartbeat=0.1)).told()
    next(told)
    stopped = replace(RUN, state=RunState.STOPPED, seq=6)
    redis_server.board._client.hset("step8:board:story", "run", json.dumps(stopped.to_json()))
    assert list(told) == [{"type": "error", "error": "Generation stopped by user"}]


def test_a_v1_stream_lives_through_a_restart_of_redis(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", run=RUN)
    told = V1Client(serve()).told()
    next(told)
    redis_server.stop()
    redis_server.start()
    redis_server.board.post("story", frames=[news("clear", 2, Status.COMPLETE, run="r1")])
    assert next(told) == progress("clear", "Beat 1.2", 1, "complete", **image("clear", 2))
    redis_server.board.post("story", run=replace(RUN, state=RunState.STOPPED, seq=6))
    assert list(told) == [{"type": "error", "error": "Generation stopped by user"}]


class MadeMeanwhile:
    """A truth in which a picture is made and told of while it is read: whoever reads first sees nothing of it."""

    def __init__(self) -> None:
        self.reads = 0

    def run(self, folder: Folder) -> Run:
        return RUN

    def live_state(self, folder: Folder) -> Message:
        self.reads += 1
        made = news("clear", 2, Status.COMPLETE, run=RUN.id)
        return Message("e-2", RUN, frames={"clear-1-1_2": made} if self.reads > 1 else {})

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        self.reads += 1
        return [Frame("clear", "1", "1.2")] if self.reads > 1 else []


class SilentHub:
    """A hub with one subscription on which no message ever comes."""

    closing = False

    def subscribe(self, folder: Folder, follower: Follower, visitor: str = "") -> SilentHub:
        return self

    def ready(self, seconds: float) -> bool:
        return True

    def end(self) -> None:
        """Nothing else uses it."""


def test_a_v1_client_is_not_told_that_a_picture_was_there_before_when_it_was_made_just_now() -> None:
    events = v1_events(SilentHub(), cast("Folder", ProjectStandIn("story")), a_project(), RUN, MadeMeanwhile())
    lines = cast("Generator[bytes]", events)
    told = (json.loads(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: "))
    assert next(told)["type"] == "start"
    assert next(told) == progress("clear", "Beat 1.2", 1, "complete", **image("clear", 2))
    lines.close()


def test_a_v1_client_that_leaves_ends_only_its_own_stream(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    redis_server.board.post("story", run=RUN)
    leaver, stayer = V1Client(server), V1Client(server)
    next(leaver.told())
    leaver.stream.vanish()
    until(lambda: server.counts()["viewers"] == 1)
    redis_server.board.post("story", run=replace(RUN, state=RunState.STOPPED, seq=6))
    assert list(stayer.told())[-1]["error"] == "Generation stopped by user"


def test_a_v1_client_is_told_when_the_server_ends(serve: Serve, redis_server: RestartableRedis) -> None:
    server = serve()
    redis_server.board.post("story", run=RUN)
    told = V1Client(server).told()
    next(told)
    assert server.terminate() == 0
    (end,) = told
    assert end["type"] == "error"
    assert "restarted" in end["error"]


def test_a_v1_client_above_the_limit_is_told_that_the_run_goes_on(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", run=RUN)
    server = serve(limit=1)
    LivePage(server, "story").connect()
    (end,) = V1Client(server).told()
    assert end["type"] == "error"
    assert "goes on" in end["error"]


def test_programs_cannot_take_all_the_places_of_the_server(serve: Serve, redis_server: RestartableRedis) -> None:
    redis_server.board.post("story", run=RUN)
    server = serve(programs=1)
    first = V1Client(server)
    next(first.told())
    (end,) = V1Client(server).told()
    assert "goes on" in end["error"]
    assert LiveStream(server, "/p/story/events").status == 200


def test_each_v1_event_is_one_write_of_one_line(serve: Serve, redis_server: RestartableRedis) -> None:
    """Clients of v1.1 read chunk by chunk and expect whole events in each."""
    redis_server.board.post(
        "story", run=replace(RUN, state=RunState.STOPPED, seq=6), frames=[news("clear", 1, Status.EXISTS)]
    )
    server = serve()
    body = json.dumps(RUN.to_json())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        fields = "Host: test", "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"
        connection.sendall("\r\n".join(("POST /v1/story HTTP/1.1", *fields, "", body)).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    chunks = answer.partition(b"\r\n\r\n")[2].split(b"\r\n")[1::2]
    events = [chunk for chunk in chunks if chunk.startswith(b"data: ")]
    assert len(events) == 3
    assert all(chunk.endswith(b"}\n\n") and chunk.count(b"\n") == 2 for chunk in events)
