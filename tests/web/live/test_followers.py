"""A page ends up with what is true, whatever was lost, late or doubled on the way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.harness.corrupt import garbled
from webapp.coordination.live_state import Message
from webapp.web.live.followers import HELD, MessageFollower, PageFollower
from webapp.web.live.live_message import LiveMessage
from webapp.web.live.wire import ResumePoint, SseEvent, StreamPosition, framed


def news(number: int, parts: Mapping[str, str], epoch: str = "e") -> LiveMessage:
    return LiveMessage(Message(id=f"{epoch}-{number}"), StreamPosition(epoch, number), lambda _: parts)


class Bell:
    """Counts how often it is rung."""

    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


def live_page(number: int = 0, limit: int = 256) -> PageFollower:
    """A page that has taken in a snapshot up to ``number``."""
    page = PageFollower(Bell(), limit=limit)
    page.connected("s1")
    page.add_snapshot(page.ticket, StreamPosition("e", number), {})
    return page


def test_a_page_asks_for_a_snapshot_once_redis_delivers() -> None:
    page = PageFollower(Bell())
    assert not page.needs_snapshot
    page.connected("s1")
    assert page.needs_snapshot


def test_news_right_after_its_place_is_taken_and_carries_the_new_place() -> None:
    page = live_page(4)
    page.receive(news(5, {"a": "five"}))
    assert page.drain() == b"data: five\nid: e-5@s1\n\n"
    assert page.since == "e-5"


def test_everything_that_waits_is_one_event_with_the_newest_of_each_part() -> None:
    page = live_page(4)
    page.receive(news(5, {"a": "old", "b": "kept"}))
    page.receive(news(6, {"a": "new"}))
    assert page.drain() == b"data: new\ndata: kept\nid: e-6@s1\n\n"
    assert page.drain() == b""


def test_old_news_never_overwrites_newer() -> None:
    page = live_page(4)
    page.receive(news(5, {"a": "new"}))
    page.receive(news(3, {"a": "old"}))
    assert page.drain() == b"data: new\nid: e-5@s1\n\n"
    assert not page.needs_snapshot


@pytest.mark.parametrize("missed", [news(6, {"a": "x"}), news(1, {"a": "x"}, "other")])
def test_a_gap_or_another_epoch_asks_for_a_snapshot(missed: LiveMessage) -> None:
    page = live_page(4)
    page.receive(missed)
    assert page.needs_snapshot
    assert page.drain() == b""


def test_the_first_message_of_all_follows_on_from_an_empty_board() -> None:
    page = PageFollower(Bell())
    page.connected("s1")
    page.add_snapshot(page.ticket, None, framed({"a": "nothing yet"}))
    page.drain()
    page.receive(news(1, {"a": "one"}))
    assert page.drain() == b"data: one\nid: e-1@s1\n\n"


def test_news_that_comes_while_a_snapshot_is_read_is_taken_after_it() -> None:
    page = PageFollower(Bell())
    page.connected("s1")
    ticket = page.ticket
    for number in (4, 5, 6):
        page.receive(news(number, {"a": f"news {number}"}))
    page.add_snapshot(ticket, StreamPosition("e", 5), framed({"a": "snapshot", "b": "snapshot"}))
    assert page.drain() == b"data: news 6\ndata: snapshot\nid: e-6@s1\n\n"


def test_more_news_during_a_snapshot_than_is_held_asks_for_another() -> None:
    page = PageFollower(Bell())
    page.connected("s1")
    ticket = page.ticket
    for number in range(6, 6 + HELD + 1):
        page.receive(news(number, {"a": str(number)}))
    page.add_snapshot(ticket, StreamPosition("e", 5), {})
    assert page.needs_snapshot


def test_a_snapshot_begun_before_redis_came_back_is_forgotten() -> None:
    page = live_page(4)
    page.receive(news(9, {"a": "x"}))
    ticket = page.ticket
    page.disconnected()
    page.connected("s2")
    page.add_snapshot(ticket, StreamPosition("e", 9), framed({"a": "x"}))
    assert page.needs_snapshot
    assert page.drain() == b""
    assert page.since == ""


def test_the_places_of_a_server_that_is_gone_are_never_told_in_the_name_of_the_new_one() -> None:
    page = live_page(4)
    page.disconnected()
    page.connected("s2")
    page.add_parts(framed({"banner": "away"}))
    assert page.drain() == b"data: away\n\n"
    assert page.ping() == b"event: ping\ndata: \n\n"
    assert page.since == ""


def test_a_page_too_far_behind_gets_a_snapshot_from_what_it_really_has() -> None:
    page = live_page(4, limit=3)
    page.drain()
    for number in range(5, 9):
        page.receive(news(number, {f"part {number}": "x"}))
    assert page.needs_snapshot
    assert page.since == ""  # nothing was ever written to it
    assert page.drain() == b""


def test_what_was_cleared_does_not_count_as_sent_when_something_else_is_written() -> None:
    page = live_page(0, limit=2)
    page.receive(news(1, {"a": "1"}))
    page.drain()
    page.receive(news(2, {"a": "2", "b": "2"}))
    page.receive(news(3, {"c": "3"}))
    page.add_parts({"banner": b"data: away\n"})
    assert page.drain() == b"data: away\nid: e-1@s1\n\n"
    assert page.since == "e-1"


def test_parts_that_cannot_be_rendered_are_made_good_by_a_snapshot() -> None:
    def broken(_: Message) -> Mapping[str, str]:
        raise LookupError("a template is broken")

    page = live_page(4)
    page.receive(LiveMessage(Message(id="e-5"), StreamPosition("e", 5), broken))
    assert page.needs_snapshot


def test_one_message_is_rendered_once_for_all() -> None:
    calls = []

    def render(message: Message) -> Mapping[str, str]:
        calls.append(message)
        return {"a": "x"}

    one = LiveMessage(Message(id="e-5"), StreamPosition("e", 5), render)
    for page in (live_page(4), live_page(4), live_page(2)):
        page.receive(one)
    assert len(calls) == 1


def test_news_nobody_can_take_is_not_rendered() -> None:
    def render(_: Message) -> Mapping[str, str]:
        raise AssertionError("rendered for nobody")

    page = live_page(7)
    page.receive(LiveMessage(Message(id="e-5"), StreamPosition("e", 5), render))
    PageFollower(Bell()).receive(LiveMessage(Message(id="e-5"), StreamPosition("e", 5), render))
    assert not page.needs_snapshot


def test_a_place_counts_only_with_the_server_it_comes_from() -> None:
    same, other, page_only = (PageFollower(Bell(), ResumePoint.read(text)) for text in ("e-9@s1", "e-9@s0", "e-9"))
    for page in (same, other, page_only):
        page.connected("s1")
    assert [page.since for page in (same, other, page_only)] == ["e-9", "", "e-9"]


def test_after_a_restart_of_redis_everything_is_asked_for() -> None:
    page = live_page(4)
    page.ping()
    page.disconnected()
    page.connected("s1")
    assert page.since == "e-4"
    page.disconnected()
    page.connected("s2")
    assert page.since == ""


def test_a_server_without_a_name_is_never_taken_for_the_same() -> None:
    page = live_page(4)
    page.ping()
    page.disconnected()
    page.connected("")
    assert page.since == ""


def test_a_ping_is_visible_and_tells_the_newest_place() -> None:
    assert live_page(4).ping() == b"event: ping\ndata: e-4\nid: e-4@s1\n\n"
    assert PageFollower(Bell()).ping() == b"event: ping\ndata: \n\n"


def test_named_events_come_in_order_and_survive_a_snapshot() -> None:
    page = live_page(4)
    page.add_event(SseEvent("1", type="notice"))
    page.add_event(SseEvent("2", type="notice"))
    page.disconnected()
    page.connected("s1")
    page.add_snapshot(page.ticket, StreamPosition("e", 4), {})
    assert page.drain() == b"event: notice\ndata: 1\n\nevent: notice\ndata: 2\n\n"


def test_a_program_gets_every_message_in_order() -> None:
    bell = Bell()
    program = MessageFollower(bell)
    program.connected("s1")
    program.caught_up(program.ticket, StreamPosition("e", 4))
    for number in (5, 5, 6):
        program.receive(news(number, {}))
    assert [message.id for message in program.drain()] == ["e-5", "e-6"]
    assert program.drain() == []
    assert bell.rung == 3


@pytest.mark.parametrize(
    ("last", "since", "expected"),
    [
        ("", "", ResumePoint()),
        ("", "e-5", ResumePoint(StreamPosition("e", 5))),
        ("e-7@s", "e-5", ResumePoint(StreamPosition("e", 7), "s")),
        ("e-3@s", "e-5", ResumePoint(StreamPosition("e", 5))),
        ("f-1@s", "e-5", ResumePoint(StreamPosition("f", 1), "s")),
        ("nonsense", "e-5", ResumePoint(StreamPosition("e", 5))),
    ],
)
def test_a_stream_goes_on_from_the_newest_place_the_page_knows(last: str, since: str, expected: ResumePoint) -> None:
    assert ResumePoint.newest(last, since) == expected


@given(garbled("e1-5@s", "-@e09\n\0²"))
def test_whatever_a_client_sends_as_its_place_is_read_or_ignored(text: str) -> None:
    place = ResumePoint.read(text).position
    if place is None:
        assert text != "e1-5@s"
    else:
        assert str(place) == f"{place.epoch}-{int(text.partition('@')[0].partition('-')[2])}"


class AnyOrderOfEvents(RuleBasedStateMachine):
    """A board, a lossy way, a page. Every part always shows the number of the message that wrote it."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.server = 1
        self.board: dict[str, int] = {}
        self.page = PageFollower(Bell(), limit=4)
        self.shown: dict[str, int] = {}
        self.up = True
        self.missed = False
        self.reading: tuple[int, StreamPosition | None, dict[str, int]] | None = None
        self.page.connected("s1")

    @rule(parts=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), arrives=st.booleans())
    def write(self, parts: list[str], arrives: bool) -> None:
        self.number += 1
        self.board |= dict.fromkeys(parts, self.number)
        if arrives and self.up:
            self.page.receive(news(self.number, {part: f"{part} {self.number}" for part in parts}))
        else:
            self.missed = True

    @rule()
    def lose_redis(self) -> None:
        self.up = False
        self.page.disconnected()

    @precondition(lambda self: not self.up)
    @rule(restarted=st.booleans(), numbers_lost=st.integers(0, 3))
    def redis_is_back(self, restarted: bool, numbers_lost: int) -> None:
        if restarted:
            self.server += 1
            self.number = max(0, self.number - numbers_lost)  # it crashed, and lost its last second
            self.board = {part: number for part, number in self.board.items() if number <= self.number}
            self.shown = {part: number for part, number in self.shown.items() if number <= self.number}
        self.up, self.missed = True, False
        self.page.connected(f"s{self.server}")

    @precondition(lambda self: self.page.needs_snapshot and self.reading is None)
    @rule()
    def begin_to_read_a_snapshot(self) -> None:
        since = StreamPosition.read(self.page.since)
        after = since.number if since else 0
        parts = {part: number for part, number in self.board.items() if number > after}
        self.reading = (self.page.ticket, StreamPosition("e", self.number) if self.number else None, parts)

    @precondition(lambda self: self.reading is not None)
    @rule()
    def take_the_snapshot_in(self) -> None:
        assert self.reading
        ticket, place, parts = self.reading
        self.reading = None
        self.page.add_snapshot(ticket, place, framed({part: f"{part} {number}" for part, number in parts.items()}))
        self.drain()

    @precondition(lambda self: self.reading is None)
    @rule()
    def drain(self) -> None:
        for line in self.page.drain().decode().splitlines():
            name, _, value = line.partition(": ")
            if name == "data":
                part, _, number = value.partition(" ")
                self.shown[part] = int(number)

    @precondition(lambda self: self.reading is None)
    @rule()
    def ping(self) -> None:
        self.drain()
        self.page.ping()

    @invariant()
    def a_page_that_waits_for_nothing_shows_the_truth(self) -> None:
        if self.up and not self.missed and not self.page.needs_snapshot and self.reading is None:
            self.drain()
            assert self.shown.items() >= self.board.items()

    def teardown(self) -> None:
        """In the end it always does: after the next change that arrives, and a snapshot if it asks for one."""
        if not self.up:
            self.redis_is_back(False, 0)
        self.missed = False
        self.write(["a"], True)
        for _ in range(3):
            if self.reading is None and self.page.needs_snapshot:
                self.begin_to_read_a_snapshot()
            if self.reading:
                self.take_the_snapshot_in()
        self.drain()
        assert self.shown.items() >= self.board.items()


TestAnyWeather = AnyOrderOfEvents.TestCase
TestAnyWeather.settings = settings(deadline=None, max_examples=100)
