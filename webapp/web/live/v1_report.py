"""The events of a run as a v1.1 client gets them, as plain values: start, progress of each image, one end.

Pure: it is given what the live state and the folder say, in any order and any number of times, and returns what is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run, RunState

V1Event = dict[str, Any]
"""One event, to be sent as one line of JSON."""

WORKED_ON = frozenset({Status.GENERATING, Status.ERROR})


class V1Report:
    """What one client was sent of one run. ``completed`` of a style only rises, and never above its total."""

    def __init__(self, project: Project, run: Run) -> None:
        self._project = project
        self._run = run
        self._order = project.frames()
        self._reported: dict[Frame, Status] = {}
        self._done: dict[str, set[Frame]] = {style.name: set() for style in project.styles}
        self._totals = {style.name: len(set(style.frames())) for style in project.styles}
        self._counts: Mapping[str, Counts] = {}

    @property
    def ended(self) -> bool:
        """Whether the run is over, so that only `end` is left to report."""
        return not self._run.active

    def start(self) -> V1Event:
        """The first event."""
        return {"type": "start", "message": "Starting image generation..."}

    def add_images(self, frames: Collection[Frame], news: Mapping[str, FrameNews]) -> list[V1Event]:
        """Report frames that have an image; ``news`` is what the live state says of them, by `Frame.id`.

        A frame that is being worked on by the live state is left out, and one this run made is not called skipped.
        """
        events = []
        for frame in self._order:
            known = news.get(frame.id)
            if frame not in frames or (known and known.status in WORKED_ON and self._of_this_run(known)):
                continue
            made_now = known is not None and known.status is Status.COMPLETE and self._of_this_run(known)
            events += self._update_frame(frame, Status.COMPLETE if made_now else Status.EXISTS)
        return events

    def update(self, news: Iterable[FrameNews], run: Run | None, counts: Mapping[str, Counts]) -> list[V1Event]:
        """Report what is new in a change, or in the whole live state. A newer run replaces the one reported so far,
        unless that was stopping: then the newer one was started after it.

        Not what an older run said, whose images may be gone; `add_images` reports those that exist.
        """
        if run is not None and run.seq >= self._run.seq:
            stopped = self._run.state is RunState.STOPPING and run.id != self._run.id
            self._run = replace(self._run, state=RunState.STOPPED) if stopped else run
        self._counts = counts or self._counts
        events = []
        for item in news:
            frame = Frame(item.style, item.shot, item.beat)
            if self._project.beat(frame) is not None and self._of_this_run(item):
                events += self._update_frame(frame, item.status, item.error)
        return events

    def end(self, frames: Collection[Frame]) -> list[V1Event]:
        """The last events: images not reported yet, then exactly one ``complete`` or ``error``.

        Not ``complete`` while a prompts file, or an entry of one, could not be read.

        ``frames`` have an image.
        """
        events = []
        for frame in self._order:
            if frame in frames:
                events += self._update_frame(frame, Status.COMPLETE)
        done, total = len(set(frames) & set(self._order)), self._project.total
        if self._run.state is RunState.DONE and done == total and not self._project.unread_prompts:
            styles = {style: {"completed": of, "total": of} for style, of in self._totals.items()}
            words = "All images generated successfully!"
            result = {"success": True, "message": words, "total": total, "styles": styles}
            return [*events, {"type": "complete", "result": result}]
        return [*events, failure(self._sentence(done, total))]

    def _sentence(self, done: int, total: int) -> str:
        run = self._run
        if run.state is RunState.STOPPED:
            return "Generation stopped by user"
        if run.state is RunState.PAUSED:
            return f"Paused: {run.reason}" if run.reason else "Generation paused by user. Start again to go on."
        if run.state in (RunState.DONE, RunState.PARTIAL):
            unread = self._project.unread_prompts
            if done == total and unread:
                return f"{done} of {total} images exist, but not all prompts can be used. {unread[0]}"
            failed = run.failed or sum((c.error for c in self._counts.values()), 0)
            count = f"{done} of {total} images generated."
            return f"{count} {failed} failed." if failed else f"{count} Start again to make the rest."
        return run.reason or "Generation was interrupted. Progress has been saved; start again to resume."

    def _of_this_run(self, news: FrameNews) -> bool:
        return news.run in ("", self._run.id)

    def _update_frame(self, frame: Frame, status: Status, error: str = "") -> list[V1Event]:
        done = self._done[frame.style]
        if status is Status.PENDING or frame in done or self._reported.get(frame) is status:
            return []
        self._reported[frame] = status
        if status in (Status.COMPLETE, Status.EXISTS):
            done.add(frame)
        beat = self._project.beat(frame)
        event: V1Event = {
            "type": "progress",
            "style": frame.style,
            "beat_number": beat.written if beat else frame.beat,
            "completed": len(done),
            "total": self._totals[frame.style],
            "status": "skipped" if status is Status.EXISTS else status.value,
        }
        if frame in done:
            event["imagePath"] = frame.image_path
        if status is Status.ERROR:
            event["error"] = error or "The image could not be made."
        return [event]


def failure(sentence: str) -> V1Event:
    """The end event of everything that is not a complete success."""
    return {"type": "error", "error": sentence}
