"""Prices, estimates and budgets, in whole micro-dollars."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import webapp
from webapp.core.money.amounts import dollars, per_image
from webapp.core.money.budget import Budget, estimate
from webapp.core.money.prices import REFERENCE_TOKENS, THINKING_TOKENS, ExtraCost, Prices, Rates, Tokens

ENTRY = {"provider": "p", "model": "m", "amount": 39_000, "as_of": "2026-11", "source": "a list"}
SHIPPED = Path(webapp.__file__).parent / "prices.json"


def priced(*entries: dict[str, Any]) -> Prices:
    return Prices.from_json(json.dumps({"images": [{**ENTRY, **entry} for entry in entries]}))


def amount(prices: Prices, *wanted: str) -> int | None:
    price = prices.image("p", "m", *wanted)
    return price.amount if price else None


def test_a_price_for_the_very_size_and_quality_wins_over_a_general_one() -> None:
    prices = priced(
        {}, {"size": "2K", "amount": 2}, {"quality": "low", "amount": 3}, {"size": "2K", "quality": "low", "amount": 4}
    )
    assert [amount(prices), amount(prices, "2K"), amount(prices, "1K", "low"), amount(prices, "2K", "low")] == [
        39_000,
        2,
        3,
        4,
    ]
    assert amount(prices, "8K", "best") == 39_000


def test_a_model_or_a_size_without_an_entry_has_no_price() -> None:
    assert amount(priced({"size": "1K"}), "4K") is None
    assert priced({}).image("p", "other") is None
    assert Prices().image("p", "m") is None


def test_models_and_sizes_that_cost_the_same_share_an_entry() -> None:
    prices = priced({"model": ["m", "n"], "size": ["1K", "2K"], "amount": 5})
    assert [amount(prices, "1K"), amount(prices, "2K"), amount(prices, "4K")] == [5, 5, None]
    other = prices.image("p", "n", "2K")
    assert other is not None and other.amount == 5


def test_a_price_says_when_it_was_true_and_where_it_was_read() -> None:
    price = priced({}).image("p", "m")
    assert price is not None and (price.as_of, price.source) == ("2026-11", "a list")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ('{"images": {}}', "must be a list"),
        ('{"images": [3]}', "Entry 1 of “images”"),
        (
            json.dumps({"images": [ENTRY, {**ENTRY, "amount": 0.039}]}),
            "Entry 2 of “images” in the price list needs “amount”",
        ),
        (json.dumps({"images": [{**ENTRY, "amount": True}]}), "“amount”"),
        (json.dumps({"images": [{**ENTRY, "amount": -1}]}), "“amount”"),
        (json.dumps({"images": [{**ENTRY, "source": ""}]}), "“source”"),
        (json.dumps({"images": [{**ENTRY, "model": []}]}), "“model”"),
        (json.dumps({"images": [{**ENTRY, "model": ["m", ""]}]}), "“model”"),
        (json.dumps({"images": [{**ENTRY, "size": [3]}]}), "“size”"),
        (
            json.dumps({"tokens": [{"provider": "p", "model": "m", "as_of": "x", "source": "y", "text_in": 1}]}),
            "“image_in”",
        ),
    ],
)
def test_a_wrong_price_list_is_refused_with_the_place(text: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        Prices.from_json(text)


def test_the_shipped_price_list_is_whole() -> None:
    prices = Prices.from_json(SHIPPED.read_text("utf-8"))
    assert {model for provider, model, *_ in prices.images} == {model for _, model in prices.rates}
    usual = prices.image("gemini", "gemini-nano-banana-2.1", "1K")
    assert usual is not None and usual.amount == 33_600
    assert all(price.as_of and price.source and price.amount > 0 for price in prices.images.values())


def test_the_shipped_token_rates_agree_with_the_shipped_image_prices() -> None:
    prices = Prices.from_json(SHIPPED.read_text("utf-8"))
    rates = prices.tokens("gemini", "gemini-nano-banana-2.1")
    assert rates is not None and rates.cost(Tokens(image_out=1120)) == 33_600
    assert prices.tokens("gemini", "unheard-of") is None


def test_tokens_are_charged_by_kind_and_rounded_up() -> None:
    rates = Rates(1_500_000, 1_500_000, 7_500_000, 30_000_000, "2026-11", "a list")
    assert rates.cost(Tokens(276, 0, 173, 1120)) == 414 + 1298 + 33_600  # 1297.5 of thinking is 1298
    assert rates.cost(Tokens()) == 0
    assert Rates(1, 0, 0, 0, "x", "y").cost(Tokens(text_in=1)) == 1


def test_each_kind_of_token_has_its_own_rate() -> None:
    rates = Rates(1_000_000, 2_000_000, 3_000_000, 4_000_000, "x", "y")
    asked, answered = Tokens(text_in=1, image_in=10), Tokens(text_out=100, image_out=1000)
    assert (rates.cost(asked), rates.cost(answered)) == (1 + 20, 300 + 4000)


def test_beside_the_picture_the_words_the_thinking_and_the_reference_are_paid_for() -> None:
    rates = Rates(1_000_000, 2_000_000, 3_000_000, 0, "x", "y")
    thinking = 3 * THINKING_TOKENS
    assert rates.extra_cost("abcd", reference=False) == ExtraCost(words=2 + thinking, reference=0)
    assert rates.extra_cost("灯灯", reference=True) == ExtraCost(3 + thinking, 2 * REFERENCE_TOKENS)


def test_a_price_for_the_size_goes_before_one_for_the_quality() -> None:
    prices = priced({"size": "2K", "amount": 2}, {"quality": "low", "amount": 3})
    assert amount(prices, "2K", "low") == 2


def test_an_estimate_needs_a_price_unless_nothing_is_missing() -> None:
    assert (estimate(90, 39_000), estimate(90, 0), estimate(90, None), estimate(0, None)) == (3_510_000, 0, None, 0)


def test_money_reads_as_the_page_wants_it() -> None:
    assert [per_image(39_000), per_image(33_600), per_image(240_000), per_image(0)] == [
        "$0.039",
        "$0.0336",
        "$0.24",
        "$0.00",
    ]
    assert [per_image(35_312), per_image(45), per_image(1_000_000)] == ["$0.0353", "$0.000045", "$1.00"]
    assert [dollars(3_510_000), dollars(0), dollars(975_000), dollars(1_234_567_890)] == [
        "$3.51",
        "$0.00",
        "$0.98",
        "$1,234.57",
    ]
    assert [dollars(4_500), dollars(9_999), dollars(10_000)] == ["$0.0045", "$0.01", "$0.01"]


@given(st.integers(0, 10**12))
def test_a_total_never_differs_from_the_amount_by_more_than_half_a_cent(micro: int) -> None:
    shown = dollars(micro).removeprefix("$").replace(",", "")
    whole, _, rest = shown.partition(".")
    assert abs(int(whole) * 1_000_000 + int(rest.ljust(6, "0")) - micro) <= 5_000


def test_a_budget_of_one_dollar_buys_25_images_at_39_thousandths() -> None:
    budget, made = Budget(cap=1_000_000), 0
    while (next_one := budget.reserve(str(made), 39_000)) is not None:
        budget, made = next_one.settle(str(made)), made + 1
    assert (made, budget.spent, budget.left) == (25, 975_000, 25_000)


def test_calls_in_flight_count_against_the_cap() -> None:
    budget = Budget(cap=100)
    first = budget.reserve("a", 60)
    assert first is not None and first.held == 60
    assert first.reserve("b", 41) is None
    assert first.release("a").reserve("b", 41) is not None


def test_a_cap_is_used_up_to_the_last_of_it() -> None:
    budget = Budget(cap=100).reserve("a", 60)
    assert budget is not None and budget.allows(40) and not budget.allows(41)
    full = budget.reserve("b", 40)
    assert full is not None and full.left == 0


def test_an_answer_that_cost_nothing_is_settled_at_nothing() -> None:
    budget = Budget(cap=100).reserve("a", 60)
    assert budget is not None and budget.settle("a", 0) == Budget(cap=100)


def test_without_a_cap_everything_is_allowed() -> None:
    budget = Budget().reserve("a", 10**12)
    assert budget is not None and budget.left is None


def test_reserving_settling_and_releasing_twice_is_the_same_as_once() -> None:
    budget = Budget(cap=100).reserve("a", 60)
    assert budget is not None and budget.reserve("a", 60) is budget
    settled = budget.settle("a", 55)
    assert settled.settle("a", 55) == settled.release("a") == settled
    assert settled.spent == 55


def test_an_attempt_whose_cost_is_unknown_is_settled_at_its_reservation() -> None:
    budget = Budget(cap=100).reserve("a", 60)
    assert budget is not None and budget.settle("a").spent == 60


STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "release"]), st.sampled_from("abcde"), st.integers(0, 50)),
    max_size=60,
)


@given(st.integers(0, 200), STEPS)
def test_no_order_of_steps_overshoots_the_cap(cap: int, steps: list[tuple[str, str, int]]) -> None:
    budget = Budget(cap)
    for step, attempt, price in steps:
        if step == "reserve":
            budget = budget.reserve(attempt, price) or budget
        else:
            budget = budget.settle(attempt) if step == "settle" else budget.release(attempt)
        assert budget.spent + budget.held <= cap


def test_the_origin_of_a_price_is_that_of_the_entry_which_names_it() -> None:
    prices = priced({}, {"size": "2K", "amount": 2, "source": "another list"})
    origins = [prices.origin("p", "m", wanted) for wanted in (39_000, 2, 3, None)]
    assert [origin.source if origin else "" for origin in origins] == ["a list", "another list", "", ""]
    assert prices.origin("p", "other", 2) is None


def test_rates_come_from_the_list_on_top_and_say_where_a_price_without_an_entry_comes_from() -> None:
    entry = {"provider": "p", "model": "m", **dict.fromkeys(("text_in", "image_in", "text_out", "image_out"), 1)}
    below, above = (
        Prices.from_json(json.dumps({"tokens": [{**entry, "as_of": "2026-11", "source": source}]}))
        for source in ("a list", "my bill")
    )
    found = above.over(below).origin("p", "m", 5)
    assert found is not None and found.source == "my bill"


def test_a_list_over_another_replaces_the_very_entry_and_adds_the_new_ones() -> None:
    below = priced({}, {"size": "2K", "amount": 2})
    above = priced({"amount": 1}, {"model": "own", "amount": 5})
    both = above.over(below)
    assert [amount(both), amount(both, "2K")] == [1, 2]
    own = both.image("p", "own")
    assert own is not None and own.amount == 5
    assert Prices().over(below).images == below.over(Prices()).images == below.images
