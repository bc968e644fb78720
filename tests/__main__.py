"""All tests in two halves side by side, since most of their time is spent waiting for real parts: ``python -m tests``.

With arguments it is pytest with these. pytest's own ways to run in parallel need threads that gevent does not patch.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
APART = ("faults", "generation", "ops")
"""The folders of the first half: about half of the time. Everything else is the second half."""


def main(arguments: Sequence[str]) -> int:
    """Run the tests and give the exit status: 0 only when both halves passed."""
    pytest = [sys.executable, "-m", "pytest"]
    if arguments:
        return subprocess.run([*pytest, *arguments], check=False).returncode
    first = [str(HERE / name) for name in APART]
    second = [f"--ignore={folder}" for folder in first]
    with tempfile.TemporaryFile() as told:
        with subprocess.Popen([*pytest, *first], stdout=told, stderr=subprocess.STDOUT) as half:
            status = subprocess.run([*pytest, str(HERE), *second], check=False).returncode
            print(f"The other half: {', '.join(APART)}", flush=True)
            half.wait()
        told.seek(0)
        sys.stdout.buffer.write(told.read())
        sys.stdout.flush()
    return status or half.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
