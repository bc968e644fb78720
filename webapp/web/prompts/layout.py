"""Layout of step 7: the list of beats, the editor of one beat, the findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from webapp.core.project import Beat, Frame, Project
from webapp.core.prompts.checks import LONG_PROMPT, Finding
from webapp.core.prompts.edits import Key, neighbours, plain
from webapp.core.prompts.prompt_files import prompts_digest
from webapp.core.prompts.wording import wordings
from webapp.disk.files.folder import Folder
from webapp.disk.prompts.history import PromptHistory
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import matrix
from webapp.web.layout.page_frame import shell
from webapp.web.layout.words import clip
from webapp.web.prompts.findings import finding_lines
from webapp.web.prompts.views import (
    Editor,
    PromptCard,
    PromptList,
    PromptRow,
    PromptsPage,
    ViewChoice,
    WordingLine,
)
from webapp.web.services import services

SHOWS = ("all", "edited", "missing")
TRANSITIONS = ("H", "S", "Hard Cut", "Match Cut", "Dissolve")
STALE = "⚠ Prompt changed after this image was made."
WORDS = {"ok": "ready", "edit": "Edited", "miss": "Missing"}


@dataclass(frozen=True, slots=True)
class PromptsQuery:
    """What to show: a beat ("1-1.4"), one style or all (""), words to find, which beats to list."""

    beat: str = ""
    style: str = ""
    find: str = ""
    show: str = "all"

    @classmethod
    def of(cls, values: Mapping[str, str]) -> PromptsQuery:
        """Read it from a URL's query or a form."""
        show = values.get("show", "all")
        find = " ".join(values.get("q", "").split())[:200]
        return cls(values.get("beat", "")[:40], values.get("style", "")[:64], find, show if show in SHOWS else "all")


@dataclass(frozen=True, slots=True)
class TypedEdit:
    """A refused edit of a beat: the typed text of each style, why it was refused, the other fields."""

    prompts: Mapping[str, str]
    problems: Mapping[str, str]
    phrase: str | None = None
    transition: str | None = None


NOTHING_TYPED = TypedEdit({}, {})


def address(folder: Folder, asked: PromptsQuery, **more: str) -> str:
    """The URL that shows this."""
    parts = {"beat": asked.beat, "style": asked.style, "q": asked.find, "show": asked.show, **more}
    query = urlencode({name: value for name, value in parts.items() if value and (name, value) != ("show", "all")})
    return urls.step(folder.name, "prompts") + (f"?{query}" if query else "")


def key_in(rows: Iterable[Key], ident: str) -> Key | None:
    """The row with this id, ``None`` when the project has none."""
    return next((row for row in rows if "-".join(row) == ident), None)


def page(folder: Folder, asked: PromptsQuery, typed: TypedEdit = NOTHING_TYPED) -> PromptsPage:
    """Build the page."""
    return Layout(folder, asked).page(typed)


