"""WSGI middleware behind a reverse proxy: the client's address and scheme, by ``X-Forwarded-For`` and ``-Proto``.

These headers count only from the addresses in TRUSTED_PROXIES. ``X-Forwarded-Host`` never does, since a proxy can pass
the Host header on as it came.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from webapp.core.settings.addresses import Network

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BehindProxies:
    """Wraps ``app``, which then sees the client instead of the proxy."""

    def __init__(self, app: WsgiApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass a request on. Effect: corrects its environ by what a trusted proxy says."""
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._client(environ)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)

    def _client(self, environ: dict[str, Any]) -> str:
        """The rightmost address that is no trusted proxy: each proxy appends the address it was called from."""
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
