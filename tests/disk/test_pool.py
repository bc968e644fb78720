"""Heavy work goes to a native thread: the other greenlets go on, and nothing is left open there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from webapp.disk.pool import PICTURES, run_native, run_pixels

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


def test_other_greenlets_go_on_meanwhile() -> None:
    reached = threading.Event()
    waiting = gevent.spawn(run_native, reading_end := Pipe())
    gevent.sleep(0)
    reached.set()  # this line is reached although the work still waits
    reading_end.let_go()
    waiting.get(timeout=60)
    assert reached.is_set()


def test_a_short_piece_of_work_does_not_wait_for_pictures() -> None:
    pipes = [Pipe() for _ in range(PICTURES + 1)]
    pictures = [gevent.spawn(run_pixels, pipe) for pipe in pipes]
    gevent.sleep(0)
    assert run_native(lambda: sum(picture.ready() for picture in pictures)) == 0
    for pipe in pipes:
        pipe.let_go()
    assert [picture.get(timeout=60) for picture in pictures] == [b"x"] * len(pipes)


class Pipe:
    """Work that waits for a byte."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def __call__(self) -> bytes:
        read: Callable[[int, int], bytes] = gevent.monkey.get_original("os", "read")
        return read(self._read, 1)

    def let_go(self) -> None:
        os.write(self._write, b"x")


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
    program = "import threading as t; from webapp.disk.pool import run_native as r; i = t.get_ident; assert r(i) == i()"
    subprocess.run([sys.executable, "-c", program], check=True)
