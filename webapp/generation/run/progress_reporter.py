"""Progress of a run: the state of every frame, counted, and posted to the live state a few times a second.

The runner sets; the reporter collects and posts at most ten messages a second, many frames each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from webapp.core.activity_line import line_of_frame
from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run

POST_EVERY = 0.1
"""Seconds between two messages of one project."""

TICK = 1.0
"""Seconds after which a countdown on the page is posted anew."""


class ProgressReporter:
    """Keeps the state of the frames of one run and posts what is new.

    ``post`` is `LiveState.post` for this project under the driver's token; ``clock`` gives seconds since the epoch.
    ``on_line`` gets each line of activity at once, also while Redis is away.
    """

    def __init__(
        self,
        post: Callable[..., object],
        project: Project,
        clock: Callable[[], float],
        run: str = "",
        on_line: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        self._post = post
        self._project = project
        self._clock = clock
        self._run = run
        self._on_line = on_line
        self._status: dict[Frame, Status] = dict.fromkeys(project.frames(), Status.PENDING)
        self._per_style = {style.name: dict.fromkeys(Status, 0) for style in project.styles}
        for frame in self._status:
            self._per_style[frame.style][Status.PENDING] += 1
        self._known: dict[Frame, FrameNews] = {}
        self._unposted: dict[Frame, FrameNews] = {}
        self._lines: list[dict[str, Any]] = []
        self._newest: dict[str, Any] | None = None
        self._until = 0.0
        self._posted_until = 0.0
        self._why = ""
        self._who = ""
        self._coming: list[str] = []
        self._posted_at = 0.0
        self.made = 0

    def set(self, frame: Frame, status: Status, *, post: bool = True, **facts: Any) -> None:
        """Set the frame's state. With ``post=False`` it is only counted: the page knows it from the disk."""
        before = self._status[frame]
        counts = self._per_style[frame.style]
        counts[before] -= 1
        counts[status] += 1
        self._status[frame] = status
        news = FrameNews(frame.style, frame.shot, frame.beat, status, **facts)
        self._known[frame] = news
        if status is Status.COMPLETE and before is not Status.COMPLETE:
            self.made += 1
        if post:
            self._unposted[frame] = news
            self._newest = self._position(frame)

    def add_line(self, text: str, kind: str = "info", frame: Frame | None = None) -> None:
        """Add a line of activity, of this frame or of the whole run."""
        line = line_of_frame(self._clock(), kind, text, self._run, frame).to_json()
        self._lines.append(line)
        self._on_line(line)

    def set_next(self, frames: Sequence[Frame]) -> None:
        """Set the frames that come next; they go out with the next message."""
        self._coming = [frame.id for frame in frames]

    def set_wait(self, until: float, why: str = "", who: str = "") -> None:
        """Set until when (epoch seconds; 0: no longer) no call to the provider ``who`` may begin, and why."""
        self._until = until
        self._why = why
        self._who = who

    def status(self, frame: Frame) -> Status:
        """The frame's state."""
        return self._status[frame]

    def version(self, frame: Frame) -> str:
        """The version of the frame's image as far as it was set here; "": there is none."""
        news = self._known.get(frame)
        return news.image if news else ""

    @property
    def flawed(self) -> int:
        """How many frames keep the image they had because making another one failed."""
        return sum(bool(news.error) for news in self._known.values() if news.status is Status.EXISTS)

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
    def dirty(self) -> bool:
        """Whether there is something to post."""
        return bool(self._unposted or self._lines or self._countdown_is_old)

    @property
    def _countdown_is_old(self) -> bool:
        if abs(self._until - self._posted_until) > TICK / 2:
            return True
        return self.tick_in() <= 0

    def tick_in(self) -> float:
        """Seconds until the countdown of the page is old; infinite while there is none."""
        now = self._clock()
        return max(0.0, self._posted_at + TICK - now) if self._until > now else math.inf

    def due_in(self) -> float:
        """Seconds until a message may go out; infinite while there is nothing to post."""
        return max(0.0, self._posted_at + POST_EVERY - self._clock()) if self.dirty else self.tick_in()

    def post(self, run: Run | None = None, name: str = "") -> None:
        """Post everything that is new; with ``run`` the whole state, for a live state that was lost.

        What could not be posted is kept for the next time.

        Raises:
            CoordinationDown: Redis did not answer.
            LeaseLost: another worker drives the project.
        """
        news = list(self._known.values() if run else self._unposted.values())
        lines = list(self._lines)
        self._posted_at = self._clock()  # or tried to: a Redis that is away is not asked without a pause
        self._post(run=run, name=name, now=self._made_or_awaited_now(), counts=self.counts(), frames=news, log=lines)
        self._posted_until = self._until
        del self._lines[: len(lines)]
        for item in news:
            frame = Frame(item.style, item.shot, item.beat)
            if self._unposted.get(frame) is item:
                del self._unposted[frame]

    def _made_or_awaited_now(self) -> dict[str, Any] | None:
        if self._newest is None and not self._until:
            return None
        waits = {"until": self._until, "why": self._why, "who": self._who}
        return {**(self._newest or {}), "next": self._coming, **waits}

    def _position(self, frame: Frame) -> dict[str, Any]:
        numbers = self._per_style[frame.style]
        beat = self._project.beat(frame)
        return {
            "style": frame.style,
            "beat": str(beat.number if beat else frame.beat),
            "done": numbers[Status.COMPLETE] + numbers[Status.EXISTS],
            "total": sum(numbers.values()),
        }