class Layout:
    """Builder of the page's parts from a project's prompts, read once."""

    def __init__(self, folder: Folder, asked: PromptsQuery) -> None:
        self.folder = folder
        self.project: Project = services().store.project(folder)
        self.history: PromptHistory = services().store.prompts.history(folder)
        self.edits = self.history.edits()
        self.all_rows = self.project.rows()
        names = [style.name for style in self.project.styles]
        self.asked = replace(asked, style=asked.style if asked.style in names else "")
        self.styles = [self.asked.style] if self.asked.style else names
        self.states = {row: self._state(row) for row in self.all_rows}

    def page(self, typed: TypedEdit) -> PromptsPage:
        """Build the whole page."""
        rows = self._listed()
        key = key_in(self.all_rows, self.asked.beat) or next(iter(rows or self.all_rows), None)
        asked = self.asked if key is None else replace(self.asked, beat="-".join(key))
        total = len(self.all_rows) * len(self.project.styles)
        settings = wordings(services().store.records.settings(self.folder))
        known = [(style.name, settings.get(style.name)) for style in self.project.styles]
        return PromptsPage(
            shell=shell(self.folder, "prompts"),
            action=urls.step(self.folder.name, "prompts"),
            digest=prompts_digest((style.name, style.digest) for style in self.project.styles),
            ready=self.project.total,
            total=total,
            missing=total - self.project.total,
            styles=tuple(style.name for style in self.project.styles),
            style=self.asked.style,
            show=self.asked.show,
            views=self._views(asked),
            list=PromptList(
                tuple(self._row(row, asked) for row in rows),
                tuple(self._show(name, asked) for name in SHOWS),
                self.asked.find,
            ),
            editor=self._editor(key, asked, typed) if key else None,
            findings=finding_lines(self.folder, self.project, self._link),
            wording=tuple(WordingLine(s, w.prefix if w else "", w.suffix if w else "") for s, w in known),
            transitions=TRANSITIONS,
            undo=next(((change.seq, change.what) for change in self.history.undo[-1:]), None),
            redo=next(((change.seq, change.what) for change in self.history.redo[-1:]), None),
            problems=tuple(str(problem) for problem in self.project.problems),
        )

    def beat(self, style: str, key: Key) -> Beat | None:
        """The entry of a beat in a style."""
        return self.project.beat(Frame(style, *key))

    def any_beat(self, key: Key) -> Beat:
        """The entry of a beat in the first style that has it, preferably one of those shown."""
        styles = [*self.styles, *(style.name for style in self.project.styles)]
        return next(beat for style in styles if (beat := self.beat(style, key)))

    def _state(self, row: Key) -> str:
        if any(self.beat(style, row) is None for style in self.styles):
            return "miss"
        ident = "-".join(row)
        return "edit" if any((style, ident) in self.edits for style in self.styles) else "ok"

    def _listed(self) -> list[Key]:
        wanted = {"edited": "edit", "missing": "miss"}.get(self.asked.show)
        rows = [row for row in self.all_rows if wanted in (None, self.states[row])]
        words = self.asked.find.lower()
        return [row for row in rows if words in self._words(row)] if words else rows

    def _words(self, row: Key) -> str:
        beats = [beat for style in self.styles if (beat := self.beat(style, row))] or [self.any_beat(row)]
        return "\n".join([row[1], *(f"{beat.phrase}\n{beat.prompt}" for beat in beats)]).lower()

    def _row(self, row: Key, asked: PromptsQuery) -> PromptRow:
        beat, ident, state = self.any_beat(row), "-".join(row), self.states[row]
        phrase = clip(beat.phrase or beat.prompt, 120)
        href = address(self.folder, replace(asked, beat=ident))
        return PromptRow(ident, row[1], phrase, state, WORDS[state], href, ident == asked.beat)

    def _show(self, name: str, asked: PromptsQuery) -> ViewChoice:
        state = {"edited": "edit", "missing": "miss"}.get(name)
        count = sum(state in (None, each) for each in self.states.values())
        href = address(self.folder, replace(asked, show=name))
        return ViewChoice(name.capitalize(), href, asked.show == name, name, str(count))

    def _views(self, asked: PromptsQuery) -> tuple[ViewChoice, ...]:
        names = ["", *(style.name for style in self.project.styles)]
        return tuple(
            ViewChoice(name or "Side by side", address(self.folder, replace(asked, style=name)), asked.style == name)
            for name in (names if len(names) > 2 else ())
        )

    def _editor(self, key: Key, asked: PromptsQuery, typed: TypedEdit) -> Editor:
        state = services().state.read(self.folder)
        beat = self.any_beat(key)
        before, after = neighbours(self.all_rows, key)
        return Editor(
            id="-".join(key),
            href=address(self.folder, asked),
            shot=key[0],
            number=key[1],
            phrase=beat.phrase if typed.phrase is None else typed.phrase,
            transition=beat.transition if typed.transition is None else typed.transition,
            phrase_was=beat.phrase,
            transition_was=beat.transition,
            cards=tuple(self._card(style, key, state, typed) for style in self.styles),
            previous="-".join(before) if before else "",
            next="-".join(after) if after else "",
            previous_href=address(self.folder, replace(asked, beat="-".join(before))) if before else "",
            next_href=address(self.folder, replace(asked, beat="-".join(after))) if after else "",
        )

    def _card(self, style: str, key: Key, state: ProjectState, typed: TypedEdit) -> PromptCard:
        frame, beat, ident = Frame(style, *key), self.beat(style, key), "-".join(key)
        stored = plain(beat.prompt) if beat else ""
        text = typed.prompts.get(style, stored)
        change = self.edits.get((style, ident))
        stale = change is not None and self._is_stale(state, frame, change.at)
        long = len(text) > LONG_PROMPT
        hint = f"{len(text):,} character{'s' * (len(text) != 1)}" + (", more than image models read" if long else "")
        problem = typed.problems.get(style, "")
        return PromptCard(
            style=style,
            id=f"p-{ident}-{style}".replace(".", "_"),
            prompt=text,
            was=stored,
            hint=STALE if stale else ("⚠ " * long) + hint,
            warn=stale or long,
            edited=change is not None and beat is not None,
            missing=beat is None,
            cell=matrix.cell(state, frame) if frame in state.status else None,
            problem=problem,
            theirs=stored if problem and text != stored else "",
        )

    def _is_stale(self, state: ProjectState, frame: Frame, moment: float) -> bool:
        # an image of v1.1 does not carry what it was made from: there the time of the edit decides
        if state.codes.get(frame):
            return "prompt" in state.facts.changed.get(frame, ())
        return self._made_before(frame, moment)

    def _made_before(self, frame: Frame, moment: float) -> bool:
        inside, _, name = frame.image_path.rpartition("/")
        status = self.folder.files.stats(inside, [name]).get(name)
        return status is not None and status.st_mtime < moment

    def _link(self, finding: Finding, beat: Key) -> str:
        return address(self.folder, PromptsQuery("-".join(beat), self.asked.style and finding.style))
