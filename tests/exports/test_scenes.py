"""The storyboard as table, JSON and subtitles."""

from __future__ import annotations

import csv
import io
import json

from tests.harness.in_memory_project import story
from webapp.core.project import Beat, Frame, Project, Style
from webapp.exports.scenes import (
    ALL,
    SELECTED,
    Scene,
    as_csv,
    as_json,
    as_srt,
    scenes,
)

THERE = {Frame("illustration", "1", "1.1"), Frame("clear", "1", "1.1"), Frame("clear", "1", "1.2")}
CHOICES = {"Beat 1.1": {"style": "clear", "isFlagged": True}, "1.3": {"style": "clear"}, "x": 5}


def made() -> tuple[Project, tuple[Scene, ...]]:
    """A project of three beats in two styles, half of it made and one beat chosen."""
    project = story()
    return project, scenes(project, THERE, CHOICES, [{"beat": "1.1", "start": 0, "end": 4}])


def test_a_scene_knows_its_pictures_and_the_chosen_one() -> None:
    _, (first, second, third) = made()
    assert [frame.style for frame in first.images(ALL)] == ["illustration", "clear"]
    assert first.images(SELECTED) == (Frame("clear", "1", "1.1"),)
    assert (first.flagged, second.flagged) == (True, False)
    assert second.images(SELECTED) == () and second.images("illustration") == ()
    assert second.image("illustration") == Frame("clear", "1", "1.2")
    assert third.chosen is None and third.chosen_style == "clear"  # chosen once, its image is gone
    assert third.image(ALL) is None


def test_the_table_has_a_line_for_each_beat_and_prompts_only_when_asked() -> None:
    project, story = made()
    text = as_csv(project, story, prompts=False)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["beat"] for row in rows] == ["1.1", "1.2", "1.3"]
    assert rows[0]["image_clear"] == "generated_images/clear/Shot_1/Beat_1.1.png"
    assert (rows[0]["selected_style"], rows[0]["flagged"], rows[0]["seconds"]) == ("clear", "yes", "4.00")
    assert "prompt" not in text
    asked = as_csv(project, story, prompts=True)
    assert "prompt_clear" in asked and "prompt 1" in asked


def test_a_phrase_is_never_a_formula() -> None:
    beats = tuple(
        Beat("1", f"1.{n}", "", phrase, "", "p") for n, phrase in enumerate(("=1+1", "@a", "- he said", "+1", "a"))
    )
    project = Project("p", "P", (Style("clear", beats),))
    rows = list(csv.reader(io.StringIO(as_csv(project, scenes(project, (), {}), prompts=False))))
    assert [row[2] for row in rows[1:]] == ["'=1+1", "'@a", "'- he said", "'+1", "a"]


def test_the_json_is_for_programs() -> None:
    project, story = made()
    data = json.loads(as_json(project, story, "2026-01-01T00:00:00.000Z", prompts=False))
    assert (data["title"], data["styles"]) == ("Film", ["illustration", "clear"])
    first, second, _ = data["beats"]
    assert first["selected"] == {"style": "clear", "isFlagged": True}
    assert set(first["images"]) == {"illustration", "clear"}
    assert first["spoken"] and not second["spoken"]
    assert second["start"] == 4.0
    assert "prompts" not in first
    assert json.loads(as_json(project, story, "", prompts=True))["beats"][0]["prompts"]["clear"] == "prompt 1"


def test_subtitles_follow_the_times() -> None:
    beats = (
        Beat("1", "1", "1", "Hello --> there\nyou", "", "p"),
        Beat("1", "2", "2", "", "", "p"),
        Beat("1", "3", "3", "End", "", "p"),
    )
    project = Project("p", "P", (Style("clear", beats),))
    text = as_srt(scenes(project, (), {}, [{"duration": 3661.5}, {"duration": 2}, {"duration": 2.25}]))
    assert text == "1\n00:00:00,000 --> 00:10:00,000\nHello → there you\n\n2\n00:10:02,000 --> 00:10:04,250\nEnd\n"
