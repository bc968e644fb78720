"""Installs what a requirements file pins into ``.venv``: ``python3 install.py requirements.txt``.

Does nothing when that is installed already, so that a second start takes no time. Nothing is built and nothing is taken
that is not the very file the pins name. Standard library only, and in a spelling that older Pythons can read up to the
line that refuses them.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what tells the user of an older one
    sys.exit(
        "Step 8 needs Python 3.11 or newer; %s is %d.%d."  # noqa: UP031 - the oldest ones know no other way
        " Name a newer one: make run PYTHON=python3.13" % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
OWN = "python{}.{}".format(*sys.version_info[:2])


def main(requirements: str) -> int:
    """Bring ``.venv`` in line with one requirements file and give the exit status."""
    wanted = ROOT / requirements
    stamp = VENV / f".installed-{wanted.name}"
    content = f"{OWN} {hashlib.sha256(wanted.read_bytes()).hexdigest()}\n"
    if usable() and stamp.exists() and stamp.read_text() == content:
        return 0
    try:
        if not usable():
            make_environment()
        install(wanted)
    except Trouble as trouble:
        print(f"Step 8: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    stamp.write_text(content)
    return 0


class Trouble(Exception):
    """What went wrong and what to do, in one line."""


def usable() -> bool:
    """Whether ``.venv`` is a whole environment of this Python."""
    return os.access(PYTHON, os.X_OK) and (VENV / "lib" / OWN / "site-packages" / "pip" / "__main__.py").exists()


def make_environment() -> None:
    """A new ``.venv``; what was there is from another Python or incomplete."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble(
            f"{OWN} lacks its venv module. On Debian or Ubuntu: apt install {OWN}-venv (as root). Then run make again."
        )
    print(f"Step 8: making .venv with {OWN}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    base = getattr(sys, "_base_executable", sys.executable)  # not the one that was just removed
    made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode or not usable():
        raise Trouble(f"the virtual environment could not be made: {last_line(made.stdout + made.stderr)}")


def install(wanted: Path) -> None:
    """Let pip install the file's pins, and show one word a package instead of what it prints."""
    print(f"Step 8: installing {wanted.name} into .venv", flush=True)
    began = time.monotonic()
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "-r", wanted.name]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    count = 0
    with (
        LOG.open("w") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=os.environ | quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip,
    ):
        for line in pip.stdout or ():
            log.write(line)
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                show(f"{count:3} {package(line.split()[1])}")
            elif line.startswith("Installing collected"):
                show("    unpacking")
    show("")
    if pip.returncode:
        raise Trouble(f"the packages could not be installed: {last_error(LOG.read_text())} (all of it: {LOG})")
    if count:
        print(f"Step 8: installed {count} packages in {time.monotonic() - began:.0f} s", flush=True)


def show(text: str) -> None:
    """A passing word on a terminal; nothing in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def package(named: str) -> str:
    """The package's name alone, of a pin or of the path to a wheel."""
    return re.split(r"==|-[0-9]", named.rsplit("/", 1)[-1])[0]


def last_error(output: str) -> str:
    """The line in which pip says what is wrong."""
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return errors[0].removeprefix("ERROR:").strip() if errors else last_line(output)


def last_line(output: str) -> str:
    """The last line with something in it."""
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "without a word")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
