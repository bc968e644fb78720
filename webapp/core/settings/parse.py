"""Texts of settings, read strictly: each function gives the value, or raises ValueError with the reason in plain words.

A reason never repeats the text where that may be a secret (keys, addresses with a password).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from webapp.core.image_request import Address, Key, Secret

Read = TypeVar("Read")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MICROS = 1_000_000
"""Micro-dollars in a dollar."""

MOST_DOLLARS = 1_000_000
WIDEST_NETWORK = 8
"""Bits of a network's address that must be fixed."""

HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?\Z")
MODEL = re.compile(r"(?:models/)?([A-Za-z0-9][A-Za-z0-9._:@-]{0,127})\Z")
ANY_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}\Z")
HOME_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")
PRINTABLE = re.compile(r"[\x21-\x7e]+\Z")


def entries(text: str) -> list[str]:
    """The parts between commas, without blanks around them; empty parts are dropped."""
    return [part for part in (piece.strip() for piece in text.split(",")) if part]


def several(read: Callable[[str], Read], text: str) -> tuple[Read, ...]:
    """Every entry of a comma-separated list, read, each kept once."""
    return tuple(dict.fromkeys(read(entry) for entry in entries(text)))


def whole(text: str, least: int, most: int) -> int:
    """A whole number between ``least`` and ``most``."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"{shown(text)} is not a whole number from {least} to {most}.")
    return int(text)


def amount(text: str, least: float, most: float) -> float:
    """A number between ``least`` and ``most``, with a point for the decimals."""
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}", text) or not least <= float(text) <= most:
        raise ValueError(f"{shown(text)} is not a number from {least:g} to {most:g}.")
    return float(text)


def dollars(text: str) -> int:
    """US dollars as micro-dollars, rounded down."""
    reason = f"{shown(text)} is not an amount of US dollars such as 5 or 2.50."
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(reason) from None
    if not value.is_finite() or not 0 <= value <= MOST_DOLLARS:
        raise ValueError(reason)
    return int(value * MICROS)


def switch(text: str) -> bool:
    """On or off."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is neither 1 nor 0.")
    return known[text.lower()]


def choice(text: str, known: Sequence[str]) -> str:
    """One of the ``known`` words, in any case."""
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is not known; choose {' or '.join(known)}.")
    return text.lower()


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


def place(url: str) -> str:
    """A server as a sentence names it: host and port."""
    return urlsplit(url).netloc


def is_near(name: str) -> bool:
    """Whether ``name`` is of this machine or of a private network, where plain http is what there usually is."""
    number = _ip(name)
    if number is not None:
        return (number.is_private or number.is_link_local) and not number.is_unspecified
    bare = name.lower().rstrip(".")
    return _is_name(bare) and ("." not in bare or bare.endswith(HOME_NAMES))


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
    if parts.username is None:
        return Address(text.rstrip("/"))
    if parts.scheme == "http" and not is_near(name):
        raise ValueError("plain http would send the password in the open; use https.")
    where = f"[{name}]" if ":" in name else name
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Address(
        f"{parts.scheme}://{where}{'' if port is None else f':{port}'}{parts.path}".rstrip("/"), Secret(login)
    )


def model(text: str) -> str:
    """A model's name, without the prefix ``models/`` that some pages print before it."""
    match = MODEL.match(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a model name such as gemini-3-pro-image.")
    return match[1]


def any_model(text: str) -> str:
    """A model's name as any server may spell it, with an organisation before a slash for example."""
    if not ANY_MODEL.match(text):
        raise ValueError(f"{shown(text)} is not a model name such as gpt-image-2 or owner/model.")
    return text


def keys(text: str) -> tuple[Key, ...]:
    """A pool of API keys, each ``key`` or ``account=key``: one account shares its limits, a bare key has its own."""
    pool: dict[str, Key] = {}
    for place, entry in enumerate(entries(text), start=1):
        account, equals, secret = (part.strip() for part in entry.partition("="))
        if not equals or (secret and not secret.strip("=")):  # no account, or the padding at the end of some keys
            account, equals, secret = "", "", entry
        if not PRINTABLE.match(secret) or not re.search(r"[A-Za-z0-9]", secret) or (equals and not account):
            raise ValueError(f"entry {place} is neither a key nor account=key (keys hold no blanks).")
        known = pool.setdefault(secret, Key(Secret(secret), account or own_account(secret)))
        if account and known.account != account:
            raise ValueError(f"entry {place} repeats a key under another account.")
    return tuple(pool.values())


def own_account(secret: str) -> str:
    """The account of a key that names none: the same wherever the key is listed, and nothing of the key in it."""
    return "key-" + hashlib.blake2s(secret.encode(), digest_size=4, person=b"account").hexdigest()


def shown(text: str) -> str:
    """A value as an error message repeats it: quoted, on one line, not endless."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_name(text: str) -> bool:
    # four numbers that are no IP address are a mistyped one, never a name
    return bool(HOST_NAME.match(text)) and not re.fullmatch(r"[0-9.]+", text)
