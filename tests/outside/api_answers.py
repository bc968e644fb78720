"""What the JSON API answers to questions, and to requests that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.outside.record import Record
from tests.outside.visitor import Visitor

GETS = (
    "costs?projectPath={0}", "attempts?projectPath={0}", "attempts?projectPath={0}&style=clear&beat=1.1&limit=1",
    "activity?projectPath={0}", "activity?projectPath={0}&kind=error&limit=2", "runs?projectPath={0}",
    "queue?projectPath={0}", "generation-status/{0}",
)  # fmt: skip
POSTS = ("get-generation-progress", "get-generated-images", "get-image-selections", "export-status")
GLOBALS = ("ping", "keys", "open-runs", "trash")

BAD: tuple[tuple[str, Any], ...] = (
    ("generate-images", {}),
    ("generate-images", {"projectPath": "nowhere"}),
    ("generate-images", {"projectPath": "../outside"}),
    ("generate-images", {"projectPath": "/etc"}),
    ("generate-images", {"projectPath": 7}),
    ("generate-images", {"projectPath": "empty-one"}),
    ("generate-images", ["no object"]),
    ("stop-generation", {"projectPath": "small"}),
    ("pause-generation", {"projectPath": "small"}),
    ("resume-generation", {"projectPath": "small", "budgetUsd": "x"}),
    ("set-limits", {"projectPath": "small", "parallel": 0}),
    ("set-limits", {"projectPath": "small", "requestsPerMinute": "many"}),
    ("set-budget", {"projectPath": "small", "budgetUsd": "-1"}),
    ("save-image-selection", {"projectPath": "small", "beatNumber": "9.9", "style": "clear"}),
    ("save-image-selection", {"projectPath": "small", "beatNumber": "1.1", "style": "no style"}),
    ("save-prompts", {"projectPath": "small", "style": "clear", "prompts": [{"shot_number": "1"}]}),
    ("save-prompts", {"projectPath": "small", "style": "../x", "prompts": []}),
    ("update-prompt", {"projectPath": "small", "style": "clear", "beatNumber": "1.1", "prompt": ""}),
    ("update-prompt", {"projectPath": "small", "style": "clear", "beatNumber": "7.1", "prompt": "x"}),
    ("update-prompt", {"projectPath": "small", "style": "clear", "beatNumber": "1.1", "prompt": "x", "basedOn": "y"}),
    ("replace-in-prompts", {"projectPath": "small", "find": "", "replaceWith": "x"}),
    ("import-prompts", {"projectPath": "small", "text": "beat,style,prompt\n1.1,clear,\n"}),
    ("import-prompts", {"projectPath": "small", "text": ""}),
    ("undo-prompts", {"projectPath": "half"}),
    ("regenerate-frames", {"projectPath": "small", "frames": ["clear-9-9_9"]}),
    ("regenerate-frames", {"projectPath": "small"}),
    ("regenerate-frames", {"projectPath": "small", "style": "clear", "count": 77}),
    ("regenerate-frames", {"projectPath": "small", "frames": ["clear-1-1_1"], "seed": "odd"}),
    ("mark-frames", {"projectPath": "small", "frames": ["clear-1-1_1"], "locked": "yes"}),
    ("mark-frames", {"projectPath": "small", "frames": []}),
    ("choose-image", {"projectPath": "small", "frame": "clear-1-1_1", "number": 99}),
    ("restore-image", {"projectPath": "small", "trash": ["clear-1-1_1.1.png"]}),
    ("prioritize-frames", {"projectPath": "small", "frames": ["clear-1-1_1"], "by": "sideways"}),
    ("set-order", {"projectPath": "small", "order": "none"}),
    ("hold-generation", {"projectPath": "small", "style": "none"}),
    ("set-webhook", {"projectPath": "small", "url": "ftp://nowhere"}),
    ("set-webhook", {"projectPath": "small", "url": "http://example.com/"}),
    ("renew-webhook-secret", {"projectPath": "small"}),
    ("test-webhook", {"projectPath": "small"}),
    ("project", {"projectPath": "small", "bookContent": "", "videoTitle": "small"}),
    ("project", {"projectPath": "", "bookContent": "", "videoTitle": ""}),
    ("rename-project", {"projectPath": "small", "title": ""}),
    ("delete-project", {"projectPath": "small", "confirmTitle": "other"}),
    ("restore-project", {"trash": "nothing-20260101T000000Z"}),
    ("start-export", {"projectPath": "small", "kind": "poem"}),
    ("start-export", {"projectPath": "empty-one", "kind": "images"}),
    ("cancel-export", {"projectPath": "small"}),
    ("no-such-command", {}),
)
BAD_GETS = (
    "serve-image", "serve-image?path=small/prompts/prompts-clear.json", "serve-image?path=../../etc/passwd",
    "serve-image?path=small/generated_images/clear/Shot_1/Beat_1.1.png", "costs", "costs?projectPath=nowhere",
    "get-frame?projectPath=small&frame=clear-9-9_9", "attempts?projectPath=small&limit=x", "generate-images",
    "generation-status/nowhere", "no-such-question",
)  # fmt: skip


def record_api(record: Record, visitor: Visitor, place: str, project: str, frames: Iterable[str] = ()) -> None:
    """Write what every question about a project is answered, below ``api/place``."""
    questions = [question.format(project) for question in GETS]
    questions += [f"get-frame?projectPath={project}&frame={frame}" for frame in frames]
    answers = [visitor.api(question) for question in questions]
    answers += [visitor.api(command, {"projectPath": project}) for command in POSTS]
    for answer in answers:
        record.answer(f"api/{place}/{answer.asked.partition('/api/')[2].partition(' ')[0]}", answer)


def record_globals(record: Record, visitor: Visitor, place: str) -> None:
    """Write what the questions are answered that name no project."""
    record.answer(f"api/{place}", *(visitor.api(question) for question in GLOBALS))


def record_errors(record: Record, visitor: Visitor, root: str) -> None:
    """Write how requests are refused."""
    record.answer("api/refused/commands", *(visitor.api(name, body) for name, body in BAD))
    record.answer("api/refused/questions", *(visitor.api(question) for question in BAD_GETS))
    record.answer(
        "api/refused/senders",
        visitor.send("POST", "/api/stop-generation", data="projectPath=small"),
        visitor.send("POST", "/api/stop-generation", data="{", headers={"Content-Type": "application/json"}),
        visitor.api("stop-generation", {"projectPath": "small"}, Origin="https://evil.example"),
        visitor.api("stop-generation", {"projectPath": "small"}, Origin="null"),
        visitor.api("ping", Host="evil.example"),
        visitor.send("DELETE", "/api/ping"),
        visitor.send(
            "OPTIONS", "/api/ping", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        ),
        visitor.send(
            "OPTIONS", "/api/ping", headers={"Origin": "https://editor.example", "Access-Control-Request-Method": "GET"}
        ),
        visitor.api("ping", Origin="https://editor.example"),
        visitor.api(f"generation-status/{quote(root + '/small', safe='')}"),
        visitor.api("import-project", {"no": "archive"}),
        visitor.send("POST", "/api/import-project", data=b"PK", headers={"Content-Type": "application/zip"}),
    )
