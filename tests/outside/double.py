"""A stand-in for Gemini and for the receiver of a webhook, on this machine. What it does is asked for in the prompt.

``REFUSE``: the prompt is refused. ``WORDS``: words instead of an image. ``HOLD-name``: no answer before ``open(name)``.
A key that contains ``bad`` is not valid.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import time
import zlib
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

PATIENCE = 300
TAKES = 0.2
"""Seconds an image takes: time enough for what comes before it to be told."""


class Double:
    """The server. ``calls`` are the prompts that came, ``news`` the webhooks as (headers, body)."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.news: list[tuple[dict[str, str], bytes]] = []
        self.waiting: dict[str, int] = defaultdict(int)
        self._gates: dict[str, threading.Event] = defaultdict(threading.Event)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def open(self, name: str) -> None:
        """Answer what is held by this name, now and later."""
        self._gates[name].set()

    def close(self) -> None:
        """End it."""
        for gate in self._gates.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and JSON that a call gets."""
        prompt = str(body["contents"][0]["parts"][0]["text"])
        self.calls.append(prompt)
        time.sleep(TAKES)
        if held := re.search(r"HOLD-(\w+)", prompt):
            self.waiting[held[1]] += 1
            self._gates[held[1]].wait(PATIENCE)
        if "bad" in key:
            return 400, INVALID
        if "REFUSE" in prompt:
            return 200, {"promptFeedback": {"blockReason": "SAFETY"}}
        if "WORDS" in prompt:
            return 200, {"candidates": [{"content": {"parts": [{"text": "No image today."}]}, "finishReason": "STOP"}]}
        part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(png(prompt)).decode()}}
        return 200, {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: an app that was killed leaves its connections."""


INVALID = {
    "error": {
        "code": 400,
        "status": "INVALID_ARGUMENT",
        "message": "API key not valid. Please pass a valid API key.",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    }
}


def png(text: str) -> bytes:
    """A small image whose colour is the text's."""
    number, made = zlib.crc32(text.encode()), io.BytesIO()
    Image.new("RGB", (128, 72), (number & 255, number >> 8 & 255, number >> 16 & 255)).save(made, "PNG")
    return made.getvalue()


def _handler(double: Double) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/hook"):
                double.news.append((dict(self.headers.items()), body))
                self._send(200, {})
            else:
                self._send(*double.answer(self.headers.get("x-goog-api-key") or "", json.loads(body)))

        def do_GET(self) -> None:
            bad = "bad" in (self.headers.get("x-goog-api-key") or "")
            self._send(*((400, INVALID) if bad else (200, {"name": self.path, "displayName": "An image model"})))

        def _send(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # whoever asked has left

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
