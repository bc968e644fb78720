"""What the table, the comparison and the document make of figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.figures import BEGIN, END, Figure, goal_of, in_document, merged, percentile, read, table, worse, written

SPEED = Figure("plain", "wall time / ideal", 1.0, goal=1.03, ratio=True, detail="40 s, ideal 40 s", row="pace")
SHARE = Figure("plain", "share", 0.97, "%", rises=True, goal=0.95, ratio=True, row="pace")


def test_a_goal_is_met_from_the_side_it_is_meant_from() -> None:
    assert SPEED.met and not replace(SPEED, value=1.04).met
    assert SHARE.met and not replace(SHARE, value=0.94).met
    assert replace(SPEED, goal=None).met is None


def test_a_missed_goal_is_said() -> None:
    assert goal_of(SHARE) == "✓ ≥ 95.0 %"
    assert goal_of(replace(SPEED, value=1.5)) == "✗ ≤ 1.03"


@pytest.mark.parametrize(("now", "reported"), [(1.14, 0), (1.16, 1), (0.5, 0)])
def test_a_ratio_that_got_worse_by_more_than_15_percent_is_reported(now: float, reported: int) -> None:
    baseline = written([SPEED, SHARE], "a machine")
    assert len(worse([replace(SPEED, value=now), SHARE], baseline)) == reported


def test_a_share_gets_worse_when_it_falls() -> None:
    baseline = written([SHARE], "a machine")
    assert worse([replace(SHARE, value=0.8)], baseline) == ["pace / plain / share: 80.0 %, was 97.0 % (21 % worse)"]
    assert not worse([replace(SHARE, value=1.0)], baseline)


def test_figures_that_depend_on_the_machine_are_not_compared() -> None:
    seconds = replace(SPEED, ratio=False)
    assert not worse([replace(seconds, value=9.0)], written([seconds], "a machine"))


def test_results_read_back_as_they_were_written() -> None:
    assert read(written([SPEED, SHARE], "a machine")) == [SPEED, SHARE]
    assert read({}) == []


def test_rows_that_were_not_measured_keep_their_figures() -> None:
    page = replace(SPEED, row="page")
    old = [page, SPEED, replace(SPEED, row="gone")]
    new = [replace(SPEED, value=1.1)]
    assert merged(old, new, ["pace", "page"]) == [*new, page]


def test_the_document_holds_the_table_between_its_markers_and_nothing_else_changes() -> None:
    text = in_document(f"before\n{BEGIN}\nold\n{END}\nafter", [SPEED], "a machine")
    assert text == f"before\n{BEGIN}\n\na machine\n\n{table([SPEED])}\n\n{END}\nafter"
    assert in_document(text, [SPEED], "a machine") == text


def test_the_table_names_row_and_case_once() -> None:
    head, rule, first, second = table([SPEED, SHARE]).splitlines()
    assert head.split("|")[1].strip() == "row" and set(rule) <= set("| -")
    assert first.startswith("| pace | plain |") and second.startswith("|      |       | share")


def test_a_percentile_lies_among_its_values() -> None:
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([float(n) for n in range(101)], 0.5) == 50.0
    assert 98.9 < percentile([float(n) for n in range(101)], 0.99) <= 99.1
