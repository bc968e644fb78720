"""Rules for the file shim: which call on which file fails, is delayed, or is the last one its process makes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

STARTUP = Path(__file__).resolve().parent / "startup"
"""The folder whose start-up module makes the faults."""


@dataclass(frozen=True)
class Rule:
    """A fault: at the ``nth`` such ``call`` (open, write, fsync, replace, rename, link, unlink) whose path matches.

    ``act`` is kill (once over all processes), fail (from then on, with ``errno``) or delay (by ``seconds``). ``when``:
    before the call, after it, or when half of a write is done. ``only_while``: as long as this file exists. For calls
    with two names the new one is looked at; of writes only those of which ``holding`` is a part. The first time, the
    file ``fired`` is made.
    """

    call: str
    path: str
    act: str = "kill"
    when: str = "before"
    nth: int = 1
    errno: str = "ENOSPC"
    seconds: float = 0.0
    only_while: str = ""
    holding: str = ""
    fired: str = ""


def environment(rules: Iterable[Rule]) -> dict[str, str]:
    """The settings under which a process meets these faults."""
    rules = list(rules)
    if not rules:
        return {}
    return {"PYTHONPATH": str(STARTUP), "STEP8_SHIM": json.dumps([asdict(rule) for rule in rules])}


def kill(call: str, path: str, when: str = "before", nth: int = 1, holding: str = "") -> Rule:
    """Kill -9 of the process that makes this call."""
    return Rule(call, path, when=when, nth=nth, holding=holding)


def fail(call: str, path: str, errno: str, only_while: Path | str = "", nth: int = 1) -> Rule:
    """The system refuses this call."""
    return Rule(call, path, "fail", nth=nth, errno=errno, only_while=str(only_while))


def delay(call: str, path: str, seconds: float, nth: int = 1, only_while: Path | str = "") -> Rule:
    """This call takes its time."""
    return Rule(call, path, "delay", nth=nth, seconds=seconds, only_while=str(only_while))
