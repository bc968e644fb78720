"""What a run has to tell: the state of every frame, counted, and told to the board a few times a second.

The runner sets; the tally collects and posts at most ten messages a second, many frames each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from webapp.coordination.live_state import LiveState
from webapp.core.activity_line import line_of_frame
from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run

POST_EVERY = 0.1
"""Seconds between two messages of one project."""

TICK = 1.0
"""Seconds after which a countdown on the page is told anew."""


class ProgressReporter:
    """The frames of one project during one run. ``clock`` gives seconds since the epoch; ``wrote`` hears at once of
    each line of activity, also while Redis is away."""

    def __init__(
        self,
        board: LiveState,
        folder_id: str,
        project: Project,
        token: int,
        clock: Callable[[], float],
        run: str = "",
        wrote: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        self._board = board
        self._id = folder_id
        self._project = project
        self._token = token
        self._clock = clock
        self._run = run
        self._wrote = wrote
        self._status: dict[Frame, Status] = dict.fromkeys(project.frames(), Status.PENDING)
        self._per_style = {style.name: dict.fromkeys(Status, 0) for style in project.styles}
        for frame in self._status:
            self._per_style[frame.style][Status.PENDING] += 1
        self._facts: dict[Frame, FrameNews] = {}
        self._news: dict[Frame, FrameNews] = {}
        self._lines: list[dict[str, Any]] = []
        self._now: dict[str, Any] | None = None
        self._until = 0.0
        self._told_until = 0.0
        self._why = ""
        self._who = ""
        self._coming: list[str] = []
        self._posted_at = 0.0
        self.made = 0

    def set(self, frame: Frame, status: Status, *, tell: bool = True, **facts: Any) -> None:
        """This frame is in this state now. With ``tell=False`` it is only counted: the page knows it from the disk."""
        before = self._status[frame]
        counts = self._per_style[frame.style]
        counts[before] -= 1
        counts[status] += 1
        self._status[frame] = status
        news = FrameNews(frame.style, frame.shot, frame.beat, status, **facts)
        self._facts[frame] = news
        if status is Status.COMPLETE and before is not Status.COMPLETE:
            self.made += 1
        if tell:
            self._news[frame] = news
            self._now = self._at(frame)

    def say(self, text: str, kind: str = "info", frame: Frame | None = None) -> None:
        """Add a line of activity, of this frame or of the whole run."""
        line = line_of_frame(self._clock(), kind, text, self._run, frame).to_json()
        self._lines.append(line)
        self._wrote(line)

    def next(self, frames: Sequence[Frame]) -> None:
        """These frames come next; told with whatever is told next."""
        self._coming = [frame.id for frame in frames]

    def wait(self, until: float, why: str = "", who: str = "") -> None:
        """No call to the provider ``who`` may begin before then (epoch seconds), for this reason; 0: no longer."""
        self._until = until
        self._why = why
        self._who = who

    def status(self, frame: Frame) -> Status:
        """The frame's state."""
        return self._status[frame]

    def version(self, frame: Frame) -> str:
        """The version of the frame's image as far as this run was told; "" when there is none."""
        news = self._facts.get(frame)
        return news.image if news else ""

    @property
    def flawed(self) -> int:
        """How many frames keep the image they had because making another one failed."""
        return sum(bool(news.error) for news in self._facts.values() if news.status is Status.EXISTS)

    def with_status(self, *wanted: Status) -> list[Frame]:
        """The frames in any of these states, in story order."""
        return [frame for frame, status in self._status.items() if status in wanted]

    def counts(self) -> dict[str, Counts]:
        """How many frames of each style are in which state."""
        return {
            style: Counts(**{status.value: number for status, number in numbers.items()})
            for style, numbers in self._per_style.items()
        }

    @property
    def failed(self) -> int:
        """Frames given up in this run."""
        return sum(numbers[Status.ERROR] for numbers in self._per_style.values())

    @property
    def dirty(self) -> bool:
        """Whether there is something to post."""
        return bool(self._news or self._lines or self._counting_down)

    @property
    def _counting_down(self) -> bool:
        """Whether the seconds that the page shows until the keys are free again are old."""
        if abs(self._until - self._told_until) > TICK / 2:
            return True
        return self.tick_in() <= 0

    def tick_in(self) -> float:
        """Seconds until the seconds that the page counts down are old; infinite while it counts none."""
        now = self._clock()
        return max(0.0, self._posted_at + TICK - now) if self._until > now else math.inf

    def due_in(self) -> float:
        """Seconds until there is a message that may go out; infinite while there is nothing to tell."""
        return max(0.0, self._posted_at + POST_EVERY - self._clock()) if self.dirty else self.tick_in()

    def post(self, run: Run | None = None, name: str = "") -> None:
        """Tell everything that is new. With ``run`` the whole state is told, for a board that lost it.

        What could not be posted is kept for the next time.

        Raises:
            CoordinationDown, LeaseLost
        """
        news = list(self._facts.values() if run else self._news.values())
        lines = list(self._lines)
        self._posted_at = self._clock()  # or tried to: a Redis that is away is not asked without a pause
        self._board.post(
            self._id,
            run=run,
            name=name,
            token=self._token,
            now=self._at_work(),
            counts=self.counts(),
            frames=news,
            log=lines,
        )
        self._told_until = self._until
        del self._lines[: len(lines)]
        for item in news:
            frame = Frame(item.style, item.shot, item.beat)
            if self._news.get(frame) is item:
                del self._news[frame]

    def _at_work(self) -> dict[str, Any] | None:
        """What is made now, or is waited for; ``None`` before either."""
        if self._now is None and not self._until:
            return None
        waits = {"until": self._until, "why": self._why, "who": self._who}
        return {**(self._now or {}), "next": self._coming, **waits}

    def _at(self, frame: Frame) -> dict[str, Any]:
        numbers = self._per_style[frame.style]
        beat = self._project.beat(frame)
        return {
            "style": frame.style,
            "beat": str(beat.number if beat else frame.beat),
            "done": numbers[Status.COMPLETE] + numbers[Status.EXISTS],
            "total": sum(numbers.values()),
        }
