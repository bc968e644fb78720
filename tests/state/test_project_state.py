"""How a project stands: all statuses at once are what each one is by itself, and what looks another way is found."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.coordination.live_state import Message
from webapp.core.frames import FrameNews, Status
from webapp.core.money.ledger import GivenUp
from webapp.core.project import Beat, Frame, Project, Style
from webapp.core.run.states import Run, RunState
from webapp.core.work_plan import Redo, RunScope, WorkPlan
from webapp.state.frame_facts import COMING_SHOWN, FrameFacts
from webapp.state.project_state import ProjectState

BEATS = tuple(Beat(str(1 + n // 2), f"{1 + n // 2}.{n % 2}", f"{n}", "", "h", "A lake") for n in range(4))
PROJECT = Project(
    "film", "Film", tuple(Style(name, BEATS, f"prompts-{name}.js", name) for name in ("clear", "consistent"))
)
FRAMES = PROJECT.frames()
some = st.sets(st.sampled_from(FRAMES))
scopes = st.one_of(
    st.just(RunScope()),
    st.builds(lambda frames: RunScope(only=tuple(frame.id for frame in frames)), some),
    st.builds(lambda frames: RunScope(redo={frame.id: Redo(None, "v1") for frame in frames}), some),
)


@st.composite
def standings(draw: st.DrawFn) -> ProjectState:
    run = Run(draw(st.sampled_from(("", "one", "two"))), draw(st.sampled_from(RunState)), 3)
    news = {
        frame.id: FrameNews(
            *(frame.style, frame.shot, frame.beat), draw(st.sampled_from(Status)), draw(st.sampled_from(("", "one")))
        )
        for frame in draw(some)
    }
    given_up = {frame: GivenUp("one", "No.") for frame in draw(some)}
    facts = FrameFacts(
        dict.fromkeys(draw(some), ("prompt",)),
        frozenset(draw(some)),
        given_up,
        plan=WorkPlan().with_scope("two", draw(scopes)),
    )
    return ProjectState.of(PROJECT, dict.fromkeys(draw(some), "v1"), Message(frames=news), run, facts)


@settings(deadline=None)
@given(standings())
def test_all_statuses_at_once_are_those_of_each_frame(standing: ProjectState) -> None:
    assert list(standing.status) == list(FRAMES)
    assert standing.status == {frame: standing._status(frame) for frame in FRAMES}
    by_style = [standing.counts(style.name) for style in PROJECT.styles]
    by_shot = [standing.shot_counts(shot) for shot in ("1", "2")]
    assert sum(by_style[1:], by_style[0]) == sum(by_shot[1:], by_shot[0]) == standing.counts()


def look(standing: ProjectState, frame: Frame) -> tuple[object, ...]:
    """All that a page shows of one frame."""
    facts, coming = standing.facts, standing.queue[:COMING_SHOWN]
    return (
        standing.status[frame],
        standing.versions.get(frame),
        standing.news.get(frame.id),
        facts.changed.get(frame),
        frame in facts.blocked,
        coming.index(frame) if frame in coming else -1,
        standing.awaits_redo(frame),
        standing.takes_wishes,
    )


@settings(deadline=None)
@given(standings(), standings())
def test_what_looks_another_way_is_found_and_nothing_else(before: ProjectState, after: ProjectState) -> None:
    found = before.looks().differing(after.looks())
    assert before.looks().differing(before.copy().looks()) == []
    for frame in FRAMES:
        seen = [look(each, frame) for each in (before, after)]
        assert (frame in found) == (seen[0] != seen[1]), frame
