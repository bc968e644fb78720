"""Nobody but the user gets in: hosts, origins, tokens, other sites, and what every answer says about itself."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from tests.harness.web_app import (
    HOST,
    HTMX,
    OURS,
    WebApp,
    draw,
    image,
)
from webapp.web.api import v1_other_steps
from webapp.web.middleware.security_headers import FILE_POLICY, PAGE_POLICY

ELSEWHERE = "http://localhost:3000"


# -- host ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
def test_our_own_names_are_answered(site: WebApp, host: str) -> None:
    assert site.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost:x", "10.0.0.1"])
def test_any_other_name_is_refused_everywhere(site: WebApp, host: str) -> None:
    for path in ("/", "/healthz", "/static/css/layout.css", "/api/ping", "/nowhere"):
        answer = site.client.get(path, headers={"Host": host})
        assert (answer.status_code, path) == (400, path)
    assert "evil.example" not in site.client.get("/", headers={"Host": host}).text


def test_a_request_line_that_names_another_host_is_refused(site: WebApp) -> None:
    for target, status in (("http://evil.example/", 400), (f"http://{HOST}/", 200), ("/?u=http://evil.example", 200)):
        told = {"RAW_URI": target, "REQUEST_URI": target}
        answer = site.client.get("/", headers={"Host": HOST}, environ_overrides=told)
        assert (target, answer.status_code) == (target, status)


def test_a_forwarded_host_is_not_believed(site: WebApp) -> None:
    forged = {"X-Forwarded-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1"}
    assert site.client.get("/", headers={"Host": "evil.example", **forged}).status_code == 400
    answer = site.client.get("/p/demo", headers={"Host": HOST, "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("Location", "") + answer.text


def test_named_hosts_are_answered_too(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, ALLOWED_HOSTS="step8.example")
    assert site.client.get("/healthz", headers={"Host": "step8.example:8443"}).status_code == 200
    assert site.client.get("/healthz", headers={"Host": "127.0.0.1"}).status_code == 200


# -- origin and token --------------------------------------------------------------------------------------

STRANGERS = [
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://127.0.0.1:9000"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {},
]


@pytest.mark.parametrize("headers", STRANGERS)
def test_a_stranger_changes_nothing(site: WebApp, headers: dict[str, str]) -> None:
    answer = site.client.post("/projects", data={"title": "Walden"}, headers={"Host": HOST, **headers})
    assert answer.status_code == 403
    assert site.services.library.names() == []


@pytest.mark.parametrize("headers", STRANGERS[:-1])
def test_a_stranger_calls_no_api(site: WebApp, headers: dict[str, str]) -> None:
    answer = site.client.post("/api/project", json={"projectPath": "x"}, headers={"Host": HOST, **headers})
    assert answer.status_code == 403
    assert answer.json is not None and answer.json["success"] is False
    assert site.services.library.names() == []


def test_a_program_without_any_origin_has_to_send_json(site: WebApp) -> None:
    body = '{"projectPath": "x"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = site.client.post("/api/project", data=body, headers={"Host": HOST, "Content-Type": kind})
        assert (kind, answer.status_code) == (kind, 403)
    answer = site.client.post("/api/project", data=body, headers={"Host": HOST, "Content-Type": "application/json"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"}, {"Origin": f"http://{HOST}"}],
)
def test_our_own_page_may_change_things(site: WebApp, headers: dict[str, str]) -> None:
    answer = site.client.post("/projects", data={"title": "Walden"}, headers={"Host": HOST, **headers})
    assert answer.status_code == 303


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
def test_a_form_whose_headers_tell_nothing_needs_the_token_of_its_session(
    site: WebApp, headers: dict[str, str]
) -> None:
    with site.client.session_transaction(headers={"Host": HOST}) as session:
        session["csrf"] = "the-token"
    sent = {"Host": HOST, **headers}
    for data in ({}, {"csrf": ""}, {"csrf": "the-tokem"}, {"csrf": "ⓣ"}):
        answer = site.client.post("/projects", data={"title": "Walden", **data}, headers=sent)
        assert answer.status_code == 403
    assert site.services.library.names() == []
    assert site.client.post("/projects", data={"title": "One", "csrf": "the-token"}, headers=sent).status_code == 303
    sent["X-CSRF-Token"] = "the-token"
    assert site.client.post("/projects", data={"title": "Two"}, headers=sent).status_code == 303


def test_no_token_fits_a_session_that_has_none(site: WebApp) -> None:
    answer = site.client.post("/projects", data={"title": "Walden", "csrf": ""}, headers={"Host": HOST})
    assert answer.status_code == 403


def test_every_form_works_where_the_browser_names_no_origin(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, APP_PASSWORD="pass")
    site.project()
    nameless = {"Host": HOST, "Origin": "null"}
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', site.get("/sign-in").text))
    assert site.client.post("/sign-in", data={"password": "pass", "csrf": token}, headers=nameless).status_code == 303
    for path in every_page(site):
        text = site.get(path).text
        forms = re.findall(r'<form[^>]*method="post"[^>]*>(.*?)</form>', text, re.DOTALL)
        tokens = {match[1] for form in forms if (match := re.search(r'name="csrf" value="([^"]+)"', form))}
        assert len(tokens) == (1 if forms else 0), path
        assert all('name="csrf"' in form for form in forms), path
        for token in tokens:
            start = site.client.post("/p/demo/images/stop", data={"csrf": token}, headers=nameless)
            assert start.status_code == 303
            header = {**nameless, "X-CSRF-Token": token}
            assert site.client.post("/p/demo/images/stop", headers=header).status_code == 303


# -- other origins on /api -----------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path, own_redis: str) -> WebApp:
    """A site that a page at another origin may call."""
    return WebApp(tmp_path, own_redis, CORS_ORIGINS=ELSEWHERE)


def test_an_allowed_origin_may_call_the_api(shared: WebApp) -> None:
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
    before = shared.client.options("/api/project", headers={"Host": HOST, **asked})
    assert before.status_code == 204
    assert before.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "Content-Type" in before.headers["Access-Control-Allow-Headers"]
    sent = {"Host": HOST, "Origin": ELSEWHERE, "Sec-Fetch-Site": "same-site"}
    answer = shared.client.post("/api/project", json={"projectPath": "x"}, headers=sent)
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "Origin" in answer.vary


def test_an_allowed_origin_reads_errors_too(shared: WebApp) -> None:
    answer = shared.client.post("/api/stop-generation", json={}, headers={"Host": HOST, "Origin": ELSEWHERE})
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE


def test_an_allowed_origin_gets_no_further_than_the_api(shared: WebApp) -> None:
    headers = {"Host": HOST, "Origin": ELSEWHERE, "Sec-Fetch-Site": "same-site"}
    assert shared.client.post("/projects", data={"title": "x"}, headers=headers).status_code == 403
    page = shared.client.get("/", headers=headers)
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    assert shared.client.options("/projects", headers=asked).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:3001", "null", "https://localhost:3000", ""]
)
def test_no_other_origin_is_let_in(shared: WebApp, origin: str) -> None:
    asked = {"Host": HOST, "Origin": origin, "Access-Control-Request-Method": "POST"}
    before = shared.client.options("/api/project", headers=asked)
    assert before.status_code == 403
    assert "Access-Control-Allow-Origin" not in before.headers
    assert "Access-Control-Allow-Origin" not in shared.client.get("/api/ping", headers=asked).headers


def test_a_picture_may_stand_in_a_page_of_an_allowed_origin(shared: WebApp) -> None:
    draw(image(shared.project(), "clear", "1.1"))
    path = "/api/serve-image?path=demo/generated_images/clear/Shot_1/Beat_1.1.png"
    for page, policy in (
        (f"{ELSEWHERE}/step8", "cross-origin"),
        (f"{ELSEWHERE}.evil.example/", "same-origin"),
        ("http://evil.example/", "same-origin"),
        ("", "same-origin"),
    ):
        answer = shared.client.get(path, headers={"Host": HOST, "Referer": page})
        assert answer.status_code == 200
        assert (page, answer.headers["Cross-Origin-Resource-Policy"]) == (page, policy)


# -- every route -----------------------------------------------------------------------------------------------

ESCAPES = [
    "..",
    "../demo",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%5c..%5cetc%5cpasswd",
    "%252e%252e%252fetc",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "demo%00",
    "demo%00.png",
    "demo/../../secret",
    ".step8",
    "demo/.step8/run.json",
    "~root",
    "C:%5cWindows",
    "%ff%fe",
    "a" * 2000,
]


USUAL = {
    "number": "1",
    "project": "demo",
    "slug": "prompts",
    "frame": "clear-1-1_1",
    "filename": "css/layout.css",
    "path": "voiceover/1.wav",
    "project_path": "demo",
    "below_slash": "demo",
    "ident": "00112233445566aa",
    "entry": "demo-20250101T000000Z",
    "kind": "csv",
    "provider": "gemini",
    "verb": "on",
}


def addresses(site: WebApp, value: str) -> list[tuple[str, set[str]]]:
    """Every address of the app with ``value`` in each of its places in turn, and the methods it takes."""
    rules = list(site.app.url_map.iter_rules())
    return [
        (fill(rule.rule, {**USUAL, place: value}), set(rule.methods or ()))
        for rule in rules
        for place in rule.arguments
    ]


def fill(rule: str, values: dict[str, str]) -> str:
    """The rule as an address."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda match: values[match[1]], rule)


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_path_that_leads_elsewhere_is_refused_by_every_route(site: WebApp, tmp_path: Path, escape: str) -> None:
    site.project()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "prompts").write_text("a canary")
    before = tree(tmp_path)
    for address, methods in addresses(site, escape):
        for method in methods & {"GET", "POST"}:
            answer = site.client.open(address, method=method, headers=OURS)
            refused = answer.status_code in (400, 403, 404, 405)
            shown_as_text = answer.status_code == 308 and answer.headers["Location"].startswith("/")
            assert refused or shown_as_text, (method, address, answer.status_code)
            assert "a canary" not in answer.text and "root:" not in answer.text
    assert tree(tmp_path) == before


