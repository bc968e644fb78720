"""Sign-in with APP_PASSWORD.

Browsers keep a proof of it in the session cookie, valid until the password changes. API clients send
``Authorization: Bearer <password>`` with each request. Without APP_PASSWORD everything is open.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from webapp.web.services import services

pages = Blueprint("sign_in", __name__)

PROOF = "signed-in"
FREE_TRIES = 5
LONGEST_WAIT = 60.0
"""Seconds."""

ADDRESSES = 10_000
"""Client addresses that are remembered, the latest ones."""


class SignInFailures:
    """Wrong passwords by client address. After `FREE_TRIES` of them each further one doubles the wait.

    Counted in this process alone: with several gunicorn workers an attacker gets a few tries more, not many.
    """

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: float) -> float:
        """Seconds until the next password of this address is checked. ``now`` is in seconds."""
        with self._lock:
            count, last = self._by_address.get(address, (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        return max(0.0, last + min(LONGEST_WAIT, 2.0 ** min(count - FREE_TRIES, 10)) - now)

    def add(self, address: str, now: float) -> None:
        """Count a wrong password."""
        with self._lock:
            count, _ = self._by_address.pop(address, (0, 0.0))
            self._by_address[address] = (count + 1, now)
            while len(self._by_address) > ADDRESSES:
                self._by_address.popitem(last=False)

    def clear(self, address: str) -> None:
        """Forget the wrong passwords of an address, after the right one."""
        with self._lock:
            self._by_address.pop(address, None)


def required() -> bool:
    """Whether this server has a password."""
    return services().config.app_password is not None


def signed_in() -> bool:
    """Whether this request may use the app: no password is set, or its session or its header proves it.

    Raises:
        TooManyRequests: this address must wait before its next password is checked.
    """
    if not required():
        return True
    proof = session.get(PROOF)
    if isinstance(proof, str) and hmac.compare_digest(proof.encode(), _proof().encode()):
        return True
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return False
    return _is_password(authorization.token or "")


@pages.get("/sign-in")
def page() -> Response | str:
    """The sign-in page."""
    if signed_in():
        return redirect(safe_next(request.args.get("next")), 303)
    return render_template("sign_in/page.html", next=safe_next(request.args.get("next")), error="")


@pages.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Sign in, then redirect to the page that was asked for."""
    target = safe_next(request.form.get("next"))
    if not required():
        return redirect(target, 303)
    if not _is_password(request.form.get("password", "")):
        return render_template("sign_in/page.html", next=target, error="The password is wrong. Try again."), 401
    session.clear()
    session[PROOF] = _proof()
    session.permanent = True
    return redirect(target, 303)


@pages.post("/sign-out")
def leave() -> Response:
    """Sign this browser out."""
    session.clear()
    return redirect(url_for("sign_in.page"), 303)


def safe_next(target: str | None) -> str:
    """``target`` if it is a path of this app, else the start page: never another site."""
    start = url_for("projects.start")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return start
    parts = urlsplit(target)
    fits = not parts.scheme and not parts.netloc and target.isprintable() and "\\" not in target
    return target if fits else start


def _is_password(password: str) -> bool:
    """Compare in constant time. Raises TooManyRequests; counts a wrong password."""
    failures: SignInFailures = current_app.extensions["sign-in failures"]
    address, now = request.remote_addr or "", services().clock()
    wait = failures.wait(address, now)
    if wait > 0:
        seconds = int(wait) + 1
        raise TooManyRequests(f"Too many wrong passwords. Try again in {seconds} s.", retry_after=seconds)
    wanted = services().config.app_password
    if wanted is not None and hmac.compare_digest(password.encode(), wanted.reveal().encode()):
        failures.clear(address)
        return True
    failures.add(address, now)
    return False


def _proof() -> str:
    """A digest of the password, so a new password signs everyone out."""
    wanted = services().config.app_password
    secret = current_app.secret_key
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    return hmac.new(key, wanted.reveal().encode() if wanted else b"", hashlib.sha256).hexdigest()
