"""In which order a run makes what is left, and what of it waits: the commands for the queue. Each may be sent twice."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from webapp.core.project import Frame
from webapp.core.run.states import Cause
from webapp.core.work_plan import Order, WorkPlan
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, IllegalMove, NotFound
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.direction import waiting_at
from webapp.web.images.views import CommandResult
from webapp.web.services import services
from webapp.web.telling import done, names, say

NO_STEP = "by must be earlier or later (one place), or first."

STEPS: Mapping[str, Callable[[int], int]] = {
    "first": lambda place: 0,
    "earlier": lambda place: place - 1,
    "later": lambda place: place + 2,
}
"""Before which place of the queue a frame comes that is moved from this one."""


def move(folder: Folder, standing: ProjectState, frame: Frame, by: str = "", before: str = "") -> CommandResult:
    """Move a frame that waits: ``by`` is earlier or later (one place), first, or "" for right before the frame with the
    id ``before`` (behind all of them where that is "").

    Raises:
        BadInput: it does not wait, or ``by`` is none of these words.
    """
    waiting = [each.id for each in standing.line]
    if frame.id not in waiting:
        raise BadInput("Only an image that waits in a run can be moved. Start the run first.")
    if by not in ("", *STEPS):
        raise BadInput(NO_STEP)
    place = waiting.index(frame.id)
    goal = waiting_at(waiting, max(0, STEPS[by](place))) if by else before
    plan = standing.truths.plan.placed(frame.id, goal, waiting)
    line = [each.id for each in plan.line_up(_story(standing), [style.name for style in standing.project.styles])]
    if line == waiting:
        return done(f"{names([frame])} is there already.")
    services().control.arrange(folder, lambda plan: plan.placed(frame.id, goal, waiting))
    ahead = line.index(frame.id)
    text = f"{names([frame])} comes {f'after {names([standing.by_id[line[ahead - 1]]])}' if ahead else 'next'}."
    undo = (("frame", frame.id), ("before", waiting_at(waiting, place + 1)))
    return done(text, urls.command(folder.name, "move"), undo)


def order(folder: Folder, standing: ProjectState, wanted: str) -> CommandResult:
    """Make a beat in all its styles before the next one, or one style after the other.

    Raises:
        BadInput: this is no order.
    """
    if wanted not in list(Order):
        raise BadInput("order must be beats or styles.")
    before = standing.truths.plan.order
    services().control.arrange(folder, lambda plan: replace(plan, order=Order(wanted)))
    words = {Order.BEATS: "Beats come together in all styles.", Order.STYLES: "One style is made after the other."}
    undo = urls.command(folder.name, "order"), (("order", before.value),)
    return done(words[Order(wanted)], *(undo if before != wanted else ()))


def hold(
    folder: Folder, standing: ProjectState, *, style: str = "", provider: str = "", on: bool = True
) -> CommandResult:
    """Pause a style or a provider by itself, or let it go on. A run that paused because nothing else was left goes on.

    Raises:
        NotFound: the project has no such style, or nothing made by such a provider.
    """
    if style and standing.project.style(style) is None:
        raise NotFound(f"The project has no style {style}. Reload the page.")
    if provider and provider not in {maker.provider for maker in standing.truths.makers.values()}:
        raise NotFound("Nothing of this project is made by that provider. Reload the page.")
    if not style and not provider:
        raise BadInput("Say which style or which provider.")

    def change(plan: WorkPlan) -> WorkPlan:
        held, makers = set(plan.held), set(plan.held_providers)
        for wanted, kept in ((style, held), (provider, makers)):
            if wanted:
                kept.add(wanted) if on else kept.discard(wanted)
        return replace(plan, held=frozenset(held), held_providers=frozenset(makers))

    run = services().control.arrange(folder, change)
    if not on and run.pausing and run.cause == Cause.HELD:
        with contextlib.suppress(IllegalMove):
            services().control.resume(folder, run.id)
    what = f"Style {style}" if style else f"What {provider} makes"
    say(folder, f"{what} {'is paused by itself' if on else 'goes on'}.")
    fields = tuple((name, value) for name, value in (("style", style), ("provider", provider)) if value)
    verb = "release" if on else "hold"
    text = f"{what} is paused. The others go on." if on else f"{what} goes on."
    return done(text, urls.command(folder.name, verb), fields)


def _story(standing: ProjectState) -> list[Frame]:
    """The frames that wait, in story order."""
    waiting = set(standing.line)
    return [frame for frame in standing.status if frame in waiting]
