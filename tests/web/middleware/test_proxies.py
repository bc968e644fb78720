"""Behind a reverse proxy: its word counts, and nobody else's."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from tests.harness.web_app import HOST, WebApp
from webapp.web.middleware.proxies import BehindProxies

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))


def seen(peer: str, **headers: str) -> tuple[str, str]:
    """The client's address and the scheme that the app sees."""
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **headers}
    list(BehindProxies(lambda environ, start_response: [], TRUSTED)(environ, None))
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("::1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.2", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the left part is what the client claimed
        ("10.0.0.2", "198.51.100.7, 10.0.0.3", "198.51.100.7"),  # two proxies of ours
        ("10.0.0.2", "nobody", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # not a proxy of ours
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(peer: str, told: str, client: str) -> None:
    assert seen(peer, HTTP_X_FORWARDED_FOR=told)[0] == client


@pytest.mark.parametrize(
    ("peer", "told", "scheme"),
    [
        ("10.0.0.2", "https", "https"),
        ("10.0.0.2", "http, https", "https"),
        ("10.0.0.2", "gopher", "http"),
        ("203.0.113.9", "https", "http"),
    ],
)
def test_a_trusted_proxy_says_whether_it_was_tls(peer: str, told: str, scheme: str) -> None:
    assert seen(peer, HTTP_X_FORWARDED_PROTO=told)[1] == scheme


def test_over_tls_the_cookie_is_secure_and_forms_work(tmp_path: Any, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, TRUSTED_PROXIES="127.0.0.1", APP_PASSWORD="let me in")
    tls = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    page = site.client.get("/sign-in", headers=tls)
    assert "Secure" in page.headers["Set-Cookie"]
    ours = {**tls, "Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = site.client.post("/sign-in", data={"password": "let me in"}, headers=ours, base_url="https://localhost")
    assert answer.status_code == 303 and "Secure" in answer.headers["Set-Cookie"]
    assert site.client.get("/", headers=tls, base_url="https://localhost").status_code == 200


def test_guessing_behind_a_proxy_holds_up_only_who_guesses(tmp_path: Any, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, TRUSTED_PROXIES="127.0.0.1", APP_PASSWORD="let me in")

    def try_in(client: str, password: str) -> int:
        headers = {"Host": HOST, "X-Forwarded-For": client, "Authorization": f"Bearer {password}"}
        return site.client.get("/api/ping", headers=headers).status_code

    assert [try_in("203.0.113.9", "wrong") for _ in range(7)][-1] == 429
    assert try_in("198.51.100.7", "let me in") == 200
