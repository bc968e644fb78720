"""Heavy work goes to a native thread: the other greenlets go on, and nothing is left open there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from tests.harness.app_process import until
from webapp.disk.files.native_threads import MOST_IMAGES, run_native, run_pixels

native_ident = gevent.monkey.get_original("_thread", "get_ident")


def open_folders(folder: Path) -> list[str]:
    """The handles of this process that are open on ``folder``."""
    handles = []
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}") == str(folder):
                handles.append(number)
        except OSError:
            continue
    return handles


def test_the_work_runs_in_another_thread_and_its_result_comes_back() -> None:
    assert run_native(lambda a, b: (a + b, native_ident()), 1, b=2)[0] == 3
    assert run_native(native_ident) != native_ident()


class Gate:
    """Work that waits to be let go. ``begun``: it has been called. It gives up after a while, and says so."""

    def __init__(self) -> None:
        self.begun = False
        self._closed = gevent.monkey.get_original("_thread", "allocate_lock")()
        self._closed.acquire()

    def __call__(self) -> bool:
        self.begun = True
        passed: bool = self._closed.acquire(timeout=20)
        return passed

    def let_go(self) -> None:
        self._closed.release()


def test_other_greenlets_go_on_meanwhile() -> None:
    gate = Gate()
    waiting = gevent.spawn(run_native, gate)
    until(lambda: gate.begun)
    assert not waiting.ready()  # this line is reached although the work still waits
    gate.let_go()
    assert waiting.get(timeout=60)


def test_a_short_piece_of_work_does_not_wait_for_pictures() -> None:
    gates = [Gate() for _ in range(max(MOST_IMAGES, gevent.get_hub().threadpool.maxsize) + 1)]
    pictures = [gevent.spawn(run_pixels, gate) for gate in gates]
    until(lambda: sum(gate.begun for gate in gates) >= MOST_IMAGES)
    assert run_native(lambda: sum(picture.ready() for picture in pictures)) == 0
    assert sum(gate.begun for gate in gates) == MOST_IMAGES
    for gate in gates:
        gate.let_go()
    assert all(picture.get(timeout=60) for picture in pictures)


def test_what_is_raised_there_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        run_native(lambda: 1 / 0)


def test_calls_may_nest_even_when_the_thread_has_a_loop_of_its_own() -> None:
    def outer() -> bool:
        gevent.get_hub()
        here = native_ident()
        return bool(run_native(native_ident) == here)

    assert run_native(outer)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_a_folders_handle_is_closed_at_once_even_when_the_thread_has_a_loop_of_its_own(tmp_path: Path) -> None:
    def work() -> None:
        gevent.get_hub()
        for _ in range(10):
            os.close(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY))

    run_native(work)
    assert open_folders(tmp_path) == []


def test_without_the_patch_it_is_a_plain_call() -> None:
    program = (
        "import threading as t; from webapp.disk.files.native_threads import run_native as r; "
        "i = t.get_ident; print(r(i) == i())"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "True\n"