OF_NO_PROJECT = ("/api/pause-all", "/api/resume-all", *(f"/api/{name}" for name in v1_other_steps.ENDPOINTS))
"""What takes no path of a project, or reads none since it is not carried out here."""


@pytest.mark.parametrize("escape", ["..", "../secret", "/etc", "demo/../../secret", "demo\0", "..\\secret", "x" * 5000])
def test_a_project_path_that_leads_elsewhere_is_refused_by_every_api(site: WebApp, tmp_path: Path, escape: str) -> None:
    site.project()
    (tmp_path / "secret").mkdir()
    before = tree(tmp_path)
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and "POST" in (rule.methods or ()) and rule.rule not in OF_NO_PROJECT:
            body = {"projectPath": escape, "style": "clear", "beatNumber": "1.1", "prompts": [], "bookContent": "x"}
            answer = site.call(rule.rule.removeprefix("/api/"), body)
            assert answer.status_code in (400, 403, 404), (rule.rule, answer.status_code)
    for path in (escape, f"{escape}/generated_images/clear/Shot_1/Beat_1.1.png"):
        answer = site.client.get("/api/serve-image", query_string={"path": path}, headers={"Host": HOST})
        assert answer.status_code in (400, 403, 404)
    assert tree(tmp_path) == before


def every_page(site: WebApp) -> list[str]:
    """An address that works for every route that a browser may open, and some that do not."""
    steps = [f"/p/demo/{slug}" for slug in ("setup", "prompts", "images", "select", "video-edit")]
    frame = "illustration-1-1_1"
    pictures = [f"/p/demo/image/{frame}", f"/p/demo/thumb/{frame}", f"/p/demo/frames/{frame}"]
    wrong = ["/nowhere", "/p/none/images", "/p/demo/nothing", "/projects", "/api/nothing", "/api/project"]
    return ["/", "/healthz", "/api/ping", "/sign-in", "/static/css/layout.css", *steps, *pictures, *wrong]


