"""Signing in with APP_PASSWORD, and out again.

Pages keep the proof in the session cookie; it ends when the password changes. API clients send
``Authorization: Bearer <password>`` with each request. Without APP_PASSWORD nothing of this is asked.
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
ADDRESSES = 10_000


class SignInFailures:
    """Slows down guessing: after five wrong passwords from an address each further one doubles the wait, to a minute.

    Kept in this process alone: with several gunicorn workers an attacker gets a few tries more, not many.
    """

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: float) -> float:
        """Seconds this address has to wait before its next try is looked at."""
        with self._lock:
            count, last = self._by_address.get(address, (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        return max(0.0, last + min(LONGEST_WAIT, 2.0 ** min(count - FREE_TRIES, 10)) - now)

    def count(self, address: str, now: float) -> None:
        """Note a wrong password."""
        with self._lock:
            count, _ = self._by_address.pop(address, (0, 0.0))
            self._by_address[address] = (count + 1, now)
            while len(self._by_address) > ADDRESSES:
                self._by_address.popitem(last=False)

    def forget(self, address: str) -> None:
        """The right password came: start afresh."""
        with self._lock:
            self._by_address.pop(address, None)


def needed() -> bool:
    """Whether this server asks for a password at all."""
    return services().config.app_password is not None


def signed_in() -> bool:
    """Whether this request may see the app: none is asked for, its session has it, or it carries the password."""
    if not needed():
        return True
    proof = session.get(PROOF)
    if isinstance(proof, str) and hmac.compare_digest(proof.encode(), _proof().encode()):
        return True
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return False
    return _right(authorization.token or "")


@pages.get("/sign-in")
def page() -> Response | str:
    """The sign-in page."""
    if signed_in():
        return redirect(safe_next(request.args.get("next")), 303)
    return render_template("sign_in/page.html", next=safe_next(request.args.get("next")), error="")


@pages.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Sign in and go on to where the user wanted to go."""
    target = safe_next(request.form.get("next"))
    if not needed():
        return redirect(target, 303)
    if not _right(request.form.get("password", "")):
        return render_template("sign_in/page.html", next=target, error="The password is wrong. Try again."), 401
    session.clear()
    session[PROOF] = _proof()
    session.permanent = True
    return redirect(target, 303)


@pages.post("/sign-out")
def leave() -> Response:
    """Forget the sign-in of this browser."""
    session.clear()
    return redirect(url_for("sign_in.page"), 303)


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this app, never another site."""
    start = url_for("projects.start")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return start
    parts = urlsplit(target)
    fits = not parts.scheme and not parts.netloc and target.isprintable() and "\\" not in target
    return target if fits else start


def _right(password: str) -> bool:
    """Whether this is the password, in constant time; raises `TooManyRequests` when this address must wait first."""
    failures: SignInFailures = current_app.extensions["sign-in failures"]
    address, now = request.remote_addr or "", services().clock()
    wait = failures.wait(address, now)
    if wait > 0:
        seconds = int(wait) + 1
        raise TooManyRequests(f"Too many wrong passwords. Try again in {seconds} s.", retry_after=seconds)
    wanted = services().config.app_password
    if wanted is not None and hmac.compare_digest(password.encode(), wanted.reveal().encode()):
        failures.forget(address)
        return True
    failures.count(address, now)
    return False


def _proof() -> str:
    """What a signed-in session carries: it fits this password alone, so a new password signs everyone out."""
    wanted = services().config.app_password
    secret = current_app.secret_key
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    return hmac.new(key, wanted.reveal().encode() if wanted else b"", hashlib.sha256).hexdigest()
