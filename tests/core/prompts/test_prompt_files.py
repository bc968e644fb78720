"""Prompts files: every spelling of the contract is read, every mistake is named, and what we write is read back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import garbled
from webapp.core.datafiles import json5
from webapp.core.datafiles.source_text import decode
from webapp.core.project import Beat
from webapp.core.prompts.prompt_files import (
    checked_entries,
    parse_entries,
    parse_prompts,
    read_entries,
    style_of,
    write_js,
    write_json,
    write_txt,
)
from webapp.errors import BadFile

DATA = Path(__file__).parents[2] / "data"
SPELLINGS = sorted((DATA / "spellings").iterdir())

LINES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=30)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "script_phrase": LINES,
            "transition_type": st.sampled_from(["h", "s", ""]),
            "ai_prompt": LINES.filter(str.strip),
        },
        optional={"seed": st.integers(), "notes": LINES},
    ),
    min_size=1,
    max_size=4,
).map(
    lambda found: [
        {"shot_number": place, "beat_number": f"{place}.{place}", **entry} for place, entry in enumerate(found)
    ]
)


def parsed(text: str, file: str) -> tuple[Beat, ...]:
    """The beats of a file in which every entry can be used."""
    return parse_entries(checked_entries(text, file), file)


def one(**changes: Any) -> dict[str, Any]:
    return {"shot_number": 1, "beat_number": "1.1", "ai_prompt": "A stair.", **changes}


def essence(beats: tuple[Beat, ...]) -> list[tuple[str, ...]]:
    return [(beat.shot, beat.number, beat.phrase, beat.transition, beat.prompt) for beat in beats]


@pytest.mark.parametrize("file", SPELLINGS, ids=[file.name for file in SPELLINGS])
def test_every_spelling_gives_the_same_beats(file: Path) -> None:
    plain = parsed((DATA / "spellings" / "array.json").read_text("utf-8"), "array.json")
    assert [beat.number for beat in plain] == ["1.1", "1.2", "2.1", "2.10"]
    assert essence(parsed(decode(file.read_bytes(), file.name), file.name)) == essence(plain)


def test_a_beat_keeps_its_number_as_the_file_writes_it() -> None:
    text = """[
        {"shot_number": "Shot 1", "beat_number": "Beat 1.1", "ai_prompt": "a"},
        {"shot_number": 2, "beat_number": 3.0, "ai_prompt": "b"},
    ]"""
    first, second = parsed(text, "a.js")
    assert (first.shot, first.number, first.written) == ("1", "1.1", "Beat 1.1")
    assert (second.shot, second.number, second.written) == ("2", "3", 3.0)


@pytest.mark.parametrize("end", ["", ";", "\n;\n", ";;", " // end", "\n/* end */\n", "\r\n\ufeff"])
@pytest.mark.parametrize(
    "frame",
    [
        "export const prompts = {};",
        "export let p = {}",
        "const a$1 = {}; export default a$1",
        "export default ({})",
        "export default /* here */ {}",
        "module.exports = {}",
        "exports.prompts = {}",
        "window.PROMPTS = {}",
        "'use strict'\nvar x={};module.exports=x",
        '#!/usr/bin/env node\n"use strict";\nmodule.exports = {}',
        "const x = {}; export {{ x, x as default }}",
        "const style = 'ink';\nconst x = {}; module.exports = {{ x, style }}",
        "{}",
    ],
)
def test_the_array_is_found_whatever_stands_around_it(frame: str, end: str) -> None:
    text = frame.format(json.dumps([one()])) + end
    assert [beat.number for beat in parsed(text, "a.js")] == ["1.1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import x from 'y';\nexport default x", "line 1: this is code"),
        ("const x = [1].map(String)", "this is code"),
        ("const x = [1]\n[0]", "line 2: this is code"),
        ("const x = [1] + [2]", "this is code"),
        ("export default function () {}", "is a name, not data"),
        ("const x = require('./y')", "this is code"),
        ("const x = y ? [1] : [2]", "this is code"),
        ("const x: string[] = [1]", "this is code"),
        ("const x = [...y]", "a value is missing"),
        ("const x = [y]", "is a name, not data"),
        ("fetch('http://example.com')", "this is code"),
        ("export const a = [1];\nexport const b = [2];", "line 2: a second array begins here"),
        ("const x = ([1]", "a ) is missing"),
        ("const x = 5", "there is no array"),
        ("", "there is no array"),
        ("// nothing", "there is no array"),
        ("export const prompts = [];", "the file holds no prompts"),
        ("[];" * 100, "this is code"),
    ],
)
def test_code_is_refused_never_executed(text: str, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        parsed(text, "prompts/prompts-clear.js")
    assert said in str(caught.value)
    assert str(caught.value).startswith("prompts/prompts-clear.js")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"beat_number": "1.1", "ai_prompt": "a"}, "shot_number is missing or empty"),
        (one(beat_number=None), "beat_number is missing or empty"),
        (one(ai_prompt=""), "ai_prompt is missing or empty"),
        (one(ai_prompt=" \n"), "ai_prompt is not a text"),
        (one(ai_prompt=["a"]), "ai_prompt is not a text"),
        (one(ai_prompt="a" * 32_001), "longer than 32,000 characters"),
        (one(script_phrase="a" * 32_001), "longer than 32,000 characters"),
        (one(transition_type="a" * 32_001), "longer than 32,000 characters"),
        (one(beat_number="../1"), 'beat_number "../1" is not a number like 1.1'),
        (one(beat_number="1/2"), "is not a number"),
        (one(beat_number="1\0"), "is not a number"),
        (one(beat_number=-1), "is not a number"),
        (one(beat_number=1e300), "is not a number"),
        (one(beat_number=True), "is not a number"),
        (one(beat_number="9" * 300), "is not a number"),
        (one(beat_number="con"), "is not a number"),
        (one(beat_number="\u202e1"), "is not a number"),
        (one(beat_number="9" * 50), f'beat_number "{"9" * 40}…" is not a number'),
        (one(shot_number="🎬"), 'shot_number "🎬" is not a number like 1 or 12'),
        ("a prompt", "this is not an object"),
        (None, "this is not an object"),
        (one(beat_number="Beat 1.1", shot_number="Shot 1"), "shot 1 has beat 1.1 already, in entry 1"),
    ],
)
def test_a_bad_entry_is_named_with_its_line(entry: Any, said: str) -> None:
    text = f"// two entries\nexport default [\n  {json.dumps(one())},\n  /* the bad one */ {json.dumps(entry)}\n]"
    with pytest.raises(BadFile) as caught:
        parsed(text, "a.js")
    assert caught.value.line == 4
    assert caught.value.reason.startswith("entry 2: ")
    assert said in caught.value.reason


def test_the_line_is_named_inside_an_object_too() -> None:
    text = json.dumps({"meta": [1, 2], "prompts": [one(), one()]}, indent=1)
    with pytest.raises(BadFile) as caught:
        parsed(text, "a.json")
    assert caught.value.line == 1 + text.splitlines()[1:].index("  {", 8) + 1


def test_every_field_of_an_entry_finds_its_place_in_the_beat() -> None:
    entry = one(shot_number="Shot 2", script_phrase="He waits.", transition_type="Hard cut")
    assert parse_entries([entry], "a") == (Beat("2", "1.1", "1.1", "He waits.", "Hard cut", "A stair."),)
    (beat,) = parse_entries([one(script_phrase=7, transition_type=True)], "a")
    assert (beat.phrase, beat.transition) == ("7", "")


def test_a_text_file_may_name_its_fields_in_any_order() -> None:
    text = "Beat: 1.1\nShot: 1\nPrompt: a\n\nBeat: 1.2\nPrompt: b\nShot: 1\n"
    assert essence(parsed(text, "a.txt")) == [("1", "1.1", "", "", "a"), ("1", "1.2", "", "", "b")]


def test_only_a_prompts_file_is_for_a_style() -> None:
    names = ["prompts-ink.js", "prompts-ink.txt", "notes-ink.js", "prompts-ink.md", "ink.json"]
    assert [style_of(name) for name in names] == ["ink", "ink", None, None, None]


def test_two_shots_may_share_a_beat_number() -> None:
    assert [beat.shot for beat in parse_entries([one(), one(shot_number=2)], "a")] == ["1", "2"]


def test_one_point_one_and_one_point_ten_are_two_beats() -> None:
    assert len(parse_entries([one(), one(beat_number="1.10")], "a")) == 2


def test_numbers_that_a_case_blind_disk_would_mix_up_are_refused() -> None:
    with pytest.raises(BadFile, match="already, in entry 1"):
        parse_entries([one(beat_number="1a"), one(beat_number="1A")], "a")


def test_too_many_beats_are_refused() -> None:
    with pytest.raises(BadFile, match="more than 10,000 prompts"):
        parsed(json.dumps([one(beat_number=number) for number in range(10_001)]), "a.json")


def test_too_many_beats_are_refused_in_a_text_too() -> None:
    with pytest.raises(BadFile, match="more than 10,000 prompts"):
        parsed("Shot: 1\n" * 10_001, "a.txt")


def test_a_huge_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadFile, match="larger than 20 MB"):
        parsed("[" * 20_000_001, "a.js")


@given(ENTRIES)
def test_the_js_and_json_we_write_keep_every_field(entries: list[dict[str, Any]]) -> None:
    assert read_entries(write_js(entries), "a.js") == entries
    assert read_entries(write_json(entries), "a.json") == entries
    assert json.loads(write_json(entries)) == entries


@given(ENTRIES)
def test_the_text_we_write_gives_the_same_beats(entries: list[dict[str, Any]]) -> None:
    assert essence(parsed(write_txt(entries), "a.txt")) == essence(parse_entries(entries, "a"))


def test_the_text_we_write_keeps_the_lines_of_every_system() -> None:
    (beat,) = parsed(write_txt([one(ai_prompt="a\rb\r\nc\nd")]), "a.txt")
    assert beat.prompt == "a\nb\nc\nd"


def test_the_js_we_write_is_a_module_in_one_statement() -> None:
    text = write_js([one(ai_prompt="a\u2028b")])
    assert text.startswith("export const prompts = [\n")
    assert text.endswith("];\n")
    assert "\u2028" not in text


@pytest.mark.parametrize("write", [write_js, write_json, write_txt])
def test_half_a_character_does_not_stop_the_writer(write: Callable[[Any], str]) -> None:
    assert "\ufffd" in write([one(ai_prompt="\ud800")]).encode().decode()


def test_a_text_file_may_hold_json() -> None:
    assert len(parsed(json.dumps([one()]), "a.txt")) == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Shot: 1\nBeat: 1.1\nA stair.\n", 3, "must begin with one of"),
        ("# only a comment\n", None, "holds no prompts"),
        ("Shot: 1\nBeat: 1.1\nPrompt: a\n\nShot: 1\nPrompt: b\n", 5, "beat_number is missing"),
    ],
)
def test_a_text_file_is_refused_with_its_line(text: str, line: int | None, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        parsed(text, "a.txt")
    assert caught.value.line == line
    assert said in caught.value.reason


WRITTEN = [write_js([one(), one(beat_number=1.2)]), write_json([one()]), write_txt([one(ai_prompt="a\nb")])]


@given(st.data(), st.sampled_from(WRITTEN))
def test_any_text_is_read_or_refused(data: st.DataObject, written: str) -> None:
    text = data.draw(garbled(written, "[]{},:'\"` \n=;()/*.expotdfalunm1"))
    for file in ("a.js", "a.json", "a.txt"):
        try:
            beats = parsed(text, file)
        except BadFile as error:
            assert error.reason
        else:
            assert beats and all(beat.prompt.strip() and beat.number[0].isdigit() for beat in beats)


def test_the_sample_texts_are_what_they_claim() -> None:
    assert (DATA / "spellings" / "bom_crlf.js").read_bytes().startswith(b"\xef\xbb\xbf//")
    assert b"\r\n" in (DATA / "spellings" / "bom_crlf.js").read_bytes()
    with pytest.raises(ValueError):
        json.loads((DATA / "spellings" / "trailing_commas.json").read_text("utf-8"))
    assert json5.read((DATA / "spellings" / "bare.js").read_text("utf-8"), "bare.js")


def test_entries_that_cannot_be_used_are_left_out_and_named_one_by_one() -> None:
    good = {"shot_number": 1, "beat_number": "Beat 1.1", "ai_prompt": "A lake."}
    odd = [
        {**good, "beat_number": "Beat 12: intro"},
        {**good, "beat_number": "beat #3"},
        {**good, "beat_number": "Beat 1/2"},
        {**good, "beat_number": "7."},
        {**good, "beat_number": None},
        {**good, "shot_number": "-1"},
        {**good, "shot_number": "1-2"},
        {**good, "ai_prompt": "  "},
        {**good},
        5,
        None,
    ]
    read = parse_prompts(json.dumps([good, *odd, {**good, "beat_number": "1.2"}], indent=0), "prompts-clear.json")
    assert [beat.number for beat in read.beats] == ["1.1", "1.2"]
    assert [problem.reason.split(":")[0] for problem in read.left_out] == [f"entry {n}" for n in range(2, 13)]
    assert all(problem.line for problem in read.left_out)


def test_a_file_of_which_no_entry_can_be_used_cannot_be_used() -> None:
    with pytest.raises(BadFile) as refused:
        parse_prompts('[{"shot_number": 1}]', "prompts-clear.json")
    assert refused.value.line == 1


def test_of_very_many_entries_that_cannot_be_used_the_first_are_named_and_the_others_counted() -> None:
    entries = [{"shot_number": 1, "beat_number": 1, "ai_prompt": "A lake."}] * 60
    read = parse_prompts(json.dumps(entries), "prompts-clear.json")
    assert (len(read.beats), len(read.left_out)) == (1, 21)
    assert read.left_out[-1].reason == "39 more entries cannot be used."
