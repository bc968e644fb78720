"""Calls without an answer at a service that can be asked about them."""

from __future__ import annotations

from typing import Any

from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open, RunBench
from webapp.core.run.states import (
    Move,
    RunState,
)
from webapp.errors import (
    LostAnswer,
)


def cut_off(film: RunBench, beat: str = "1.1", **more: Any) -> str:
    """A run whose worker died while it waited for the answer of one call."""
    run = film.records.change(film.folder, Move.START, id="r1")
    film.records.change(film.folder, Move.TAKEN)
    frame = {"style": "clear", "shot": "1", "beat": beat}
    film.disk.journal_records.append(
        {"what": "intent", "attempt": "a1", "run": "r1", "provider": "fake", "price": 7, **frame, **more}
    )
    return run.id


def outcomes(film: RunBench, attempt: str = "a1") -> list[str]:
    return [r["what"] for r in film.disk.journal_records if r.get("attempt") == attempt and r["what"] != "intent"]


def test_a_job_the_service_still_knows_is_fetched_and_not_submitted_again(bench: Open) -> None:
    film = bench(story(2, ("clear",)), jobs=True)
    run = cut_off(film)
    film.disk.journal_records.append({"what": "job", "attempt": "a1", "job": "j7"})
    provider: Any = film.provider
    provider.known.add("j7")
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.DONE
    assert provider.lookups == ["j7"] and provider.calls == [("clear", "1.2")]
    assert outcomes(film) == ["job", "answered", "saved"]


def test_a_job_the_service_does_not_know_is_asked_for_once_and_made_anew(bench: Open) -> None:
    film = bench(story(1, ("clear",)), jobs=True)
    film.wake(film.folder.name, cut_off(film))
    assert film.finish().state is RunState.DONE
    provider: Any = film.provider
    assert provider.lookups == ["a1"] and len(provider.calls) == 1
    assert outcomes(film) == ["lost"]


def test_a_job_whose_answer_got_lost_is_looked_up_before_it_is_made_again(bench: Open) -> None:
    film = bench(story(1, ("clear",)), jobs=True)
    film.provider.fates["clear", "1.1"] = [LostAnswer("No answer.")]
    provider: Any = film.provider
    film.disk.on_intent = lambda record: provider.known.add(f"job of {record['attempt']}")
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(provider.calls) == 1 == len(provider.lookups)


def test_an_attempt_of_another_provider_is_written_off(bench: Open) -> None:
    film = bench(story(1, ("clear",)), jobs=True)
    film.wake(film.folder.name, cut_off(film, provider="gemini"))
    assert film.finish().state is RunState.DONE
    assert outcomes(film) == ["lost"]
