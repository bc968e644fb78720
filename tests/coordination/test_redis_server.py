"""The embedded Redis against the real server program, and real processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.harness.app_process import ROOT, processes_mentioning, until
from webapp.coordination.redis_server import EmbeddedServer
from webapp.errors import CoordinationDown

OWNER = """
import sys, time
from pathlib import Path
from webapp.coordination.redis_server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
print(server.ensure(), flush=True)
sys.stdin.read()
server.end()
"""

NewServer = Callable[..., EmbeddedServer]


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    """Makes objects for the server in ``tmp_path`` and ends what is left of it."""
    made: list[EmbeddedServer] = []

    def make(data_dir: Path = tmp_path, **options: float) -> EmbeddedServer:
        made.append(EmbeddedServer(data_dir, **options))
        return made[-1]

    yield make
    for server in made:
        for pid in processes_mentioning(str(server.socket)):
            os.kill(pid, signal.SIGCONT)
        server.ensure()
        server.end()
    assert not processes_mentioning(*(str(server.socket) for server in made))


def pids(data_dir: Path) -> list[int]:
    """The living server processes of this folder: a server names its socket in its title."""
    return processes_mentioning(str(EmbeddedServer(data_dir).socket))


def client(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def owner(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline().startswith("unix:")
    return process


def end_well(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def test_it_starts_and_answers(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    assert not server.alive()
    assert client_answers(server.ensure())
    assert server.alive()
    assert len(pids(tmp_path)) == 1


def client_answers(url: str) -> bool:
    return bool(redis.Redis.from_url(url).ping())


def test_it_listens_on_no_port_and_lets_no_other_user_in(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    assert client(server).config_get("port") == {"port": "0"}
    assert server.socket.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "redis").stat().st_mode & 0o777 == 0o700


def test_every_write_goes_to_its_file(new_server: NewServer) -> None:
    server = new_server()
    server.ensure()
    assert client(server).config_get("append*")["appendonly"] == "yes"


def test_ending_it_leaves_no_process_and_no_socket(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    server.end()
    assert not pids(tmp_path)
    assert not server.socket.exists()


def test_it_keeps_what_was_written_over_an_end_and_a_start(new_server: NewServer) -> None:
    server = new_server()
    server.ensure()
    client(server).set("beat", "1.1")
    server.end()
    server.ensure()
    assert client(server).get("beat") == "1.1"


def test_ensuring_again_changes_nothing(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    first = pids(tmp_path)
    assert server.ensure() == server.url
    assert pids(tmp_path) == first


def test_many_processes_starting_at_once_get_one_server(new_server: NewServer, tmp_path: Path) -> None:
    servers = [new_server() for _ in range(8)]
    urls: list[str] = []
    starts = [threading.Thread(target=lambda server=server: urls.append(server.ensure())) for server in servers]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(urls) == 8 and len(set(urls)) == 1
    assert len(pids(tmp_path)) == 1


def test_the_server_of_a_killed_app_is_adopted(new_server: NewServer, tmp_path: Path) -> None:
    killed = owner(tmp_path)
    left = pids(tmp_path)
    killed.kill()
    killed.communicate()
    server = new_server()
    client(server).set("beat", "1.1")
    server.ensure()
    assert pids(tmp_path) == left
    assert client(server).get("beat") == "1.1"
    server.end()
    assert not pids(tmp_path)


def test_a_killed_server_is_started_again_with_its_data(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    client(server).set("beat", "1.1")
    client(server).waitaof(1, 0, 2000)
    [first] = pids(tmp_path)
    os.kill(first, signal.SIGKILL)
    until(lambda: not server.alive())
    server.revive()
    assert client(server).get("beat") == "1.1"
    assert pids(tmp_path) not in ([], [first])


def test_a_worker_revives_the_server_of_its_app(new_server: NewServer, tmp_path: Path) -> None:
    app, worker = new_server(), new_server()
    app.ensure()
    [first] = pids(tmp_path)
    os.kill(first, signal.SIGKILL)
    until(lambda: not worker.alive())
    assert client_answers(worker.revive())
    app.end()
    assert not pids(tmp_path), "the worker must not have become a user"


def test_a_worker_never_starts_a_server_that_nobody_would_end(new_server: NewServer, tmp_path: Path) -> None:
    app, worker = new_server(), new_server()
    app.ensure()
    app.end()
    with pytest.raises(CoordinationDown):
        worker.revive()
    assert not pids(tmp_path)


def test_a_suspended_server_gets_no_second_one_beside_it(new_server: NewServer, tmp_path: Path) -> None:
    new_server().ensure()
    [first] = pids(tmp_path)
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(CoordinationDown, match="does not answer"):
        new_server(answer_within=0.2).ensure()
    assert pids(tmp_path) == [first]
    os.kill(first, signal.SIGCONT)
    assert client_answers(new_server().ensure())


def test_the_server_stays_until_its_last_user_leaves(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    other = owner(tmp_path)
    server.end()
    assert server.alive()
    end_well(other)
    assert not pids(tmp_path)


def test_a_forked_child_can_forget_the_membership_and_end_nothing(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    server.ensure()
    child = os.fork()
    if child == 0:
        server.forget()
        server.end()
        os._exit(0 if server.alive() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    server.end()
    assert not pids(tmp_path)


def test_a_data_dir_with_a_long_path_and_blanks_works(new_server: NewServer, tmp_path: Path) -> None:
    deep = tmp_path / ("a rather long folder name " * 4).strip() / "ünusual 100%"
    server = new_server(deep)
    url = server.ensure()
    assert len(os.fsencode(server.socket)) < 104
    assert client_answers(url)
    assert EmbeddedServer(deep).url == url
    server.end()
    assert not server.socket.parent.is_symlink()


def test_a_tidied_up_tmp_folder_does_no_harm(new_server: NewServer, tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    server = new_server(deep)
    server.ensure()
    [first] = pids(deep)
    server.socket.parent.unlink()
    assert client_answers(server.revive())
    assert pids(deep) == [first]


def test_somebody_elses_link_is_not_followed(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / ("long" * 30))
    server.socket.parent.symlink_to(tmp_path)
    try:
        with pytest.raises(CoordinationDown, match="in the way"):
            server.ensure()
    finally:
        server.socket.parent.unlink()


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("not a folder")
    with pytest.raises(CoordinationDown, match="DATA_DIR"):
        EmbeddedServer(tmp_path).ensure()


def test_a_server_that_cannot_start_says_why_at_once(tmp_path: Path) -> None:
    record = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    record.parent.mkdir(parents=True)
    record.write_text("this is no manifest\n")
    with pytest.raises(CoordinationDown, match=r"did not start: .*(?i:aof|manifest|exit)"):
        EmbeddedServer(tmp_path).ensure()
    assert not pids(tmp_path)


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux shows what a process was given")
def test_the_server_is_given_no_secret(new_server: NewServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEYS", "canary-key-in-the-environment")
    new_server().ensure()
    [pid] = pids(tmp_path)
    assert b"canary" not in Path(f"/proc/{pid}/environ").read_bytes()
