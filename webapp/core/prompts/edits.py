"""Edits of a project's prompts as pure functions: entries in, new entries out.

An edit of a text says which text it was based on. When the file says something else by now it is refused with
`Outdated`, unless the file already says what was wanted: pressing a button twice does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.datafiles.source_text import well_formed
from webapp.core.project import BEAT_PREFIX, SHOT_PREFIX, beat_number, shot_number
from webapp.core.prompts.prompt_files import MAX_TEXT
from webapp.errors import BadInput, NotFound, Outdated

Entries = list[dict[str, Any]]
Key = tuple[str, str]
"""Shot and beat number without prefixes: what tells the beats of a project apart."""

ANY = object()
"""For an edit that does not say which text it was based on."""


@dataclass(frozen=True, slots=True)
class NewBeat:
    """A beat to add."""

    shot: str
    number: str
    phrase: str
    transition: str
    prompt: str

    @property
    def key(self) -> Key:
        return self.shot, self.number


def key_of(entry: Any) -> Key | None:
    """Return the key of an entry, or None when its numbers cannot be read."""
    if not isinstance(entry, dict):
        return None
    shot, number = shot_number(entry.get("shot_number", "")), beat_number(entry.get("beat_number", ""))
    return (shot, number) if shot is not None and number is not None else None


def folded(key: Key) -> Key:
    """Return the key in small letters, for comparing."""
    return key[0].lower(), key[1].lower()


def same(key: Key | None, other: Key) -> bool:
    """Return whether two keys are of one beat."""
    return key is not None and folded(key) == folded(other)


def place_of(entries: Sequence[dict[str, Any]], key: Key) -> int | None:
    """Return where a beat stands among the entries, or None."""
    return next((place for place, entry in enumerate(entries) if same(key_of(entry), key)), None)


def plain(text: str) -> str:
    """Return a text as it is kept: line ends as ``\\n`` (a browser sends others), whole characters only."""
    return well_formed(text.replace("\r\n", "\n").replace("\r", "\n"))


def with_prompt(entries: Entries, key: Key, style: str, prompt: str, was: object = ANY) -> Entries:
    """Return the entries with another prompt for one of their beats.

    Raises:
        NotFound: they have no such beat.
        Outdated: its prompt is neither ``was`` nor the one wanted.
        BadInput: the prompt is empty or too long.
    """
    return with_field(entries, key, style, "ai_prompt", checked_prompt(prompt, f"{style} {key[1]}"), was)


def with_field(entries: Entries, key: Key, style: str, field: str, text: str, was: object = ANY) -> Entries:
    """Return the entries with another text in one field of one of their beats. Raises as `with_prompt`."""
    place = place_of(entries, key)
    if place is None:
        raise NotFound(f"Beat {key[1]} is not in {style} any more. Copy your text, and add the beat again.")
    now = entries[place].get(field)
    now = plain(now) if isinstance(now, str) else ""
    if now == text:
        return entries
    if was is not ANY and now != was:
        raise Outdated(
            f"Beat {key[1]} in {style} was changed meanwhile, in another tab or program. Nothing was saved; your text "
            "is still in the field. Save once more to put it in place of the other one."
        )
    return [*entries[:place], {**entries[place], field: text}, *entries[place + 1 :]]


def with_beat(entries: Entries, beat: NewBeat, rows: Sequence[Key], after: Key | None = None) -> Entries:
    """Return the entries with one more beat: after ``after``, else where the story order ``rows`` has it, else last.

    Its numbers are spelled as the style spells them.

    Raises:
        BadInput: there is such a beat already, or its prompt cannot be used.
    """
    if place_of(entries, beat.key) is not None:
        raise BadInput(f"Shot {beat.shot} has a beat {beat.number} already. Choose another number.")
    prompt = checked_prompt(beat.prompt, f"beat {beat.number}")
    first = entries[0] if entries else {}
    entry = {
        "shot_number": _spelled(beat.shot, first.get("shot_number"), SHOT_PREFIX),
        "beat_number": _spelled(beat.number, first.get("beat_number"), BEAT_PREFIX),
        "script_phrase": beat.phrase,
        "transition_type": beat.transition,
        "ai_prompt": prompt,
    }
    place = _place_for(entries, beat.key, rows, after)
    return [*entries[:place], entry, *entries[place:]]


def without(entries: Entries, key: Key) -> Entries:
    """Return the entries without a beat; the same when they do not have it."""
    return [entry for entry in entries if not same(key_of(entry), key)]


def moved(entries: Entries, key: Key, other: Key) -> Entries:
    """Return the entries with one beat moved past another, its neighbour; the same when they lack one of them."""
    here, there = place_of(entries, key), place_of(entries, other)
    if here is None or there is None or here == there:
        return entries
    rest = [entry for place, entry in enumerate(entries) if place != here]
    at = place_of(rest, other)
    assert at is not None
    at += here < there
    return [*rest[:at], entries[here], *rest[at:]]


@dataclass(frozen=True, slots=True)
class Replacement:
    """The result of search and replace in one style: its entries, how many places were replaced, in which beats."""

    entries: Entries
    places: int
    beats: tuple[Key, ...]


def replaced(entries: Entries, find: str, put: str, match_case: bool) -> Replacement:
    """Replace one text by another in all prompts of a style.

    Raises:
        BadInput: there is nothing to look for, or a prompt would become empty or too long.
    """
    if not find:
        raise BadInput("Write what is to be replaced.")
    pattern = re.compile(re.escape(find), 0 if match_case else re.IGNORECASE)
    out, places, beats = list(entries), 0, []
    for place, entry in enumerate(entries):
        key, prompt = key_of(entry), entry.get("ai_prompt")
        if key is None or not isinstance(prompt, str):
            continue
        text, count = pattern.subn(lambda _: put, prompt)
        if count and text != prompt:
            out[place] = {**entry, "ai_prompt": checked_prompt(text, f"beat {key[1]}", strip=False)}
            places += count
            beats.append(key)
    return Replacement(out, places, tuple(beats))


def edited(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> tuple[Key, ...]:
    """Return the beats in both whose prompt differs."""
    was = {folded(key): entry.get("ai_prompt") for entry in before if (key := key_of(entry))}
    found = ((key, entry.get("ai_prompt")) for entry in after if (key := key_of(entry)))
    return tuple(key for key, prompt in found if folded(key) in was and was[folded(key)] != prompt)


def checked_prompt(text: str, where: str, strip: bool = True) -> str:
    """Return a prompt as it may be kept.

    Raises:
        BadInput: it is empty, or longer than a prompts file may hold.
    """
    text = plain(text)
    text = text.strip() if strip else text
    if not text.strip():
        raise BadInput(f"The prompt of {where} is empty. Describe the image, or remove the beat.")
    if len(text) > MAX_TEXT:
        raise BadInput(f"The prompt of {where} is longer than {MAX_TEXT:,} characters. Shorten it.")
    return text


def neighbours(rows: Sequence[Key], key: Key) -> tuple[Key | None, Key | None]:
    """Return the beats before and after in story order; None at the ends."""
    place = next((place for place, row in enumerate(rows) if same(row, key)), None)
    if place is None:
        return None, None
    return (rows[place - 1] if place else None), (rows[place + 1] if place + 1 < len(rows) else None)


def joined(styles: Mapping[str, str] | Iterable[str]) -> str:
    """Return style names for a sentence: "illustration, clear and consistent"."""
    *others, last = list(styles) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _place_for(entries: Entries, key: Key, rows: Sequence[Key], after: Key | None) -> int:
    before = [after] if after else []
    at = next((place for place, row in enumerate(rows) if same(row, after or key)), None)
    before += reversed(rows[:at]) if at is not None else []
    for row in before:
        place = place_of(entries, row)
        if place is not None:
            return place + 1
    return len(entries) if at is None else 0


def _spelled(number: str, example: Any, prefix: re.Pattern[str]) -> str:
    match = prefix.match(example.strip()) if isinstance(example, str) else None
    return f"{match.group()}{number}" if match else number
