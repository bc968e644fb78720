"""Static files: addresses with a digest, kept for ever; without one, asked for again."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

from tests.harness.web_app import WebApp
from webapp.web.middleware.static_files import FOR_EVER


def test_every_file_a_page_names_may_be_kept_for_ever(site: WebApp) -> None:
    site.project()
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', site.get("/p/demo/images").text))
    assert len(named) > 10
    for address in named:
        answer = site.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER), address


def test_what_a_script_imports_has_the_same_digest(site: WebApp) -> None:
    site.project()
    (script,) = set(re.findall(r'src="(/static/[^"]+/js/main\.js)"', site.get("/p/demo/images").text))
    imports = re.findall(r'from "(\./[a-z/-]+\.js)"', site.get(script).text)
    assert len(imports) > 5
    for name in imports:
        assert site.get(urljoin(script, name)).headers["Cache-Control"] == FOR_EVER, name


def test_without_a_digest_or_with_an_old_one_a_file_is_asked_for_again(site: WebApp) -> None:
    for address in ("/static/css/layout.css", "/static/0123456789ab/css/layout.css"):
        answer = site.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache"), address
        again = site.get(address, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")


def test_a_packed_file_has_a_tag_of_its_own(site: WebApp) -> None:
    plain, packed = site.get("/static/css/layout.css"), site.get("/static/css/layout.css", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


def test_nothing_outside_the_folder_is_a_static_file(site: WebApp) -> None:
    for name in ("../wsgi.py", "%2e%2e/wsgi.py", "css/", "css", "", "0123456789ab/", "js/none.js"):
        assert site.get(f"/static/{name}").status_code == 404, name
