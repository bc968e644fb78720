"""What an import would do: worked out beat by beat, nothing lost that it does not speak of."""

from typing import Any

import pytest

from webapp.core.prompts.import_diff import difference
from webapp.errors import BadFile


def entry(number: str, prompt: str = "A lake", **more: Any) -> dict[str, Any]:
    return {"shot_number": "1", "beat_number": number, "ai_prompt": prompt, **more}


CURRENT = [
    entry("Beat 1.1", seed=7, script_phrase="He walked."),
    entry("Beat 1.2"),
    entry("Beat 1.10"),
]


def numbers(entries: list[dict[str, Any]]) -> list[str]:
    return [str(each["beat_number"]) for each in entries]


def test_an_import_adds_and_changes_and_leaves_the_rest() -> None:
    change = difference("clear", CURRENT, [entry("1.1", "A pond"), entry("1.2"), entry("1.3")], "a.csv", whole=False)
    assert (change.added, change.changed, change.same, change.removed) == ((("1", "1.3"),), (("1", "1.1"),), 1, ())
    assert numbers(change.entries) == ["Beat 1.1", "Beat 1.2", "1.3", "Beat 1.10"]


def test_a_beat_keeps_its_spelling_its_phrase_and_its_unknown_fields() -> None:
    incoming = entry("1.1", "A pond", script_phrase="", transition_type="h")
    made = difference("clear", CURRENT, [incoming], "a.csv", whole=False).entries[0]
    assert made == entry("Beat 1.1", "A pond", seed=7, script_phrase="He walked.", transition_type="h")


def test_replacing_removes_what_the_import_lacks_and_takes_its_order() -> None:
    change = difference("clear", CURRENT, [entry("1.10"), entry("1.1")], "a.csv", whole=True)
    assert change.removed == (("1", "1.2"),)
    assert change.moved
    assert numbers(change.entries) == ["Beat 1.10", "Beat 1.1"]


def test_an_import_of_what_is_there_changes_nothing() -> None:
    change = difference("clear", CURRENT, [entry("1.1"), entry("1.2"), entry("1.10")], "a.csv", whole=True)
    assert change.nothing
    assert change.entries == CURRENT


def test_where_the_story_is_not_in_the_order_of_its_numbers_new_beats_follow_their_predecessor() -> None:
    current = [entry("2.1"), entry("1.1"), entry("3.1")]
    change = difference("clear", current, [entry("1.1"), entry("1.2"), entry("9")], "a.csv", whole=False)
    assert numbers(change.entries) == ["2.1", "1.1", "1.2", "9", "3.1"]
    alone = difference("clear", current, [entry("1.2")], "a.csv", whole=False)
    assert numbers(alone.entries) == ["2.1", "1.1", "3.1", "1.2"]


def test_two_incoming_entries_of_one_beat_are_refused() -> None:
    with pytest.raises(BadFile, match=r"entry 2: shot 1 has beat 1\.1 already"):
        difference("clear", [], [entry("1.1"), entry("Beat 1.1")], "a.csv", whole=False)
