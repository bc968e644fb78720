"""Images in answers of services: base64 in its spellings, or an address to fetch the image from.

The address is the service's word: it is asked without a key, only at the service's own host or over https on the open
internet. The image was made and paid for, so a failure on the way is tried again here, which costs nothing; what then
still fails was charged.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pybase64

from webapp.errors import LostAnswer, Misconfigured, NoImage, NotSent, ProviderError
from webapp.outbound.client import Http, is_loopback
from webapp.outbound.reply import Reply

PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try."""

MOST_REDIRECTS = 3
UNSAFE = "The image server keeps its pictures at an address that is not safe to ask. It must use https."
LOST = "The picture was made, but it could not be fetched from where the image server keeps it."


def fetch(http: Http, url: str, base: str, timeout: float, sleep: Callable[[float], None]) -> bytes:
    """Fetch the bytes at ``url``, which may be a data URL or relative to ``base``, the service's own address.

    Effect: up to three tries, with `PAUSES` between them.

    Raises:
        Misconfigured: an address that must not be asked: plain http, a private network, a scheme that is none.
        LostAnswer: it could not be fetched, though tried again.
    """
    if url.startswith("data:"):
        return decoded(url)
    for pause in (*PAUSES, None):
        try:
            reply = _follow(http, _joined(f"{base}/", url), base, timeout)
            if reply.status == 200:
                return reply.body
            trouble = LostAnswer(LOST, f"{reply.status} {reply.quote()}", charged=True)
            again = reply.status >= 500 or reply.status in (404, 408, 425, 429)  # 404: not on its shelf yet
        except (NotSent, LostAnswer) as error:
            trouble, again = LostAnswer(LOST, str(error), charged=True), True
        except NoImage as error:
            trouble, again = LostAnswer(str(error), error.detail, charged=True), False
        if pause is None or not again:
            break
        sleep(pause)
    raise trouble.with_traceback(None) from None


def outside(url: str, base: str) -> bool:
    """Whether the address is on the open internet; False for the service's own host, wherever that is.

    Raises:
        Misconfigured: it must not be asked at all.
    """
    try:
        parts, own = urlsplit(url), urlsplit(base)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _unsafe() from None
    same = bool(host) and (host == own.hostname or (is_loopback(url) and is_loopback(base)))
    if parts.username is not None or parts.scheme not in ("http", "https") or not host:
        raise _unsafe()
    if same and (parts.scheme == "https" or own.scheme == "http"):
        return False
    if parts.scheme != "https":
        raise _unsafe()
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
        raise _unsafe() from None


def _unsafe() -> ProviderError:
    return Misconfigured(UNSAFE, charged=True)


def decoded(text: str) -> bytes:
    """Decode a base64 text that may have a data-URL prefix and line breaks; no bytes when it is broken."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    found = _decoded(text)
    if found is None:  # it may be broken into lines: rare, and looking for them takes longer than decoding
        found = _decoded("".join(text.split()))
    return found or b""


def _decoded(text: str) -> bytes | None:
    if "=" in text[:-2]:  # padding before the end
        return None
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
