"""Network addresses in settings, read strictly: each function gives the value, or raises ValueError with the reason.

A reason never repeats the text where that may hold a password.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from webapp.core.image_request import Address, Secret
from webapp.core.settings.ip_addresses import Reach, ip_address, reach
from webapp.core.settings.parse import PRINTABLE, shown

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WIDEST_NETWORK = 8
"""Bits of a network's address that must be fixed."""

HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?\Z")
OFF_LIMITS = "link-local and metadata addresses cannot be used; write the server's own address."
HOME_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")


def address(text: str) -> str:
    """A host name or IP address to listen on, without brackets and port."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if _ip(bare) is None and not _is_name(bare):
        raise ValueError(f"{shown(text)} is not a host name or an IP address such as 127.0.0.1.")
    return bare


def host(text: str) -> str:
    """A host as a browser's ``Host`` header spells it: lower case, IPv6 in brackets, no port."""
    if text == "*":
        raise ValueError("a star would let any web site reach the app through your browser; name the hosts.")
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    number = _ip(bare)
    if number is None and not _is_name(bare):
        raise ValueError(f"{shown(text)} is not a host name such as step8.example.com (no port, no http://).")
    return f"[{number.compressed}]" if number is not None and number.version == 6 else bare.lower().rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether only this machine reaches what listens at ``name``. Of the names, ``localhost`` alone is trusted."""
    number = _ip(name)
    return number.is_loopback if number is not None else name.lower() == "localhost"


def is_wildcard(name: str) -> bool:
    """Whether ``name`` stands for all addresses of this machine."""
    number = _ip(name)
    return number is not None and number.is_unspecified


def network(text: str) -> Network:
    """An IP address, or a network as ``10.0.0.0/8``, whose requests are believed."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{shown(text)} is not an IP address or a network such as 172.16.0.0/12.") from None
    if found.prefixlen < WIDEST_NETWORK:
        raise ValueError(f"{shown(text)} is too wide: nearly anybody could pretend to be somebody else.")
    return found


def origin(text: str) -> str:
    """A web origin: scheme, host and port, lower case, nothing after it."""
    reason = f"{shown(text)} is not an origin such as http://localhost:3000."
    try:
        parts = urlsplit(text.removesuffix("/").lower())
        name, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(reason) from None
    if parts.scheme not in ("http", "https") or not name or parts.path or parts.query or parts.fragment or "@" in text:
        raise ValueError(reason)
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host(name)}" + (f":{port}" if port not in (None, usual) else "")


def redis_url(text: str) -> str:
    """The address of a Redis server."""
    reason = "this is not an address such as redis://localhost:6379/0 or unix:///run/redis.sock."
    try:
        parts = urlsplit(text)
        complete = bool(parts.path if parts.scheme == "unix" else parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise ValueError(reason) from None
    if parts.scheme not in ("redis", "rediss", "unix") or not complete or not PRINTABLE.match(text):
        raise ValueError(reason)
    return text


def is_near(name: str) -> bool:
    """Whether ``name`` is of this machine or of a private network, where plain http is what there usually is."""
    number = ip_address(name)
    if number is not None:
        return reach(number) is Reach.PRIVATE and not number.is_unspecified
    bare = name.lower().rstrip(".")
    return _is_name(bare) and ("." not in bare or bare.endswith(HOME_NAMES))


def is_off_limits(name: str) -> bool:
    """Whether ``name`` is an address that no setting may name, in any spelling. Names are judged when they are called.

    Those are link-local ones, those where a cloud hands out its secrets, and those of many machines at once.
    """
    number = ip_address(name)
    return number is not None and reach(number) is Reach.NEVER


def base_url(text: str, trusted: Callable[[str], bool] = is_loopback) -> str:
    """Where a provider's API is, without the last slash. Plain http shows the key to others: for trusted hosts only."""
    reason = "this is not an address such as https://api.example.com (no user name, no question mark)."
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(reason) from None
    if parts.scheme not in ("http", "https") or not name or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(reason)
    if not PRINTABLE.match(text):
        raise ValueError(reason)
    if is_off_limits(name):
        raise ValueError(OFF_LIMITS)
    if parts.scheme == "http" and not trusted(name):
        where = "this machine only" if trusted is is_loopback else "this machine and private networks only"
        raise ValueError(f"plain http would send the key in the open; use https (http is for {where}).")
    return text.rstrip("/")


def server(text: str) -> Address:
    """A server of the user's own, with ``user:password@`` before the host where it wants a login."""
    reason = "this is not an address such as http://127.0.0.1:8188 (no question mark)."
    try:
        parts = urlsplit(text)
        name, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(reason) from None
    if parts.scheme not in ("http", "https") or not name or parts.query or parts.fragment or not PRINTABLE.match(text):
        raise ValueError(reason)
    if _ip(name) is None and not _is_name(name):
        raise ValueError(reason)
    if is_off_limits(name):
        raise ValueError(OFF_LIMITS)
    if parts.username is None:
        return Address(text.rstrip("/"))
    if parts.scheme == "http" and not is_near(name):
        raise ValueError("plain http would send the password in the open; use https.")
    where = f"[{name}]" if ":" in name else name
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Address(
        f"{parts.scheme}://{where}{'' if port is None else f':{port}'}{parts.path}".rstrip("/"), Secret(login)
    )


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_name(text: str) -> bool:
    # four numbers that are no IP address are a mistyped one, never a name
    return bool(HOST_NAME.match(text)) and not re.fullmatch(r"[0-9.]+", text)
