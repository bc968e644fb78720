"""With APP_PASSWORD set, nobody sees anything before showing it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness.web_app import (
    HOST,
    HTMX,
    OURS,
    WebApp,
)
from webapp.web.middleware.sign_in import FREE_TRIES, LONGEST_WAIT, SignInFailures

PASSWORD = "correct horse battery"


@pytest.fixture
def locked(tmp_path: Path, own_redis: str) -> WebApp:
    """A site with a password."""
    return WebApp(tmp_path, own_redis, APP_PASSWORD=PASSWORD)


def test_every_route_but_three_asks_for_the_password(locked: WebApp) -> None:
    locked.project()
    for rule in locked.app.url_map.iter_rules():
        address = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", "demo", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = locked.client.open(address, method=method, headers=OURS)
            if rule.endpoint in ("static", "health.healthz", "sign_in.page", "sign_in.enter"):
                continue
            if address.startswith("/api/") or address == "/metrics":
                assert (address, answer.status_code) == (address, 401)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
            else:
                assert (address, answer.status_code) == (address, 303)
                assert answer.headers["Location"].startswith("/sign-in")


def test_an_unknown_address_tells_nothing_either(locked: WebApp) -> None:
    assert locked.get("/p/none/images").headers["Location"].startswith("/sign-in")
    assert locked.get("/nowhere").status_code == 303


def test_the_health_check_and_the_looks_need_no_password(locked: WebApp) -> None:
    assert locked.get("/healthz").status_code == 200
    assert locked.get("/static/css/layout.css").status_code == 200


def test_the_right_password_leads_to_where_one_wanted_to_go(locked: WebApp) -> None:
    locked.project()
    there = locked.get("/p/demo/prompts?x=1").headers["Location"]
    assert there == "/sign-in?next=/p/demo/prompts?x%3D1"
    assert 'value="/p/demo/prompts?x=1"' in locked.get(there).text
    answer = locked.post("/sign-in", {"password": PASSWORD, "next": "/p/demo/prompts?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/prompts?x=1")
    assert locked.get("/p/demo/prompts").status_code == 200
    assert 'action="/sign-out"' in locked.get("/").text


def test_signing_out_ends_it(locked: WebApp) -> None:
    locked.post("/sign-in", {"password": PASSWORD})
    assert locked.get("/").status_code == 200
    assert locked.post("/sign-out").status_code == 303
    assert locked.get("/").status_code == 303


def test_a_new_password_signs_everybody_out(tmp_path: Path, own_redis: str) -> None:
    before, after = (WebApp(tmp_path, own_redis, APP_PASSWORD=word) for word in (PASSWORD, "another"))
    before.post("/sign-in", {"password": PASSWORD})
    cookie = before.client.get_cookie(f"{before.app.config['SESSION_COOKIE_NAME']}_8000", domain="127.0.0.1")
    assert cookie is not None
    headers = {"Host": HOST, "Cookie": f"{cookie.key}={cookie.value}"}
    assert before.app.test_client(use_cookies=False).get("/", headers=headers).status_code == 200
    assert after.app.test_client(use_cookies=False).get("/", headers=headers).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(locked: WebApp) -> None:
    cookie = locked.post("/sign-in", {"password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    over_tls = locked.client.post(
        "/sign-in", base_url=f"https://{HOST}", data={"password": PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert "Secure" in over_tls.headers["Set-Cookie"]


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + " ", "ⓟ", PASSWORD[:-1]])
def test_a_wrong_password_is_told_and_lets_nobody_in(locked: WebApp, password: str) -> None:
    answer = locked.post("/sign-in", {"password": password})
    assert answer.status_code == 401
    assert "The password is wrong" in answer.text
    assert locked.get("/").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/a\r\nX: y",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(locked: WebApp, target: str) -> None:
    assert locked.post("/sign-in", {"password": PASSWORD, "next": target}).headers["Location"] == "/"


def test_guessing_becomes_slow_also_for_programs(locked: WebApp) -> None:
    for _ in range(FREE_TRIES):
        assert locked.post("/sign-in", {"password": "wrong"}).status_code == 401
    answer = locked.post("/sign-in", {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    api = locked.get("/api/ping", Authorization="Bearer wrong")
    assert api.status_code == 429


def test_a_program_shows_the_password_with_each_request(locked: WebApp) -> None:
    assert locked.get("/api/ping").status_code == 401
    assert locked.get("/api/ping", Authorization="Bearer wrong").status_code == 401
    assert locked.get("/api/ping", Authorization=f"Basic {PASSWORD}").status_code == 401
    answer = locked.get("/api/ping", Authorization=f"Bearer {PASSWORD}")
    assert answer.status_code == 200


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(locked: WebApp) -> None:
    shown = {"HX-Current-URL": "http://localhost/p/demo/images?x=1#beat"}
    answer = locked.client.get("/p/demo/frames/clear-1-1_1", headers=HTMX | shown)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/p/demo/images"


def test_without_a_password_nobody_is_asked(site: WebApp) -> None:
    assert site.get("/").status_code == 200
    assert site.get("/sign-in").headers["Location"] == "/"
    assert site.post("/sign-in", {"password": "x"}).headers["Location"] == "/"
    assert "/sign-out" not in site.get("/").text


def test_waits_double_up_to_a_minute_and_end_with_the_right_password() -> None:
    failures = SignInFailures()
    for _ in range(FREE_TRIES):
        assert failures.wait("a", 100.0) == 0.0
        failures.add("a", 100.0)
    assert failures.wait("a", 100.0) == 1.0
    failures.add("a", 100.0)
    assert failures.wait("a", 100.0) == 2.0
    assert failures.wait("b", 100.0) == 0.0
    for _ in range(50):
        failures.add("a", 100.0)
    assert failures.wait("a", 100.0) == LONGEST_WAIT
    assert failures.wait("a", 200.0) == 0.0
    failures.clear("a")
    assert failures.wait("a", 100.0) == 0.0
