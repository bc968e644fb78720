"""IP addresses: the spellings that systems read, and which of them may be called.

IPv6 has addresses that stand for an IPv4 address, and a router or the system itself may lead a call to that one; so an
address is judged together with every address inside it.
"""

from __future__ import annotations

import ipaddress
import re
from enum import IntEnum

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NETWORK = ipaddress.ip_network
_METADATA = tuple(
    ipaddress.ip_address(text)
    for text in (
        *("169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "fd00:c1::a9fe:a9fe"),
        *("100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
"""Where clouds hand out secrets to the machines in them."""

_LINK_LOCAL = (_NETWORK("169.254.0.0/16"), _NETWORK("fe80::/10"))
_TRANSLATED = (_NETWORK("64:ff9b::/96"), _NETWORK("64:ff9b:1::/48"), _NETWORK("::/96"))
"""IPv6 networks whose last four bytes are an IPv4 address (RFC 6052, RFC 8215, RFC 4291)."""

_INTERFACE = re.compile(r"00005efe|02005efe")
"""Middle of an address that carries an IPv4 address at its end (ISATAP, RFC 5214)."""

_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]*)|(0[0-7]*)|([1-9][0-9]*)")


class Reach(IntEnum):
    """How far a call to an address goes."""

    NEVER = 0
    """Link-local, metadata of a cloud, many machines at once: nothing that anybody's setting should name."""
    PRIVATE = 1
    PUBLIC = 2


def ip_address(text: str) -> IPAddress | None:
    """The IP address that a system reads in ``text``, in any spelling; None: it is a name.

    Brackets and an IPv6 zone are left out. IPv4 also in one to four numbers, decimal, octal or hexadecimal.
    """
    bare = text.removeprefix("[").removesuffix("]").partition("%")[0].removesuffix(".")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return _legacy_ipv4(bare)


def reach(address: IPAddress) -> Reach:
    """How far a call to this address goes; the nearest of the addresses inside it counts."""
    return min(_reach(each) for each in _with_inner(address))


def _reach(address: IPAddress) -> Reach:
    if address in _METADATA or address.is_multicast or any(address in network for network in _LINK_LOCAL):
        return Reach.NEVER
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE


def _with_inner(address: IPAddress) -> list[IPAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    inner: list[IPAddress] = [each for each in (address.sixtofour, *(address.teredo or ())) if each is not None]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if any(address in network for network in _TRANSLATED) and not (address.is_loopback or address.is_unspecified):
        return [last] if address in _TRANSLATED[0] else [address, last]
    if _INTERFACE.fullmatch(f"{int(address):032x}"[16:24]):
        inner.append(last)
    return [address, *inner]


def _legacy_ipv4(text: str) -> ipaddress.IPv4Address | None:
    found = [_NUMBER.fullmatch(part) for part in text.split(".")]
    if not 1 <= len(found) <= 4 or None in found:
        return None
    parts = [_value(part[0]) for part in found if part]
    *bytes_, rest = parts
    if any(byte > 255 for byte in bytes_) or rest >= 256 ** (4 - len(bytes_)):
        return None
    return ipaddress.IPv4Address(sum(byte << 8 * (3 - place) for place, byte in enumerate(bytes_)) + rest)


def _value(text: str) -> int:
    if text[:2].lower() == "0x":
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)
