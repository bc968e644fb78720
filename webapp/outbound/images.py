"""Fetching of images that a service keeps at an address.

The address is the service's word: it is asked without a key, only at the service's own host or over https on the open
internet. The image was made and paid for, so a failure on the way is tried again here, which costs nothing; what then
still fails was charged, and is not ordered again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from webapp.core.media_types import NAMED, READABLE, image_format, is_page, unreadable
from webapp.errors import LostAnswer, Misconfigured, NoImage, NotSent, ProviderError, UnusableImage
from webapp.outbound.client import Http, is_loopback
from webapp.outbound.reply import Reply

PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try."""

FETCHING = 45.0
"""Seconds for all tries together."""

MOST_REDIRECTS = 3
UNSAFE = "The image server keeps its pictures at an address that is not safe to ask. It must use https."
LOST = "The picture was made, but it could not be fetched: "


def fetch_any(
    http: Http,
    urls: Iterable[str],
    base: str,
    timeout: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float] = time.monotonic,
) -> bytes:
    """Fetch the image at the first of these addresses that has one; see `fetch`."""
    trouble: ProviderError = UnusableImage(f"{LOST}no address was given.")
    for number, url in enumerate(urls):
        try:
            return fetch(http, url, base, timeout, sleep, clock)
        except ProviderError as error:
            trouble = error if number == 0 else trouble
    raise trouble.with_traceback(None) from None


def fetch(
    http: Http,
    url: str,
    base: str,
    timeout: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float] = time.monotonic,
) -> bytes:
    """Fetch the image at ``url``, which may be relative to ``base``, the service's own address.

    Effect: up to three tries within `FETCHING` seconds, with `PAUSES` between them.

    Raises:
        Misconfigured: an address that must not be asked: plain http, a private network, a scheme that is none.
        UnusableImage: it could not be fetched, though tried again, or what came is no image that is read here.
    """
    address = _joined(f"{base}/", url)
    host, until = _host(address), clock() + FETCHING
    for pause in (*PAUSES, None):
        try:
            reply = _follow(http, address, base, min(timeout, max(1.0, until - clock())))
            if reply.status == 200:
                return _image_of(reply, host)
            trouble = UnusableImage(f"{LOST}{host} answered {reply.status}.", reply.quote())
            again = reply.status >= 500 or reply.status in (404, 408, 425, 429)  # 404: not on its shelf yet
        except (NotSent, LostAnswer) as error:
            trouble, again = UnusableImage(f"{LOST}{host} could not be reached.", f"{error} {error.detail}"), True
        except NoImage as error:
            trouble, again = UnusableImage(f"{LOST}{host} sent too much. {error}", error.detail), False
        if pause is None or not again or clock() + pause >= until:
            break
        sleep(pause)
    raise trouble.with_traceback(None) from None


def _image_of(reply: Reply, host: str) -> bytes:
    head = reply.body[:NAMED]
    kind = image_format(head)
    if kind in READABLE:
        return reply.body
    if kind:
        raise UnusableImage(unreadable(kind))
    what = "a web page" if is_page(head, reply.headers.get("content-type", "")) else "something else"
    raise UnusableImage(f"{LOST}{host} sent {what} instead.", reply.quote())


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc or "its address"
    except ValueError:
        return "its address"


@contextlib.contextmanager
def costing(cost: int | None) -> Iterator[None]:
    """Note on every failure in here what the image, which was made, has cost."""
    try:
        yield
    except ProviderError as error:
        if error.charged:
            error.cost = cost
        raise


def outside(url: str, base: str) -> bool:
    """Whether the address is on the open internet; False for the service's own host, wherever that is.

    Raises:
        Misconfigured: it must not be asked at all.
    """
    try:
        parts, own = urlsplit(url), urlsplit(base)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _unsafe("") from None
    same = bool(host) and (host == own.hostname or (is_loopback(url) and is_loopback(base)))
    if parts.username is not None or parts.scheme not in ("http", "https") or not host:
        raise _unsafe(host)
    if same and (parts.scheme == "https" or own.scheme == "http"):
        return False
    if parts.scheme != "https":
        raise _unsafe(host)
    return True


def _follow(http: Http, url: str, base: str, timeout: float) -> Reply:
    for _ in range(MOST_REDIRECTS + 1):
        reply = http.get(url, {}, timeout, outside=outside(url, base))
        if reply.status not in (301, 302, 303, 307, 308) or not reply.headers.get("location"):
            break
        url = _joined(url, reply.headers["location"])
    return reply


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        raise _unsafe("") from None


def _unsafe(host: str) -> ProviderError:
    return Misconfigured(f"{UNSAFE} It names {host}." if host else UNSAFE, charged=True)
