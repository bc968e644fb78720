"""Capacity of one process: how much it takes on at a time, read from the settings.

The default for viewers was measured (docs/performance.md); the others are well above what one studio asks for.
Past each of these the answer is one plain sentence at once (503 with Retry-After, or 413), never a page that does not
come.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from webapp.core.settings import parse
from webapp.core.settings.reader import SettingsReader

VIEWERS = 2_000
"""Pages that a process keeps up to date: a change reaches a thousand within 20 ms and five thousand within 50."""

FILES_BESIDE_VIEWERS = 400
"""Files and connections a process needs besides one for each viewer: requests, calls to services, Redis, images."""

MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What one process takes on at a time."""

    viewers: int | None = None
    """Open live views; ``None``: `VIEWERS`, or as many as the system's limit of open files leaves room for."""
    viewers_each: int = 50
    """Open live views of one browser, and streams of one address's programs."""
    requests: int = 500
    """Requests being answered at the same time; a live view is none."""
    exports: int = 20
    """Exports that wait for their turn or are being made."""
    upload: int = 64 * MB
    """Bytes of one request."""
    archive: int = 2048 * MB
    """Bytes of a project's ZIP."""

    @classmethod
    def read(cls, settings: SettingsReader) -> Capacity:
        """Read the variables."""
        return cls(
            viewers=settings.read("VIEWERS_PER_WORKER", partial(parse.whole, least=1, most=50_000)),
            viewers_each=settings.read("VIEWERS_PER_VISITOR", partial(parse.whole, least=1, most=50_000))
            or cls.viewers_each,
            requests=settings.read("REQUESTS_PER_WORKER", partial(parse.whole, least=10, most=10_000)) or cls.requests,
            exports=settings.read("EXPORTS_PER_WORKER", partial(parse.whole, least=1, most=1_000)) or cls.exports,
            upload=(settings.read("MAX_UPLOAD_MB", partial(parse.whole, least=1, most=10_000)) or 64) * MB,
            archive=(settings.read("MAX_ARCHIVE_MB", partial(parse.whole, least=1, most=1_000_000)) or 2048) * MB,
        )

    def room(self, files: int) -> int:
        """Live views that are admitted where a process may have so many files open."""
        return self.viewers or max(1, min(VIEWERS, files - FILES_BESIDE_VIEWERS))

    def files(self) -> int:
        """Open files that a process needs for the live views that were asked for; 0 when that was left open."""
        return self.viewers + FILES_BESIDE_VIEWERS if self.viewers else 0
