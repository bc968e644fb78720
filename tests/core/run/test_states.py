"""The run table: what may happen when, for every state and every move."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.run.states import (
    ACTIVE,
    ENDED,
    OPEN,
    TABLE,
    Move,
    Run,
    RunState,
    move,
)
from webapp.errors import IllegalMove

STATES, MOVES = st.sampled_from(RunState), st.sampled_from(Move)
RUNS = st.builds(
    Run,
    id=st.text("0123456789abcdef", min_size=1, max_size=12),
    state=STATES,
    seq=st.integers(0, 10**6),
    started_at=st.floats(0, 2e9),
    changed_at=st.floats(0, 2e9),
    token=st.integers(0, 10**6),
    reason=st.text(max_size=40),
)


WAYS = """
starting: taken generating, stop stopped, pause paused, hold paused, broke failed, lost interrupted
generating: taken generating, stop stopping, pause pausing, hold pausing, finished done, fell short partial
generating: broke failed, lost interrupted
pausing: resume starting, stop stopping, drained paused, finished done, fell short partial, broke failed, lost paused
paused: resume starting, stop stopped
stopping: start starting, drained stopped, finished done, broke stopped, lost stopped
"""


def test_each_move_leads_where_it_is_meant_to() -> None:
    ways = {}
    for state, _, moves in (line.partition(": ") for line in WAYS.split("\n") if line):
        for what, _, after in (way.rpartition(" ") for way in moves.split(", ")):
            ways[RunState(state), Move(what)] = RunState(after)
    starts = {(state, Move.START): RunState.STARTING for state in ENDED}
    tunes = {(state, Move.TUNE): state for state in OPEN - {RunState.STOPPING}}
    assert {**ways, **starts, **tunes} == TABLE


@given(RUNS, MOVES, st.floats(0, 2e9))
def test_any_move_from_any_state_is_in_the_table_or_refused_without_a_trace(run: Run, what: Move, now: float) -> None:
    before = run.to_json()
    if (run.state, what) in TABLE:
        after = move(run, what, now)
        assert after.state is TABLE[run.state, what]
        assert after.seq == run.seq + 1
        assert after.changed_at == now
    else:
        with pytest.raises(IllegalMove):
            move(run, what, now)
    assert run.to_json() == before


@given(st.lists(MOVES, max_size=60))
def test_however_moves_come_a_run_is_in_a_known_state_and_its_number_only_rises(moves: list[Move]) -> None:
    run, numbers = Run(), [0]
    for now, what in enumerate(moves):
        try:
            run = move(run, what, float(now), **({"id": f"run{now}"} if what is Move.START else {}))
        except IllegalMove:
            continue
        assert run.state in RunState
        numbers.append(run.seq)
    assert numbers == sorted(set(numbers))


@given(st.sampled_from(sorted(OPEN - {RunState.STOPPING})))
def test_a_second_start_is_refused_in_the_words_of_the_contract(state: RunState) -> None:
    with pytest.raises(IllegalMove, match=r"^Image generation already in progress$"):
        move(Run(state=state), Move.START, 1.0)


@given(st.sampled_from(sorted(ENDED)))
def test_a_stop_without_a_run_is_refused_in_the_words_of_the_contract(state: RunState) -> None:
    with pytest.raises(IllegalMove, match=r"^No active generation found$"):
        move(Run(state=state), Move.STOP, 1.0)


@pytest.mark.parametrize(
    ("state", "what", "says"),
    [
        (RunState.STOPPING, Move.STOP, "The run is stopping already."),
        (RunState.STOPPING, Move.PAUSE, "The run is stopping already."),
        (RunState.GENERATING, Move.RESUME, "Nothing is paused."),
        (RunState.DONE, Move.RESUME, "Nothing is paused."),
        (RunState.DONE, Move.PAUSE, "No active generation found"),
        (RunState.IDLE, Move.TUNE, "No active generation found"),
        (RunState.PAUSED, Move.FINISHED, "A run that is paused cannot be finished."),
    ],
)
def test_a_refused_move_says_why(state: RunState, what: Move, says: str) -> None:
    with pytest.raises(IllegalMove) as caught:
        move(Run(state=state), what, 1.0)
    assert str(caught.value) == says


@pytest.mark.parametrize("state", sorted(ENDED))
def test_every_ended_run_can_be_started_again(state: RunState) -> None:
    assert move(Run(state=state), Move.START, 1.0, id="next").state is RunState.STARTING


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_every_active_run_can_be_lost_and_ends_then(state: RunState) -> None:
    assert move(Run(state=state), Move.LOST, 1.0).state in ENDED | {RunState.PAUSED}


@pytest.mark.parametrize("state", sorted(OPEN - {RunState.STOPPING}))
def test_every_run_that_is_there_can_be_paused_or_is_and_stopped_and_tuned(state: RunState) -> None:
    run = Run(state=state)
    assert run.pausing or move(run, Move.PAUSE, 1.0).pausing
    assert move(run, Move.STOP, 1.0).state in (RunState.STOPPING, RunState.STOPPED)
    assert move(run, Move.TUNE, 1.0).state is state


def test_only_a_resume_leads_out_of_a_pause_and_then_it_waits_for_its_worker() -> None:
    ways = {what: after for (before, what), after in TABLE.items() if before is RunState.PAUSED}
    assert ways == {Move.RESUME: RunState.STARTING, Move.STOP: RunState.STOPPED, Move.TUNE: RunState.PAUSED}


def test_the_time_of_a_pause_is_no_time_of_work() -> None:
    run = move(Run(state=RunState.STARTING), Move.TAKEN, 10.0)
    assert run.worked_until(13.0) == 3.0
    run = move(move(run, Move.PAUSE, 15.0), Move.DRAINED, 16.0)
    assert run.worked_until(99.0) == 5.0
    run = move(move(run, Move.RESUME, 100.0), Move.TAKEN, 101.0)
    assert run.worked_until(103.0) == 7.0
    assert run.worked_until(50.0) == 5.0, "a clock that was set back takes nothing away"


def test_a_cause_is_kept_while_paused_and_forgotten_when_it_goes_on() -> None:
    held = move(Run(state=RunState.GENERATING), Move.HOLD, 1.0, cause="budget", reason="It is reached.")
    paused = move(held, Move.DRAINED, 2.0)
    assert (paused.cause, paused.reason) == ("budget", "It is reached.")
    resumed = move(paused, Move.RESUME, 3.0)
    assert resumed.cause == "budget", "who pauses it again at once may say so"
    assert move(resumed, Move.TAKEN, 4.0).cause == move(held, Move.STOP, 2.0).cause == ""


def test_nothing_leads_from_stopping_back_to_generating() -> None:
    assert all(after is not RunState.GENERATING for (before, _), after in TABLE.items() if before is RunState.STOPPING)


def test_a_start_forgets_the_run_before_but_not_its_number_and_its_token() -> None:
    old = Run(id="old", state=RunState.PARTIAL, seq=7, made=3, failed=2, reason="x", token=9)
    new = move(old, Move.START, 5.0, id="new", provider="sketch", model="m")
    assert new == Run("new", RunState.STARTING, 8, "sketch", "m", started_at=5.0, changed_at=5.0, token=9)


@given(RUNS)
def test_a_run_survives_its_own_json(run: Run) -> None:
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


@pytest.mark.parametrize("name", list(Run().to_json()))
def test_a_field_of_another_kind_makes_a_run_that_never_was(name: str) -> None:
    others: list[object] = [None, [], True]
    others += [5] if isinstance(getattr(Run(), name), str) else ["5", 10**400, float("inf")]
    read = [Run.from_json({**Run("r", RunState.PAUSED).to_json(), name: other}) for other in others]
    assert read == [Run()] * len(others)


@given(st.data(), RUNS)
def test_any_other_json_reads_as_a_run_that_is_well_formed(draw: st.DataObject, written: Run) -> None:
    data = draw.draw(damaged(written.to_json()))
    run = Run.from_json(data)
    assert run == Run() or run.to_json() == data
    assert isinstance(run.state, RunState)
    assert all(isinstance(number, int) for number in (run.seq, run.token, run.made, run.failed))
    assert all(isinstance(text, str) for text in (run.id, run.provider, run.model, run.reason, run.cause))
