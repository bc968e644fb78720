"""Addresses in settings: none may be link-local or hand out a cloud's secrets."""

from __future__ import annotations

import pytest

from webapp.core.settings.addresses import base_url, is_near, server


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0xa9fea9fe", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]"]
)
def test_no_setting_names_a_metadata_address(host: str) -> None:
    for read in (base_url, server):
        with pytest.raises(ValueError, match=r"^link-local and metadata addresses cannot be used"):
            read(f"https://{host}/v1")


def test_servers_of_a_private_network_may_be_named() -> None:
    for url in ("http://192.168.1.20:8188", "http://[fd12::7]:8188", "http://gpu:8188"):
        assert server(url).url == url


def test_a_public_address_in_hexadecimal_is_not_taken_for_a_name_at_home() -> None:
    assert is_near("gpu") and is_near("0x7f000001") and not is_near("0x08080808") and not is_near("0xa9fea9fe")
