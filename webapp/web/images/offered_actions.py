"""Actions that a frame or a part of the matrix offers now, with prices; questions before bulk commands. Pure."""

from __future__ import annotations

from webapp.core.frames import Status
from webapp.core.money.amounts import dollars, per_image
from webapp.core.project import Frame
from webapp.providers.table import PROVIDERS
from webapp.state import frame_scope
from webapp.state.frame_facts import COMING_SHOWN
from webapp.state.frame_scope import FrameScope
from webapp.state.project_state import HAS_IMAGE, ProjectState
from webapp.web import urls
from webapp.web.images.matrix_views import FrameAction
from webapp.web.images.views import ActionMenu, MenuItem

QUESTIONS = ("regenerate", "delete")
"""Commands that ask once."""


def actions(state: ProjectState, frame: Frame) -> tuple[FrameAction, ...]:
    """Build the buttons of a frame: none while it is being made, waits to be made next, or is locked."""
    status, version = state.status[frame], state.versions.get(frame, "")
    if status is Status.GENERATING or state.facts.mark(frame).locked:
        return ()
    cost = price(state.facts.price(frame.style))
    if status in HAS_IMAGE:
        if state.awaits_redo(frame):
            return ()
        failed = bool(state.failure(frame))
        label, shown = ("Retry", True) if failed else ("Regenerate", frame in state.facts.changed)
        return (FrameAction("regenerate", label, "retry", f"{frame.id}@{version}", cost, shown),)
    if status is Status.ERROR or frame in state.facts.blocked:
        return (FrameAction("generate", "Retry", "retry", frame.id, cost, True),)
    if not state.takes_wishes:
        return (FrameAction("generate", "Generate", "play", frame.id, cost),)
    if frame in state.queue[:COMING_SHOWN]:
        return ()
    scope = state.facts.plan.scope(state.run.id)
    new = scope.only is not None and frame.id not in scope.only  # the run was not for it: this costs more
    return (FrameAction("generate", "Generate next", "next", frame.id, cost if new else ""),)


def place(state: ProjectState, frame: Frame) -> str:
    """The place of a frame in the queue: "Next in queue", "In the queue", "" for none."""
    if frame in state.queue[:COMING_SHOWN]:
        return "Next in queue"
    return "In the queue" if state.awaits_redo(frame) else ""


def needs_edit(state: ProjectState, frame: Frame) -> bool:
    """True when an edit of its prompt helps this frame."""
    return state.status[frame] is Status.ERROR or frame in state.facts.blocked or bool(state.failure(frame))


def price(micro: int | None) -> str:
    """A price on a button: "" for free, "price unknown" for ``None``."""
    return "price unknown" if micro is None else per_image(micro) if micro else ""


def total(state: ProjectState, frames: list[Frame]) -> int | None:
    """The price of making these frames, in micro-dollars; ``None`` when the price of one is unknown."""
    prices = [state.facts.price(frame.style) for frame in frames]
    return None if None in prices else sum(each or 0 for each in prices)


def about(micro: int | None) -> str:
    """A sum on a button: "about $1.17", "free", "price unknown"."""
    return "price unknown" if micro is None else f"about {dollars(micro)}" if micro else "free"


def scope_sheet(state: ProjectState, scope: FrameScope) -> ActionMenu:
    """Build the menu of a part of the matrix.

    Raises NotFound: the project has no such part.
    """
    frames = frame_scope.within(state, scope)
    offers = [*_making(state, scope, frames), *_holding(state, scope), *_bulk(state, scope, frames)]
    title = scope.words[:1].upper() + scope.words[1:]
    there = sum(frame in state.versions for frame in frames)
    text = f"{there} of {len(frames)} images exist."
    return ActionMenu(title, text, tuple(offers), urls.step(state.project.name, "images"))


def question(state: ProjectState, what: str, scope: FrameScope) -> ActionMenu:
    """Build the question before a bulk command: how many images, and what they cost.

    Raises NotFound: the project has no such part.
    """
    frames = asked(state, scope)
    number, name = len(frames), state.project.name
    images = f"{number} image{'s' if number != 1 else ''}"
    fields = (*scope.fields, ("count", str(number)))
    back = urls.step(name, "images")
    if not number:
        return ActionMenu("Nothing to do", f"There is no such image in {scope.words} now.", (), back, asks=True)
    if what == "delete":
        text = f"{images} of {scope.words} will be moved to the trash, where they are kept for 30 days."
        offer = MenuItem(
            f"Delete {images}", "", urls.command(name, "delete"), icon="trash", kind="danger", fields=fields
        )
        return ActionMenu(f"Delete {images}?", text, (offer,), back, asks=True)
    cost = about(total(state, frames))
    kind = "stale " if scope.only == "stale" else ""
    text = f"{number} {kind}image{'s' if number != 1 else ''} of {scope.words} will be made again, {_for(cost)}. "
    text += "The current images stay in each frame’s history. Locked ones are left alone."
    offer = MenuItem(
        f"Regenerate {images}", cost, urls.command(name, "regenerate"), icon="retry", kind="danger", fields=fields
    )
    return ActionMenu(f"Regenerate {images}?", text, (offer,), back, asks=True)


