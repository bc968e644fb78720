"""An amount that somebody types is what was meant, or is asked about."""

from __future__ import annotations

import pytest

from webapp.errors import BadInput
from webapp.operations.limits import budget_in


@pytest.mark.parametrize(
    ("typed", "micro"),
    [
        ("5", 5_000_000),
        (" $2.50 ", 2_500_000),
        ("2,5", 2_500_000),
        ("0,500", 500_000),
        ("1,234.50", 1_234_500_000),
        ("$ 0.039", 39_000),
        ("", None),
        (None, None),
    ],
)
def test_a_budget_is_read_as_it_was_meant(typed: str | None, micro: int | None) -> None:
    assert budget_in(typed) == micro


def test_an_amount_that_can_be_read_in_two_ways_is_asked_about() -> None:
    with pytest.raises(BadInput, match=r"^Budget: 5,000 can be read in two ways\. Write 5000, or 5\.000\.$"):
        budget_in("5,000")


@pytest.mark.parametrize("typed", ["5.000,50", "1,23,456", "five", "-1", "nan", "1,000,000,000"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match=r"^Budget: "):
        budget_in(typed)
