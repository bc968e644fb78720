"""Imports against what is there: numbers spelled otherwise, order of the file, and our own storyboard coming back."""

import csv
import io
import json

import pytest

from webapp.core.csv_cells import cell_text, plain_cell
from webapp.core.project import Project, Style
from webapp.core.prompts.import_diff import difference
from webapp.core.prompts.prompt_files import parse_entries
from webapp.core.prompts.tables import read_storyboard
from webapp.exports.scenes import as_csv, as_json, scenes


def entry(number: str, prompt: str = "A", **more: str) -> dict[str, str]:
    return {"shot_number": "1", "beat_number": number, "ai_prompt": prompt, **more}


@pytest.mark.parametrize("whole", [False, True])
def test_leading_zeros_do_not_make_a_beat_new(whole: bool) -> None:
    current = [entry("001"), entry("002")]
    change = difference("clear", current, [entry("1"), entry("2")], "a", whole)
    assert (change.added, change.changed, change.removed, change.same) == ((), (), (), 2)
    assert change.entries == current


def test_an_exact_number_goes_before_one_with_other_zeros() -> None:
    change = difference("clear", [entry("010", "X"), entry("10", "Y")], [entry("10", "Y")], "a", False)
    assert change.nothing


def test_a_new_style_keeps_the_order_of_the_file() -> None:
    change = difference("clear", [], [entry("12"), entry("12A"), entry("11")], "a", False)
    assert [each["beat_number"] for each in change.entries] == ["12", "12A", "11"]


PROMPTS = [
    "A lake, wide",
    "-5 degrees",
    "=A",
    "'-5",
    "''=A",
    "two\nlines",
    '"quoted"',
    " A ",
    "+1",
    "@x",
    "a; b",
    "\tx",
]


@pytest.mark.parametrize("form", ["csv", "semicolons", "json"])
def test_our_own_storyboard_comes_back_without_a_change(form: str) -> None:
    styles = {
        style: [entry(f"1.{n}", f"{text}", script_phrase=f"-{n}  said\nso", transition_type="H") for n, text in each]
        for style, each in (
            ("clear", list(enumerate(PROMPTS, 1))),
            ("ink", [(n, f"{text} in ink") for n, text in enumerate(PROMPTS[:5], 1)]),
        )
    }
    project = Project("demo", "Demo", tuple(Style(name, parse_entries(each, name)) for name, each in styles.items()))
    story = scenes(project, set(), {})
    text = as_csv(project, story, prompts=True)
    if form == "json":
        text = as_json(project, story, "now", prompts=True)
    elif form == "semicolons":
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        text = "\ufeff" + out.getvalue()
    found: dict[str, list[object]] = {}
    for row in read_storyboard(text, "storyboard.json" if form == "json" else "storyboard.csv"):
        found.setdefault(row.style, []).append(row.entry)
    assert set(found) == set(styles)
    for style, current in styles.items():
        change = difference(style, current, found[style], "a", True)
        assert change.nothing and change.same == len(current), json.dumps(change.changed)


@pytest.mark.parametrize("text", [*PROMPTS, "'", "''", "'a'", ""])
def test_a_cell_that_is_no_formula_gives_its_text_back(text: str) -> None:
    assert cell_text(plain_cell(text)) == text
