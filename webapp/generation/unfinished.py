"""Attempts that a worker left without an outcome, as the books tell them to the next one."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An attempt whose intent has no outcome: its call may have been made, and may still go on at the service.

    ``job`` is the service's own id for it, "" when it told none. ``inputs`` is the code of what the picture was to be
    made from, ``replaces`` the version of the image whose place it was to take, "" where there was none.
    """

    attempt: str
    frame: Frame
    run: str
    provider: str
    job: str = ""
    inputs: str = ""
    replaces: str = ""


def unfinished(ledger: Ledger) -> dict[str, Unfinished]:
    """The attempts without an outcome by their id, oldest first. Ones that cannot be understood are passed over."""
    return {
        each.id: Unfinished(each.id, each.frame, each.run, each.provider, each.job, each.inputs, each.replaces)
        for each in ledger.open
        if each.style and each.shot and each.beat and each.run and each.provider
    }


def driven_elsewhere(ledger: Ledger, run: str, project: str) -> bool:
    """Whether the run was last driven in a folder of another name: this one is its copy, or was renamed."""
    return ledger.place(run) not in ("", project)