def test_of_the_pages_looked_at_only_the_wrong_ones_are_not_there(site: WebApp) -> None:
    draw(image(site.project(), "illustration", "1.1"))
    nothing = ["/nowhere", "/p/none/images", "/p/demo/nothing", "/projects", "/api/nothing", "/api/project"]
    assert [path for path in every_page(site) if site.get(path).status_code != 200] == ["/sign-in", *nothing]


def test_every_answer_keeps_other_sites_out(site: WebApp) -> None:
    draw(image(site.project(), "illustration", "1.1"))
    for path in every_page(site):
        headers = site.get(path).headers
        assert headers["Content-Security-Policy"] in (PAGE_POLICY, FILE_POLICY), path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "Server" not in headers or "Werkzeug" not in headers["Server"]


def test_pages_are_not_kept_and_pictures_only_in_this_browser(site: WebApp) -> None:
    draw(image(site.project(), "illustration", "1.1"))
    for path in every_page(site):
        answer = site.get(path)
        picture = path.startswith(("/p/demo/image/", "/p/demo/thumb/"))
        wanted = "private, no-cache" if picture else "no-cache" if path.startswith("/static/") else "no-store"
        assert (path, answer.headers["Cache-Control"]) == (path, wanted)


def test_no_page_holds_inline_script_or_style(site: WebApp) -> None:
    site.project()
    for path in every_page(site):
        answer = site.get(path)
        if answer.mimetype == "text/html":
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text), path


