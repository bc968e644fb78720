"""Behind a reverse proxy: who really asks, and whether they asked over TLS.

Anybody can send ``X-Forwarded-For`` and ``X-Forwarded-Proto``. They are believed from the addresses in TRUSTED_PROXIES
and from nobody else; ``X-Forwarded-Host`` never is, since a proxy can hand the Host header on as it came.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from webapp.core.settings.addresses import Network

Answer = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BehindProxies:
    """A WSGI app that sees the client where ``app`` alone would see the proxy."""

    def __init__(self, app: Answer, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request; what a trusted proxy says of it counts."""
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._client(environ)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)

    def _client(self, environ: dict[str, Any]) -> str:
        """The nearest address that is no proxy of ours: each proxy adds at the right who asked it."""
        nearest: str = environ["REMOTE_ADDR"]
        for entry in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if not self._trusts(nearest) or _address(entry.strip()) is None:
                break
            nearest = entry.strip()
        return nearest

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
