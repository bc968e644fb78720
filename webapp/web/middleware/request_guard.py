"""Request guard: refuses a request by its host, its origin or a missing sign-in.

Every request passes the checks before any view, in this order::

    host        a name that is not ours is a DNS-rebinding attempt              400
    preflight   a browser asks whether an allowed origin may call /api          204 or 403
    origin      a request that changes something must come from our own page    403
    sign-in     with APP_PASSWORD set, it must be shown first                   401, or the sign-in page

Views may therefore trust that a POST was meant by the user. GET changes nothing anywhere, so it needs no such proof.
"""

from __future__ import annotations

import enum
import hashlib
import re
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, has_request_context, redirect, request, session, url_for
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from webapp.web.layout.htmx import is_htmx
from webapp.web.middleware import sign_in
from webapp.web.services import services

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
OPEN_ENDPOINTS = frozenset({"static", "health.healthz", "sign_in.page", "sign_in.enter"})
"""Reachable without signing in: the sign-in page with its styles, and the health check."""

TOKEN = "csrf"
UNKNOWN_HOST = "This address is not one of this server's names. Use http://127.0.0.1, or add the name to ALLOWED_HOSTS."
SHOW_PASSWORD = "Sign in first: send the password as Authorization: Bearer <password>."
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?\Z")
DEFAULT_PORTS = {"http": "80", "https": "443"}


def guard_requests(app: Flask) -> None:
    """Check every request of ``app`` before its view, and give templates ``csrf_token``."""
    app.before_request(check_host)
    app.before_request(answer_preflight)
    app.before_request(check_origin)
    app.before_request(check_sign_in)
    app.jinja_env.globals["csrf_token"] = csrf_token


# -- host ------------------------------------------------------------------------------------------


def host_name(host: str) -> str | None:
    """The name in a ``Host`` header, lower case and without its port; ``None`` when it is not a host at all."""
    match = HOST.match(host.lower())
    return match["name"] if match else None


def check_host() -> None:
    """Refuse a request for a name that is not ours.

    An absolute-form request line names a host too, and must name one of ours. ``X-Forwarded-Host`` is never read.
    """
    named = [request.environ.get("HTTP_HOST", "")]
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if "://" in target.split("?", 1)[0] and not target.startswith("/"):
        named.append(target.partition("://")[2].partition("/")[0])
    if any(host_name(host) not in services().config.allowed_hosts for host in named):
        raise BadRequest(UNKNOWN_HOST)


# -- origin ----------------------------------------------------------------------------------------


