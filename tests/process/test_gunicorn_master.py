"""What the master does before and between the requests."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from webapp.config import Config, load
from webapp.errors import BadSetting
from webapp.process.gunicorn_master import (
    PortTaken,
    Service,
    check_port,
    prepare_folders,
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load({}, tmp_path)


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A folder of bundled projects."""
    prompts = tmp_path / "bundled" / "a-story" / "prompts"
    prompts.mkdir(parents=True)
    (prompts / "prompts-clear.json").write_text("[]")
    return tmp_path / "bundled"


@pytest.fixture
def listener() -> Iterator[int]:
    """A port that somebody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def test_the_demo_comes_whole_to_an_empty_root(config: Config, demo: Path) -> None:
    prepare_folders(config, demo)
    assert (config.projects_root / "a-story" / "prompts" / "prompts-clear.json").read_text() == "[]"
    assert [path.name for path in config.projects_root.iterdir()] == ["a-story"]


def test_the_demo_is_as_new_as_its_copy(config: Config, demo: Path) -> None:
    os.utime(demo / "a-story", (1e9, 1e9))
    prepare_folders(config, demo)
    assert (config.projects_root / "a-story").stat().st_mtime > 1e9


def test_a_root_with_a_project_is_left_alone(config: Config, demo: Path) -> None:
    (config.projects_root / "mine").mkdir(parents=True)
    prepare_folders(config, demo)
    assert [path.name for path in config.projects_root.iterdir()] == ["mine"]


def test_preparing_again_changes_nothing(config: Config, demo: Path) -> None:
    prepare_folders(config, demo)
    prompts = config.projects_root / "a-story" / "prompts" / "prompts-clear.json"
    prompts.write_text("[1]")
    prepare_folders(config, demo)
    assert prompts.read_text() == "[1]"


def test_a_new_data_dir_is_private(config: Config, demo: Path) -> None:
    prepare_folders(config, demo)
    assert config.data_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [(), ("redis",)])
def test_a_data_dir_of_ours_becomes_private(config: Config, demo: Path, content: tuple[str, ...]) -> None:
    config.data_dir.mkdir(mode=0o755)
    for name in content:
        (config.data_dir / name).mkdir()
    prepare_folders(config, demo)
    assert config.data_dir.stat().st_mode & 0o777 == 0o700


def test_a_folder_with_other_things_keeps_its_mode(config: Config, demo: Path) -> None:
    config.data_dir.mkdir()
    config.data_dir.chmod(0o755)
    (config.data_dir / "somebody-elses").mkdir()
    prepare_folders(config, demo)
    assert config.data_dir.stat().st_mode & 0o777 == 0o755


def test_a_free_port_is_fine_and_stays_free(tmp_path: Path, listener: int) -> None:
    check_port(load({"PORT": str(listener), "HOST": "127.0.0.2"}, tmp_path))
    with closing(socket.create_server(("127.0.0.2", listener))) as ours:
        assert ours.getsockname() == ("127.0.0.2", listener)  # it is still free


def test_a_taken_port_names_another(tmp_path: Path, listener: int) -> None:
    with pytest.raises(PortTaken, match=f"Port {listener} is taken.*PORT="):
        check_port(load({"PORT": str(listener)}, tmp_path))


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours_blames_host(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadSetting, match="HOST"):
        check_port(load({"HOST": host, "APP_PASSWORD": "secret"}, tmp_path))


def test_a_reload_with_bad_settings_keeps_the_good_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service(tmp_path)
    before = service.read_settings()
    (tmp_path / ".env").write_text("MAX_ATTEMPTS=often\n")
    assert service.read_settings() is before
    assert "MAX_ATTEMPTS" in capsys.readouterr().err
    (tmp_path / ".env").write_text("MAX_ATTEMPTS=2\n")
    assert service.read_settings().max_attempts == 2
    assert service.settings.max_attempts == 2


def test_a_start_with_bad_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_ATTEMPTS=often\n")
    with pytest.raises(BadSetting):
        Service(tmp_path).read_settings()


def test_workers_do_not_read_settings_that_changed_since(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.read_settings()
    (tmp_path / ".env").write_text("MAX_ATTEMPTS=often\n")
    assert service.settings.max_attempts == 4
