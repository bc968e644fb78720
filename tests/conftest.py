"""What all tests share: the patch that the app runs under, and a real Redis."""

from webapp.process.gevent_patch import patch

patch()  # first, as in wsgi.py: what is imported below must see the patched sockets

from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from tests.harness.app_process import AppProcess, Apps  # noqa: E402
from webapp.coordination.redis_server import EmbeddedServer  # noqa: E402

pytest_plugins = [
    "tests.harness.project_folders",
    "tests.harness.export_film",
    "tests.harness.run_bench",
    "tests.harness.web_app_fixtures",
]

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # a busy machine is not a fault: no example has to be quick


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, the one that the app embeds. It is shared: use names (project ids) that are your own."""
    server = EmbeddedServer(tmp_path_factory.mktemp("redis"))
    yield server.ensure()
    server.end()


@pytest.fixture
def apps(tmp_path: Path) -> Iterator[Apps]:
    """Starts real apps (gunicorn, Redis and all) in ``tmp_path`` and ends every process of them after the test."""
    with Apps(tmp_path) as started:
        yield started


@pytest.fixture
def app_process(apps: Apps) -> AppProcess:
    """One real app with an empty projects folder, answering."""
    return apps.start()
