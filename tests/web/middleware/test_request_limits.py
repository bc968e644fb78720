"""How many requests are answered at once, and what the next one is told."""

from __future__ import annotations

from flask import Flask

from webapp.web.middleware.error_pages import handle_errors
from webapp.web.middleware.request_limits import RequestLimit


def an_app(most: int) -> tuple[Flask, RequestLimit]:
    """An app in which ``/api/nested`` asks for ``/api/inner`` while it is being answered itself."""
    app, limit = Flask("limited"), RequestLimit(most)
    limit.limit(app)
    handle_errors(app)

    @app.get("/api/inner")
    def inner() -> str:
        return "in"

    @app.get("/api/nested")
    def nested() -> dict[str, object]:
        answer = app.test_client().get("/api/inner")
        return {"status": answer.status_code, "after": answer.headers.get("Retry-After"), "body": answer.text}

    @app.get("/api/broken")
    def broken() -> str:
        raise ValueError

    return app, limit


def test_one_too_many_is_told_at_once_to_come_back_and_then_gets_in() -> None:
    app, limit = an_app(1)
    told = app.test_client().get("/api/nested").json
    assert told is not None
    assert (told["status"], told["after"]) == (503, "1")
    assert "as many requests as it can" in str(told["body"])
    assert app.test_client().get("/api/inner").status_code == 200
    assert limit.active == 0


def test_whoever_is_refused_or_fails_is_not_counted_as_inside() -> None:
    app, limit = an_app(2)
    for path, status in (("/api/nowhere", 404), ("/api/broken", 500), ("/api/nested", 200)):
        assert app.test_client().get(path).status_code == status
    assert limit.active == 0
