"""What becomes of the attempts that an earlier worker left behind, before a run goes on.

Attempts that a worker left without an outcome, as the books tell them to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.generation.job import Provider, UnfinishedAttempt
from webapp.generation.run.context import Saved
from webapp.providers.contract import Resumable


class Journal(Protocol):
    """Where attempts are written down."""

    def append(self, record: dict[str, Any]) -> None: ...


class UnfinishedAttempts:
    """The attempts of one project that have no outcome in its books. Everything here may be done again after a crash.

    ``ledger`` is what the ``journal`` says; ``clock`` is epoch seconds.
    """

    def __init__(self, journal: Journal, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._clock = clock
        self._ledger = ledger
        self._left = unfinished(ledger)

    def adopt(self, images: Mapping[Frame, Saved]) -> None:
        """Write down a good end for attempts that were cut off after their picture was safe.

        A frame is only asked for while it has no image, or another one that is to be replaced; so one that is there
        and not that one is the attempt's.
        """
        for attempt in list(self._left.values()):
            image = images.get(attempt.frame)
            if image is not None and image.version != attempt.replaces:
                self._end(attempt, "restored", run=attempt.run, version=image.version)

    def deleted(self, missing: Collection[Frame], run: str) -> list[Frame]:
        """Of the frames without an image those that this run has made: somebody deleted them meanwhile.

        A takeover is no reason to pay for them again.
        """
        made = self._ledger.made_in(run)
        return [frame for frame in missing if frame in made]

    def settle(self, run: str, providers: Mapping[str, Provider]) -> dict[Frame, UnfinishedAttempt]:
        """The attempts that the provider of their style can be asked about, by their frame.

        The others are written off: possibly charged, and no longer in flight.
        """
        asked: dict[Frame, UnfinishedAttempt] = {}
        for attempt in self._left.values():
            provider = providers.get(attempt.frame.style)
            if isinstance(provider, Resumable) and provider.name == attempt.provider:
                asked[attempt.frame] = attempt  # of two for one frame the newer
        for attempt in [each for each in self._left.values() if asked.get(each.frame) != each]:
            self._end(attempt, "lost", run=run)
        return asked

    def _end(self, attempt: UnfinishedAttempt, what: str, **facts: Any) -> None:
        self._journal.append({"what": what, "at": self._clock(), "attempt": attempt.attempt, **facts})
        del self._left[attempt.attempt]


def unfinished(ledger: Ledger) -> dict[str, UnfinishedAttempt]:
    """The attempts without an outcome by their id, oldest first. Ones that cannot be understood are passed over."""
    return {
        each.id: UnfinishedAttempt(each.id, each.frame, each.run, each.provider, each.job, each.inputs, each.replaces)
        for each in ledger.open
        if each.style and each.shot and each.beat and each.run and each.provider
    }


def driven_elsewhere(ledger: Ledger, run: str, project: str) -> bool:
    """Whether the run was last driven in a folder of another name: this one is its copy, or was renamed."""
    return ledger.place(run) not in ("", project)
