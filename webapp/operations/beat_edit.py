"""The edit of one beat: its prompts in several styles, its phrase, its place; all of it or nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.core.project import Project
from webapp.core.prompts.edits import (
    Entries,
    Key,
    NewBeat,
    joined,
    moved,
    neighbours,
    place_of,
    plain,
    with_beat,
    with_field,
    with_prompt,
    without,
)
from webapp.core.prompts.prompt_files import prompts_digest
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadInput, NotFound, Outdated

PROMPT, WAS = "prompt.", "was."
FIELDS = {"phrase": "script_phrase", "transition": "transition_type"}


class BeatEdit:
    """What a form wants for one beat; after `decide`, why it cannot be done in which style.

    ``texts`` are the typed prompts by style; ``target`` is the beat to show afterwards, "" for the same; ``what`` the
    change in a few words, for its history.
    """

    def __init__(self, project: Project, key: Key, form: Mapping[str, str]) -> None:
        self._project = project
        self._key = key
        self._form = form
        self.texts = {name.removeprefix(PROMPT): plain(form[name]) for name in form if name.startswith(PROMPT)}
        self.problems: dict[str, str] = {}
        self.action = form.get("do", "save")
        rows = project.rows()
        self._before, self._after = neighbours(rows, key)
        self.target = self._target(form.get("to", ""))
        self.what = self._words()

    @classmethod
    def single(cls, project: Project, key: Key, style: str, prompt: str, was: str | None = None) -> BeatEdit:
        """An edit of one prompt alone; without ``was`` it replaces whatever the file says."""
        form = {f"{PROMPT}{style}": prompt} | ({} if was is None else {f"{WAS}{style}": was})
        return cls(project, key, form)

    def decide(self, current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
        """The entries of each style after the edit.

        Raises:
            BadInput: it cannot be done in one style, so it is done in none; ``problems`` has the sentence of each.
        """
        first: BadInput | None = None
        after: dict[str, Entries] = {}
        for style, text in self.texts.items():
            try:
                if style not in current:
                    raise NotFound(
                        f"The prompts of {style} cannot be read any more. Copy your text, and load the page again."
                    )
                after[style] = self._edited(style, current[style].entries, text)
            except BadInput as error:
                self.problems[style] = str(error)
                first = first or error
        if first:
            raise first
        if self.action in ("up", "down", "remove"):
            self._check_digest(current)
            after = {style: self._placed(style, entries) for style, entries in after.items()}
        return after

    def _edited(self, style: str, entries: Entries, text: str) -> Entries:
        was = plain(self._form[f"{WAS}{style}"]) if f"{WAS}{style}" in self._form else None
        there = place_of(entries, self._key) is not None
        if not there and not was:
            if not text.strip():
                return entries
            phrase, transition = self._form.get("phrase", self._sibling("phrase")), self._form.get("transition", "")
            beat = NewBeat(*self._key, plain(phrase), transition.strip() or self._sibling("transition"), text)
            return with_beat(entries, beat, self._project.rows())
        if was is None:
            entries = with_prompt(entries, self._key, style, text)
        elif text != was:
            entries = with_prompt(entries, self._key, style, text, was)
        for name, field in FIELDS.items():
            typed = self._form.get(name)
            if typed is not None and there and plain(typed).strip() != plain(self._form.get(f"{name}-was", "")).strip():
                entries = with_field(entries, self._key, style, field, plain(typed).strip())
        return entries

    def _sibling(self, name: str) -> str:
        """The beat's phrase or transition in the first style that has it."""
        for style in self._project.styles:
            for beat in style.beats:
                if (beat.shot, beat.number) == self._key:
                    return beat.phrase if name == "phrase" else beat.transition
        return ""

    def _placed(self, style: str, entries: Entries) -> Entries:
        if self.action == "remove":
            rest = without(entries, self._key)
            if not rest:
                raise BadInput(f"This is the last beat of {style}, and a style needs one. Add another one first.")
            return rest
        other = self._before if self.action == "up" else self._after
        return moved(entries, self._key, other) if other else entries

    def _check_digest(self, current: Mapping[str, CurrentStyle]) -> None:
        if self._form.get("digest", "") != prompts_digest((name, each.digest) for name, each in current.items()):
            raise Outdated(
                "The prompts were changed meanwhile, in another tab or program. Nothing was written; look again and "
                "repeat it."
            )

    def _target(self, wanted: str) -> str:
        if self.action == "remove":
            other = self._after or self._before
            return "-".join(other) if other else ""
        if self.action in ("next", "previous"):
            other = self._after if self.action == "next" else self._before
            return "-".join(other) if other else ""
        return wanted[:40]

    def _words(self) -> str:
        number = self._key[1]
        if self.action == "remove":
            return f"Removed beat {number}"
        if self.action.startswith("back:"):
            return f"Put back beat {number} in {self.action.removeprefix('back:')}"
        if self.action in ("up", "down"):
            return f"Moved beat {number} {self.action}"
        changed = [style for style, text in self.texts.items() if text != plain(self._form.get(f"{WAS}{style}", ""))]
        return f"Edited beat {number}" + (f" in {joined(changed)}" if changed else "")
