"""Damaged tables: each is read to the letter or refused with its line; nothing of one vanishes."""

import random
import re

import pytest

from webapp.core.prompts.tables import form_of, read_storyboard
from webapp.errors import BadFile

WORDS = ("castle", "dawn", "harbour", "lamp", "stair", "wide", "fog", "rope", "gull", "quay")


def damaged(seed: int) -> tuple[str, str, list[str]]:
    """Return a table with one damage, its file name, and every word of it that must not vanish."""
    dice = random.Random(seed)
    mark = dice.choice([",", ";", "\t", "|"])
    suffix = ".md" if mark == "|" and dice.random() < 0.7 else ".csv"
    rows = [
        [f"1.{n}", "clear", f"{dice.choice(WORDS)}A{n} {dice.choice(WORDS)}B{n}", f"phrase{n}"] for n in range(1, 6)
    ]
    hit = dice.randrange(5)
    cell = rows[hit]
    damage = seed % 10
    if damage == 0:
        cell[2] = cell[2].replace(" ", mark)
    elif damage == 1:
        cell[2] = f'"{cell[2]}'
    elif damage == 2:
        cell[2] = f'"{cell[2]}" behind'
    elif damage == 3:
        cell[2] = f' "{cell[2].replace(" ", mark)}"'
    elif damage == 4:
        cell.append("onemore")
    elif damage == 5:
        del cell[3]
    elif damage == 6:
        cell[2] = f'"say \\"{cell[2].replace(" ", mark)}\\" now"'
    elif damage == 7:
        cell[2] = f"'{cell[2].replace(' ', mark)}'"
    elif damage == 8:
        cell[2] = f'"{cell[2]}'
        rows[(hit + 1) % 5][2] += '"'
    else:
        cell.insert(0, "extra")
    lines = [["beat", "style", "prompt", "phrase"], *rows]
    if suffix == ".md":
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        head, _, rest = text.partition("\n")
        text = f"{head}\n|---|---|---|---|\n{rest}\n"
    else:
        text = "\n".join(mark.join(line) for line in lines) + "\n"
    return text, f"a{suffix}", re.findall(r"[a-z]+[AB]\d|phrase\d|onemore|extra|behind", text)


@pytest.mark.parametrize("seed", range(200))
def test_a_damaged_table_is_read_whole_or_refused_with_its_line(seed: int) -> None:
    text, file, words = damaged(seed)
    try:
        found = read_storyboard(text, file)
    except BadFile as error:
        assert error.line is not None and 1 <= error.line <= text.count("\n")
        return
    assert [row.entry["beat_number"] for row in found] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    read = " ".join(str(value) for row in found for value in row.entry.values())
    assert [word for word in words if word not in read] == []


HEAD = "beat,style,prompt\n"
PIPES = "| beat | style | prompt |\n|--|--|--|\n"