def check_origin() -> None:
    """Refuse a request that changes something unless it comes from our own page or an allowed origin."""
    if request.method in SAFE_METHODS:
        return
    api = request.path.startswith(API)
    allowed = services().config.cors_origins if api else ()
    sender = request_origin(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"), request.host, allowed)
    if sender is RequestOrigin.OURS:
        return
    if sender is RequestOrigin.STRANGER or (api and sender is RequestOrigin.NAMELESS):
        raise Forbidden("This request comes from another site. Open this app's own page and try again.")
    if api and not (request.is_json or request.mimetype == "application/zip"):
        raise Forbidden("Send the request as JSON, with the header Content-Type: application/json.")
    if not api and not _token_fits():
        raise Forbidden("This form is out of date. Reload the page and try again.")


class RequestOrigin(enum.Enum):
    """The page that sent a request, by its headers."""

    OURS = "our own page, or an allowed origin"
    STRANGER = "another site"
    NAMELESS = "Origin: null, and nothing else"
    UNKNOWN = "nothing: no browser, or an old one"


def request_origin(origin: str | None, site: str | None, own_host: str, allowed: Collection[str]) -> RequestOrigin:
    """Judge a request to ``own_host`` by its ``Origin`` and ``Sec-Fetch-Site``; ``allowed`` are other origins.

    Browsers send ``Sec-Fetch-Site`` to https and loopback addresses. Where they do it decides, because with our
    ``Referrer-Policy: no-referrer`` the ``Origin`` of our own page's forms is ``null``. Elsewhere (plain http in a home
    network) that ``null`` is all there is, and only the form's token tells us from a stranger.
    """
    if origin is not None and origin in allowed:
        return RequestOrigin.OURS
    named = origin not in (None, "null")
    if (named and not same_host(origin or "", own_host)) or site not in (None, "same-origin", "none"):
        return RequestOrigin.STRANGER
    if named or site is not None:
        return RequestOrigin.OURS
    return RequestOrigin.UNKNOWN if origin is None else RequestOrigin.NAMELESS


def same_host(origin: str, own_host: str) -> bool:
    """Whether an ``Origin`` names the host this request was sent to; default ports count as given."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    theirs, ours = HOST.match(parts.netloc.lower()), HOST.match(own_host.lower())
    port = DEFAULT_PORTS.get(parts.scheme)
    if theirs is None or ours is None or port is None:
        return False
    return (theirs["name"], theirs["port"] or port) == (ours["name"], ours["port"] or port)


def csrf_token() -> str:
    """A proof of this session's token, for the ``csrf`` field of a form or the ``X-CSRF-Token`` header.

    It looks different in each response, so that the lengths of compressed responses tell nothing of the token. Returns
    "" outside of a request, where parts are rendered for several pages at once: these send the header of their page.
    Effect: a session without a token gets one, and the id by which the live streams of one browser are counted.
    """
    if not has_request_context():
        return ""
    token = session.get(TOKEN)
    if not isinstance(token, str):
        token = session[TOKEN] = secrets.token_urlsafe(24)
        session["id"] = secrets.token_hex(8)
    if "csrf_proof" not in g:
        g.csrf_proof = _proof(token, secrets.token_urlsafe(12))
    return str(g.csrf_proof)


def _proof(token: str, salt: str) -> str:
    return f"{salt}.{hashlib.blake2s(salt.encode(), key=token.encode()[:32], digest_size=16).hexdigest()}"


def _token_fits() -> bool:
    wanted = session.get(TOKEN)
    given = request.headers.get("X-CSRF-Token") or request.form.get(TOKEN, "")
    if not isinstance(wanted, str):
        return False
    salt, dot, _ = given.partition(".")
    return secrets.compare_digest((_proof(wanted, salt) if dot else wanted).encode(), given.encode())


# -- other origins on /api -------------------------------------------------------------------------


def answer_preflight() -> Response | None:
    """Answer a CORS preflight request: the origins in CORS_ORIGINS may call the API, no others."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not asks:
        return None
    if allowed_origin() is None:
        raise Forbidden("This origin is not in CORS_ORIGINS.")
    answer = current_app.response_class(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def allowed_origin() -> str | None:
    """The ``Origin`` of this API request if it is one of CORS_ORIGINS, else ``None``."""
    origin = request.headers.get("Origin")
    known = request.path.startswith(API) and origin in services().config.cors_origins
    return origin if known else None


def embedding_allowed() -> bool:
    """Whether this API response may be embedded in a page of an allowed origin.

    A plain ``<img>`` sends no ``Origin``, so its page is known by the ``Referer`` alone.
    """
    if allowed_origin() is not None:
        return True
    if not request.path.startswith(API):
        return False
    scheme, _, rest = request.headers.get("Referer", "").partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" in services().config.cors_origins


# -- sign-in ---------------------------------------------------------------------------------------


def check_sign_in() -> AnyResponse | None:
    """Redirect a request without sign-in to the sign-in page; API clients and Prometheus get 401."""
    if request.endpoint in OPEN_ENDPOINTS or sign_in.signed_in():
        return None
    if request.path.startswith(API) or request.endpoint == "health.metrics":
        raise Unauthorized(SHOW_PASSWORD, www_authenticate=WWWAuthenticate("bearer"))
    if is_htmx():
        page = url_for("sign_in.page", next=urlsplit(request.headers.get("HX-Current-URL", "")).path or None)
        return current_app.response_class(status=401, headers={"HX-Redirect": page})
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.page", next=wanted), 303)
