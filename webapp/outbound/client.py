"""HTTP client of providers and webhooks: one call, its limits, and the kind of its failure.

Not: retry, or follow a redirect. One place in the product decides on repeating a call, because each may cost money.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.filepost import encode_multipart_formdata

from webapp import __version__
from webapp.core.image_request import Secret
from webapp.core.settings.addresses import is_near, is_off_limits
from webapp.errors import KeyRefused, LostAnswer, Misconfigured, NoImage, NotSent, ProviderError
from webapp.outbound.deadlines import DeadlineHTTP, DeadlineHTTPS
from webapp.outbound.reply import Reply

MIB = 1024 * 1024
LARGEST_ANSWER = 64 * MIB
A_QUESTION = 30.0
"""Seconds for a question that makes no image."""

Headers = Mapping[str, str | Secret]
Part = tuple[str, str | tuple[str, bytes, str]]
"""A field of a form: its name, and its text or a file's name, bytes and MIME type."""


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_base(url: str, setting: str, *, near: bool = False) -> str:
    """Check that keys may be sent to an address: https, or plain http on this machine.

    With ``near`` plain http will do in a private network too. Returns it without a slash at its end.

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
    open_way = is_loopback(url) or (near and is_near(parts.hostname or ""))
    if parts.scheme != "https" and not (parts.scheme == "http" and open_way):
        raise Misconfigured(f"{setting} must begin with https://, so that no key can be read on the way.")
    return url.rstrip("/")


class Http:
    """Makes calls; one for all providers, usable from many greenlets or threads at once.

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
        self._anywhere = _session(_Adapter(idle, clock))
        self._outside = _session(_Adapter(idle, clock, outside=True))

    def post(
        self,
        url: str,
        payload: Mapping[str, Any],
        headers: Headers,
        timeout: float,
        *,
        secrets: Iterable[Secret] = (),
    ) -> Reply:
        """Send JSON once and read the whole answer, whatever its status.

        Secrets among the headers are revealed here and nowhere else; ``secrets`` are further ones that the answer may
        repeat. The answer must be complete ``timeout`` seconds after the request was sent.

        Raises:
            NotSent: the request certainly did not arrive whole.
            LostAnswer: it did, but no whole answer came.
            NoImage: the answer was larger than anything useful, and was not taken.
            Misconfigured: the address or a header cannot be used at all.
        """
        body, headers = json.dumps(payload).encode(), {"Content-Type": "application/json", **headers}
        return self._call(self._anywhere, requests.Request("POST", url, data=body), headers, timeout, secrets)

    def post_form(
        self, url: str, parts: Sequence[Part], headers: Headers, timeout: float, *, secrets: Iterable[Secret] = ()
    ) -> Reply:
        """Send a form that may hold files (``multipart/form-data``) once, as `post` does."""
        body, kind = encode_multipart_formdata(parts)
        headers = {"Content-Type": kind, **headers}
        return self._call(self._anywhere, requests.Request("POST", url, data=body), headers, timeout, secrets)

    def send(self, url: str, body: bytes, headers: Headers, timeout: float, *, outside: bool) -> Reply:
        """Send these very bytes once, as `post` does; ``outside`` as for `get`."""
        session = self._outside if outside else self._anywhere
        return self._call(session, requests.Request("POST", url, data=body), headers, timeout, ())

    def get(
        self,
        url: str,
        headers: Headers,
        timeout: float,
        *,
        secrets: Iterable[Secret] = (),
        outside: bool = False,
    ) -> Reply:
        """Ask once and read the whole answer, as `post` does.

        With ``outside`` nothing is asked of this machine or a private network, whatever the name leads to: that is
        `NotSent`. (Where the way leads through a proxy, what it may reach is the proxy's business.)
        """
        session = self._outside if outside else self._anywhere
        return self._call(session, requests.Request("GET", url), headers, timeout, secrets)

    def _call(
        self,
        session: requests.Session,
        request: requests.Request,
        headers: Headers,
        timeout: float,
        secrets: Iterable[Secret],
    ) -> Reply:
        known = (*(value for value in headers.values() if isinstance(value, Secret)), *secrets)
        try:
            return self._send(session, request, headers, timeout, known)
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
        self,
        session: requests.Session,
        request: requests.Request,
        headers: Headers,
        timeout: float,
        secrets: tuple[Secret, ...],
    ) -> Reply:
        shown = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
        request.headers, request.auth = shown, _as_it_is
        prepared = session.prepare_request(request)
        around: dict[str, Any] = {"proxies": {}, "verify": True}
        if not is_loopback(request.url):
            if is_off_limits(urlsplit(request.url).hostname or ""):  # a proxy might fetch it
                raise NotSent("Link-local and metadata addresses are never called. Check the address.")
            around = dict(session.merge_environment_settings(request.url, {}, None, None, None))
        around |= {"timeout": (self._connect, timeout), "stream": True, "allow_redirects": False}
        with closing(session.send(prepared, **around)) as response:
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
        raise NoImage(f"The answer is larger than {self._largest // MIB} MB, so it was not taken.")


class _Adapter(HTTPAdapter):
    """Puts our own connections into the library's pools."""

    def __init__(self, idle: float, clock: Callable[[], float], *, outside: bool = False) -> None:
        self._idle, self._clock, self._outside = idle, clock, outside
        super().__init__(pool_maxsize=64, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **more)
        kind = DeadlineHTTPS if pool.scheme == "https" else DeadlineHTTP
        pool.ConnectionCls = partial(self._connection, kind)
        return pool

    def _connection(self, kind: type[DeadlineHTTP] | type[DeadlineHTTPS], *args: Any, **more: Any) -> Any:
        connection = kind(*args, **more)
        connection.limit(self._idle, self._clock, outside=self._outside)
        return connection


def _session(adapter: _Adapter) -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": f"step8/{__version__}", "Accept-Encoding": "identity"})
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


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
