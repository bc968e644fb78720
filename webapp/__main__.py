"""The command line: ``python -m webapp serve``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what tells the user of an older one
    sys.exit("Step 8 needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031 - as above

import argparse
import os
from collections.abc import Sequence

from webapp import __version__
from webapp.serving import ROOT


def main(arguments: Sequence[str]) -> int:
    """Carry out one command and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m webapp", description="Step 8: from storyboards to images.")
    parser.add_argument("--version", action="version", version=f"Step 8 {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    served = commands.add_parser("serve", help="the web app, with an embedded Redis unless REDIS_URL is set")
    served.set_defaults(carry_out=serve)
    carry_out = parser.parse_args(arguments).carry_out
    status: int = carry_out()
    return status


def serve() -> int:
    """Become gunicorn, which checks the settings, starts what the app needs and serves it: see ``gunicorn.conf.py``."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
