"""The budget at the gate of a run: what is held back for a call before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.in_memory_project import FakeProvider
from webapp.core.limits.key_states import Busy, Why
from webapp.core.money.prices import NO_EXTRA_COST, ExtraCost, Rates
from webapp.core.run.states import Cause
from webapp.errors import NotSent
from webapp.generation.job import MadeImage, RunLimits
from webapp.generation.makers.key_pool import Ceiling, Slot
from webapp.generation.makers.maker import Maker
from webapp.generation.run.call_gate import CallGate, Closed

PRICE = 33_600
WORDS = ExtraCost(words=4_000)


class NoKeys:
    """A pool without keys, which holds a call back only while it is ``busy``."""

    empty = True

    def __init__(self) -> None:
        self.busy: Busy | None = None

    def take(self, style: str, attempt: str) -> Slot | Busy:
        return self.busy or Slot()

    def retune(self, ceiling: Ceiling) -> None:
        return None


class Gate:
    """A gate with a budget, and the one maker of its style."""

    def __init__(self, budget: int | None, price: int | None = PRICE) -> None:
        self.keys = NoKeys()
        keys: Any = self.keys
        self.maker = Maker(FakeProvider(price=price), keys)
        self.gate = CallGate({"clear": self.maker}, RunLimits(8, None, 4, budget=budget), 0, lambda: 0.0)
        self.number = 0

    def ask(self, besides: ExtraCost = WORDS) -> str | Closed:
        """Ask for one more call; answers the slot it got, or why it got none."""
        self.number += 1
        found = self.gate.reserve("clear", self.maker, f"slot-{self.number}", besides)
        return found if isinstance(found, Closed) else f"slot-{self.number}"

    def let_in(self, besides: ExtraCost = WORDS) -> list[str]:
        """Ask until no more calls are let in."""
        slots: list[str] = []
        while isinstance(slot := self.ask(besides), str):
            slots.append(slot)
            assert len(slots) < 1000
        return slots

    def bill(self, slot: str, cost: int) -> None:
        """The call made its picture and cost this."""
        self.gate.settle(slot, MadeImage("v1", 1.0, cost, ""))


def test_a_service_that_bills_by_tokens_never_brings_a_project_over_its_budget() -> None:
    gate, charged, cost = Gate(3 * PRICE), 0, PRICE + 1_300
    while slots := gate.let_in():
        for slot in slots:
            gate.bill(slot, cost)
            charged += cost
    assert charged == 2 * cost <= 3 * PRICE


@pytest.mark.parametrize("times", [2, 5, 20])
def test_a_service_that_charges_far_more_than_its_price_overshoots_by_one_call_at_most(times: int) -> None:
    gate, charged, cost, cap = Gate(30 * PRICE), 0, times * PRICE, 30 * PRICE
    while slots := gate.let_in():
        for slot in slots:
            gate.bill(slot, cost)
            charged += cost
    assert cap - cost < charged <= cap


def test_a_cost_that_grows_raises_what_is_held_back_for_the_calls_on_their_way() -> None:
    gate = Gate(10 * PRICE)
    gate.bill(gate.let_in()[0], PRICE)
    on_their_way = gate.let_in()
    assert len(on_their_way) == 9
    gate.bill(on_their_way[0], 4 * PRICE)
    assert isinstance(gate.ask(), Closed)
    for slot in on_their_way[1:3]:
        gate.gate.settle(slot, NotSent("The line broke."))
    assert isinstance(gate.ask(), Closed), "six more may each cost four times the price"


def test_a_reference_that_goes_along_is_held_back_for_too() -> None:
    gate, with_reference = Gate(2 * PRICE), ExtraCost(words=300, reference=9_800)
    assert len(gate.let_in(with_reference)) == 1
    assert isinstance(gate.ask(with_reference), Closed)


def test_a_service_that_charges_its_price_and_no_more_uses_a_budget_to_the_last_cent() -> None:
    gate, made = Gate(5 * PRICE), 0
    while slots := gate.let_in():
        for slot in slots:
            gate.bill(slot, PRICE)
            made += 1
    assert made == 5


def test_under_a_budget_no_call_begins_whose_price_nobody_knows() -> None:
    shut = Gate(1_000_000, price=None).ask()
    assert isinstance(shut, Closed) and shut.why is Cause.PRICE
    assert shut.sentence.startswith("The price of fake-1 is not known, so the budget cannot be kept.")
    assert isinstance(Gate(None, price=None).ask(), str)  # somebody agreed to it


def test_words_thinking_and_a_reference_have_a_price_of_their_own() -> None:
    rates = Rates(1_500_000, 1_500_000, 7_500_000, 30_000_000, "2026-11", "a list")
    assert rates.extra_cost("a lake", reference=False) == ExtraCost(words=3_755, reference=0)
    assert rates.extra_cost("a lake", reference=True).reference == 2_400
    assert ExtraCost() == NO_EXTRA_COST


def test_what_a_run_waits_for_is_told_with_whose_silence_it_is() -> None:
    gate = Gate(None)
    assert gate.gate.cooling_provider({"clear"}) is None
    gate.keys.busy = Busy(0.1, Why.FULL)
    gate.ask()
    assert gate.gate.cooling_provider({"clear"}) is None  # that ends by itself, with the call that is on its way
    gate.keys.busy = Busy(30.0, Why.DOWN)
    gate.ask()
    found = gate.gate.cooling_provider({"clear"})
    assert found is not None and (found[0].until, found[0].why, found[1]) == (30.0, Why.DOWN, "fake")
    assert gate.gate.cooling_provider({"clear", "illustration"}) is None  # that one may begin
