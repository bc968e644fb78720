"""What is worth a look is found and counted; what cannot be used can be left out."""

from typing import Any

from webapp.core.project import Beat, Project, Style
from webapp.core.prompts.checks import (
    FindingKind,
    findings,
    unusable,
    usable,
)


def beat(number: str, prompt: str = "A lake", transition: str = "H") -> Beat:
    return Beat("1", number, number, "", transition, prompt)


def entry(number: Any, prompt: Any = "A lake") -> dict[str, Any]:
    return {"shot_number": 1, "beat_number": number, "ai_prompt": prompt}


def test_missing_beats_long_prompts_and_unknown_transitions_are_counted() -> None:
    clear = Style("clear", (beat("1.1"), beat("1.2", "x" * 8001), beat("1.3", transition="sparkle")))
    found = findings(Project("a", "A", (Style("illustration", (beat("1.1"),)), clear)))
    assert [(each.kind, each.style, [number for _, number in each.beats], each.detail) for each in found] == [
        (FindingKind.MISSING, "illustration", ["1.2", "1.3"], ""),
        (FindingKind.LONG, "clear", ["1.2"], ""),
        (FindingKind.TRANSITION, "clear", ["1.3"], "sparkle"),
    ]


def test_a_project_in_order_has_nothing_to_look_at() -> None:
    assert findings(Project("a", "A", (Style("clear", (beat("1.1", transition="Match Cut"), beat("1.2"))),))) == ()


def test_empty_doubled_and_broken_entries_are_told_apart() -> None:
    entries = [entry("1.1"), entry("1.2", " "), entry("Beat 1.1"), entry("../x"), 7, {"shot_number": 1}]
    found = {each.kind: len(each.beats) for each in unusable("clear", entries)}
    assert found == {FindingKind.EMPTY: 3, FindingKind.DUPLICATE: 1, FindingKind.UNUSABLE: 1}
    kept, left_out = usable(entries)
    assert (kept, len(left_out)) == ([entry("1.1")], 5)
