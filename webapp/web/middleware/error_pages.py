"""Errors become HTTP answers here and nowhere else: JSON under /api, a banner for HTMX, a page for everyone else.

A sentence written for the user is shown as it is. Anything unexpected is logged with its trace under an id, and only
that id is shown.
"""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import Overloaded, Step8Error
from webapp.web.layout.widgets import Banner

log = logging.getLogger(__name__)

SENTENCES = {
    400: "The request could not be read. Check it and send it again.",
    401: "Sign in first.",
    403: "This is not allowed.",
    404: "There is nothing at this address. Go to the list of projects and open it from there.",
    405: "This address does not take that kind of request.",
    413: "That is too large. Send a smaller file or text.",
    414: "The address is too long.",
    415: "Send the request as JSON, with the header Content-Type: application/json.",
    416: "The file does not have that part.",
    429: "Too many requests. Wait a moment and try again.",
    431: "The headers of the request are too large.",
}
UNANSWERED = "The request could not be answered."
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")


def answer_errors(app: Flask) -> None:
    """Let ``app`` answer every error through this module."""
    app.register_error_handler(Step8Error, of_ours)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, unexpected)


def of_ours(error: Step8Error) -> AnyResponse:
    """The answer to an error the product raises on purpose."""
    if error.status >= 500:
        log.warning("%s %s: %s", request.method, request.path, error)
    answer = _answer(error.status, str(error))
    if isinstance(error, Overloaded):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def of_http(error: HTTPException) -> AnyResponse:
    """The answer to what Flask or the guard refuses: a wrong address, method, size, origin …"""
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())  # a redirect, or an answer somebody made on purpose
    ours = error.description is not None and error.description != type(error).description
    sentence = error.description if ours else _too_large() or SENTENCES.get(status, UNANSWERED)
    answer = _answer(status, str(sentence))
    made = error.get_response()
    for name in KEPT_HEADERS:
        if name in made.headers:
            answer.headers[name] = made.headers[name]
    return answer


def _too_large() -> str:
    """What a body is told that is larger than any the server takes; "" for others."""
    most = request.max_content_length
    if most is None or (request.content_length or 0) <= most:
        return ""
    return (
        f"That is too large: at most {most // 1024 // 1024 or 1} MB can be sent at once. Send a smaller file or text."
    )


def unexpected(error: Exception) -> AnyResponse:
    """The answer to a fault of ours: no trace, no message, only an id that is in the log too."""
    number = secrets.token_hex(4)
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    return _answer(500, "Something went wrong in the app. Try again; the log says more.", number)


def _answer(status: int, sentence: str, number: str = "") -> Response:
    told = f"{sentence} Error id {number}." if number else sentence
    if request.path.startswith("/api/"):
        answer = jsonify({"success": False, "error": told})
    elif "HX-Request" in request.headers:
        answer = make_response(_rendered("errors/_error_banner.html", told, banner=Banner("error", f"✗ Error: {told}")))
    else:
        answer = make_response(_rendered("errors/page.html", told, status=status, sentence=sentence, id=number))
    answer.status_code = status
    return answer


def _rendered(template: str, told: str, **values: object) -> str | Response:
    try:
        return render_template(template, **values)
    except Exception:  # the page that tells of an error must never be the next one
        log.exception("the error page could not be made")
        return current_app.response_class(f"{told}\n", mimetype="text/plain")