def test_get_changes_nothing(site: WebApp, tmp_path: Path) -> None:
    site.project()
    before = tree(site.root)
    for rule in site.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith("live."):
            continue
        site.get(fill(rule.rule, USUAL))
    for path in every_page(site):
        site.get(path)
    for verb in ("start", "stop", "disconnect", "reconnect"):
        assert site.get(f"/p/demo/images/{verb}").status_code in (404, 405)
    assert tree(site.root) == before


def tree(root: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its content."""
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


# -- errors ----------------------------------------------------------------------------------------------------


def test_a_wrong_address_or_method_is_answered_in_the_form_that_was_asked_for(site: WebApp) -> None:
    page, partial, api = site.get("/nowhere"), site.client.get("/nowhere", headers=HTMX), site.get("/api/nowhere")
    assert {answer.status_code for answer in (page, partial, api)} == {404}
    assert "<html" in page.text and "nothing at this address" in page.text
    assert "<html" not in partial.text and 'hx-target="#banner"' in partial.text
    assert api.json is not None and api.json["success"] is False
    wrong = site.get("/api/project")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    assert wrong.json is not None and wrong.json["success"] is False


def test_too_large_a_body_is_refused_before_it_is_read(site: WebApp) -> None:
    huge = str(site.app.config["MAX_CONTENT_LENGTH"] + 1)
    headers = {"Host": HOST, "Content-Type": "application/json"}
    answer = site.client.post("/api/save-prompts", headers=headers, environ_overrides={"CONTENT_LENGTH": huge})
    assert answer.status_code == 413
    assert answer.json is not None and "too large: at most 64 MB" in answer.json["error"]


class Kept(logging.Handler):
    """Keeps what is logged, as text with its trace."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_a_fault_of_ours_shows_an_id_and_nothing_else(site: WebApp) -> None:
    def explode() -> str:
        raise RuntimeError("a canary that stays in the log")

    site.app.add_url_rule("/explode", view_func=explode)
    site.app.add_url_rule("/api/explode", "api-explode", view_func=explode)
    kept = Kept()
    logging.getLogger("webapp.web.middleware.error_pages").addHandler(kept)
    try:
        for path in ("/explode", "/api/explode"):
            answer = site.get(path)
            assert answer.status_code == 500
            assert "canary" not in answer.text
            assert "Traceback" not in answer.text
            number = re.findall(r"[Ee]rror id (?:<code>)?([0-9a-f]{8})", answer.text)[0]
            assert number in kept.lines[-1]
            assert "a canary that stays in the log" in kept.lines[-1]
    finally:
        logging.getLogger("webapp.web.middleware.error_pages").removeHandler(kept)
