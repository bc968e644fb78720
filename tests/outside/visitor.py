"""A browser without scripts, or with HTMX, and a program that calls the API: requests to the app and their answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from tests.outside.markup import Form, form_to, forms
from tests.outside.server import until

OURS = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**OURS, "HX-Request": "true"}
TIMEOUT = 120

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


class Answer:
    """What came back. ``asked`` is the request in one line."""

    def __init__(self, asked: str, response: requests.Response) -> None:
        self.asked = asked
        self.status = response.status_code
        self.headers = response.headers
        self.body = response.content
        self.url = response.url

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def type(self) -> str:
        """Its media type."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def location(self) -> str:
        """Where a redirect leads, "" for none."""
        return self.headers.get("Location", "")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def forms(self) -> list[Form]:
        """The forms of the page."""
        return forms(self.text)

    def form(self, end: str) -> Form:
        """The form that posts to an address with this end. Raises LookupError."""
        found = form_to(self.text, end)
        if found is None:
            raise LookupError(f"{self.asked}: no form to …{end}; there are {[form.action for form in self.forms]}")
        return found


class Visitor:
    """One session at one address."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "outside", "Connection": "close", **headers})

    def get(self, path: str, *, htmx: bool = False, **headers: str) -> Answer:
        """Ask for a page, or for a part of it as HTMX does."""
        return self.send("GET", path, htmx=htmx, headers=headers)

    def post(
        self, path: str, fields: Fields = (), *, htmx: bool = False, files: Any = None, headers: Any = None
    ) -> Answer:
        """Send a form of the app's own page."""
        sent = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        return self.send("POST", path, htmx=htmx, data=sent, files=files, headers={**OURS, **(headers or {})})

    def api(self, name: str, body: Any = None, **headers: str) -> Answer:
        """Call a command of the API; without a body a GET."""
        if body is None:
            return self.send("GET", f"/api/{name}", headers=headers)
        return self.send("POST", f"/api/{name}", json=body, headers=headers)

    def send(self, method: str, path: str, *, htmx: bool = False, headers: Any = None, **more: Any) -> Answer:
        """Any request. Redirects are not followed."""
        wanted = {
            **(HTMX if htmx else {}),
            **{name.replace("_", "-"): value for name, value in (headers or {}).items()},
        }
        response = self._session.request(
            method, self.url + path, headers=wanted, allow_redirects=False, timeout=TIMEOUT, **more
        )
        said = f" {more['json']!r}" if "json" in more else ""
        return Answer(f"{method} {path}{' [HTMX]' if htmx else ''}{said}", response)

    def json(self, name: str, body: Any = None) -> Any:
        """What a command of the API answers."""
        return self.api(name, body).json()

    # -- waiting -----------------------------------------------------------------------------------

    def is_busy(self, project: str) -> bool:
        """Whether the project's run goes on."""
        return bool(self.json(f"generation-status/{quote(project, safe='')}").get("isGenerating"))

    def wait_idle(self, project: str) -> None:
        """Wait until no run of the project goes on."""
        until(lambda: not self.is_busy(project), f"the run of {project} ends")

    def state(self, project: str) -> str:
        """The state of an open run, "" for none."""
        runs = self.json("open-runs")["runs"]
        return next((str(run["state"]) for run in runs if run["project"] == project), "")

    def wait_state(self, project: str, *states: str) -> None:
        """Wait for one of these states of its run; "" is none."""
        until(lambda: self.state(project) in states, f"{project} is {states}, not {self.state(project)!r}")

    def wait_export(self, project: str) -> dict[str, Any]:
        """Wait until no export is made, and give the newest."""

        def ended() -> Any:
            export = self.json("export-status", {"projectPath": project})["export"]
            return export if export and export["state"] != "running" else None

        found: dict[str, Any] = until(ended, f"the export of {project} ends")
        return found
