"""Error handlers: the only place where errors become HTTP responses.

JSON under /api, a banner for HTMX, a page for all others. A sentence written for the user is shown as it is. An
unexpected error is logged with its trace under an id, and only that id is shown.
"""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import Overloaded, Step8Error
from webapp.web.images.banner import error_banner
from webapp.web.layout.htmx import is_htmx

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
UNKNOWN = "The request could not be answered."
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")


def handle_errors(app: Flask) -> None:
    """Register the handlers of all errors of ``app``."""
    app.register_error_handler(Step8Error, own_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected_error)


def own_error(error: Step8Error) -> AnyResponse:
    """Respond to an error that the product raises on purpose."""
    if error.status >= 500:
        log.warning("%s %s: %s", request.method, request.path, error)
    response = _respond(error.status, str(error))
    if isinstance(error, Overloaded):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def http_error(error: HTTPException) -> AnyResponse:
    """Respond to what Flask or the guard refuses: a wrong address, method, size, origin …"""
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())  # a redirect, or a response made on purpose
    ours = error.description is not None and error.description != type(error).description
    sentence = error.description if ours else _too_large() or SENTENCES.get(status, UNKNOWN)
    response = _respond(status, str(sentence))
    made = error.get_response()
    for name in KEPT_HEADERS:
        if name in made.headers:
            response.headers[name] = made.headers[name]
    return response


def _too_large() -> str:
    """The sentence for a body larger than any the server accepts; "" for others."""
    most = request.max_content_length
    if most is None or (request.content_length or 0) <= most:
        return ""
    return (
        f"That is too large: at most {most // 1024 // 1024 or 1} MB can be sent at once. Send a smaller file or text."
    )


def unexpected_error(error: Exception) -> AnyResponse:
    """Respond to a bug: no trace, no message, only an id that is in the log too."""
    ident = secrets.token_hex(4)
    log.error("error %s at %s %s", ident, request.method, request.path, exc_info=error)
    return _respond(500, "Something went wrong in the app. Try again; the log says more.", ident)


def _respond(status: int, sentence: str, ident: str = "") -> Response:
    text = f"{sentence} Error id {ident}." if ident else sentence
    if request.path.startswith("/api/"):
        response = jsonify({"success": False, "error": text})
    elif is_htmx():
        response = make_response(_rendered("errors/_error_banner.html", text, banner=error_banner(text)))
    else:
        response = make_response(_rendered("errors/page.html", text, status=status, sentence=sentence, id=ident))
    response.status_code = status
    return response


def _rendered(template: str, text: str, **values: object) -> str | Response:
    try:
        return render_template(template, **values)
    except Exception:  # the page of an error must never be the next error
        log.exception("the error page could not be made")
        return current_app.response_class(f"{text}\n", mimetype="text/plain")
