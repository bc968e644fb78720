"""Apps that are set up in another way: with a password, without projects, without Redis; and the looks of the pages."""

from __future__ import annotations

import re

from tests.outside import samples
from tests.outside.markup import form_to
from tests.outside.record import Record
from tests.outside.server import Product, free_port
from tests.outside.states import DEMO
from tests.outside.visitor import Visitor

PASSWORD = "correct-horse"
RULE = re.compile(r"[^{}]+\{(?:[^{}]|\{[^{}]*\})*\}")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
PAGES_WITH_LOOKS = ("images", "select", "prompts", "setup", "costs", "activity", "manage", "export", "beats")


def record_password(record: Record, product: Product) -> None:
    """Write how people and programs sign in, and the list of projects when there is none."""
    with product.serving(APP_PASSWORD=PASSWORD):
        stranger, visitor = Visitor(product.url), Visitor(product.url)
        asked = (
            "/",
            "/sign-in",
            "/sign-in?next=/runs",
            f"/p/{DEMO}/images",
            "/api/ping",
            "/metrics",
            "/healthz",
            "/none",
        )
        record.answer("password/stranger", *(stranger.get(path) for path in asked))
        record.answer(
            "password/stranger sends",
            stranger.get("/runs", htmx=True, HX_Current_URL=f"{product.url}/runs?x=1"),
            stranger.post(f"/p/{DEMO}/images/start"),
            stranger.post("/sign-in", {"password": "wrong", "next": "/runs"}),
            stranger.api("stop-generation", {"projectPath": DEMO}),
            stranger.api("ping", Authorization=f"Bearer {PASSWORD}"),
            stranger.get("/metrics", Authorization="Bearer wrong"),
            stranger.post("/sign-in", {"password": PASSWORD, "next": "https://evil.example"}),
        )
        form = form_to(visitor.get("/sign-in?next=/runs").text, "/sign-in")
        record.answer(
            "password/signing in",
            visitor.post("/sign-in", form.filled({"password": PASSWORD}) if form else ()),
            visitor.get("/"),
            visitor.get("/sign-in"),
            visitor.api("ping"),
        )
        visitor.api("archive-project", {"projectPath": DEMO, "archived": True})
        record.answer("password/all are archived", visitor.get("/"), visitor.get("/?show=archived"))
        title = visitor.json("trash") and visitor.get("/?show=archived").text
        confirm = re.search(r"The [Ll]amp[^<\"&]*", title)
        visitor.api("delete-project", {"projectPath": DEMO, "confirmTitle": confirm[0].strip() if confirm else DEMO})
        record.answer("password/no project", visitor.get("/"), visitor.get("/runs"), visitor.get("/?show=trash"))
        record.answer("password/signing out", visitor.post("/sign-out"), visitor.get("/"))
    record.progress("with a password")


def record_looks(record: Record, product: Product) -> None:
    """Write every rule of the style sheets that the pages name, in no order: the files may be cut in another way."""
    with product.serving():
        visitor, sheets = Visitor(product.url), set()
        for page in ("/", "/runs", "/sign-in", *(f"/p/{DEMO}/{page}" for page in PAGES_WITH_LOOKS)):
            sheets |= set(SHEET.findall(visitor.get(page).text))
        rules: set[str] = set()
        for sheet in sheets:
            rules |= {
                re.sub(r"\s+", " ", rule).strip() for rule in RULE.findall(COMMENT.sub("", visitor.get(sheet).text))
            }
    record.write("looks", record.noise.out_of("\n".join(sorted(rules))))
    record.progress("looks")


def record_without_redis(record: Record, product: Product) -> None:
    """Write what is told while Redis cannot be reached."""
    samples.story(product.root, "small")
    gone = f"redis://127.0.0.1:{free_port()}/0"
    record.noise.add(gone, "<redis>")
    ended = product.run("-m", "webapp", "progress", "small", REDIS_URL=gone)
    record.write("without-redis/progress", record.noise.out_of(f"{ended.returncode}\n{ended.stdout}\n{ended.stderr}"))
    try:
        with product.serving(REDIS_URL=gone):
            visitor = Visitor(product.url)
            pages = (
                "/",
                "/runs",
                "/healthz",
                "/p/small/images",
                "/p/small/select",
                "/p/small/setup",
                "/p/small/events",
            )
            for page in pages:
                record.answer(f"without-redis{page if page != '/' else '/projects'}", visitor.get(page))
            record.answer(
                "without-redis/commands",
                visitor.post("/p/small/images/start"),
                visitor.post("/p/small/images/start", htmx=True),
                visitor.api("generate-images", {"projectPath": "small"}),
                visitor.api("stop-generation", {"projectPath": "small"}),
                visitor.api("generation-status/small"),
                visitor.api("get-generation-progress", {"projectPath": "small"}),
                visitor.api("open-runs"),
            )
    except RuntimeError as error:
        record.write("without-redis/serve", record.noise.out_of(str(error)))
    record.progress("without Redis")
