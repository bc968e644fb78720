"""The JSON5 reader: every spelling of data, nothing but data, and refusals that say where and why."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.datafiles import json5
from webapp.core.datafiles.source_text import decode, well_formed
from webapp.errors import BadFile

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
GAPS = st.sampled_from(["", " ", "\n", "\r\n\t", "// said { [ ' \n", '/* ] " \n */', "\ufeff", "\u2028"])


def reason(text: str) -> str:
    with pytest.raises(BadFile) as caught:
        json5.read(text, "a.js")
    return str(caught.value)


@given(VALUES, st.booleans())
def test_what_json_writes_is_read_back(value: Any, ascii_only: bool) -> None:
    assert json5.read(json.dumps(value, ensure_ascii=ascii_only), "a.json") == value


@given(VALUES)
def test_what_we_write_is_strict_json_and_read_back(value: Any) -> None:
    text = json5.write(value)
    assert json.loads(text, parse_constant=pytest.fail) == value
    assert json5.read(text, "a.json") == value


@given(st.data(), VALUES)
def test_any_json5_spelling_of_a_value_is_read_as_that_value(data: st.DataObject, value: Any) -> None:
    text = data.draw(GAPS) + spell(data, value) + data.draw(GAPS)
    assert json5.read(text, "a.js") == value


@given(st.text(alphabet="[]{},:'\"`\\/*$ \nabtrue1.+-x\u2028", max_size=40))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        json5.read(text, "a.js")
    except BadFile as error:
        assert error.line is not None
        assert 1 <= error.line <= 1 + text.count("\n")


def spell(data: st.DataObject, value: Any) -> str:
    """One of the many ways to write a value, drawn at random."""
    if isinstance(value, list):
        return f"[{spell_items(data, [spell(data, item) for item in value])}]"
    if isinstance(value, dict):
        pairs = [
            f"{spell_key(data, key)}{data.draw(GAPS)}:{data.draw(GAPS)}{spell(data, item)}"
            for key, item in value.items()
        ]
        return f"{{{spell_items(data, pairs)}}}"
    if isinstance(value, str):
        return spell_text(data, value, "\"'`")
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return spell_number(data, value)


def spell_items(data: st.DataObject, items: list[str]) -> str:
    comma = data.draw(st.sampled_from(["", ","])) if items else ""
    return ",".join(data.draw(GAPS) + item + data.draw(GAPS) for item in items) + comma + data.draw(GAPS)


def spell_key(data: st.DataObject, key: str) -> str:
    if key.isidentifier() and key.isascii() and data.draw(st.booleans()):
        return key
    return spell_text(data, key, "\"'")


def spell_text(data: st.DataObject, text: str, quotes: str) -> str:
    quote = data.draw(st.sampled_from(quotes))
    return quote + "".join(spell_character(data, char, quote) for char in text) + quote


def spell_character(data: st.DataObject, char: str, quote: str) -> str:
    ways = [f"\\u{{{ord(char):x}}}"]
    if ord(char) < 0x100:
        ways.append(f"\\x{ord(char):02X}")
    if ord(char) < 0x10000:
        ways.append(f"\\u{ord(char):04x}")
    else:
        ways.append("".join(f"\\u{unit:04x}" for unit in _units(char)))
    if char not in "\\\n\r$" + quote:
        ways += [char, "\\\n" + char, "\\\r\n" + char]
    return data.draw(st.sampled_from(ways))


def _units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")]


def spell_number(data: st.DataObject, value: int | float) -> str:
    plain = repr(value)
    ways = [plain, plain if plain.startswith("-") else "+" + plain]
    if isinstance(value, int):
        ways.append(f"{'-' if value < 0 else ''}0x{abs(value):X}")
    if plain.startswith("0."):
        ways.append(plain[1:])
    if plain.endswith(".0"):
        ways.append(plain[:-1])
    return data.draw(st.sampled_from(ways))


def test_the_numbers_that_json_does_not_know_are_read() -> None:
    plus, minus, nothing = json5.read("[Infinity, -Infinity, NaN]", "a.js")
    assert (plus, minus) == (math.inf, -math.inf)
    assert math.isnan(nothing)


def test_a_number_alone_is_read_to_its_end() -> None:
    assert [json5.read(text, "a.js") for text in ("0x10", "5.", "-.5", "+1e2")] == [16, 5.0, -0.5, 100.0]


def test_a_number_that_json_does_not_know_is_written_as_null() -> None:
    assert json.loads(json5.write({"a": [math.inf, 1.5]})) == {"a": [None, 1.5]}


def test_a_template_literal_ends_its_lines_as_javascript_does() -> None:
    assert json5.read("`one\r\ntwo\rthree`", "a.js") == "one\ntwo\nthree"


def test_halves_of_a_character_are_joined_and_a_lone_half_is_replaced() -> None:
    assert json5.read(r'["\ud83d\ude00", "\ud83d"]', "a.js") == ["😀", "\ufffd"]
    assert well_formed("\ud83d\ude00") == "😀"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.js, line 1: a value is missing before the end of the file (column 1)."),
        ("[1,\n2", "line 2: a comma or ] is missing before the end of the file; the [ is on line 1"),
        ('[\r\n{"a": 1 "b": 2}]', 'line 2: a comma or } is missing before "b"'.replace('"b"', '"""')),
        ("[,]", "a value is missing before this comma"),
        ("{a}", 'a colon is missing after "a", before "}"'),
        ("{1: 2}", 'the name of a field is missing before "1"'),
        ("['one\ntwo']", "line 1: a text begins here and its closing quote is missing on that line"),
        ("\n`one", "line 2: a text begins here and its closing quote is missing"),
        ("\n\n[`a ${b} c`]", "line 3: ${…} in a text is code; write the text itself"),
        ("[undefined]", '"undefined" is a name, not data'),
        ("[a()]", '"a" is a name, not data'),
        ("[...b]", 'a value is missing before "...b"'),
        ("[01]", '"01" is not a number'),
        ("[1px]", '"1px" is not a number'),
        ("[+'a']", "a value is missing before"),
        (r"['\8']", r'"\8" is not an escape that JavaScript knows here'),
        (r"['\u12']", r'"\u" is not an escape'),
        ("[1] + [2]", '"+" stands after the end of the data'),
        ("/* a", "a comment begins here and never ends"),
        ("[" * 40, "brackets are nested more than 32 deep"),
        ("[" * 40 + "]" * 40, "brackets are nested more than 32 deep"),
        ("1" * 5_000, "this number is too long"),
        ("'" + "a" * 1_000_001 + "'", "is longer than 1,000,000 characters"),
        ("[" + "0," * 200_001 + "]", "more than 200,000 values"),
    ],
)
def test_what_is_not_data_is_refused_with_line_and_reason(text: str, said: str) -> None:
    assert said in reason(text)


def test_escapes_and_brackets_inside_texts_are_not_structure() -> None:
    assert json5.read(r"""['it\'s [', "\"}", /* ] */ 'a // b']""", "a.js") == ["it's [", '"}', "a // b"]


def test_a_field_may_have_a_name_in_any_script() -> None:
    assert json5.read(r"{größe: 1, $a_1: 2, \u0062c: 3, __proto__: 4}", "a.js") == {
        "größe": 1,
        "$a_1": 2,
        "bc": 3,
        "__proto__": 4,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_and_marked_utf16_are_decoded(encoding: str) -> None:
    assert decode("Größe 1\n".encode(encoding), "a.txt") == "Größe 1\n"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("a\r\nb\nGröße".encode("latin-1"), 3),
        ("[1]".encode("utf-16-le"), 1),
        ("[1]".encode("utf-32"), 1),
        (b"line 1\n\0", 2),
    ],
)
def test_any_other_encoding_is_refused_with_its_line(data: bytes, line: int) -> None:
    with pytest.raises(BadFile) as caught:
        decode(data, "a.txt")
    assert caught.value.line == line
