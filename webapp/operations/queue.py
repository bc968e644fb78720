"""Commands for the queue of a run: the order of what is left, and what of it is held. Each may be sent twice."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from webapp.core.project import Frame
from webapp.core.run.states import Cause
from webapp.core.work_plan import Order, WorkPlan
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, IllegalMove, NotFound
from webapp.generation.control import Control
from webapp.operations.publisher import ChangePublisher
from webapp.operations.result import CommandResult, UndoCommand, UndoName, frame_names
from webapp.state.project_state import ProjectState

NO_STEP = "by must be earlier or later (one place), or first."

STEPS: Mapping[str, Callable[[int], int]] = {
    "first": lambda place: 0,
    "earlier": lambda place: place - 1,
    "later": lambda place: place + 2,
}
"""Before which place of the queue a frame comes that is moved from this one."""


class QueueOperations:
    """Commands for the queue of one project, given as it stands to the user."""

    def __init__(self, control: Control, publisher: ChangePublisher) -> None:
        self._control = control
        self._publisher = publisher

    def move(self, folder: Folder, state: ProjectState, frame: Frame, by: str = "", before: str = "") -> CommandResult:
        """Move a frame that waits: ``by`` is earlier or later (one place), first, or "" for right before the frame with
        the id ``before`` (behind all of them where that is "").

        Raises:
            BadInput: it does not wait, or ``by`` is none of these words.
        """
        waiting = [each.id for each in state.queue]
        if frame.id not in waiting:
            raise BadInput("Only an image that waits in a run can be moved. Start the run first.")
        if by not in ("", *STEPS):
            raise BadInput(NO_STEP)
        place = waiting.index(frame.id)
        goal = frame_at(waiting, max(0, STEPS[by](place))) if by else before
        after = _lined_up(state, state.facts.plan.placed(frame.id, goal, waiting))
        if after == waiting:
            return CommandResult(f"{frame_names([frame])} is there already.")
        self._control.arrange(folder, lambda plan: plan.placed(frame.id, goal, waiting))
        ahead = after.index(frame.id)
        where = f"after {frame_names([state.by_id[after[ahead - 1]]])}" if ahead else "next"
        undo = UndoCommand(UndoName.MOVE, (frame.id,), (("before", frame_at(waiting, place + 1)),))
        return CommandResult(f"{frame_names([frame])} comes {where}.", undo)

    def order(self, folder: Folder, state: ProjectState, wanted: str) -> CommandResult:
        """Make a beat in all its styles before the next one, or one style after the other.

        Raises:
            BadInput: this is no order.
        """
        if wanted not in list(Order):
            raise BadInput("order must be beats or styles.")
        before = state.facts.plan.order
        self._control.arrange(folder, lambda plan: replace(plan, order=Order(wanted)))
        words = {Order.BEATS: "Beats come together in all styles.", Order.STYLES: "One style is made after the other."}
        undo = UndoCommand(UndoName.ORDER, fields=(("order", before.value),)) if before != wanted else None
        return CommandResult(words[Order(wanted)], undo)

    def hold(
        self, folder: Folder, state: ProjectState, *, style: str = "", provider: str = "", on: bool = True
    ) -> CommandResult:
        """Pause a style or a provider by itself, or let it go on. A run that paused because nothing else was left goes
        on.

        Raises:
            NotFound: the project has no such style, or nothing made by such a provider.
        """
        if style and state.project.style(style) is None:
            raise NotFound(f"The project has no style {style}. Reload the page.")
        if provider and provider not in {maker.provider for maker in state.facts.makers.values()}:
            raise NotFound("Nothing of this project is made by that provider. Reload the page.")
        if not style and not provider:
            raise BadInput("Say which style or which provider.")

        def change(plan: WorkPlan) -> WorkPlan:
            held, held_providers = set(plan.held), set(plan.held_providers)
            for wanted, kept in ((style, held), (provider, held_providers)):
                if wanted:
                    kept.add(wanted) if on else kept.discard(wanted)
            return replace(plan, held=frozenset(held), held_providers=frozenset(held_providers))

        run = self._control.arrange(folder, change)
        if not on and run.pausing and run.cause == Cause.HELD:
            with contextlib.suppress(IllegalMove):
                self._control.resume(folder, run.id)
        what = f"Style {style}" if style else f"What {provider} makes"
        self._publisher.log(folder, f"{what} {'is paused by itself' if on else 'goes on'}.")
        fields = tuple((name, value) for name, value in (("style", style), ("provider", provider)) if value)
        text = f"{what} is paused. The others go on." if on else f"{what} goes on."
        return CommandResult(text, UndoCommand(UndoName.RELEASE if on else UndoName.HOLD, fields=fields))


def frame_at(waiting: Sequence[str], place: int) -> str:
    """The id at this place of the queue, "" behind the last one."""
    return waiting[place] if place < len(waiting) else ""


def _lined_up(state: ProjectState, plan: WorkPlan) -> list[str]:
    """The ids that wait, in the order of this plan."""
    waiting = set(state.queue)
    in_story_order = [frame for frame in state.status if frame in waiting]
    return [each.id for each in plan.in_order(in_story_order, [style.name for style in state.project.styles])]
