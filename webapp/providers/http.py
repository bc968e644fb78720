"""The manners all providers share towards the network: one call, its limits, and what its failure is called.

The only door to the HTTP library. Nothing is retried here and no redirect is followed: one place in the product decides
on repeating a call, because each may cost money.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from webapp import __version__
from webapp.core.request import Secret
from webapp.errors import KeyRefused, LostAnswer, Misconfigured, NoPicture, NotSent, ProviderError
from webapp.providers.patience import PatientHTTP, PatientHTTPS
from webapp.providers.reply import Reply

MIB = 1024 * 1024
LARGEST_ANSWER = 64 * MIB


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_base(url: str, setting: str) -> str:
    """The address without a slash at its end, when keys may be sent there: https, or plain http on this machine.

    Raises:
        Misconfigured: naming the setting it came from.
    """
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, valid = urlsplit(""), False
    if not valid or parts.username is not None or parts.query or parts.fragment:
        raise Misconfigured(f"{setting} must be an address such as https://host/path.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise Misconfigured(f"{setting} must begin with https://, so that no key can be read on the way.")
    return url.rstrip("/")


class Http:
    """Calls to providers. One for all of them will do; it may be used from many greenlets or threads at once.

    ``idle`` is how many seconds an answer may pause once it began, ``connect`` how many a connection may take,
    ``largest`` how many bytes are taken. Keep-alive connections, the environment's proxies (never for this machine),
    no cookies.
    """

    def __init__(
        self,
        *,
        connect: float = 10.0,
        idle: float = 30.0,
        largest: int = LARGEST_ANSWER,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._connect, self._largest, self._wall = connect, largest, wall
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"User-Agent": f"step8/{__version__}", "Accept-Encoding": "identity"})
        adapter = _Adapter(idle, clock)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def post(self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str | Secret], timeout: float) -> Reply:
        """Send JSON once and take the whole answer, whatever its status.

        Secrets among the headers are revealed here and nowhere else. The answer must be complete ``timeout`` seconds
        after the request was sent.

        Raises:
            NotSent: the request certainly did not arrive whole.
            LostAnswer: it did, but no whole answer came.
            NoPicture: the answer was larger than anything useful, and was not taken.
            Misconfigured: the address or a header cannot be used at all.
        """
        secrets = tuple(value for value in headers.values() if isinstance(value, Secret))
        try:
            return self._send(url, json.dumps(payload).encode(), headers, timeout, secrets)
        except ProviderError as error:
            trouble: ProviderError = error
        except requests.RequestException as error:
            trouble = _unsendable(error)
        except (HTTPError, OSError) as error:
            trouble = LostAnswer("The answer broke off before it was complete.", type(error).__name__)
        except (UnicodeError, ValueError) as error:
            trouble = Misconfigured(
                "The request cannot be sent as it is. Check the key and the address.", type(error).__name__
            )
        # Raised out here and without its past: the library's exceptions and the frames they passed hold the headers.
        raise trouble.with_traceback(None)

    def _send(
        self, url: str, body: bytes, headers: Mapping[str, str | Secret], timeout: float, secrets: tuple[Secret, ...]
    ) -> Reply:
        shown = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
        request = self._session.prepare_request(
            requests.Request("POST", url, {"Content-Type": "application/json", **shown}, data=body, auth=_as_it_is)
        )
        around: dict[str, Any] = {"proxies": {}, "verify": True}
        if not is_loopback(url):
            around = dict(self._session.merge_environment_settings(url, {}, None, None, None))
        around |= {"timeout": (self._connect, timeout), "stream": True, "allow_redirects": False}
        with closing(self._session.send(request, **around)) as response:
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, names, self._whole(response), self._wall(), secrets)

    def _whole(self, response: requests.Response) -> bytes:
        length = response.headers.get("Content-Length", "")
        size, parts = 0, []
        if not (length.isdigit() and int(length) > self._largest):
            while part := response.raw.read(256 * 1024, decode_content=True):
                size += len(part)
                if size > self._largest:
                    break
                parts.append(part)
            else:
                return b"".join(parts)
        raise NoPicture(f"The answer is larger than {self._largest // MIB} MB, so it was not taken.")


class _Adapter(HTTPAdapter):
    """Puts our own connections into the library's pools."""

    def __init__(self, idle: float, clock: Callable[[], float]) -> None:
        self._idle, self._clock = idle, clock
        super().__init__(pool_maxsize=64, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **more)
        kind = PatientHTTPS if pool.scheme == "https" else PatientHTTP
        pool.ConnectionCls = partial(self._connection, kind)
        return pool

    def _connection(self, kind: type[PatientHTTP] | type[PatientHTTPS], *args: Any, **more: Any) -> Any:
        connection = kind(*args, **more)
        connection.limit(self._idle, self._clock)
        return connection


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps the library from adding credentials of a netrc file."""
    return request


def _unsendable(error: requests.RequestException) -> ProviderError:
    """What our connections did not name themselves: an address or a proxy setting that is no use, or a broken body."""
    if isinstance(error, requests.exceptions.InvalidHeader):
        return KeyRefused("This key holds characters that no key has. Copy it again.")
    if isinstance(
        error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | requests.exceptions.MissingSchema
    ):
        return Misconfigured("The address or the proxy in the settings cannot be used.", type(error).__name__)
    if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.InvalidProxyURL):
        return NotSent("The proxy could not be used. Check the proxy settings of this machine.", type(error).__name__)
    return LostAnswer("The answer broke off before it was complete.", type(error).__name__)
