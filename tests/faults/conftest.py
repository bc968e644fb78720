"""The stage on which the plays of this folder are given."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.parallel_cases import Stage


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest about the mark."""
    config.addinivalue_line("markers", "plays(play): the play of faults that this test looks at")


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Begins the plays of all selected tests."""
    made = Stage(tmp_path_factory.mktemp("faults"))
    marks = [mark for item in request.session.items for mark in item.iter_markers("plays")]
    for mark in sorted(marks, key=lambda mark: not mark.kwargs["long"]):
        made.begin(mark.args[0])
    yield made
    made.close()


@pytest.fixture
def outcome(request: pytest.FixtureRequest, stage: Stage) -> Any:
    """What the test's play answered."""
    mark = request.node.get_closest_marker("plays")
    return stage.outcome(mark.args[0])
