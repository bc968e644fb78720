"""Faults of the disk, for any Python program: put this folder on PYTHONPATH and describe the faults in STEP8_SHIM.

Python imports a module of this name by itself at its start, so the program needs to know nothing. The functions of
``os`` that change a disk are replaced by ones that look for a rule first; `tests.faults.disk_fault_shim` writes the
rules.
"""

from __future__ import annotations

import _thread
import errno
import fcntl
import functools
import json
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

_REAL = {name: getattr(os, name) for name in ("open", "write", "fsync", "replace", "rename", "link", "unlink")}
_SLEEP = time.sleep  # before gevent replaces it: a delay holds up its native thread
_LOCK = _thread.allocate_lock()


class Rule:
    """One fault, and how often its call was seen in this process."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.call: str = spec["call"]
        self.act: str = spec["act"]
        self.when: str = spec["when"]
        self.errno = getattr(errno, spec["errno"])
        self.seconds: float = spec["seconds"]
        self._path = re.compile(spec["path"])
        self._nth: int = spec["nth"]
        self._fired: str = spec["fired"]
        self._only_while: str = spec["only_while"]
        self._holding: bytes = spec["holding"].encode()
        self._seen = 0

    def hits(self, call: str, path: str, data: bytes) -> bool:
        """Whether the fault happens at this call. A kill happens once, over all processes."""
        if call != self.call or not self._path.search(path) or self._holding not in data:
            return False
        if self._only_while and not os.path.exists(self._only_while):
            return False
        with _LOCK:
            self._seen += 1
            if self._seen < self._nth or (self.act != "fail" and self._seen > self._nth):
                return False
        try:
            os.close(_REAL["open"](self._fired, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return self.act != "kill"
        return True


def _place(handle: int) -> str:
    """The path of an open file or folder."""
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except OSError:
        # macOS tells it in this way
        told = fcntl.fcntl(handle, getattr(fcntl, "F_GETPATH", 50), bytes(1024))
        return told.rstrip(b"\0").decode("utf-8", "surrogateescape")


def _path(call: str, args: tuple[Any, ...], given: dict[str, Any]) -> str:
    """What a call is about: the file it writes, or the name it gives or takes."""
    if call in ("write", "fsync"):
        return _place(args[0])
    two = call in ("replace", "rename", "link")
    name = os.fsdecode(args[1] if two else args[0])
    folder = given.get("dst_dir_fd" if two else "dir_fd")
    return name if folder is None else f"{_place(folder)}/{name}"


def _wrapped(call: str, rules: list[Rule]) -> Callable[..., Any]:
    real = _REAL[call]

    @functools.wraps(real)
    def with_faults(*args: Any, **given: Any) -> Any:
        try:
            path = _path(call, args, given)
        except (OSError, TypeError, IndexError):
            return real(*args, **given)
        data = bytes(args[1]) if call == "write" else b""
        rule = next((rule for rule in rules if rule.hits(call, path, data)), None)
        if rule is None:
            return real(*args, **given)
        if rule.when == "half" and call == "write":
            real(args[0], bytes(args[1])[: len(args[1]) // 2])
        done = real(*args, **given) if rule.when == "after" else None
        if rule.act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if rule.act == "fail":
            raise OSError(rule.errno, os.strerror(rule.errno), path)
        _SLEEP(rule.seconds)
        return done if rule.when == "after" else real(*args, **given)

    return with_faults


def _install(rules: list[Rule]) -> None:
    for call in {rule.call for rule in rules}:
        setattr(os, call, _wrapped(call, rules))


if os.environ.get("STEP8_SHIM"):
    _install([Rule(spec) for spec in json.loads(os.environ["STEP8_SHIM"])])
