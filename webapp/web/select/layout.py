"""Layout of step 9, from the project's state, the choices and the existing copies. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from webapp.core.frames import WORDS, Status
from webapp.core.project import Frame
from webapp.core.selections import BeatChoice, Selection
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import long_matrix
from webapp.web.select.views import (
    BulkChoice,
    ChosenBeat,
    FilmItem,
    Filter,
    StyleCard,
)

FILTERS = (("all", "All"), ("open", "Open"), ("flagged", "Flagged"))
KEYS = 9


@dataclass(slots=True)
class SelectLayout:
    """Builder of the page's parts. ``copies`` are the names in ``selected_images``; ``show`` is one of `SHOWN`."""

    state: ProjectState
    selection: Selection
    copies: Collection[str]
    show: str
    shots: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    styles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for shot, number in self.state.project.rows():
            self.shots[number].append(shot)
        self.styles = [style.name for style in self.state.project.styles]

    def href(self, number: str | None) -> str:
        """The URL of a beat, "" for none."""
        if number is None:
            return ""
        asked = {"beat": number} | ({"show": self.show} if self.show != "all" else {})
        return f"{urls.step(self.state.project.name, 'select')}?{urlencode(asked)}"

    def filters(self, number: str) -> tuple[Filter, ...]:
        """Build the filters of the filmstrip."""
        base = urls.step(self.state.project.name, "select")
        return tuple(
            Filter(
                slug=slug,
                word=word,
                count=len(self.selection.shown(slug)),
                href=f"{base}?{urlencode({'beat': number, 'show': slug})}",
                current=slug == self.show,
            )
            for slug, word in FILTERS
        )

    def bulk(self) -> tuple[BulkChoice, ...]:
        """Build the offers of each style for all open beats that have an image in it."""
        is_open = self.selection.shown("open")
        counts = [(style, sum(1 for number in is_open if self.image(style, number))) for style in self.styles]
        return tuple(BulkChoice(style, count, len(is_open) - count) for style, count in counts if count)

    def image(self, style: str, number: str) -> Frame | None:
        """The frame whose image is offered for a beat: the first of its shots that has one in this style."""
        frames = (Frame(style, shot, number) for shot in self.shots.get(number, ()))
        return next((frame for frame in frames if frame in self.state.versions), None)

    def copy(self, number: str) -> str:
        """The URL of the copy in ``selected_images``, "" when there is none."""
        choice = self.selection.choices.get(number)
        names = (f"Beat_{number}.png", f"Beat_{number}_flagged.png")
        wanted = names[::-1] if choice and choice.flagged else names
        name = next((name for name in wanted if name in self.copies), "")
        return f"{urls.project(self.state.project.name)}/files/selected_images/{quote(name)}" if name else ""

    def film(self, current: str) -> tuple[FilmItem, ...]:
        """Build the filmstrip: the beats of the filter, and always the one on screen."""
        shown = set(self.selection.shown(self.show)) | {current}
        return tuple(self._item(number, current) for number in self.selection.numbers if number in shown)

    def beat(self, number: str, *, changed: bool) -> ChosenBeat:
        """Build the beat on screen. ``changed``: its copy differs from the style's image."""
        choice = self.selection.choices.get(number)
        before, after = self.selection.beside(number, self.show)
        shown = self.selection.shown(self.show)
        cards = tuple(self._card(style, place, number, choice) for place, style in enumerate(self.styles, 1))
        return ChosenBeat(
            number=number,
            place=self.selection.numbers.index(number) + 1,
            phrase=self._phrase(number),
            cards=cards,
            notes=tuple(self._notes(number, choice, changed)),
            choice=choice.style if choice else "",
            flagged=bool(choice and choice.flagged),
            clearable=choice is not None or bool(self.copy(number)),
            previous=self.href(before),
            next=self.href(after),
            next_open=self.href(self.selection.next_open(number)),
            first=self.href(shown[0]) if shown else "",
            last=self.href(shown[-1]) if shown else "",
            frame=long_matrix.address(self.state, Frame("", self.shots[number][0], number)),
        )

    def images(self, number: str | None) -> tuple[str, ...]:
        """The URLs of a beat's images in all styles."""
        frames = [self.image(style, number) for style in self.styles] if number else []
        return tuple(self._full(frame) for frame in frames if frame)

    def _item(self, number: str, current: str) -> FilmItem:
        choice = self.selection.choices.get(number)
        broken = choice is not None and not self.copy(number)
        if choice:
            thumb, style = self._thumb(choice, number), choice.style
            text = f"chosen {style}" + (", flagged" if choice.flagged else "") + (", copy missing" if broken else "")
        else:
            there = any(self.image(style, number) for style in self.styles)
            thumb, style = "", "–" if there else "no image"
            text = "no choice yet" if there else "no image yet"
        return FilmItem(
            id=f"film-{number}".replace(".", "_"),
            number=number,
            href=self.href(number),
            label=f"Beat {number}: {text}",
            thumb=thumb,
            style=style,
            flagged=bool(choice and choice.flagged),
            current=number == current,
            broken=broken,
        )

    def _card(self, style: str, place: int, number: str, choice: BeatChoice | None) -> StyleCard:
        frame = self.image(style, number)
        chosen = choice is not None and choice.style == style
        copy = "" if frame or not chosen else self.copy(number)
        status, note = self._status(style, number), ""
        if copy:
            note = "only the copy"
        elif frame and len(self.shots[number]) > 1:
            note = f"Shot {frame.shot}"
        sign, word = WORDS[status] if status else ("–", "Not in this style")
        return StyleCard(
            style=style,
            key=str(place) if place <= KEYS else "",
            chosen=chosen,
            choosable=frame is not None,
            src=self._full(frame) if frame else copy,
            image_id=f"{frame.id}-{self.state.versions[frame]}" if frame else f"copy-{style}-{number}",
            status=status.value if status else Status.PENDING.value,
            sign=sign,
            word=word,
            note=note,
        )

    def _status(self, style: str, number: str) -> Status | None:
        frames = [Frame(style, shot, number) for shot in self.shots[number]]
        return next((self.state.status[frame] for frame in frames if frame in self.state.status), None)

    def _notes(self, number: str, choice: BeatChoice | None, changed: bool) -> list[str]:
        notes = []
        shots = self.shots[number]
        if len(shots) > 1:
            text = ", ".join(shots[:-1]) + f" and {shots[-1]}"
            notes.append(
                f"Beat {number} is in shots {text}. The files keep one choice for each beat number: "
                "the image of the first of these shots that has one."
            )
        copy = self.copy(number)
        if choice and choice.style not in self.styles:
            notes.append(f"{choice.style} is chosen, a style without prompts. Choose another one, or keep its copy.")
        if choice and choice.style in self.styles and copy and not self.image(choice.style, number):
            notes.append(
                f"The {choice.style} image is gone from generated_images. Its copy in selected_images is kept and shown"
                " here; Step 8 can generate the image again."
            )
        if choice and not copy:
            notes.append("Its copy in selected_images is gone. Choose the image again to make a new copy.")
        elif choice and changed:
            notes.append(
                f"The {choice.style} image was changed after it was chosen. selected_images has the earlier picture; "
                "choose the image again to take the new one."
            )
        elif copy and not choice:
            notes.append("selected_images has a picture of this beat, but no choice is noted. Choose one, or clear it.")
        return notes

    def _phrase(self, number: str) -> str:
        frames = (Frame(style, shot, number) for shot in self.shots[number] for style in self.styles)
        beats = (self.state.project.beat(frame) for frame in frames)
        return next((beat.phrase for beat in beats if beat and beat.phrase), "")

    def _full(self, frame: Frame) -> str:
        return urls.image(self.state.project.name, frame, self.state.versions[frame])

    def _thumb(self, choice: BeatChoice, number: str) -> str:
        frame = self.image(choice.style, number)
        if frame is None:
            return self.copy(number)
        return urls.thumb(self.state.project.name, frame, self.state.versions[frame])


def strays_note(selection: Selection) -> str:
    """The notice of choices for beats that no longer exist, "" for none."""
    strays = selection.strays
    if not strays:
        return ""
    some = ", ".join(strays[:10]) + (" …" if len(strays) > 10 else "")
    which = f"beat {some}, which" if len(strays) == 1 else f"{len(strays)} beats ({some}) that"
    return f"image_selections.json also keeps a choice for {which} no prompts file has now."


def change_text(what: str, style: str, numbers: Mapping[str, object] | Collection[str]) -> str:
    """A change in words, for the undo button."""
    if what == "many":
        return f"{style} chosen for {len(numbers)} beat{'s' * (len(numbers) != 1)}"
    words = {"chosen": f"{style} chosen", "flagged": "flagged", "unflagged": "no longer flagged"}
    return f"Beat {', '.join(numbers)}: {words.get(what, 'choice cleared')}"
