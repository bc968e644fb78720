"""IP addresses in every spelling, and which may be called."""

from __future__ import annotations

import socket

import pytest

from webapp.core.settings.ip_addresses import Reach, ip_address, reach

METADATA = [
    *("169.254.169.254", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "2852039166", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "::a9fe:a9fe"),
    *("2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1", "2001:db8::5efe:a9fe:a9fe", "169.254.169.254."),
    *("fe80::1%eth0", "169.254.1.1", "fd00:ec2::254", "100.100.100.200", "224.0.0.1", "ff02::1"),
]
PRIVATE = ["127.0.0.1", "0x7f.1", "2130706433", "10.1.2.3", "012.1.2.3", "::1", "fd12:3456::1", "::ffff:10.0.0.1"]
PRIVATE += ["64:ff9b::a00:1", "2002:a00:1::1", "0.0.0.0", "::", "100.64.0.1", "192.168.1"]
PUBLIC = ["8.8.8.8", "0x08080808", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Reach.NEVER) for text in METADATA),
        *((text, Reach.PRIVATE) for text in PRIVATE),
        *((text, Reach.PUBLIC) for text in PUBLIC),
    ],
)
def test_an_address_reaches_as_far_in_every_spelling(text: str, expected: Reach) -> None:
    address = ip_address(text)
    assert address is not None and reach(address) is expected


@pytest.mark.parametrize(
    "text", ["localhost", "gpu", "nas.local", "1.2.3.4.5", "256.1.1.1", "4294967296", "08", "", "0xg"]
)
def test_a_name_is_no_address(text: str) -> None:
    assert ip_address(text) is None


@pytest.mark.parametrize("text", ["0x7f000001", "0177.1", "127.1", "2130706433", "0xA9.0xFE.43518", "1.2.3"])
def test_old_spellings_are_read_as_this_system_reads_them(text: str) -> None:
    assert str(ip_address(text)) == socket.inet_ntoa(socket.inet_aton(text))
