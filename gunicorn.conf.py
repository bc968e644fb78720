"""How gunicorn serves Step 8: ``gunicorn -c gunicorn.conf.py wsgi:app``, which is what ``make run`` does.

gunicorn executes this file again at a reload (SIGHUP), so nothing is kept here; see `webapp.process.gunicorn_master`.
It runs in the master, which gevent does not patch: nothing imported here may import ssl.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from webapp.errors import BadSetting, Step8Error
from webapp.process.gunicorn_master import check_port, service
from webapp.process.os_limits import make_room

try:
    _settings = service().read_settings()
except BadSetting as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "gevent"
workers = _settings.workers  # one is the default: it serves a thousand streams, a second one costs memory
# Not the limit of pages that watch (VIEWERS_PER_WORKER): their connections are the app's own once they are open. This
# is for requests being answered, v1.1 streams and connections kept alive, and well above the app's own limits for
# those, so that the app can say "later": whoever comes beyond this one just waits.
worker_connections = max(2000, 2 * _settings.capacity.requests)
backlog = 4096  # thousands of pages may come back in one second, after a restart
timeout = 60
graceful_timeout = 30  # images in the making are paid for: they are finished and saved within it
keepalive = 2  # also how long an ended stream holds up the end of a worker
max_requests = 0  # a worker is never replaced for its age: that would cut every stream
preload_app = False  # loading the app in the master would import ssl before gevent patches it
control_socket_disable = True  # by default it opens one in the user's home
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a busy disk must not look like a dead worker
forwarded_allow_ips = ""  # X-Forwarded-* is not believed from anybody

limit_request_line = 8190  # v1.1 clients send whole paths, URL-encoded
limit_request_fields = 100
limit_request_field_size = 8190

accesslog = None
errorlog = "-"
loglevel = "warning"  # what gunicorn says about its own start and end is no news


def on_starting(server: Any) -> None:
    """Refuse to start where the port is taken, before anything else is started."""
    bound_already = "GUNICORN_FD" in os.environ or "LISTEN_FDS" in os.environ  # by an upgrade (SIGUSR2) or by systemd
    _or_exit(lambda: make_room(service().settings.capacity.files()))
    if not bound_already:
        _or_exit(lambda: check_port(service().settings))


def when_ready(server: Any) -> None:
    """The port is ours: make the folders and start what the app needs."""
    _or_exit(service().provide)
    service().share_counters()
    _end_gently_at_first(server)


def on_reload(server: Any) -> None:
    """New settings may name other folders."""
    try:
        service().provide()
    except Step8Error as error:
        print(error, file=sys.stderr, flush=True)


def post_fork(server: Any, worker: Any) -> None:
    """The worker is a guest of the master's Redis. Until it has signal handlers of its own, it just ends when told to:
    it would put the signal in its copy of the master's queue, which nobody reads, and be killed half a minute later."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    service().become_worker()


def post_worker_init(worker: Any) -> None:
    """Everything is patched and imported: start the app's greenlets, then say where it is."""
    from gevent import spawn  # here it is patched

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the master decides
    process = worker.wsgi.extensions["step8"].process
    process.start(lambda: worker.alive)
    spawn(process.compile_ahead)
    if worker.age == 1:
        print(f"Step 8 is ready: {service().settings.url}  (Ctrl-C ends it)", flush=True)


def worker_exit(server: Any, worker: Any) -> None:
    """Finish what is in the making. gunicorn also calls this in the master, for a worker that is gone already."""
    if worker.pid == os.getpid() and worker.booted:
        worker.wsgi.extensions["step8"].process.stop()


def child_exit(server: Any, worker: Any) -> None:
    """In the master, when a worker has ended in whatever way."""
    service().forget_counters(worker.pid)


def on_exit(server: Any) -> None:
    """All workers have ended."""
    service().leave()


def _end_gently_at_first(server: Any) -> None:
    """Take the first Ctrl-C as SIGTERM, since images in the making are paid for; the second one ends all at once."""

    def gently(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, server.signal)
        os.write(1, b"\nStep 8 ends when the images in the making are saved. Ctrl-C again ends it at once.\n")
        server.signal(signal.SIGTERM, frame)

    signal.signal(signal.SIGINT, gently)


def _or_exit(action: Callable[[], None]) -> None:
    try:
        action()
    except Step8Error as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(2 if isinstance(error, BadSetting) else 1) from None
