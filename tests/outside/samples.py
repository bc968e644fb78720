"""The projects of a record, as files that Step 8 finds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.outside.double import png

STYLES = ("illustration", "clear")
NUMBERS = ("1.1", "1.2", "1.3", "2.1")
PHRASES = ("A girl lights a lamp.", "The sea is calm.", "A ship is late.", "In the morning it is there.")
WORDS = ("a girl with a lamp", "a calm sea at night", "a ship on the horizon", "a harbour in the morning")


def entry(number: str, phrase: str, prompt: str, transition: str = "S") -> dict[str, Any]:
    """One beat of a prompts file."""
    return {
        "shot_number": number.partition(".")[0],
        "beat_number": number,
        "script_phrase": phrase,
        "transition_type": transition,
        "ai_prompt": prompt,
    }


def story(root: Path, name: str, changed: Mapping[str, str] | None = None, styles: Sequence[str] = STYLES) -> Path:
    """A project of four beats. ``changed`` are words put before the prompts of frames, by "style number"."""
    extra = changed or {}
    folder = root / name
    (folder / "prompts").mkdir(parents=True)
    for style in styles:
        entries = [
            entry(
                number,
                PHRASES[place],
                f"{extra.get(f'{style} {number}', '')} {style}: {WORDS[place]}".strip(),
                "Hard Cut" if place == 0 else "S",
            )
            for place, number in enumerate(NUMBERS)
        ]
        (folder / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries, indent=2), "utf-8")
    return folder


def long(root: Path) -> None:
    """300 beats in three styles; some of them have images."""
    folder = root / "long"
    (folder / "prompts").mkdir(parents=True)
    for style in ("illustration", "clear", "consistent"):
        numbers = [f"{place // 10 + 1}.{place % 10 + 1}" for place in range(300)]
        entries = [entry(n, f"Phrase {n}", f"{style}: view {n}") for n in numbers]
        (folder / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries), "utf-8")
        for number in numbers[:25]:
            image(folder, style, number)


def half(root: Path) -> None:
    """A project as v1.1 left it: other spellings, progress and choices."""
    folder = root / "half"
    (folder / "prompts").mkdir(parents=True)
    entries = [entry(number, PHRASES[place], WORDS[place], "H") for place, number in enumerate(NUMBERS)]
    for each in entries:
        each["beat_number"] = f"Beat {each['beat_number']}"
    (folder / "prompts" / "prompts-clear.js").write_text(f"export const prompts = {json.dumps(entries)};\n", "utf-8")
    for number in ("1.1", "1.2"):
        image(folder, "clear", number)
    done = {"completedBeats": ["Beat 1.1", "Beat 1.2", "Beat 1.3"], "lastUpdated": "2025-03-04T05:06:07.000Z"}
    (folder / "image_progress_clear.json").write_text(json.dumps(done), "utf-8")
    chosen = {"Beat 1.1": {"style": "clear", "isFlagged": True, "selectedAt": "2025-03-04T05:06:07.000Z"}}
    (folder / "image_selections.json").write_text(json.dumps(chosen), "utf-8")
    (folder / "selected_images").mkdir()
    (folder / "selected_images" / "Beat_1.1_flagged.png").write_bytes(png("clear 1.1"))
    for name in ("book.txt", "summary.txt", "script.md"):
        (folder / name).write_text(f"# {name}\n\nA *short* text with <angles>.\n", "utf-8")
    beats = [{"beat_number": number, "text": PHRASES[place]} for place, number in enumerate(NUMBERS)]
    (folder / "beats.json").write_text(json.dumps(beats), "utf-8")


def broken(root: Path) -> None:
    """A project with a prompts file that was cut off, and one with an entry that cannot be used."""
    folder = root / "broken"
    (folder / "prompts").mkdir(parents=True)
    (folder / "prompts" / "prompts-clear.js").write_text('export const prompts = [\n  {"shot_number": 1,', "utf-8")
    entries = [entry("1.1", PHRASES[0], WORDS[0]), entry("1.2", PHRASES[1], "")]
    (folder / "prompts" / "prompts-illustration.json").write_text(json.dumps(entries), "utf-8")


def image(folder: Path, style: str, number: str) -> None:
    """An image where a frame's lies."""
    place = folder / "generated_images" / style / f"Shot_{number.partition('.')[0]}" / f"Beat_{number}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(png(f"{style} {number}"))
