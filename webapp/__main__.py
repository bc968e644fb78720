"""The command line: ``python -m webapp serve``, ``worker``, ``generate PROJECT``, ``progress PROJECT``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what tells the user of an older one
    sys.exit("Step 8 needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031 - as above

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it can be named by its path, from anywhere

from webapp import __version__

ROOT = Path(__file__).resolve().parent.parent
"""The repository. `webapp.process.gunicorn_master` knows it too, but is not needed here: each import would be made
twice."""


def main(arguments: Sequence[str]) -> NoReturn:
    """Become the program that carries out one command; its exit status is the command's."""
    parser = argparse.ArgumentParser(prog="python -m webapp", description="Step 8: from storyboards to images.")
    parser.add_argument("--version", action="version", version=f"Step 8 {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    served = commands.add_parser("serve", help="the web app, with an embedded Redis unless REDIS_URL is set")
    served.set_defaults(become=("gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"))
    worker = commands.add_parser("worker", help="makes images and serves no pages", add_help=False)
    worker.set_defaults(become=("webapp.cli.worker",))
    for name, what in (("generate", "make a project's missing images"), ("progress", "how far a project is")):
        command = commands.add_parser(name, help=what, add_help=False)
        command.set_defaults(become=("webapp.cli.generate", name))
    options, rest = parser.parse_known_args(arguments)
    if rest and options.become[0] == "gunicorn":
        parser.error(f"serve takes no arguments; settings are environment variables: {' '.join(rest)}")
    become(*options.become, *rest)


def become(*module: str) -> NoReturn:
    """Replace this process by the module that carries the command out, so that each can be patched by gevent first.

    For ``serve`` that is gunicorn, which checks the settings, starts what the app needs and serves it: see
    ``gunicorn.conf.py``.
    """
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", *module])


if __name__ == "__main__":
    main(sys.argv[1:])
