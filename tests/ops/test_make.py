"""``make run`` and what it installs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.app_process import (
    ROOT,
    AppProcess,
    Apps,
    until,
)


@pytest.fixture
def empty_repository(tmp_path: Path) -> Path:
    """A folder with the installer and requirements that need no network."""
    return furnish(tmp_path)


@pytest.fixture(scope="module")
def first_install(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Such a folder after its first installation, and what that said. It takes seconds: once is enough."""
    repository = furnish(tmp_path_factory.mktemp("installed"))
    return repository, install(repository)


@pytest.fixture
def installed(first_install: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    """A copy of that folder, to do with as a test likes."""
    return Path(shutil.copytree(first_install[0], tmp_path / "copy", symlinks=True))


def furnish(folder: Path) -> Path:
    shutil.copy(ROOT / "install.py", folder)
    (folder / "requirements.txt").write_text("# nothing\n")
    return folder


def install(repository: Path, *, before: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the installer as make does; ``before`` is Python that runs ahead of it in the same process."""
    run = (
        f"{before}\nimport runpy, sys\nsys.argv = ['install.py', 'requirements.txt']\n"
        "runpy.run_path('install.py', run_name='__main__')"
    )
    command = [sys.executable, "-c", run]
    return subprocess.run(
        command, cwd=repository, env=os.environ | environ, capture_output=True, text=True, check=False
    )


def test_the_first_time_it_makes_an_environment(
    first_install: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    first = first_install[1]
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Step 8: making .venv")


def test_the_second_time_it_does_nothing(installed: Path) -> None:
    again = install(installed)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_new_pins_are_installed(installed: Path) -> None:
    (installed / "requirements.txt").write_text("# something else\n")
    assert "installing requirements.txt" in install(installed).stdout
    assert install(installed).stdout == ""


def test_a_half_made_environment_is_made_anew(empty_repository: Path) -> None:
    (empty_repository / ".venv" / "bin").mkdir(parents=True)
    (empty_repository / ".venv" / "bin" / "python").symlink_to("/gone/python3")
    assert install(empty_repository).returncode == 0
    assert (empty_repository / ".venv" / "bin" / "python").exists()


def test_packages_that_cannot_be_had_are_one_line(installed: Path) -> None:
    (installed / "requirements.txt").write_text(f"flask==0.0.0 --hash=sha256:{'0' * 64}\n")
    failed = install(installed, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(installed))
    assert failed.returncode == 1
    assert failed.stderr.startswith("Step 8: the packages could not be installed: ") and failed.stderr.count("\n") == 1


def test_a_package_without_a_hash_is_refused(installed: Path) -> None:
    (installed / "requirements.txt").write_text("flask==3.1.3\n")
    assert "hash" in install(installed, PIP_NO_INDEX="1").stderr


def test_a_python_without_venv_is_one_line_with_the_cure(empty_repository: Path) -> None:
    failed = install(empty_repository, before="import sys; sys.modules['ensurepip'] = None")
    assert failed.returncode == 1
    assert "apt install python3" in failed.stderr and "-venv" in failed.stderr and failed.stderr.count("\n") == 1


def test_the_pins_name_no_machine_and_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text and " /" not in text
        assert text.count("--hash=sha256:") >= text.count("==") > 20


def test_development_has_the_very_versions_that_run() -> None:
    def pins(name: str) -> set[str]:
        return {line.split()[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def make_run(app: AppProcess, repository: Path = ROOT, *options: str) -> subprocess.Popen[bytes]:
    with app.log_file.open("ab") as log:
        app.process = subprocess.Popen(
            ["make", "run", *options],
            cwd=repository,
            env=os.environ | app.environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return app.process


def test_make_run_starts_the_app_and_ctrl_c_ends_it_without_noise(apps: Apps) -> None:
    app = apps.prepare()
    make = make_run(app)
    until(app.healthy, patience=60, says=app.log)
    app.press_ctrl_c()
    assert make.wait(timeout=60) in (0, -signal.SIGINT)
    assert not app.processes()
    assert "make: ***" not in app.log() and "Traceback" not in app.log()


@pytest.mark.timeout(600)
def test_a_newcomers_first_start_needs_nothing_but_python_and_make(apps: Apps, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("Makefile", "install.py", "requirements.txt", "gunicorn.conf.py", "wsgi.py"):
        shutil.copy(ROOT / name, clone)
    for name in ("webapp", "templates", "static"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    app = apps.prepare()
    make_run(app, clone, f"PYTHON={getattr(sys, '_base_executable', sys.executable)}")
    until(app.healthy, patience=300, says=app.log)
    assert "Step 8: installed" in app.log()
    app.press_ctrl_c()
    app.wait()
    assert not app.processes()
