"""Changes as a run posts them, without a run: one frame and one line of activity each, with a mark."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.audience import mark
from benchmarks.stage import STYLES
from tests.harness.app_process import AppProcess
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect
from webapp.coordination.redis_server import EmbeddedServer
from webapp.core.frames import FrameNews, Status
from webapp.core.project import Frame
from webapp.disk.library import Library
from webapp.disk.storage_id import storage_id


def redis_of(app: AppProcess) -> str:
    """The address of the app's embedded Redis."""
    return EmbeddedServer(app.data_dir).url


def publisher(app: AppProcess) -> Callable[[str, int], Frame]:
    """Posts a change of a project with this mark, and answers which frame it is of."""
    library = Library(app.projects_root, storage=storage_id(app.projects_root))
    board = LiveState(connect(redis_of(app)), time.time, library.storage)
    ids: dict[str, str] = {}

    def publish(project: str, number: int) -> Frame:
        ident = ids.setdefault(project, library.find(project).id)
        frame = Frame(STYLES[-1], "1", f"1.{number % 10 + 1}")
        news = FrameNews(frame.style, frame.shot, frame.beat, Status.GENERATING, since=time.time())
        line = {"at": time.time(), "kind": "info", "text": f"{mark(number)} [{frame.style}] Beat {frame.beat} started"}
        board.post(ident, frames=[news], log=[line])
        return frame

    return publish
