"""``python -m tests.outside FOLDER [--code CHECKOUT]`` writes a record, ``--compare A B`` compares two."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.outside import suite
from tests.outside.compare import compare
from tests.outside.server import end_leftovers

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: Sequence[str]) -> int:
    """Write or compare, and give the exit status: 1 when two records differ, or one could not be made."""
    parser = argparse.ArgumentParser(prog="python -m tests.outside", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where the record is written; what is there is replaced")
    parser.add_argument("--code", type=Path, default=ROOT, help="the checkout that is looked at; this one without it")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"), help="tell how two records differ")
    parser.add_argument("--only", action="append", choices=tuple(suite.PARTS), help="these parts of the record alone")
    options = parser.parse_args(arguments)
    if options.compare:
        same, told = compare(*options.compare)
        print(told)
        return 0 if same else 1
    if options.folder is None:
        parser.error("name the folder of the record, or two after --compare")
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    home = Path(tempfile.mkdtemp(prefix="outside-")).resolve()

    def leave(number: int, frame: FrameType | None) -> None:
        end_leftovers(home)
        shutil.rmtree(home, ignore_errors=True)
        os._exit(1)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    try:
        suite.make(options.folder, options.code.resolve(), home, options.only or ())
    finally:
        end_leftovers(home)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
