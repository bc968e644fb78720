"""How a project stands right now: what its folder holds, what its run says, and each frame's status from both.

The folder decides what exists; the run only adds what it is doing and what failed. So a page is right even when Redis
lost everything, and a picture deleted by hand is missing at the next look.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from webapp.coordination.board import Message
from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.project import Frame, Project
from webapp.core.run import Run


@dataclass(slots=True)
class Standing:
    """One moment of one project. ``versions`` are those of the pictures that exist; ``news`` is by `Frame.id`."""

    project: Project
    run: Run
    live: str = ""
    now: dict[str, Any] | None = None
    status: dict[Frame, Status] = field(default_factory=dict)
    versions: dict[Frame, str] = field(default_factory=dict)
    news: dict[str, FrameNews] = field(default_factory=dict)
    log: tuple[dict[str, Any], ...] = ()
    by_id: dict[str, Frame] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, versions: dict[Frame, str], board: Message, run: Run) -> Standing:
        """Put together from the folder, the board and the run."""
        frames = project.frames()
        return cls(
            project=project,
            run=run,
            live=board.id,
            now=board.now,
            status={frame: _status(versions.get(frame), board.frames.get(frame.id), run) for frame in frames},
            versions=versions,
            news=board.frames,
            log=board.log,
            by_id={frame.id: frame for frame in frames},
        )

    def hear(self, message: Message) -> list[Frame]:
        """Take a message in; answers the frames it changed. Frames the prompts do not have are passed over."""
        self.live = message.id
        self.run = message.run if message.run and message.run.seq >= self.run.seq else self.run
        self.now = message.now
        self.log = (*reversed(message.log), *self.log)[:200]
        changed = []
        for ident, news in message.frames.items():
            frame = self.by_id.get(ident)
            if frame is None:
                continue
            if news.image:
                self.versions[frame] = news.image
            self.news[ident] = news
            self.status[frame] = _status(self.versions.get(frame), news, self.run)
            changed.append(frame)
        return changed

    def counts(self, style: str | None = None) -> Counts:
        """How many frames, of one style or of all, are in which state."""
        return Counts.of(s for frame, s in self.status.items() if style is None or frame.style == style)

    def group(self, shot: str) -> Counts:
        """How many frames of one shot are in which state."""
        return Counts.of(s for frame, s in self.status.items() if frame.shot == shot)

    def fact(self, frame: Frame) -> FrameNews | None:
        """What the newest run said of this frame, if anything."""
        news = self.news.get(frame.id)
        return news if news and news.run == self.run.id else None

    def spent(self) -> int:
        """Micro-dollars the pictures of this run cost, as far as known."""
        return sum(news.cost or 0 for news in self.news.values() if news.run == self.run.id)

    def copy(self) -> Standing:
        """An independent copy, cheap: the project is shared."""
        return replace(self, status=dict(self.status), versions=dict(self.versions), news=dict(self.news))


def _status(version: str | None, news: FrameNews | None, run: Run) -> Status:
    mine = news is not None and news.run == run.id and bool(run.id)
    if mine and news is not None and news.status is Status.GENERATING and run.active:
        return Status.GENERATING
    if version:
        return Status.COMPLETE if mine and news is not None and news.status is Status.COMPLETE else Status.EXISTS
    return Status.ERROR if mine and news is not None and news.status is Status.ERROR else Status.PENDING
