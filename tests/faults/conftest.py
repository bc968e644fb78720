"""The fault cases of this folder, begun side by side."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.parallel_cases import ParallelCases


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest about the mark."""
    config.addinivalue_line("markers", "fault_case(case): the case that this test looks at")


@pytest.fixture(scope="session")
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParallelCases]:
    """Begins the cases of all selected tests."""
    made = ParallelCases(tmp_path_factory.mktemp("faults"))
    marks = [mark for item in request.session.items for mark in item.iter_markers("fault_case")]
    for mark in sorted(marks, key=lambda mark: not mark.kwargs["long"]):
        made.begin(mark.args[0])
    yield made
    made.close()


@pytest.fixture
def outcome(request: pytest.FixtureRequest, cases: ParallelCases) -> Any:
    """What the test's case answered."""
    mark = request.node.get_closest_marker("fault_case")
    return cases.outcome(mark.args[0])
