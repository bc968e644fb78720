"""Resume after a crash, the journal's side: attempts without an outcome. Spooled bytes: `disk.images.recovery`.

Map of the whole journey: docs/reliability.md, "What an earlier worker left".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.generation.job import UnfinishedAttempt
from webapp.generation.ports import RecordWriter, SavedImage
from webapp.providers.contract import Provider, Resumable


class UnfinishedAttempts:
    """Gives every attempt that an earlier worker left an outcome, or hands it over to be asked about.

    Repeatable: a crash in between changes nothing. ``ledger`` is what the ``journal`` says; ``clock`` is epoch seconds.
    """

    def __init__(self, journal: RecordWriter, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._clock = clock
        self._ledger = ledger
        self._left = unfinished(ledger)

    def adopt(self, images: Mapping[Frame, SavedImage]) -> None:
        """Write "restored" for attempts that were cut off after their image was safe.

        A call is only made for a frame without an image, or with one that is to be replaced; so an image that is there
        and is not that one is the attempt's.
        """
        for attempt in list(self._left.values()):
            image = images.get(attempt.frame)
            if image is not None and image.version != attempt.replaces:
                self._end(attempt, "restored", run=attempt.run, version=image.version)

    def deleted(self, missing: Collection[Frame], run: str) -> list[Frame]:
        """Those of the frames without an image that this run has made: the user deleted them meanwhile.

        A takeover is no reason to pay for them again.
        """
        made = self._ledger.made_in(run)
        return [frame for frame in missing if frame in made]

    def settle(self, run: str, providers: Mapping[str, Provider]) -> dict[Frame, UnfinishedAttempt]:
        """Write the attempts off ("lost": possibly charged) whose provider cannot be asked about them.

        Returns the others by frame; of two for one frame the newer. ``providers`` are those of the styles.
        """
        resumable: dict[Frame, UnfinishedAttempt] = {}
        for attempt in self._left.values():
            provider = providers.get(attempt.frame.style)
            if isinstance(provider, Resumable) and provider.name == attempt.provider:
                resumable[attempt.frame] = attempt
        for attempt in [each for each in self._left.values() if resumable.get(each.frame) != each]:
            self._end(attempt, "lost", run=run)
        return resumable

    def _end(self, attempt: UnfinishedAttempt, what: str, **facts: Any) -> None:
        self._journal.append({"what": what, "at": self._clock(), "attempt": attempt.attempt, **facts})
        del self._left[attempt.attempt]


def unfinished(ledger: Ledger) -> dict[str, UnfinishedAttempt]:
    """The attempts without an outcome by their id, oldest first.

    Not: those whose intent lacks a frame, a run or a provider.
    """
    return {
        each.id: UnfinishedAttempt(each.id, each.frame, each.run, each.provider, each.job, each.inputs, each.replaces)
        for each in ledger.open
        if each.style and each.shot and each.beat and each.run and each.provider
    }


def driven_elsewhere(ledger: Ledger, run: str, project: str) -> bool:
    """Whether the run was last driven in a folder of another id: this one is its copy, or was renamed."""
    return ledger.place(run) not in ("", project)
