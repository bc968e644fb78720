"""HTTP connections with a deadline for the whole answer, and errors that tell whether the request had left.

Written against urllib3 2.8.0. The time limits of HTTP libraries hold for one read each, so a server that sends a byte
now and then holds a caller for ever; and their exceptions do not tell whether a request had left. Both matter here,
since a call costs money: a connection of this module ends every read at the deadline of the whole answer, and raises
`NotSent` or `LostAnswer` itself, where the truth is known.
"""

from __future__ import annotations

import contextlib
import errno
import io
import socket
import ssl
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any, NoReturn

from urllib3 import connection
from urllib3.exceptions import HTTPError, NameResolutionError

from webapp.core.settings.ip_addresses import Reach, ip_address, reach
from webapp.errors import LostAnswer, NotSent

STALE = 15.0
"""Seconds after which an idle connection is not used again: servers keep one longer, so none dies under a request."""

SENDING = 120.0
"""Seconds the request may take to leave. The limit for connecting, which the library would use, cuts large uploads."""

_CLOSED = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
_NETWORK = (OSError, HTTPException, HTTPError)


class _PrivateAddress(OSError):
    """The name leads to this machine or a private network."""


class _OffLimits(OSError):
    """The name leads to an address that is never called."""


def resolve(host: str, port: int, least: Reach) -> list[str]:
    """Look a host up. Returns those of its addresses that reach at least so far, in the system's order.

    Raises:
        OSError: it is unknown, or has no such address.
    """
    found = socket.getaddrinfo(host.removeprefix("[").removesuffix("]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    judged = [(address, _reach_of(address)) for address in addresses]
    allowed = [address for address, far in judged if far >= least]
    if allowed:
        return allowed
    if any(far is Reach.PRIVATE for _, far in judged):
        raise _PrivateAddress(f"{host} is not on the internet")
    raise _OffLimits(f"{host} is never called")


def _reach_of(address: str) -> Reach:
    number = ip_address(address)
    return Reach.NEVER if number is None else reach(number)


class _Limited(io.RawIOBase):
    """A socket to read from until a deadline. Once something came, the next part must come within ``idle``."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, idle: float, clock: Callable[[], float]) -> None:
        self._raw, self._sock, self._idle, self._clock = raw, sock, idle, clock
        self._total = sock.gettimeout() or idle
        self._deadline = clock() + self._total
        self._began = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - self._clock()
        if left <= 0:
            self._give_up()
        stalled = self._began and self._idle < left
        self._sock.settimeout(self._idle if stalled else left)
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError:
            count = -1
        except OSError:
            count = -2
        if count == -1:
            self._give_up(stalled)
        if count == -2:
            raise LostAnswer("The connection broke before the answer was complete.")
        self._began = self._began or bool(count)
        return count

    def _give_up(self, stalled: bool = False) -> NoReturn:
        if stalled:
            raise LostAnswer(f"The answer stopped halfway: nothing more came for {self._idle:g} s.")
        if self._began:
            raise LostAnswer(f"The answer was not complete within {self._total:g} s.")
        raise LostAnswer(f"No answer within {self._total:g} s.")

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Deadline(connection.HTTPConnection):
    """What both kinds of connection share; mixed in before urllib3's own class."""

    idle: float
    clock: Callable[[], float]
    outside = False
    _whole = False
    _used_at = 0.0

    def limit(self, idle: float, clock: Callable[[], float], *, outside: bool = False) -> None:
        """Set how many seconds an answer may pause once it began, and the clock that measures it.

        ``outside``: never to this machine or a private network. Never to a link-local or metadata address.
        """
        self.idle, self.clock, self.outside = idle, clock, outside
        self.response_class = self._response  # type: ignore[assignment]  # called just as the class is

    def _response(self, sock: socket.socket, *args: Any, **more: Any) -> HTTPResponse:
        response = HTTPResponse(sock, *args, **more)
        raw = response.fp.detach()
        response.fp = io.BufferedReader(_Limited(raw, sock, self.idle, self.clock), 65536)
        return response

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again: still open, and used not long ago."""
        return super().is_connected and self.clock() - self._used_at < STALE

    def connect(self) -> None:
        """Connect, through TLS where asked for; every failure is `NotSent`."""
        trouble: Exception
        try:
            super().connect()
            return
        except (*_NETWORK, LostAnswer) as error:
            trouble = error
        host, port = (self._tunnel_host, self._tunnel_port) if self._tunnel_host else (self.host, self.port)
        sentence = _unreachable(trouble, host, port, self.timeout)
        detail = type(trouble).__name__ if isinstance(trouble, LostAnswer) else f"{type(trouble).__name__}: {trouble}"
        self.close()
        raise NotSent(sentence, detail[:500])

    def _new_conn(self) -> socket.socket:
        """Connect to an address that was judged, and to no other: a name may lead elsewhere each time it is asked for.

        What is behind a proxy is the proxy's business.
        """
        if self.proxy:
            return super()._new_conn()
        name = self._dns_host
        try:
            addresses = resolve(name, self.port, Reach.PUBLIC if self.outside else Reach.PRIVATE)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        try:
            return self._first_of(addresses)
        finally:
            self._dns_host = name  # TLS checks the certificate of the name

    def _first_of(self, addresses: list[str]) -> socket.socket:
        for address in addresses[:-1]:
            self._dns_host = address
            with contextlib.suppress(HTTPError):
                return super()._new_conn()
        self._dns_host = addresses[-1]
        return super()._new_conn()

    def request(self, *args: Any, **more: Any) -> None:
        """Send the request, remembering whether all of it left."""
        if self.sock is None:
            self.connect()
        self.timeout = SENDING
        self._whole = False
        try:
            super().request(*args, **more)
            self._whole = True
            return
        except _NETWORK as error:
            if isinstance(error, OSError) and error.errno in _CLOSED:
                return  # the server may have answered early, as it does for a body that is too large
            cut = error
        raise NotSent("The connection broke while the request was being sent.", f"{type(cut).__name__}: {cut}"[:500])

    def getresponse(self) -> Any:
        """Wait for the answer's head; a failure is `LostAnswer` when the whole request had left, else `NotSent`."""
        trouble: Exception
        try:
            response = super().getresponse()
            self._used_at = self.clock()
            return response
        except (*_NETWORK, LostAnswer) as error:
            trouble = error
        if not self._whole:
            raise NotSent("The connection broke while the request was being sent.")
        if isinstance(trouble, LostAnswer):
            raise LostAnswer(str(trouble))
        raise LostAnswer("The connection was closed before an answer came.", type(trouble).__name__)


class DeadlineHTTP(_Deadline):
    """A plain connection; for this machine and for servers of the user's own."""


class DeadlineHTTPS(_Deadline, connection.HTTPSConnection):
    """A TLS connection."""


def _unreachable(error: BaseException, host: str, port: int | None, limit: Any) -> str:
    """Why no connection came about, in plain words. A port is named where it tells one server from another."""
    chain = list(_causes(error))
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    if any(isinstance(cause, _PrivateAddress) for cause in chain):
        return f"The address {host} leads into a private network, so nothing was fetched from there."
    if any(isinstance(cause, _OffLimits) for cause in chain):
        return f"The address {host} leads to a link-local or metadata address, which is never called."
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in chain):
        return f"The address {host} cannot be found. Check the internet connection."
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return f"The certificate of {host} is not trusted. Check this machine’s clock and its proxy."
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        return f"No secure connection to {host} could be made."
    if any(isinstance(cause, TimeoutError | LostAnswer) for cause in chain):
        return f"{place} could not be reached within {limit:g} s. Check the internet connection."
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return f"Nothing answers at {place}. Check that the address is right and the server runs."
    return f"{place} cannot be reached. Check the internet connection."


def _causes(error: BaseException | None) -> Any:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
