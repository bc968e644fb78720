"""Storyboards to import: every form, errors with line and reason, and nothing that takes long."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import garbled
from webapp.core.prompts.tables import (
    MAX_ROWS,
    SUFFIXES,
    form_of,
    read_storyboard,
)
from webapp.errors import BadFile


def rows(text: str, file: str) -> list[tuple[str, dict[str, Any]]]:
    return [(row.style, row.entry) for row in read_storyboard(text, file)]


def reason(text: str, file: str) -> str:
    with pytest.raises(BadFile) as caught:
        read_storyboard(text, file)
    return str(caught.value)


def test_a_csv_names_its_columns_in_any_order_and_case() -> None:
    text = 'Style;AI Prompt;Beat\r\nclear;"A lake; wide\r\nand ""calm"".";1.1\r\n\r\nink;Trees;Beat 2.10\r\n'
    assert rows(text, "a.csv") == [
        ("clear", {"beat_number": "1.1", "ai_prompt": 'A lake; wide\nand "calm".', "shot_number": "1"}),
        ("ink", {"beat_number": "Beat 2.10", "ai_prompt": "Trees", "shot_number": "2"}),
    ]


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_csv_may_be_separated_as_any_spreadsheet_does(comma: str) -> None:
    text = f"\ufeffbeat{comma}shot{comma}prompt\n1.1{comma}4{comma}A lake\n"
    assert rows(text, "a.csv") == [("", {"beat_number": "1.1", "shot_number": "4", "ai_prompt": "A lake"})]


def test_the_tables_of_a_markdown_storyboard_are_read_by_their_style() -> None:
    text = """# Storyboard: clear

| Shot | Beat | Phrase | Framing | Picture | Transition |
|---|:-:|---|---|---|--:|
| 1 | 1.1 | In the spring | Wide | A lake \\| wide<br>calm | H |

| who | when |
|---|---|
| a table | of something else |

## Storyboard: ink
| beat | prompt |
|--|--|
| 1.1 | Black lake |
"""
    known = {"shot_number": "1", "beat_number": "1.1", "script_phrase": "In the spring", "transition_type": "H"}
    assert rows(text, "board.md") == [
        ("clear", {**known, "ai_prompt": "A lake | wide\ncalm"}),
        ("ink", {"beat_number": "1.1", "ai_prompt": "Black lake", "shot_number": "1"}),
    ]


def test_data_files_may_name_styles_and_keep_unknown_fields() -> None:
    entries = [{"beat_number": 1.1, "picture": "A lake", "seed": 7, "style": "ink"}]
    made = {"beat_number": 1.1, "picture": "A lake", "seed": 7, "ai_prompt": "A lake", "shot_number": "1"}
    assert rows(json.dumps(entries), "a.json") == [("ink", made)]
    assert rows(f"export const prompts = {json.dumps(entries)};", "a.js") == [("ink", made)]


def test_the_text_form_is_read_as_ever() -> None:
    assert rows("Shot: 1\nBeat: 1.1\nPrompt: A lake,\n    wide\n", "a.txt") == [
        ("", {"shot_number": "1", "beat_number": "1.1", "ai_prompt": "A lake,\nwide"})
    ]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('\ufeff [{"beat_number": 1}]', ".js"),
        ("// a\nexport const prompts = []", ".js"),
        ("module.exports = []", ".js"),
        ("\nShot: 1\nBeat: 1.1", ".txt"),
        ("words\n\n| beat | prompt |\n|--|--|", ".md"),
        ("beat,prompt\n1.1,A", ".csv"),
    ],
)
def test_a_pasted_text_shows_its_form(text: str, form: str) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize(
    ("text", "file", "says"),
    [
        ("beat,prompt\n1.1,A\n\n../x,B\n", "a.csv", "a.csv, line 4: “../x” is not a beat number"),
        ('beat,prompt\n1.1,"A\nB"\n1.2,\n', "a.csv", "a.csv, line 4: the prompt of this row is empty"),
        ("name,value\n1,2\n", "a.csv", "a.csv, line 1: the first row must name the columns"),
        ("", "a.csv", "a.csv, line 1: the first row must name the columns"),
        ("beat,prompt\n", "a.csv", "a.csv: there are no prompts in it"),
        ("beat,style,prompt\n1.1,my style,A\n", "a.csv", "a.csv, line 2: “my style” cannot be a style’s name"),
        (f"beat,prompt\n1.1,{'x' * 32_001}\n", "a.csv", "a.csv, line 2: a text in this row is longer than 32,000"),
        (f"beat,prompt\n1.1,{'x' * 200_000}\n", "a.csv", "a.csv, line 2: this row is no CSV"),
        ("| beat | prompt |\n|--|--|\n| 1.1 | |\n", "a.md", "a.md, line 3: the prompt of this row is empty"),
        ("# no table\n", "a.md", "a.md, line 1: there is no table"),
        ("[1]", "a.json", "a.json: entry 1: this is not an object"),
        ('[\n{"beat_number": 1,\n]', "a.json", "a.json, line 3"),
        ("alert(1)", "a.js", "a.js, line 1: this is code"),
    ],
)
def test_errors_name_line_and_reason(text: str, file: str, says: str) -> None:
    assert says in reason(text, file)


WHOLE = {
    ".csv": 'beat,style,prompt\n1.1,ink,"A lake, calm"\n1.2,clear,Trees\n',
    ".md": "# Storyboard: clear\n\n| beat | prompt |\n|--|--|\n| 1.1 | A lake<br>calm |\n| 1.2 | Trees |\n",
    ".txt": "Shot: 1\nBeat: 1.1\nPrompt: A lake,\n    calm\n",
    ".json": '[{"beat_number": "1.1", "style": "ink", "prompt": "A lake"}]',
    ".js": 'export const prompts = [{beat_number: 1.1, shot: "2", ai_prompt: "A lake"}];',
}


@given(st.data(), st.sampled_from(SUFFIXES))
def test_any_text_is_read_or_refused_with_a_reason(data: st.DataObject, suffix: str) -> None:
    text = data.draw(garbled(WHOLE[suffix], '|-:,;\t"\n\r #<br/>\\style1.x{}[]\x00\u2028'))
    try:
        found = read_storyboard(text, f"a{suffix}")
    except BadFile as error:
        assert text != WHOLE[suffix] and error.reason
        assert error.line is None or 1 <= error.line <= 2 + len(text)
    else:
        assert found and all(isinstance(row.style, str) and row.entry for row in found)


HUGE = {
    "rows.csv": "beat,prompt\n" + "1.1,A lake\n" * 100_000,
    "rows.md": "| beat | prompt |\n|--|--|\n" + "| 1.1 | A lake |\n" * 100_000,
    "large.csv": "beat,prompt\n1.1," + "x" * 100_000_000,
    "entries.json": json.dumps([{"beat_number": "1.1", "ai_prompt": "A lake"}] * 100_000),
    "bars.md": "|" * 15_000_000,
    "blanks.csv": "\n" * 15_000_000,
    "colons.md": "# " + ":" * 15_000_000,
    "quote.csv": 'beat,prompt\n"' + "1.1,a\n" * 2_000_000,
}


@pytest.mark.timeout(60)  # it takes less than one second; this machine may be busy
@pytest.mark.parametrize("file", HUGE)
def test_what_is_too_large_is_refused_before_anybody_notices(file: str) -> None:
    with pytest.raises(BadFile):
        read_storyboard(HUGE[file], file)
    form_of(HUGE[file])


def test_the_limit_of_rows_is_told() -> None:
    assert f"more than {MAX_ROWS:,} rows" in reason(HUGE["rows.csv"], "rows.csv")
