"""The generation worker: ``python -m webapp worker``, the app without its pages, for further processes and machines.

It is made by the same factory, so it does what the app's own worker does: takes runs of its storage from the queue,
drives them, takes over abandoned ones. Without REDIS_URL it joins the embedded Redis of the app with the same
DATA_DIR, or starts it. SIGTERM and Ctrl-C begin no further call, save those in flight and leave the runs to the others.
"""

from webapp.process.gevent_patch import patch

patch()  # before anything else is imported

import argparse  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterable, Sequence  # noqa: E402
from dataclasses import replace  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.event import Event  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

from webapp.app import create_app  # noqa: E402
from webapp.config import MOST_PROJECTS, Config  # noqa: E402
from webapp.errors import BadSetting, Step8Error  # noqa: E402
from webapp.process.gunicorn_master import check_port, service  # noqa: E402

ADDRESSES = ("/healthz", "/metrics")
"""What a worker answers where WORKER_PORT is set."""


def main(arguments: Sequence[str]) -> int:
    """Work until SIGTERM or Ctrl-C. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m webapp worker", description="Makes images; serves no pages.")
    parser.add_argument("--projects", type=_projects, help="how many at once (PROJECTS_PER_WORKER)")
    projects = parser.parse_args(arguments).projects
    try:
        config = replace(service().settings, run_worker=True)
        config = replace(config, projects_at_once=projects or config.projects_at_once)
        if config.worker_port:
            check_port(replace(config, port=config.worker_port), "WORKER_PORT")
        service().provide(demo=False)
        app = create_app(config)
    except Step8Error as error:
        print(error, file=sys.stderr, flush=True)
        service().leave()
        return 2 if isinstance(error, BadSetting) else 1
    return _work(app, config)


def _work(app: Any, config: Config) -> int:
    over, process = Event(), app.extensions["step8"].process
    _end_on_signals(over)
    watch = (
        WSGIServer((config.host, config.worker_port), only(ADDRESSES, app), log=None) if config.worker_port else None
    )
    process.start(lambda: not over.is_set())
    if watch:
        watch.start()
    count = f"{config.projects_at_once} projects" if config.projects_at_once > 1 else "one project"
    print(f"Step 8 worker is ready: {count} at once, from {config.projects_root}  (Ctrl-C ends it)", flush=True)
    over.wait()
    print("Step 8 worker ends when the images in the making are saved.", flush=True)
    process.stop()
    if watch:
        watch.stop(timeout=1)
    service().leave()
    return 0


def only(addresses: Iterable[str], app: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """A WSGI app that passes these addresses on to ``app`` and knows no other."""
    known = frozenset(addresses)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in known:
            found: Iterable[bytes] = app(environ, start_response)
            return found
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"This is a worker; the pages are served by the app.\n"]

    return answer


def _end_on_signals(over: Event) -> None:
    def interrupted() -> None:
        if over.is_set():
            service().leave()
            os._exit(1)
        print("\nCtrl-C again ends it at once.", flush=True)
        over.set()

    gevent.signal_handler(signal.SIGTERM, over.set)
    gevent.signal_handler(signal.SIGINT, interrupted)


def _projects(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PROJECTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_PROJECTS}.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
