"""The limit of open files, in processes of their own."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from tests.harness.app_process import ROOT
from webapp.errors import BadSetting
from webapp.process.os_limits import make_room


def test_a_low_limit_is_raised_as_far_as_the_system_allows() -> None:
    program = "from webapp.process.os_limits import raise_limit; print(raise_limit())"
    command = ["sh", "-c", 'ulimit -Sn 64 && exec "$@"', "sh", sys.executable, "-c", program]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert int(said) == (min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536)


def test_more_viewers_than_there_can_be_open_files_are_refused_in_one_sentence() -> None:
    make_room(0)
    with pytest.raises(BadSetting, match=r"VIEWERS_PER_WORKER: so many viewers need 1000000000 open files"):
        make_room(1_000_000_000)