def shown_question(state: ProjectState, failed: list[Frame]) -> ActionMenu:
    """Build the question before retrying only the failed images that a filter shows."""
    name, number = state.project.name, len(failed)
    images = f"{number} failed image{'s' if number != 1 else ''}"
    cost = about(total(state, failed))
    fields = (("frames", " ".join(frame.id for frame in failed)), ("count", str(number)))
    text = f"The filter shows {images}; only {'these are' if number != 1 else 'this one is'} tried again, {_for(cost)}."
    offer = MenuItem(
        f"Retry {images}", cost, urls.command(name, "retry-failed"), icon="retry", kind="primary", fields=fields
    )
    return ActionMenu(f"Retry {images}?", text, (offer,), urls.step(name, "images"), asks=True)


def budget_question(state: ProjectState) -> ActionMenu | None:
    """Build the question before a run that the budget is not enough for; ``None`` when it is enough."""
    frames = [frame for frame in frame_scope.missing(state) if frame not in state.facts.blocked]
    facts, cost = state.facts, total(state, frames)
    if facts.budget is None or not cost:
        return None
    left = max(0, facts.budget - facts.spent)
    if cost <= left:
        return None
    reached = _reached(state, frames, left)
    name = state.project.name
    text = (
        f"{len(frames)} images cost about {dollars(cost)}, and {dollars(left)} of the {dollars(facts.budget)} budget "
        f"is left. That is enough for {reached} image{'s' if reached != 1 else ''}; then the run pauses and asks."
    )
    label = f"Start within the budget: {reached} image{'s' if reached != 1 else ''}"
    offer = MenuItem(label, "", urls.command(name, "start"), icon="play", kind="primary", fields=(("sure", "1"),))
    return ActionMenu("The budget is not enough", text, (offer,), urls.step(name, "images"), asks=True)


def asked(state: ProjectState, scope: FrameScope) -> list[Frame]:
    """The frames that a question is about: those of the scope, by default those that have an image."""
    return frame_scope.within(state, scope if scope.only else FrameScope(scope.style, scope.shot, scope.beat, "made"))


def _making(state: ProjectState, scope: FrameScope, frames: list[Frame]) -> list[MenuItem]:
    name, offers = state.project.name, []
    if missing := frame_scope.missing(state, frames):
        cost, images = about(total(state, missing)), f"the {len(missing)} missing"
        label = f"Generate {images} first" if state.takes_wishes else f"Generate {images}"
        fields = (*scope.fields, ("only", "missing"))
        offers.append(MenuItem(label, cost, urls.command(name, "generate"), icon="next", kind="primary", fields=fields))
    if failed := frame_scope.failed(state, frames):
        cost = about(total(state, failed))
        label = f"Retry failed ({len(failed)})"
        offers.append(
            MenuItem(label, cost, urls.command(name, "retry-failed"), icon="retry", fields=tuple(scope.fields))
        )
    return offers


def _holding(state: ProjectState, scope: FrameScope) -> list[MenuItem]:
    """Hold and release: the style, and its provider where there are several."""
    if not scope.style or scope.shot:
        return []
    name, plan = state.project.name, state.facts.plan
    offers = [_hold(name, "style", scope.style, "this style", on=scope.style in plan.held)]
    providers = {maker.provider for maker in state.facts.makers.values()}
    maker = state.facts.makers.get(scope.style)
    if maker and (len(providers) > 1 or maker.provider in plan.held_providers):
        label = PROVIDERS[maker.provider].label if maker.provider in PROVIDERS else maker.provider
        on = maker.provider in plan.held_providers
        offers.append(_hold(name, "provider", maker.provider, f"everything {label} makes", on=on))
    return offers


def _hold(name: str, kind: str, value: str, words: str, *, on: bool) -> MenuItem:
    verb, label, icon = ("release", "Resume", "play") if on else ("hold", "Pause", "pause")
    return MenuItem(f"{label} {words}", "", urls.command(name, verb), icon=icon, fields=((kind, value),))


def _bulk(state: ProjectState, scope: FrameScope, frames: list[Frame]) -> list[MenuItem]:
    name, offers = state.project.name, []
    for only, words in (("stale", "stale"), ("made", "existing")):
        found = frame_scope.KINDS[only](state, frames)
        if found:
            cost = about(total(state, found))
            href = urls.ask(name, "regenerate", *scope.fields, ("only", only))
            offers.append(MenuItem(f"Regenerate the {len(found)} {words}…", cost, href=href, icon="retry"))
    if made := frame_scope.made(state, frames):
        href = urls.ask(name, "delete", *scope.fields)
        offers.append(
            MenuItem(f"Delete {len(made)} image{'s' if len(made) != 1 else ''}…", "", href=href, icon="trash")
        )
    return offers


def _for(cost: str) -> str:
    return {"free": "for free", "price unknown": "at a price that is not known"}.get(cost, f"for {cost}")


def _reached(state: ProjectState, frames: list[Frame], left: int) -> int:
    reached = 0
    for frame in state.facts.plan.in_order(frames, [style.name for style in state.project.styles]):
        left -= state.facts.price(frame.style) or 0
        if left < 0:
            break
        reached += 1
    return reached
