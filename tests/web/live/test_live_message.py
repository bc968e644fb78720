"""Only what a page does not show is sent to it, whoever comes and goes in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.coordination.live_state import Message
from webapp.core.run.states import Run, RunState
from webapp.web.live.followers import PageFollower
from webapp.web.live.live_message import WHOLE_EVERY, LiveMessage, SentParts
from webapp.web.live.wire import StreamPosition, framed


def told(shown: SentParts, number: int, **parts: str) -> LiveMessage:
    """A news with these parts."""
    return LiveMessage(Message(id=f"e-{number}"), StreamPosition("e", number), lambda message: parts, shown)


class Clock:
    """Shows the time it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_page(number: int, shown: SentParts, **parts: str) -> PageFollower:
    """A page that was shown a snapshot with these parts, and all of it written."""
    page = PageFollower(lambda: None)
    page.connected("s")
    shown.add_snapshot(StreamPosition("e", number), framed(parts))
    page.add_snapshot(page.ticket, StreamPosition("e", number), framed(parts))
    page.drain()
    return page


def test_a_part_that_looks_as_before_is_not_sent_again() -> None:
    shown = SentParts(lambda: 0.0)
    page = a_page(0, shown, banner="idle", log="")
    page.receive(told(shown, 1, banner="works", log="one"))
    assert page.drain() == b"data: works\ndata: one\nid: e-1@s\n\n"
    page.receive(told(shown, 2, banner="works", log="two"))
    assert page.drain() == b"data: two\nid: e-2@s\n\n"


def test_news_without_a_change_writes_nothing_and_counts_as_known() -> None:
    shown = SentParts(lambda: 0.0)
    page = a_page(0, shown, banner="idle")
    for number in (1, 2):
        page.receive(told(shown, number, banner="works"))
    assert page.drain().startswith(b"data: works\n")
    page.receive(told(shown, 3, banner="works"))
    assert page.drain() == b""
    assert (page.since, page.needs_snapshot) == ("e-3", False)


def test_what_a_snapshot_shows_otherwise_is_sent_again() -> None:
    shown = SentParts(lambda: 0.0)
    early = a_page(0, shown, banner="5 min left")
    early.receive(told(shown, 1, banner="5 min left"))
    late = a_page(1, shown, banner="4 min left")
    for page in (early, late):
        page.drain()
    news = told(shown, 2, banner="5 min left")
    for page in (early, late):
        page.receive(news)
        assert page.drain() == b"data: 5 min left\nid: e-2@s\n\n"


def test_now_and_then_everything_is_sent_since_answers_to_clicks_change_pages_too() -> None:
    clock = Clock()
    shown = SentParts(clock)
    page = a_page(0, shown, banner="idle")
    written = []
    for number in range(1, 5):
        clock.now += WHOLE_EVERY / 2
        page.receive(told(shown, number, banner="works"))
        written.append(bool(page.drain()))
    assert written == [True, False, True, False]


def test_a_change_of_the_run_is_told_in_full() -> None:
    shown = SentParts(lambda: 0.0)
    page = a_page(0, shown, banner="works")
    for number, seq in enumerate((1, 1, 2), 1):
        message = Message(id=f"e-{number}", run=Run("r", RunState.GENERATING, seq=seq))
        page.receive(LiveMessage(message, StreamPosition("e", number), lambda message: {"banner": "works"}, shown))
        assert bool(page.drain()) == (number != 2)


def test_news_that_waited_for_a_snapshot_is_told_in_full() -> None:
    shown = SentParts(lambda: 0.0)
    first = a_page(0, shown, banner="idle")
    first.receive(told(shown, 1, banner="works"))
    second = PageFollower(lambda: None)
    second.connected("s")
    ticket, old = second.ticket, framed({"banner": "idle"})
    news = told(shown, 2, banner="works")
    for page in (first, second):
        page.receive(news)
    shown.add_snapshot(StreamPosition("e", 0), old)  # its reading ends
    second.add_snapshot(ticket, StreamPosition("e", 1), old)
    assert second.drain() == b"data: works\nid: e-2@s\n\n"


def test_a_change_rendered_after_a_newer_snapshot_counts_for_no_page_that_shows_the_snapshot() -> None:
    shown = SentParts(lambda: 0.0)
    late = PageFollower(lambda: None)
    late.connected("s")
    change = told(shown, 1, banner="idle")
    late.receive(change)
    page = a_page(1, shown, banner="5 min left")
    late.add_snapshot(late.ticket, StreamPosition("e", 0), framed({"banner": "idle"}))
    page.receive(told(shown, 2, banner="idle"))
    assert page.drain() == b"data: idle\nid: e-2@s\n\n"


def test_the_same_bytes_are_written_to_all_who_are_told_the_same() -> None:
    shown = SentParts(lambda: 0.0)
    pages = [a_page(0, shown, banner="idle") for _ in range(2)]
    news = told(shown, 1, banner="works")
    for page in pages:
        page.receive(news)
    one, other = (page.drain(chunked=True) for page in pages)
    assert one is other
    assert one == b"17\r\ndata: works\nid: e-1@s\n\n\r\n"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from("ab"), st.integers(0, 2)),
        st.tuples(st.just("news"), st.just(""), st.just(0)),
        st.tuples(st.just("read"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("take"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("drain"), st.just(""), st.integers(0, 2)),
    ),
    max_size=60,
)


class MessageBench:
    """Three pages of one project, a folder that changes with and without news, and snapshots that take their time."""

    def __init__(self) -> None:
        self.shown = SentParts(lambda: 0.0)
        self.number = 0
        self.truth = {"a": "a0", "b": "b0"}
        self.newest = dict(self.truth)
        self.pages = [PageFollower(lambda: None) for _ in range(3)]
        self.screens: list[dict[str, str]] = [{} for _ in self.pages]
        self.reading: list[tuple[int, int, dict[str, str]] | None] = [None] * 3

    def step(self, what: str, part: str, number: int) -> None:
        if what == "change":
            self.truth[part] = f"{part}{number}"
        elif what == "news":
            self.number += 1
            self.newest = dict(self.truth)
            news = told(self.shown, self.number, **self.newest)
            for page in self.pages:
                page.receive(news)
        elif what == "read":
            self.pages[number].connected("s")
            self.reading[number] = self.pages[number].ticket, self.number, dict(self.truth)
        elif what == "take" and (read := self.reading[number]):
            self.shown.add_snapshot(StreamPosition("e", read[1]), framed(read[2]))
            self.pages[number].add_snapshot(read[0], StreamPosition("e", read[1]), framed(read[2]))
            self.reading[number] = None
        elif what == "drain":
            self.look(number)

    def look(self, number: int) -> dict[str, str]:
        """What the page shows, once everything is written to it."""
        for line in self.pages[number].drain().decode().splitlines():
            if line.startswith("data: "):
                self.screens[number][line[6]] = line[6:]
        return self.screens[number]


@given(STEPS)
def test_a_page_that_follows_shows_what_the_newest_news_said(steps: list[tuple[str, str, int]]) -> None:
    hall = MessageBench()
    for step in steps:
        hall.step(*step)
    for number, page in enumerate(hall.pages):
        hall.step("take", "", number)
        if page.needs_snapshot or page.position is None:
            hall.step("read", "", number)
            hall.step("take", "", number)
    hall.step("news", "", 0)
    for number, page in enumerate(hall.pages):
        assert page.position == StreamPosition("e", hall.number)
        assert hall.look(number) == hall.newest