@pytest.mark.parametrize(
    ("text", "file", "says"),
    [
        (HEAD + "1.1,clear,A castle, at dawn\n", "a.csv", "line 2: this row has 4 cells, the head 3"),
        (HEAD.replace(",", ";") + "1.1;clear;A;b\n", "a.csv", "line 2: this row has 4 cells"),
        (HEAD.replace(",", "\t") + "1.1\tclear\tA\tb\n", "a.csv", "line 2: this row has 4 cells"),
        (HEAD + "1.1,clear\n", "a.csv", "line 2: this row has 2 cells, the head 3"),
        (PIPES + "| 1.1 | a | b | c |\n", "a.md", "line 3: this row has 4 cells"),
        (PIPES + "| 1.1 | a | `x | y` |\n", "a.md", "line 3: this row has 4 cells"),
        (HEAD + '1.1,clear,"Hello\n1.2,clear,b\n', "a.csv", "line 2: a quotation mark in this row is never closed"),
        (HEAD + '1.1,clear,"Hello\n1.2,clear,b"\n', "a.csv", "line 2: a quotation mark in this row is never closed"),
        (HEAD + '1.1,clear,"Hello" she said\n', "a.csv", "line 2: words stand behind a closing quotation mark"),
        (HEAD + '1.1,clear,"A 27" monitor"\n', "a.csv", "line 2: words stand behind"),
        (HEAD + '1.1,clear, "A, b"\n', "a.csv", "line 2: this row has 4 cells"),
        (HEAD + "1.1,clear,'A, b'\n", "a.csv", "line 2: this row has 4 cells"),
        (HEAD + '1.1,clear,"say \\"x, y\\" now"\n', "a.csv", "line 2: words stand behind"),
        ('beat,prompt,"notes\n1.1,A,\n1.2,B,"\n1.3,C,\n', "a.csv", "line 1: a quotation mark"),
        (PIPES + "| 1.1 | a | b |\n\n| Shot | Visual |\n| 1 | c |\n", "a.md", "line 5: this row has 2 cells"),
        (PIPES + "| 1.1 | a | b |\n\nText\n\n| 1.2 | a | c |\n", "a.md", "line 7: this row belongs to no table"),
        (
            PIPES + "| 1.1 | a | b |\n\n| Shot | Visual |\n|--|--|\n| 1 | c |\n",
            "a.md",
            "line 5: this table has no column",
        ),
        ("beat,prompt,prompt\n1.1,A,B\n", "a.csv", "line 1: two columns are named “prompt”"),
        ("beat,prompt\n1.1,img_1.png\n", "a.csv", "line 2: “img_1.png” is a file or an address"),
        ("beat,prompt\n1.1,A\n1.1,B\n", "a.csv", "line 3: shot 1 has beat 1.1 already, on line 2"),
        ("beat,prompt\n1.1,A\n1.1,B\n", "a.csv", "A spreadsheet cuts 1.10 to 1.1"),
        ("beat,prompt\n10,A\n010,B\n", "a.csv", "line 3: beat 010 and beat 10 (line 2) are the same number"),
        ("beat,prompt\n1.1,A\n1.01,B\n", "a.csv", "line 3: beat 1.01 and beat 1.1"),
        ("beat,prompt\n1-Jan,A\n", "a.csv", "A spreadsheet has made a date of it"),
        ("beat;prompt\n1,10;A\n", "a.csv", "Write it with a point: 1.10"),
        ("beat,prompt\nSC010_SH0020,A\n", "a.csv", "Taken are 1, 12, 1.1"),
        ("beat,prompt\n1.1,A\0b\n", "a.csv", "line 2: the text is damaged: a NUL"),
        ("- beat: 1.1\n  prompt: A\n", "a.csv", "line 1: this looks like YAML"),
        ("Beat 1.1: A castle\n", "a.csv", "these are lines with a number and a text"),
        ("INT. LAMP ROOM - DAY\nShe waits.\n", "a.csv", "this is a screenplay"),
        ('{"title": "x", "count": 3}', "a.json", "this is an object with “title”, “count”"),
    ],
)
def test_what_is_refused_names_line_and_cure(text: str, file: str, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_storyboard(text, file)
    assert says in str(caught.value)


FENCE = "```"
PLAIN = [("1", "1.1", "A castle"), ("1", "1.2", "A lake")]
JSON = '[{"beat_number": "1.1", "ai_prompt": "A castle"}, {"beat_number": "1.2", "ai_prompt": "A lake"}]'


@pytest.mark.parametrize(
    "text",
    [
        f"Here it is:\n\n{FENCE}json\n{JSON}\n{FENCE}\nEnjoy!",
        f"{FENCE}\n{JSON}\n{FENCE}",
        f"{FENCE}csv\nbeat,prompt\n1.1,A castle\n1.2,A lake\n{FENCE}",
        f"Words, and more\n\n{FENCE}js\nexport const prompts = {JSON};\n{FENCE}\n",
        f"{FENCE}markdown\n| beat | prompt |\n|--|--|\n| 1.1 | A castle |\n| 1.2 | A lake |\n{FENCE}",
        JSON[1:-1].replace("}, {", "}\n{"),
        '{"1.1": "A castle", "1.2": {"prompt": "A lake"}}',
        "[{“beat_number”: “1.1”, “ai_prompt”: “A castle”}, {“beat_number”: “1.2”, “ai_prompt”: “A lake”}]",
        '{"a": 1, "scenes": [{"beatNumber": "1.1", "visualPrompt": "A castle"}, {"BEAT": 1.2, "PROMPT": "A lake"}]}',
        '{"scenes": [{"shots": [{"no": "1.1", "prompt": "A castle"}]}, {"shots": [{"no": 1.2, "visual": "A lake"}]}]}',
        "sep=;\nbeat;prompt\n1.1;A castle\n1.2;A lake\n",
        "beat|prompt\n1.1|A castle\n1.2|A lake\n",
        "beat | prompt\n--|--\n1.1 | A castle\n1.2 | A lake\n",
        "| beat | prompt |\n|--|--|\n| 1.1 | A castle |\n\n| 1.2 | A lake |\n",
        "beat,prompt,phrase\n1.1,A castle,,,\n1.2,A lake,,\n",
        "No,Picture,Description\n1.1,img_001.png,A castle\n1.2,https://x.example/a,A lake\n",
        "beat,description,visual\n1.1,He comes,A castle\n1.2,He goes,A lake\n",
        "## Act: Two\n\n| beat | prompt |\n|--|--|\n| 1.1 | A castle |\n| 1.2 | A lake |\n",
    ],
)
def test_what_is_unambiguous_is_read_in_many_shapes(text: str) -> None:
    found = read_storyboard(text, f"pasted{form_of(text)}")
    assert [(str(r.entry["shot_number"]), str(r.entry["beat_number"]), r.entry["ai_prompt"]) for r in found] == PLAIN
    assert {row.style for row in found} == {""}


def test_one_entry_alone_is_read() -> None:
    assert len(read_storyboard('{"beat_number": "1.1", "prompt": "A castle"}', "a.json")) == 1


def test_a_quotation_mark_inside_a_plain_cell_is_kept() -> None:
    (row,) = read_storyboard('beat,prompt\n1.1,A 27" monitor\n', "a.csv")
    assert row.entry["ai_prompt"] == 'A 27" monitor'


def test_a_quoted_text_may_have_lines_of_its_own() -> None:
    (row,) = read_storyboard('beat,prompt\n1.1,"A lake,\nwide, calm\n"\n', "a.csv")
    assert row.entry["ai_prompt"] == "A lake,\nwide, calm"


def test_an_empty_shot_is_the_merged_one_above() -> None:
    found = read_storyboard("shot,beat,prompt\n5,1,A\n,2,B\n6,6.1,C\n,6.2,D\n,7.1,E\n", "a.csv")
    assert [row.entry["shot_number"] for row in found] == ["5", "5", "6", "6", "7"]


def test_a_given_style_wins_over_a_heading() -> None:
    text = "# Storyboard: ink\n\n| beat | prompt |\n|--|--|\n| 1.1 | A |\n"
    assert read_storyboard(text, "a.md")[0].style == "ink"
    assert read_storyboard(text, "a.md", style="clear")[0].style == ""


def test_what_is_not_read_or_looks_spoilt_is_told() -> None:
    notes: list[str] = []
    read_storyboard("| beat | prompt |\n|--|--|\n| 1.1 | A |\n\n| who | when |\n|--|--|\n| a | b |\n", "a.md", notes)
    read_storyboard("beat,prompt\n1.9,A\n1.1,B\n1.11,C\n", "a.csv", notes)
    assert notes[0].startswith("The table on line 5 is not read")
    assert notes[1].startswith("Line 3: beat 1.1 stands behind 1.9. If it is 1.10")
