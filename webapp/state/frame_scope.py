"""Scope of a command: named frames, a beat, a shot or a style, of these the stale, failed, missing or made ones. Pure.

Locked frames are never among those of a bulk command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.core.frames import Status
from webapp.core.project import Frame
from webapp.errors import BadInput, NotFound
from webapp.state.project_state import HAS_IMAGE, ProjectState

MOST_NAMED = 5_000
"""Frames that one request may name."""

GONE = "This beat is not in the project’s prompts any more. Reload the page."


@dataclass(frozen=True, slots=True)
class FrameScope:
    """A part of the matrix. Fields that are "" do not narrow it; ``only`` is one of `KINDS`."""

    style: str = ""
    shot: str = ""
    beat: str = ""
    only: str = ""

    @property
    def words(self) -> str:
        """How the page names it: "style clear", "beat 1.4", "shot 2", "all styles"."""
        named = f"beat {self.beat}" if self.beat else f"shot {self.shot}" if self.shot else ""
        if self.style:
            return f"{named} in {self.style}" if named else f"style {self.style}"
        return named or "the whole project"

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """As the fields of a form."""
        fields = (("style", self.style), ("shot", self.shot), ("beat", self.beat), ("only", self.only))
        return tuple((name, value) for name, value in fields if value)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> FrameScope:
        """The scope that a form or a query names.

        Raises:
            BadInput: ``only`` is none of the known words.
        """
        texts = {name: str(fields.get(name) or "")[:200] for name in ("style", "shot", "beat", "only")}
        if texts["only"] and texts["only"] not in KINDS:
            raise BadInput(f"only must be one of {', '.join(KINDS)}.")
        return cls(**texts)


def within(state: ProjectState, scope: FrameScope) -> list[Frame]:
    """The frames of a scope in story order, locked ones left out where ``only`` says which kind of frame.

    Raises:
        NotFound: the project has nothing of that name.
    """
    found = [
        frame
        for frame in state.status
        if scope.style in ("", frame.style) and scope.shot in ("", frame.shot) and scope.beat in ("", frame.beat)
    ]
    if not found:
        raise NotFound(f"The project has no {scope.words}. Reload the page.")
    return KINDS[scope.only](state, found) if scope.only else found


def named(state: ProjectState, names: Iterable[str]) -> dict[Frame, str]:
    """The frames of these names with the version each name carries (``<id>@<version>``), "" where it carries none.

    Raises:
        NotFound: one of them is not in the prompts.
        BadInput: there are too many.
    """
    found: dict[Frame, str] = {}
    for name in names:
        ident, _, version = name.partition("@")
        frame = state.by_id.get(ident)
        if frame is None:
            raise NotFound(GONE)
        found[frame] = version
        if len(found) > MOST_NAMED:
            raise BadInput(f"At most {MOST_NAMED} images can be named at once.")
    return found


def missing(state: ProjectState, frames: Iterable[Frame] | None = None) -> list[Frame]:
    """Those without an image that are not locked."""
    wanted = (Status.PENDING, Status.ERROR)
    return _free(state, frames, lambda frame: state.status[frame] in wanted)


def failed(state: ProjectState, frames: Iterable[Frame] | None = None) -> list[Frame]:
    """Those that could not be made, or not be made anew, and are not locked."""
    with_news = {state.by_id[ident] for ident in state.news if ident in state.by_id}
    failing, status = Status.ERROR, state.status
    every = status if frames is None else frames
    maybe = [frame for frame in every if status[frame] is failing or frame in with_news]  # of others nothing is known
    return _free(state, maybe, lambda f: bool(state.failure(f)) and not state.awaits_redo(f))


def stale(state: ProjectState, frames: Iterable[Frame] | None = None) -> list[Frame]:
    """Those whose image is not what would be made now, and that are neither locked nor in work."""
    changed = state.facts.changed
    maybe = [frame for frame in (state.status if frames is None else frames) if frame in changed] if changed else []
    return _free(state, maybe, lambda frame: state.status[frame] in HAS_IMAGE)


def made(state: ProjectState, frames: Iterable[Frame] | None = None) -> list[Frame]:
    """Those that have an image, are not locked and not in work."""
    return _free(state, frames, lambda frame: state.status[frame] in HAS_IMAGE)


def _free(state: ProjectState, frames: Iterable[Frame] | None, fits: Callable[[Frame], bool]) -> list[Frame]:
    locked = state.facts.locked
    return [f for f in (state.status if frames is None else frames) if fits(f) and f.id not in locked]


KINDS: Mapping[str, Callable[[ProjectState, Iterable[Frame]], list[Frame]]] = {
    "missing": missing,
    "failed": failed,
    "stale": stale,
    "made": made,
}
"""What ``only`` may say."""
