"""Runs without a browser: ``python -m webapp generate PROJECT`` and ``python -m webapp progress PROJECT``.

``generate`` starts a run, drives it itself unless another worker was quicker, and prints its activity line by line.
``progress`` only reads.
"""

from webapp.process.gevent_patch import patch

patch()  # before anything else is imported

import argparse  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from dataclasses import replace  # noqa: E402

import gevent  # noqa: E402

from webapp.app import create_app  # noqa: E402
from webapp.core.frames import Counts, Status  # noqa: E402
from webapp.core.run.states import Run, RunState  # noqa: E402
from webapp.disk.files.folder import Folder  # noqa: E402
from webapp.errors import BadSetting, CoordinationDown, PriceUnknown, Step8Error  # noqa: E402
from webapp.process.gunicorn_master import service  # noqa: E402
from webapp.state.project_state import ProjectState  # noqa: E402
from webapp.web.images import banner  # noqa: E402
from webapp.web.services import Services  # noqa: E402

READ_EVERY = 0.5
"""Seconds between two readings of the activity, and between two offers to drive the run."""

COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2
"""Exit statuses: every image exists; not every image does, or it could not begin; a setting cannot be used."""

TO_AGREE = "Write its price into prices.json, choose another model, or start it once in Step 8, which asks for a yes."
"""What to do here about a price that is not known."""


def main(arguments: Sequence[str]) -> int:
    """Carry out ``generate`` or ``progress`` for one project. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m webapp")
    parser.add_argument("command", choices=("generate", "progress"))
    parser.add_argument("project", metavar="PROJECT", help="its path, absolute or below PROJECTS_ROOT")
    parser.add_argument("--quiet", action="store_true", help="print nothing unless an image is missing in the end")
    options = parser.parse_args(arguments)
    lines = Lines(options.quiet)
    try:
        if options.command == "generate":
            return _generate(options.project, lines)
        return _progress(options.project, lines)
    except PriceUnknown as error:
        print(error, TO_AGREE, file=sys.stderr, flush=True)
        return INCOMPLETE
    except Step8Error as error:
        print(error, file=sys.stderr, flush=True)
        return UNUSABLE if isinstance(error, BadSetting) else INCOMPLETE


GOES_ON = "A running server goes on with it; otherwise start it again."
"""What becomes of a run whose command was ended by SIGTERM."""


class Lines:
    """Prints lines to standard output. A reader that left, or a full disk, ends the lines and not the run.

    ``quiet``: only what is said to be important.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._open = True

    def print(self, text: str, important: bool = False) -> None:
        """Print a line."""
        if not self._open or (self._quiet and not important):
            return
        try:
            print(text, flush=True)
        except OSError as error:
            self._open = False
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # what is buffered goes there when the process ends
            os.close(nowhere)
            if not isinstance(error, BrokenPipeError):
                print(f"The output cannot be written ({error.strerror}); the rest is done without.", file=sys.stderr)


def _progress(name: str, lines: Lines) -> int:
    parts = _parts()
    folder = parts.library.find(name)
    state = parts.state.read(folder)
    if state.run.active and not _is_driven(parts, folder):
        state.run = replace(state.run, state=RunState.INTERRUPTED)
    status = _status(state)
    important = status != COMPLETE
    lines.print(f"{state.project.title}: {banner.banner(state, True, parts.clock()).text}", important)
    width = max((len(style.name) for style in state.project.styles), default=0)
    for style in state.project.styles:
        lines.print(f"{style.name:{width}}  {_figures(state.counts(style.name))}", important)
    for frame in (frame for frame, each in state.status.items() if each is Status.ERROR):
        lines.print(f"{frame.style} Beat {frame.beat}: {state.failure(frame)}", important)
    return status


def _is_driven(parts: Services, folder: Folder) -> bool:
    try:
        return parts.control.driven(folder)
    except CoordinationDown:  # no server and no worker is there
        return False


def _generate(name: str, lines: Lines) -> int:
    service().provide()
    try:
        parts = _parts()
        folder = parts.library.find(name)
        run, _ = parts.operations.runs.start(folder)
        return RunPrinter(parts, folder, run, lines).until_the_end()
    finally:
        service().leave()


def _parts() -> Services:
    app = create_app(replace(service().settings, run_worker=False))
    logging.getLogger("step8").setLevel(logging.WARNING)  # the activity is printed instead
    parts: Services = app.extensions["step8"]
    return parts


class RunPrinter:
    """Drives one run as long as no other worker does, and prints its activity line by line."""

    def __init__(self, parts: Services, folder: Folder, run: Run, lines: Lines) -> None:
        self._lines = lines
        self._parts = parts
        self._folder = folder
        self._run = run
        self._printed: list[tuple[object, object]] = []
        self._leaving = False
        self._interrupted = False

    def until_the_end(self) -> int:
        """Wait for the end of the run, or for SIGTERM. Ctrl-C stops the run. Returns the exit status."""
        gevent.signal_handler(signal.SIGTERM, self._leave)
        gevent.signal_handler(signal.SIGINT, self._interrupt)
        self._parts.process.start(lambda: not self._leaving)
        driving = gevent.spawn(self._drive)
        while not driving.ready():
            self._print_new()
            driving.join(READ_EVERY)
        self._print_new()
        self._parts.process.stop()
        state = self._parts.state.read(self._folder)
        status = _status(state)
        if self._leaving and status != COMPLETE:
            counts = state.counts()
            text = f"Ended before the run did: {counts.done} of {counts.total} images exist and are saved. " + GOES_ON
            self._lines.print(text, important=True)
        else:
            text = banner.banner(state, True, self._parts.clock()).text
            self._lines.print(text, important=status != COMPLETE)
        return status

    def _drive(self) -> None:
        while not self._leaving:
            try:
                run = self._parts.control.run(self._folder)
                if run.id != self._run.id or not run.active:
                    return
                self._parts.process.drive(self._folder.name, run.id)
            except CoordinationDown:
                pass  # the process says so by itself, and starts the embedded one again
            if not self._leaving:
                time.sleep(READ_EVERY)

    def _print_new(self) -> None:
        try:
            lines = self._parts.live.state.read(self._folder.id).log
        except CoordinationDown:
            return
        for line in reversed(lines):  # newest first
            key = (line.get("at"), line.get("text"))
            if key not in self._printed and float(line.get("at") or 0) >= self._run.started_at:
                self._lines.print(str(line.get("text")))
        self._printed = [(line.get("at"), line.get("text")) for line in lines]

    def _leave(self) -> None:
        self._leaving = True

    def _interrupt(self) -> None:
        if self._interrupted:
            service().leave()
            os._exit(INCOMPLETE)
        self._interrupted = True
        self._lines.print("\nStopping. The current images are finished first. Ctrl-C again ends it at once.", True)
        try:
            self._parts.operations.runs.stop(self._folder, self._run.id)
        except Step8Error as error:
            print(error, file=sys.stderr, flush=True)


def _figures(counts: Counts) -> str:
    failed = f", {counts.error} failed" if counts.error else ""
    return f"{counts.done}/{counts.total}{failed}"


def _status(state: ProjectState) -> int:
    counts = state.counts()
    whole = counts.total and counts.done == counts.total and not state.project.unread_prompts
    return COMPLETE if whole else INCOMPLETE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
