"""Prices of sizes and of dated snapshots in the bundled list."""

from __future__ import annotations

from pathlib import Path

import pytest

import webapp
from webapp.core.money.prices import Prices

PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("gpt-image-2.5-flare-2026-09-08", "gpt-image-2.5-flare"),
        ("gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5-sunburst"),
        ("gpt-image-1.5-2025-12-16", "gpt-image-1.5"),
    ],
)
def test_a_dated_snapshot_costs_what_its_model_costs(model: str, base: str) -> None:
    price = PRICES.image("openai", model, "1024x1024", "low")
    assert price is not None and price == PRICES.image("openai", base, "1024x1024", "low")
    assert PRICES.tokens("openai", model) == PRICES.tokens("openai", base) is not None
    assert PRICES.origin("openai", model, price.amount) is not None


def test_another_name_of_a_model_has_its_price() -> None:
    assert PRICES.image("gemini", "nano-banana-pro-preview") == PRICES.image("gemini", "gemini-3-pro-image") is not None


def test_a_name_that_only_begins_like_a_model_has_no_price() -> None:
    assert PRICES.image("openai", "gpt-image-2-mini", "1024x1024", "low") is None
    assert PRICES.image("openai", "gpt-image-2-2026", "1024x1024", "low") is None


@pytest.mark.parametrize(
    ("model", "quality", "amount"),
    [
        ("gpt-image-2", "high", 222_000),
        ("gpt-image-2.6-flare", "medium", 14_340),
        ("gpt-image-2.5-flare", "max", 221_100),
    ],
)
def test_1440_lines_have_a_price_of_their_own(model: str, quality: str, amount: int) -> None:
    price = PRICES.image("openai", model, "2560x1440", quality)
    assert price is not None and price.amount == amount
