"""Projects in every state a project can be in, and what their pages and the API say then."""

from __future__ import annotations

from collections.abc import Iterable

from tests.outside import samples
from tests.outside.api_answers import record_api, record_globals
from tests.outside.double import Double
from tests.outside.files import record_files
from tests.outside.pages import LIVE, PARTS, record_all, record_pages, record_parts, settle
from tests.outside.record import Record
from tests.outside.server import Product, until
from tests.outside.streams import page_stream, record_snapshot, run_stream
from tests.outside.visitor import Visitor

DEMO = "the-lamp-at-gull-point"
KEY = "film=AIza-fake-key-for-a-record-0001"


class States:
    """Brings an app's projects into their states, one after the other, and records them."""

    def __init__(self, record: Record, product: Product, double: Double, visitor: Visitor) -> None:
        self.record, self.product, self.double, self.visitor = record, product, double, visitor
        self.root = product.root

    def all(self) -> None:
        """Every state."""
        for step in (
            self.demo, self.idle, self.whole, self.partial, self.running, self.budget, self.keys, self.elsewhere,
        ):  # fmt: skip
            step()
            self.record.progress(f"states: {step.__name__}")

    def demo(self) -> None:
        """The demo project, as it comes."""
        record_all(self.record, self.visitor, "demo", DEMO, ("clear-1-1_1",))
        record_api(self.record, self.visitor, "demo", DEMO, ("clear-1-1_1",))
        record_globals(self.record, self.visitor, "globals-at-first")
        self.record.answer("pages/one-project", self.visitor.get("/"), self.visitor.get("/runs"))

    def idle(self) -> None:
        """Projects without a run: empty, v1.1's, broken, long."""
        self.record.answer("commands/create-empty", self.visitor.post("/projects", {"title": "Empty one"}))
        for make in (samples.half, samples.broken, samples.long):
            make(self.root)
        samples.story(self.root, "small")
        for name in ("empty-one", "half", "broken"):
            settle(self.record, self.visitor, name)
            record_all(self.record, self.visitor, name, name, ("clear-1-1_1",))
            record_api(self.record, self.visitor, name, name, ("clear-1-1_1",))
        pages = ("images", "images?at=beat-20-20_1", "images?at=150", "prompts", "select", "images/queue", "costs")
        record_pages(self.record, self.visitor, "long", "long", pages)
        parts = ("images/rows?block=0&block=3", "images/rows?block=12", "images/rows?block=999", "images/queue")
        record_parts(self.record, self.visitor, "long", "long", parts)
        self.record.answer("api/long/queue", self.visitor.api("queue?projectPath=long"))

    def whole(self) -> None:
        """One whole run of sketches, with what is heard of it; then its pages and files."""
        name = "whole"
        samples.story(self.root, name)
        with (
            page_stream(self.visitor, f"/p/{name}/events?since=") as page,
            page_stream(self.visitor, "/hints") as hints,
        ):
            run_stream(self.record, self.visitor, name, "streams/run-of-sketches")
            self.visitor.wait_idle(name)
            settle(self.record, self.visitor, name, 1.5)
        self.record.write("streams/page", page.told(self.record))
        self.record.write("streams/hints", hints.told(self.record))
        record_files(self.record, "files/project-after-a-run", self.root / name)
        run_stream(self.record, self.visitor, name, "streams/run-with-nothing-to-do")
        self.visitor.wait_idle(name)
        settle(self.record, self.visitor, name)
        record_all(self.record, self.visitor, "complete", name, ("clear-1-1_1", "illustration-2-2_1"))
        record_api(self.record, self.visitor, "complete", name, ("clear-1-1_1", "illustration-2-2_1"))
        self.images(name)

    def images(self, name: str) -> None:
        """Images and other files as a browser gets them."""
        path = f"{name}/generated_images/clear/Shot_1/Beat_1.1.png"
        self.record.answer(
            "files/served",
            self.visitor.get(f"/p/{name}/image/clear-1-1_1"),
            self.visitor.get(f"/p/{name}/image/clear-1-1_1", Range="bytes=0-99"),
            self.visitor.get(f"/p/{name}/image/clear-1-1_1", Range="bytes=99999999-"),
            self.visitor.get(f"/p/{name}/thumb/clear-1-1_1"),
            self.visitor.get(f"/p/{name}/image/clear-9-9_9"),
            self.visitor.get(f"/p/{name}/frames/clear-1-1_1/history/1"),
            self.visitor.get(f"/p/{name}/reference"),
            self.visitor.get(f"/p/{name}/files/prompts/prompts-clear.json"),
            self.visitor.get(f"/p/{DEMO}/files/voiceover/segment_01.mp3", Range="bytes=0-9"),
            self.visitor.get(f"/p/{DEMO}/files/voiceover/none.mp3"),
            self.visitor.api(f"serve-image?path={path}"),
            self.visitor.api("serve-image?path=half/selected_images/Beat_1.1_flagged.png"),
        )

    def partial(self) -> None:
        """A run in which some images failed; all of one that did."""
        refused = {"clear 1.2": "REFUSE", "clear 2.1": "WORDS"}
        samples.story(self.root, "mixed", refused)
        samples.story(self.root, "refused", {f"clear {n}": "REFUSE" for n in samples.NUMBERS}, ("clear",))
        for name in ("mixed", "refused"):
            self.gemini(name)
            run_stream(self.record, self.visitor, name, f"streams/run-of-{name}")
            self.visitor.wait_idle(name)
            settle(self.record, self.visitor, name)
        record_all(self.record, self.visitor, "partial", "mixed", ("clear-1-1_2", "clear-2-2_1", "clear-1-1_1"))
        record_api(self.record, self.visitor, "partial", "mixed", ("clear-1-1_2", "clear-1-1_1"))
        more = ("activity?kind=error", "activity?style=clear&beat=1.2", "activity?q=refused", "costs?outcome=refused")
        record_pages(self.record, self.visitor, "partial", "mixed", more)
        record_files(self.record, "files/project-after-a-run-with-failures", self.root / "mixed")
        record_pages(self.record, self.visitor, "failed", "refused", ("images", "select", "costs", "activity", "setup"))
        record_api(self.record, self.visitor, "failed", "refused", ("clear-1-1_2",))

    def running(self) -> None:
        """A run that goes on, in the background, pausing, paused, going on again, stopping, stopped."""
        name, visitor = "held", self.visitor
        holds = {"clear 1.2": "HOLD-first", "clear 1.3": "HOLD-second", "illustration 1.3": "REFUSE"}
        samples.story(self.root, name, holds)
        self.gemini(name)
        visitor.post(f"/p/{name}/images/start")
        self.held("first")
        self.live("running", name)
        record_snapshot(self.record, visitor, "streams/page-while-running", f"/p/{name}/events?since=")
        record_globals(self.record, visitor, "globals-while-running")
        visitor.post(f"/p/{name}/images/disconnect")
        record_pages(self.record, visitor, "background", name, ("images", "select"))
        visitor.post(f"/p/{name}/images/reconnect")
        visitor.api("pause-generation", {"projectPath": name})
        visitor.wait_state(name, "pausing", "paused")
        self.live("pausing", name)
        self.double.open("first")
        visitor.wait_state(name, "paused")
        self.live("paused", name)
        visitor.api("resume-generation", {"projectPath": name})
        self.held("second")
        self.live("running-again", name)
        visitor.api("stop-generation", {"projectPath": name})
        visitor.wait_state(name, "stopping")
        self.live("stopping", name)
        self.double.open("second")
        visitor.wait_idle(name)
        self.live("stopped", name, PARTS)
        record_snapshot(self.record, visitor, "streams/page-after-stop", f"/p/{name}/events?since=")

    def budget(self) -> None:
        """A run that a budget does not reach for."""
        name, visitor = "capped", self.visitor
        samples.story(self.root, name)
        self.gemini(name)
        visitor.api("set-budget", {"projectPath": name, "budgetUsd": "0.11"})
        self.record.answer("commands/start-that-asks", visitor.post(f"/p/{name}/images/start"))
        self.record.answer("commands/start-that-asks-part", visitor.post(f"/p/{name}/images/start", htmx=True))
        self.record.answer("commands/start-that-is-sure", visitor.post(f"/p/{name}/images/start", {"sure": "1"}))
        visitor.wait_state(name, "paused")
        self.live("budget-reached", name)
        self.record.answer(
            "commands/resume-with-a-budget",
            visitor.api("resume-generation", {"projectPath": name, "budgetUsd": "0.01"}),
            visitor.post(f"/p/{name}/images/resume", {"budget": "0.02"}),
            visitor.post(f"/p/{name}/images/resume", {"budget": "0.02"}, htmx=True),
        )
        visitor.api("stop-generation", {"projectPath": name})
        visitor.wait_idle(name)

    def keys(self) -> None:
        """Runs without a key that works."""
        visitor = self.visitor
        samples.story(self.root, "keyless")
        visitor.post("/p/keyless/setup", visitor.get("/p/keyless/setup").form("/setup").filled({"provider": "openai"}))
        self.record.answer("commands/start-without-a-key", visitor.post("/p/keyless/images/start"))
        self.record.answer("commands/start-without-a-key-part", visitor.post("/p/keyless/images/start", htmx=True))
        self.record.answer(
            "api/refused/start-without-a-key", visitor.api("generate-images", {"projectPath": "keyless"})
        )
        visitor.wait_state("keyless", "", "paused")
        self.live("keyless", "keyless")
        samples.story(self.root, "bad-key", styles=("consistent",))
        self.gemini("bad-key")
        added = {"provider": "gemini", "style": "consistent", "account": "", "keys": "AIza-bad-key-for-a-record-0002"}
        visitor.post("/p/bad-key/setup/keys", added)
        visitor.post("/p/bad-key/images/start")
        visitor.wait_state("bad-key", "paused", "")
        settle(self.record, visitor, "bad-key")
        record_pages(self.record, visitor, "bad-key", "bad-key", ("images", "setup", "activity"))
        record_api(self.record, visitor, "bad-key", "bad-key")
        record_globals(self.record, visitor, "globals-with-a-bad-key")
        visitor.api("stop-generation", {"projectPath": "bad-key"})
        visitor.wait_idle("bad-key")
        remove = next(form for form in visitor.get("/p/bad-key/setup").forms if form.path.endswith("/remove"))
        self.record.answer("commands/remove-a-key", visitor.post(remove.action, remove.fields, htmx=True))

    def elsewhere(self) -> None:
        """Archived and deleted projects, the list of projects in all its views, pages that are not there."""
        visitor = self.visitor
        samples.story(self.root, "gone")
        visitor.api("archive-project", {"projectPath": "half", "archived": True})
        visitor.api("delete-project", {"projectPath": "gone", "confirmTitle": "gone"})
        for name in ("half", "gone"):
            record_pages(self.record, visitor, f"put-away-{name}", name, ("images", "setup", "manage", "select"))
            record_api(self.record, visitor, f"put-away-{name}", name)
        views = (
            "?sort=title", "?sort=done", "?sort=title&show=archived", "?show=trash", "?q=whole", "?q=zzz",
            "?archived=half", "?back=whole", "?copy=whole",
        )  # fmt: skip
        for view in views:
            self.record.answer(f"pages/projects/{view}", visitor.get(f"/{view}"))
        self.record.answer("pages/runs", visitor.get("/runs"))
        record_globals(self.record, visitor, "globals-at-last")
        missing = (
            "/nowhere", "/p/nowhere/images", "/p/small/nowhere", "/p/../images", "/p/small/frames/clear-9-9_9",
            "/p/small/images/ask?do=dance", "/p/small/images/sheet?style=none", "/p/small/images/sheet?only=odd",
            "/p/small/export/files/none", "/p/small/export/storyboard.xml", "/static/none.css", "/trash/none/restore",
        )  # fmt: skip
        for path in missing:
            self.record.answer(f"pages/errors/{path[1:]}", visitor.get(path), visitor.get(path, htmx=True))
        without = Visitor(visitor.url)
        self.record.answer(
            "pages/errors/senders",
            without.send("POST", "/p/small/images/start"),
            without.send("POST", "/p/small/images/start", headers={"Origin": "https://evil.example"}),
            without.send("POST", "/p/small/images/start", htmx=True, headers={"Origin": "https://evil.example"}),
            without.get("/", Host="evil.example"),
            without.send("POST", "/"),
        )
        self.record.answer("metrics", visitor.get("/healthz"), visitor.get("/metrics"))

    # -- what they have in common ------------------------------------------------------------------

    def gemini(self, name: str) -> None:
        """Let the stand-in make a project's images."""
        gemini(self.visitor, name)

    def held(self, gate: str) -> None:
        """Wait until a call waits at this gate."""
        until(lambda: self.double.waiting[gate], f"a call waits at {gate}")

    def live(self, place: str, name: str, parts: Iterable[str] = ("images/queue", "images/queue?part=line")) -> None:
        """Record the pages of a project in a state of its run."""
        settle(self.record, self.visitor, name)
        record_pages(self.record, self.visitor, place, name, LIVE)
        record_parts(self.record, self.visitor, place, name, parts)
        record_api(self.record, self.visitor, place, name, ("clear-1-1_2",))
        self.record.answer(f"pages/{place}/runs", self.visitor.get("/runs"), self.visitor.api("open-runs"))


def gemini(visitor: Visitor, name: str) -> None:
    """Choose the stand-in for a project's images, in Project Setup."""
    setup = visitor.get(f"/p/{name}/setup").form("/setup")
    visitor.post(f"/p/{name}/setup", setup.filled({"provider": "gemini"}))
