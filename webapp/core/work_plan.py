"""Work plan of a project: what a run makes and in which order, as the user arranged it.

A plan belongs to a project, a scope to one run. Frames are named by `Frame.id`. Which images exist is an argument.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from webapp.core.project import Frame

MOST_SCOPES = 4
"""Scopes that are kept: of the present run, and of one or two that begin at the same time."""


class Order(enum.StrEnum):
    """The order of frames that no user moved."""

    BEATS = "beats"  # a beat in all its styles, then the next: styles can be compared early
    STYLES = "styles"  # one style after the other, as v1.1 did


@dataclass(frozen=True, slots=True)
class Redo:
    """A frame is made anew with this seed (None: its usual one) and model ("": the usual one), in place of the version
    ``replaces``. It is done when the frame's image is another one, so no crash makes it happen twice."""

    seed: int | None
    replaces: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class RunScope:
    """The frames of one run. ``only`` are the missing ones it makes, None all of them.

    ``again`` counts by frame how often the user asked for one that this run had given up.
    """

    only: tuple[str, ...] | None = None
    redo: Mapping[str, Redo] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)

    def asked_again(self, ids: Iterable[str]) -> RunScope:
        """Return the scope after the user asked for these frames once more."""
        ids = tuple(ids)
        only = self.only if self.only is None else tuple(dict.fromkeys((*self.only, *ids)))
        return replace(self, only=only, again={**self.again, **{each: self.again.get(each, 0) + 1 for each in ids}})

    def redone(self, redo: Mapping[str, Redo]) -> RunScope:
        """Return the scope with these frames to be made anew."""
        return replace(self, redo={**self.redo, **redo})


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """The work of a project as the user arranged it.

    ``first`` goes before everything else, in this order. ``held`` are the styles, ``held_providers`` the providers that
    are paused. ``scopes`` are by run id.
    """

    order: Order = Order.BEATS
    first: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    held_providers: frozenset[str] = frozenset()
    scopes: Mapping[str, RunScope] = field(default_factory=dict)

    def scope(self, run: str) -> RunScope:
        """Return the scope of this run; by default everything that is missing."""
        return self.scopes.get(run, RunScope())

    def with_scope(self, run: str, scope: RunScope) -> WorkPlan:
        """Return the plan with this scope for a run; the oldest scopes are dropped."""
        scopes = {**{name: kept for name, kept in self.scopes.items() if name != run}, run: scope}
        return replace(self, scopes=dict(list(scopes.items())[-MOST_SCOPES:]))

    def moved_first(self, ids: Sequence[str]) -> WorkPlan:
        """Return the plan with these frames before all others, in this order."""
        return replace(self, first=(*ids, *(each for each in self.first if each not in ids)))

    def placed(self, ident: str, before: str, waiting: Sequence[str]) -> WorkPlan:
        """Return the plan with a frame right before another one that waits, or last where ``before`` is "".

        ``waiting`` are the frames that still wait, in their present order; the others leave ``first``. Where the other
        one does not wait any more, all that stood before it have begun too: the frame comes first.
        """
        if ident not in waiting or ident == before:
            return self
        others = [each for each in waiting if each != ident]
        first = [each for each in self.first if each in others]
        place = others.index(before) if before in others else 0 if before else len(others)
        line = [*others[:place], ident, *others[place:]]
        return replace(self, first=tuple(line[: max(place, len(first)) + 1]))

    def without_redo(self, run: str, ids: Iterable[str]) -> WorkPlan:
        """Return the plan in which this run does not make these frames anew any more."""
        scope, gone = self.scope(run), set(ids)
        kept = {ident: redo for ident, redo in scope.redo.items() if ident not in gone}
        return self.with_scope(run, replace(scope, redo=kept)) if len(kept) < len(scope.redo) else self

    def in_order(self, frames: Iterable[Frame], styles: Sequence[str]) -> list[Frame]:
        """Sort frames, given in story order, as they are to be made. ``styles`` are in the project's order."""
        place = {ident: number for number, ident in enumerate(self.first)}
        rank = {style: number for number, style in enumerate(styles)}
        by_style = self.order is Order.STYLES
        last = len(place)
        return sorted(frames, key=lambda f: (place.get(f.id, last), rank.get(f.style, 0) if by_style else 0))

    def is_held(self, style: str, provider: str) -> bool:
        """Return whether frames of this style, made by this provider, are held."""
        return style in self.held or provider in self.held_providers

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "order": self.order.value,
            "first": list(self.first),
            "held": sorted(self.held),
            "heldProviders": sorted(self.held_providers),
            "scopes": {
                run: {
                    "only": None if scope.only is None else list(scope.only),
                    "redo": {
                        ident: {"seed": redo.seed, "replaces": redo.replaces, "model": redo.model}
                        for ident, redo in scope.redo.items()
                    },
                    "again": dict(scope.again),
                }
                for run, scope in self.scopes.items()
            },
        }

    @classmethod
    def from_json(cls, data: Any) -> WorkPlan:
        """Read what `to_json` wrote; a value that does not fit counts as missing.

        A scope that cannot be read is an empty one: a run must never make more than was asked for.
        """
        if not isinstance(data, dict):
            return cls()
        scopes = data.get("scopes")
        return cls(
            Order.STYLES if data.get("order") == Order.STYLES else Order.BEATS,
            _texts(data.get("first")),
            frozenset(_texts(data.get("held"))),
            frozenset(_texts(data.get("heldProviders"))),
            {str(run): _scope(scope) for run, scope in scopes.items()} if isinstance(scopes, dict) else {},
        )


def wanted(
    scope: RunScope,
    missing: Collection[Frame],
    images: Mapping[Frame, str],
    given_up: Mapping[Frame, int],
    locked: Collection[str],
) -> list[Frame]:
    """Return the frames that a run of this scope still has to make, in the order of ``missing``, then those made anew.

    ``images`` are the versions of existing images; ``given_up`` counts for frames that this run failed at how often the
    user had asked for them by then; ``locked`` frames are never made.
    """
    chosen = None if scope.only is None else set(scope.only)
    found = [
        frame
        for frame in missing
        if (chosen is None or frame.id in chosen)
        and frame.id not in locked
        and given_up.get(frame, -1) < scope.again.get(frame.id, 0)
    ]
    anew = [
        frame
        for frame, version in images.items()
        if (redo := scope.redo.get(frame.id))
        and redo.replaces == version
        and frame.id not in locked
        and given_up.get(frame, -1) < scope.again.get(frame.id, 0)
    ]
    return [*found, *anew]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _scope(data: Any) -> RunScope:
    if not isinstance(data, dict) or not (data.get("only") is None or isinstance(data["only"], list)):
        return RunScope(only=())
    redo, again = data.get("redo"), data.get("again")
    return RunScope(
        None if data.get("only") is None else _texts(data["only"]),
        {str(ident): made for ident, each in redo.items() if (made := _redo(each))} if isinstance(redo, dict) else {},
        {str(i): n for i, n in again.items() if type(n) is int and n >= 0} if isinstance(again, dict) else {},
    )


def _redo(data: Any) -> Redo | None:
    if not isinstance(data, dict) or not isinstance(data.get("replaces"), str):
        return None
    seed, model = data.get("seed"), data.get("model")
    return Redo(seed % 2**31 if type(seed) is int else None, data["replaces"], model if isinstance(model, str) else "")
