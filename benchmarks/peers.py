"""What the live stream is measured beside: plain flask-sse, and the least that gevent can do.

``gunicorn benchmarks.peers:plain_flask_sse()`` and ``python -m benchmarks.peers <port> <redis url>``.
"""

from __future__ import annotations

import contextlib
import os
import sys

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import socket

import redis
from flask import Flask
from flask_sse import sse
from gevent.server import StreamServer

from webapp.process.os_limits import raise_limit

CHANNEL = "bench"


def plain_flask_sse() -> Flask:
    """The blueprint as it comes, in an app with nothing else."""
    app = Flask("plain")
    app.config["REDIS_URL"] = os.environ["BENCH_REDIS"]
    app.register_blueprint(sse, url_prefix="/stream")
    return app


def write(port: int, url: str) -> None:
    """Serve whoever connects with the bytes that are published, as they are: one subscription, one write a viewer."""
    raise_limit()
    viewers: set[socket.socket] = set()

    def seat(viewer: socket.socket, address: object) -> None:
        viewer.recv(65536)
        viewer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        viewers.add(viewer)
        with contextlib.suppress(OSError):
            viewer.recv(1)  # until it hangs up
        viewers.discard(viewer)

    StreamServer(("127.0.0.1", port), seat, backlog=4096).start()
    with redis.Redis.from_url(url).pubsub() as subscription:  # type: ignore[no-untyped-call]
        subscription.subscribe(CHANNEL)
        for message in subscription.listen():
            if message["type"] == "message":
                for viewer in list(viewers):
                    with contextlib.suppress(OSError):  # it has just left
                        viewer.sendall(message["data"])


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
