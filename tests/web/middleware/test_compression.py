"""What is sent is packed where that is worth it, and tells nothing of the token in it."""

from __future__ import annotations

import gzip
import re

from flask import Flask, Response

from tests.harness.web_app import (
    HOST,
    WebApp,
    draw,
    image,
)
from webapp.web.middleware.compression import LEAST, compress_responses


def test_a_page_is_packed_for_whoever_accepts_it(site: WebApp) -> None:
    site.project(beats=20)
    plain = site.get("/p/demo/images")
    packed = site.get("/p/demo/images", Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data) / 4
    assert b"Step 8" in gzip.decompress(packed.data)


def test_nobody_gets_what_they_did_not_accept(site: WebApp) -> None:
    site.project(beats=20)
    for accepted in ("", "identity", "br", "gzip;q=0"):
        assert "Content-Encoding" not in site.get("/p/demo/images", Accept_Encoding=accepted).headers, accepted


def test_pictures_and_short_answers_are_sent_as_they_are(site: WebApp) -> None:
    draw(image(site.project(), "illustration", "1.1"))
    for path in ("/p/demo/image/illustration-1-1_1", "/api/ping"):
        assert "Content-Encoding" not in site.get(path, Accept_Encoding="gzip").headers, path


def test_a_stream_is_never_packed() -> None:
    app = Flask("streams")
    compress_responses(app)
    app.add_url_rule("/", "events", view_func=lambda: Response((b"data: x\n\n" * LEAST,), mimetype="text/event-stream"))
    app.add_url_rule("/text", "text", view_func=lambda: Response(iter([b"x" * 2 * LEAST]), mimetype="text/plain"))
    for path in ("/", "/text"):
        answer = app.test_client().get(path, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers


def test_the_token_in_a_page_never_looks_the_same_and_always_fits(site: WebApp) -> None:
    site.project()
    seen = set()
    for _ in range(3):
        (proof,) = set(re.findall(r'name="csrf" value="([^"]+)"', site.get("/p/demo/images").text))
        seen.add(proof)
    assert len(seen) == 3
    with site.client.session_transaction(headers={"Host": HOST}) as session:
        token = session["csrf"]
    assert not any(token[:8] in proof for proof in seen)
    for proof in seen:
        sent = {"Host": HOST, "Origin": "null", "X-CSRF-Token": proof}
        assert site.client.post("/p/demo/images/stop", headers=sent).status_code == 303
        sent["X-CSRF-Token"] = f"x{proof}"
        assert site.client.post("/p/demo/images/stop", headers=sent).status_code == 403
