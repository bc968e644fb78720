"""The commands as people and programs send them: as a plain form, by HTMX, as JSON; each to a project of its own."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from tests.outside import samples
from tests.outside.double import Double, png
from tests.outside.markup import Form, forms
from tests.outside.pages import settle
from tests.outside.record import Record
from tests.outside.server import Product, until
from tests.outside.states import gemini
from tests.outside.visitor import Answer, Fields, Visitor

CSV = "beat,style,prompt\n1.1,clear,clear: another girl\n3.1,clear,clear: a new beat\n"
FAKE_KEYS = "second=AIza-fake-key-for-a-record-0003, AIza-bad-key-for-a-record-0004"


class Pressed:
    """The buttons of the pages, pressed with or without HTMX. Each answer is recorded, with the page it leads to."""

    def __init__(self, record: Record, product: Product, double: Double, way: str) -> None:
        self.record, self.product, self.double = record, product, double
        self.visitor = Visitor(product.url)
        self.way, self.htmx = way, way == "htmx"
        self.project = f"by-{way}"
        self._count = 0

    def all(self) -> None:
        """Every command."""
        samples.story(self.product.root, self.project, {"clear 1.2": "REFUSE"})
        gemini(self.visitor, self.project)
        for step in (
            self.run,
            self.frames,
            self.prompts,
            self.choices,
            self.setup,
            self.exports,
            self.hooks,
            self.care,
        ):
            step()
            self.record.progress(f"commands by {self.way}: {step.__name__}")
        self.steer()
        self.record.progress(f"commands by {self.way}: steer")

    # -- sending -----------------------------------------------------------------------------------

    def send(
        self,
        path: str,
        fields: Fields = (),
        *,
        name: str = "",
        files: Any = None,
        then: Callable[[], None] | None = None,
    ) -> Answer:
        """Press a button, and record what comes of it. ``then`` waits until the work that begins with it is done."""
        answer = self.visitor.post(path, fields, htmx=self.htmx, files=files)
        self._count += 1
        told = name or path.rstrip("/").rpartition("/")[2].partition("?")[0]
        place = f"commands/{self.way}/{self._count:03} {told}"
        if then:
            then()
        if answer.status in (302, 303):
            page = self.visitor.get(answer.location.partition("#")[0])
            self.record.answer(place, answer, page)
            return page
        if then:  # how far the work is by then is not the same each time
            self.record.write(place, self.record.outline(answer))
        else:
            self.record.answer(place, answer)
        return answer

    def do(self, command: str, fields: Fields = (), *, name: str = "", files: Any = None, wait: bool = False) -> Answer:
        """Press a button of the project."""
        then = self.rest if wait else None
        return self.send(f"/p/{self.project}/{command}", fields, name=name, files=files, then=then)

    def rest(self) -> None:
        """Wait until the project's run has ended and told all."""
        self.visitor.wait_idle(self.project)
        settle(self.record, self.visitor, self.project)

    def page(self, page: str) -> Answer:
        """A page of the project."""
        return self.visitor.get(f"/p/{self.project}/{page}")

    def version(self, frame: str) -> str:
        """The frame with the version of its image."""
        known = self.visitor.json(f"get-frame?projectPath={self.project}&frame={frame}")
        return f"{frame}@{known['version']}"

    def back(self, answer: Answer, wait: bool = False) -> None:
        """Press what undoes the command of that answer, if it offers it."""
        found = next((form for form in forms(answer.text) if _undoes(form)), None)
        if found is None:
            self.record.progress(f"commands by {self.way}: no way back after {answer.asked}")
            return
        name = f"undo by {found.action.rpartition('/')[2].partition('?')[0]}"
        self.send(found.action, found.fields, name=name, then=self.rest if wait else None)

    # -- the commands ------------------------------------------------------------------------------

    def run(self) -> None:
        """Start, start again, limits and budget."""
        self.do("images/start", wait=True)
        self.do("images/start", name="start again", wait=True)
        self.do("images/retry-failed", wait=True)
        self.do("images/retry-failed", {"frames": "clear-1-1_2", "count": "9"}, name="retry asks")
        self.do("images/stop", name="stop nothing")
        self.do("images/pause", name="pause nothing")
        self.do("images/resume", name="resume nothing")
        self.do("images/speed", {"perMinute": "5000", "parallel": "1"})
        self.do("images/speed", {"perMinute": "many", "parallel": "1"}, name="speed refused")
        self.do("images/budget", {"budget": "99.50"})
        self.do("images/budget", {"budget": "-"}, name="budget refused")
        self.do("images/budget", {"budget": ""}, name="no budget")
        self.do("images/disconnect")
        self.do("images/reconnect")

    def frames(self) -> None:
        """Marks, images made anew, history, trash, order."""
        mark = "frames/clear-1-1_1/mark"
        self.back(self.do(mark, {"star": "1"}, name="mark star"))
        self.do(mark, {"flag": "1", "drawer": "clear-1-1_1"}, name="mark flag")
        self.do(mark, {"note": "Look at the <hands>."}, name="mark note")
        self.do("frames/illustration-1-1_1/mark", {"locked": "1", "star": "1"}, name="mark locked")
        self.do("frames/clear-9-9_9/mark", {"star": "1"}, name="mark nothing")
        self.do("images/regenerate", {"frame": "illustration-1-1_1"}, name="regenerate locked", wait=True)
        version = self.version("clear-1-1_1")
        answer = self.do("images/regenerate", {"frame": version}, wait=True)
        self.back(answer, wait=True)
        self.do("images/regenerate", {"frame": version, "drawer": "clear-1-1_1"}, name="again in the drawer", wait=True)
        self.do("images/regenerate", {"frame": f"clear-1-1_1@{'0' * 12}"}, name="regenerate another version", wait=True)
        self.do("images/regenerate", {"style": "clear", "only": "made"}, name="regenerate asks")
        self.do("images/regenerate", {"style": "clear", "only": "made", "count": "3"}, name="regenerate all", wait=True)
        self.back(self.do("frames/clear-1-1_1/choose", {"number": "1"}))
        self.do("frames/clear-1-1_1/choose", {"number": "77"}, name="choose nothing")
        self.back(self.do("images/delete", {"frame": "clear-1-1_3"}))
        self.do("images/delete", {"beat": "1.3"}, name="delete asks")
        self.do("images/delete", {"beat": "1.3", "count": "2"}, name="delete all")
        self.do("images/restore", {"trash": "clear-1-1_3.1.png"}, name="restore nothing")
        self.do("images/generate", {"frame": "clear-1-1_3"}, wait=True)
        self.do("images/generate", {"beat": "1.3"}, name="generate missing", wait=True)
        self.do("images/order", {"order": "styles"})
        self.do("images/order", {"order": "none"}, name="order refused")
        self.do("images/move", {"frame": "clear-1-1_1", "by": "first"}, name="move nothing")
        self.back(self.do("images/hold", {"style": "clear"}, name="hold style"))
        self.do("images/hold", {"provider": "gemini"}, name="hold provider")
        self.do("images/release", {"provider": "gemini"})
        version = self.version("clear-2-2_1")
        was = samples.WORDS[3]
        sent = {"frame": version, "prompt": "clear: a harbour at noon", "was": f"clear: {was}"}
        self.back(self.do("frames/clear-2-2_1/reject", sent, wait=True), wait=True)
        self.do("frames/clear-2-2_1/reject", sent, name="reject outdated", wait=True)
        for frame in ("clear-1-1_1", "illustration-1-1_1", "clear-2-2_1"):
            shown = self.visitor.get(f"/p/{self.project}/frames/{frame}?compare=1", htmx=self.htmx)
            self.record.answer(f"commands/{self.way}/details of {frame}", shown)
        self.record.answer(f"commands/{self.way}/images afterwards", self.page("images"))

    def prompts(self) -> None:
        """Prompts edited, replaced, added, removed, imported, undone."""
        edit = "frames/illustration-1-1_2/prompt"
        text = "illustration: " + samples.WORDS[1]
        self.do(edit, {"prompt": "illustration: a wild sea", "was": text})
        self.do(edit, {"prompt": "illustration: no sea", "was": text}, name="prompt outdated")
        self.do(edit, {"prompt": " ", "was": text}, name="prompt empty")
        changed = {"prompt.clear": "clear: a girl with two lamps", "phrase": "A girl lights two lamps.", "do": "save"}
        self.press("prompts?beat=1-1.1", "/prompts/save", changed)
        self.press("prompts?beat=1-1.1", "/prompts/save", {"do": "save"}, "save the same")
        self.press("prompts?beat=1-1.1", "/prompts/save", {"prompt.clear": "x" * 40_000, "do": "next"}, "save too long")
        for verb in ("down", "next", "up", "back:clear", "remove"):
            self.press("prompts?beat=1-1.1", "/prompts/save", {"do": verb}, f"save and {verb}")
        for verb in ("undo", "undo", "redo"):
            self.press("prompts", "/prompts/undo", {"do": verb}, verb)
        new = {"new-number": "2.2", "new-shot": "2", "new-phrase": "And so on.", "new-prompt": "a road"}
        self.press("prompts?beat=2-2.1", "/prompts/add", new)
        self.press("prompts?beat=2-2.1", "/prompts/add", {**new, "new-number": "x"}, "add refused")
        counted = self.press("prompts", "/prompts/replace", {"find": "SEA", "put": "ocean", "do": "count"}, "count")
        self.press_on(counted, "/prompts/replace", {"do": "replace"}, "replace")
        self.press_on(counted, "/prompts/replace", {"do": "replace"}, "replace twice")
        self.press("prompts", "/prompts/replace", {"find": "", "put": "x", "do": "count"}, "count nothing")
        wording = {"prefix.clear": "Ink on white.", "suffix.clear": "No text."}
        self.press("prompts", "/prompts/wording", wording)
        self.press("prompts", "/prompts/wording", {"prefix.clear": "x" * 9_000}, "wording refused")
        shown = self.do("prompts", {"text": CSV}, name="import shown")
        pending = next((form for form in shown.forms if form.path.endswith("/prompts/import")), None)
        if pending:
            self.do("prompts/import", pending.fields, name="import agreed")
            self.do("prompts/import", pending.fields, name="import agreed twice")
        self.do("prompts", {"text": "beat,prompt\n1.1,\n", "into": "clear"}, name="import refused")
        self.do("prompts", {"text": ""}, name="import nothing")
        file = {"prompts": ("prompts-consistent.json", b'[{"shot_number":1,"beat_number":"1.1","ai_prompt":"new"}]')}
        self.do("prompts", {"replace": "1"}, files=file, name="import file")
        self.do("prompts/repair", {"in": "clear"})
        self.record.answer(f"commands/{self.way}/prompts afterwards", self.page("prompts"), self.page("images"))

    def press(self, page: str, end: str, changes: dict[str, str], name: str = "") -> Answer:
        """Send the form of a page that posts there, as it stands with these changes."""
        return self.press_on(self.page(page), end, changes, name)

    def press_on(self, page: Answer, end: str, changes: dict[str, str], name: str = "") -> Answer:
        """The same for a page that is there already."""
        form = next((form for form in page.forms if form.path.endswith(end)), None)
        fields = form.filled(changes) if form else list(changes.items())
        return self.do(end.removeprefix("/"), fields, name=name)

    def choices(self) -> None:
        """Step 9."""
        self.do("select/choose", {"beat": "1.1", "style": "clear", "advance": "1"})
        self.do("select/choose", {"beat": "1.2", "style": "clear"}, name="choose nothing")
        self.do("select/choose", {"beat": "9.9", "style": "clear"}, name="choose no beat")
        self.do("select/flag", {"beat": "1.1", "flagged": "1"})
        self.do("select/all", {"beat": "1.1", "style": "illustration", "count": "99"}, name="all refused")
        bulk = [form for form in self.page("select").forms if form.path.endswith("/select/all")]
        for form in bulk[:1]:
            self.do("select/all", form.pressed)
        undo = [form for form in self.page("select").forms if form.path.endswith("/select/undo")]
        for form in undo[:1]:
            self.do("select/undo", form.pressed)
        self.do("select/undo", {"beat": "1.1", "change": "none"}, name="undo nothing")
        self.do("select/choose", {"beat": "1.3", "style": "illustration", "show": "open", "advance": "1"}, name="open")
        self.record.answer(
            f"commands/{self.way}/select afterwards",
            *(self.page(f"select?beat=1.1&show={show}") for show in ("all", "open", "flagged")),
        )
        self.do("select/clear", {"beat": "1.1"})

    def setup(self) -> None:
        """Project Setup: title, providers, limits, reference, keys."""
        self.press("setup", "/setup", {"title": "A film", "attempts": "3", "style.clear.provider": "sketch"})
        self.press("setup", "/setup", {"title": "", "parallel": "x", "gemini.size": "9K"}, "setup refused")
        self.press("setup", "/setup", {"style.clear.provider": "", "everywhere.clear": "1"}, "setup back")
        self.do("setup/reference", files={"reference": ("look.png", png("look"), "image/png")})
        self.do(
            "setup/reference", files={"reference": ("look.png", b"no image", "image/png")}, name="reference refused"
        )
        self.record.answer(f"commands/{self.way}/setup with a reference", self.page("setup"), self.page("reference"))
        self.do("setup/reference/remove", name="reference removed")
        self.do("setup/keys", {"provider": "gemini", "style": "", "account": "", "keys": FAKE_KEYS})
        self.do("setup/keys", {"provider": "gemini", "style": "", "account": "", "keys": "a b"}, name="keys refused")
        self.do("setup/keys", {"provider": "none", "style": "", "account": "", "keys": "AIza"}, name="keys of nobody")
        for verb in ("test", "off", "on", "remove", "remove"):
            found = [form for form in self.page("setup").forms if form.path.endswith(f"/{verb}")]
            if found:  # the newest key is the last
                self.send(found[-1].action, found[-1].fields, name=f"key {verb}")
        self.do("setup/keys/gemini/none/test", name="key that is not there")

    def exports(self) -> None:
        """Exports: made, shown, fetched, refused, cancelled."""
        for kind, more in (("images", {"prompts": "1", "pictures": "all"}), ("sheet", {"pictures": "clear"})):

            def made() -> None:
                self.visitor.wait_export(self.project)

            self.send(f"/p/{self.project}/export", {"kind": kind, **more}, name=f"export {kind}", then=made)
            known = self.visitor.wait_export(self.project)
            shown = self.visitor.get(f"/p/{self.project}/export/job", htmx=True)
            self.record.answer(f"commands/{self.way}/export of {kind}", self.page("export"), shown)
            self.record.answer(f"commands/{self.way}/file of {kind}", self.visitor.get(known["download"]))
        self.do("export", {"kind": "poem"}, name="export refused")
        self.do("export/cancel")

    def hooks(self) -> None:
        """The webhook."""
        hook = "activity/webhook"
        self.do(hook, {"url": f"{self.double.url}/hook"})
        self.do(f"{hook}/test")
        self.do(f"{hook}/secret")
        self.do(hook, {"url": "ftp://nowhere"}, name="webhook refused")
        self.do(hook, {"url": ""}, name="no webhook")
        self.do(f"{hook}/test", name="test of no webhook")
        self.record.answer(f"commands/{self.way}/activity afterwards", self.page("activity"))

    def care(self) -> None:
        """The project as a whole."""
        self.do("rename", {"title": "A film by the sea"})
        self.do("rename", {"title": ""}, name="rename refused")
        self.do("duplicate", {"title": f"Copy {self.way}"})
        copy = f"/p/copy-{self.way}"
        self.send(f"{copy}/archive")
        self.send(f"{copy}/unarchive")
        self.send(f"{copy}/delete", {"confirm": "other"}, name="delete refused")
        self.send(f"{copy}/delete", {"confirm": f"Copy {self.way}"}, name="delete project")
        trash = self.visitor.json("trash")["projects"][0]["trash"]
        self.record.answer(f"commands/{self.way}/trash", self.visitor.get("/?show=trash"))
        self.send(f"/trash/{trash}/restore", name="restore project")
        self.send("/projects", {"title": ""}, name="create refused")
        self.send("/projects", {"title": f"New {self.way}"}, name="create")
        file = {"prompts": ("prompts-clear.js", b"export const prompts = [")}
        self.send("/projects", {"title": "Cut"}, files=file, name="create with a bad file")
        self.send(
            "/projects/import", {"title": f"In {self.way}"}, files={"archive": ("a.zip", archive())}, name="import"
        )
        self.send("/projects/import", {"title": "Bad"}, files={"archive": ("a.zip", b"PK")}, name="import refused")
        self.send("/projects/import", {"title": "Bad"}, name="import nothing")

    def steer(self) -> None:
        """A run that goes on: moved, held, paused, resumed, stopped; the page of all runs."""
        name, gate = f"steered-{self.way}", f"steer{self.way}"
        samples.story(self.product.root, name, {"clear 1.1": f"HOLD-{gate}"})
        gemini(self.visitor, name)
        before, self.project = self.project, name

        def held() -> None:
            until(lambda: self.double.waiting[gate], f"a call waits at {gate}")
            settle(self.record, self.visitor, name)

        self.send(f"/p/{name}/images/start", then=held)
        self.do("images/start", name="start while it runs")
        self.do("images/disconnect")
        self.do("images/reconnect")
        for by in ("earlier", "later", "first", "sideways"):
            self.do("images/move", {"frame": "clear-2-2_1", "by": by, "queue": "1"}, name=f"move {by}")
        self.do("images/move", {"frame": "clear-2-2_1", "before": "clear-1-1_3"}, name="move before")
        self.do("images/order", {"order": "styles"})
        self.back(self.do("images/generate", {"frame": "illustration-2-2_1"}, name="generate first"))
        self.do("images/hold", {"style": "illustration"})
        self.do("images/release", {"style": "illustration"})
        self.do("images/regenerate", {"frame": "illustration-1-1_1"}, name="regenerate while it runs")
        self.do("setup/keys", {"provider": "gemini", "keys": ""}, name="no keys while it runs")
        self.do("archive", name="archive while it runs")
        self.do("delete", {"confirm": name}, name="delete while it runs")
        runs = self.visitor.json("open-runs")["runs"]
        run = next(each["run"] for each in runs if each["project"] == name)
        sent = {"project": name, "run": run}
        self.send("/runs/pause", sent, name="runs pause")
        self.visitor.wait_state(name, "pausing")
        settle(self.record, self.visitor, name)
        self.send("/runs/resume", sent, name="runs resume", then=lambda: self.visitor.wait_state(name, "generating"))
        self.send("/runs/pause-all")
        self.double.open(gate)
        self.visitor.wait_state(name, "paused")
        settle(self.record, self.visitor, name)
        self.do("images/pause", name="pause twice")
        self.send("/runs/pause-all", name="pause all again")
        self.send("/runs/stop", sent, name="runs stop")
        self.visitor.wait_idle(name)
        settle(self.record, self.visitor, name)
        self.send("/runs/resume-all", name="resume nothing")
        self.send("/runs/stop", sent, name="runs stop twice")
        self.record.answer(f"commands/{self.way}/images at last", self.page("images"))
        self.project = before


class Called:
    """The same commands by a program."""

    def __init__(self, record: Record, product: Product, double: Double) -> None:
        self.record, self.product, self.double = record, product, double
        self.visitor = Visitor(product.url)
        self.project = "by-json"
        self._count = 0

    def all(self) -> None:
        """Every command."""
        samples.story(self.product.root, self.project, {"clear 1.2": "REFUSE"})
        gemini(self.visitor, self.project)
        for step in (self.frames, self.prompts, self.choices, self.others, self.steer):
            step()
            self.record.progress(f"commands by json: {step.__name__}")

    def call(self, command: str, *, wait: bool = False, undo: bool = False, **body: Any) -> Any:
        """Send a command for the project and record the answer; ``undo`` it as the answer says."""
        sent = {"projectPath": self.project, **body}
        answer = self.visitor.api(command, {name: value for name, value in sent.items() if value is not ...})
        self._count += 1
        told = self.record.told(answer)
        told = GOING.sub('"state": "<going>"', told) if wait else told
        self.record.write(f"commands/json/{self._count:03} {command}", told)
        known = answer.json()
        if wait:
            self.visitor.wait_idle(self.project)
            settle(self.record, self.visitor, self.project)
        way = known.get("undo") if undo else None
        if isinstance(way, dict):
            self.call(**way, wait=wait)
        return known

    def frames(self) -> None:
        """Images."""
        self.call("generate-frames", style="illustration", wait=True)
        self.call("generate-frames", style="clear", only="missing", wait=True)
        self.call("retry-failed", wait=True)
        self.call("mark-frames", frames=["clear-1-1_1"], locked=True, note="Look at it.", undo=True)
        self.call("mark-frames", frames=["illustration-1-1_1"], starred=True, flagged=True, locked=True)
        self.call("regenerate-frames", frames=["clear-1-1_1"], seed="same", wait=True, undo=True)
        self.call("regenerate-frames", frames=["clear-1-1_1"], seed="new", model="gemini-2.5-flash-image", wait=True)
        self.call("regenerate-frames", frames=["clear-1-1_1"], model="unknown-model", wait=True)
        self.call("regenerate-frames", style="clear", only="made", count=3, wait=True)
        self.call("choose-image", frame="clear-1-1_1", number=1, undo=True)
        self.call("delete-image", frames=["clear-1-1_3"], undo=True)
        self.call("delete-image", frames=["clear-1-1_3"])
        self.call("set-order", order="styles", undo=True)
        self.call("hold-generation", style="clear", undo=True)
        self.call("hold-generation", provider="gemini")
        self.call("release-generation", provider="gemini")
        words: dict[str, Any] = {"prompt": "clear: a harbour at noon", "basedOn": f"clear: {samples.WORDS[3]}"}
        self.call("reject-frame", frame="clear-2-2_1", **words, wait=True, undo=True)
        self.call("reject-frame", frame="clear-2-2_1", **words, wait=True)
        frames = ("clear-1-1_1", "illustration-1-1_1", "clear-1-1_3", "clear-2-2_1")
        answers = [self.visitor.api(f"get-frame?projectPath={self.project}&frame={frame}") for frame in frames]
        self.record.answer("commands/json/frames afterwards", *answers)

    def prompts(self) -> None:
        """Prompts."""
        self.call("update-prompt", style="clear", beatNumber="Beat_1.1", prompt="clear: a girl with two lamps")
        self.call("replace-in-prompts", find="SEA", replaceWith="ocean", dryRun=True)
        self.call("replace-in-prompts", find="SEA", replaceWith="ocean")
        self.call("replace-in-prompts", find="sea", replaceWith="x", matchCase=True, style="clear")
        self.call("import-prompts", text=CSV, dryRun=True)
        self.call("import-prompts", text=CSV, replace=True)
        self.call("undo-prompts")
        self.call("undo-prompts", redo=True)
        self.call("undo-prompts", redo=True)
        self.call("save-style-wording", style="clear", prefix="", suffix="No text.")
        entries = [samples.entry("1.1", "Once", "consistent: a lamp")]
        self.call("save-prompts", style="consistent", prompts=entries)

    def choices(self) -> None:
        """Step 9."""
        self.call("save-image-selection", beatNumber="1.1", style="illustration", isFlagged=True)
        self.call("save-image-selection", beatNumber="Beat 1.1", style="clear", isFlagged=False)
        self.call("save-open-image-selections", style="illustration")
        self.call("get-image-selections")
        self.call("undo-image-selection")
        self.call("undo-image-selection")
        self.call("clear-image-selection", beatNumber="1.1")
        self.call("clear-image-selection", beatNumber="1.1")

    def others(self) -> None:
        """Limits, exports, the webhook, the project as a whole."""
        self.call("set-limits", requestsPerMinute=5000, parallel=1, attempts=2, timeout=60)
        self.call("set-limits", requestsPerMinute=None)
        self.call("set-budget", budgetUsd="99.50")
        self.call("set-budget", budgetUsd=None)
        kinds: tuple[tuple[str, dict[str, Any]], ...] = (
            ("images", {}), ("project", {}), ("sheet", {"pictures": "selected"}), ("film", {}),
        )  # fmt: skip
        for kind, more in kinds:
            self.call("start-export", kind=kind, **more)
            if self.visitor.json("export-status", {"projectPath": self.project})["export"]:
                known = self.visitor.wait_export(self.project)
                self.call("export-status")
                if kind != "film" and "download" in known:
                    self.record.answer(f"commands/json/file of {kind}", self.visitor.get(known["download"]))
        self.call("set-webhook", url=f"{self.double.url}/hook")
        self.double.news.clear()
        self.call("test-webhook")
        self.call("renew-webhook-secret")
        self.call("generate-frames", style="clear", only="missing", wait=True)
        until(lambda: len(self.double.news) > 1, "the webhook tells of the run")
        self.call("set-webhook", url="")
        told = [
            "\n".join([*(f"{name}: {value}" for name, value in sorted(head.items()) if name.startswith(HOOK)), body])
            for head, body in ((head, self.record.content(body, "json", {})) for head, body in self.double.news)
        ]
        self.record.write("commands/json/webhooks", "\n\n".join(self.record.noise.out_of(each) for each in told))
        self.call("rename-project", title="A film by the sea")
        copy = self.call("duplicate-project", title="Copy json")["projectPath"]
        self.call("archive-project", projectPath=copy, archived=True)
        self.call("archive-project", projectPath=copy, archived=False)
        trash = self.call("delete-project", projectPath=copy, confirmTitle="Copy json")["trash"]
        self.call("restore-project", projectPath=..., trash=trash)
        self.call("project", projectPath="made-by-json", bookContent="Once.", videoTitle="Made by JSON")
        self.call("pause-all", projectPath=...)
        self.call("resume-all", projectPath=...)
        zipped = {"Content-Type": "application/zip"}
        imported = self.visitor.send("POST", "/api/import-project?title=In%20json", data=archive(), headers=zipped)
        self.record.answer("commands/json/import", imported)

    def steer(self) -> None:
        """A run that goes on."""
        name, gate = "steered-json", "steerjson"
        samples.story(self.product.root, name, {"clear 1.1": f"HOLD-{gate}"})
        gemini(self.visitor, name)
        self.project = name
        self.visitor.post(f"/p/{name}/images/start")
        until(lambda: self.double.waiting[gate], f"a call waits at {gate}")
        self.call("generate-images")
        self.call("prioritize-frames", frames=["clear-2-2_1"], by="earlier")
        self.call("prioritize-frames", frames=["clear-2-2_1"], before="clear-1-1_3", undo=True)
        self.call("prioritize-frames", frames=["illustration-2-2_1", "clear-2-2_1"])
        self.call("set-order", order="styles")
        self.call("hold-generation", style="illustration", undo=True)
        self.call("archive-project", archived=True)
        self.call("delete-project", confirmTitle=name)
        self.call("duplicate-project")
        self.call("pause-generation")
        self.call("pause-generation")
        self.call("resume-generation")
        self.call("pause-all", projectPath=...)
        self.double.open(gate)
        self.visitor.wait_state(name, "paused")
        self.call("generation-status/steered-json", projectPath=...)
        self.call("stop-generation")
        self.visitor.wait_idle(name)
        self.call("stop-generation")


GOING = re.compile(r'"state": "(?:starting|generating)"')
HOOK = ("X-", "Content-Type", "User-Agent")


def archive() -> bytes:
    """The ZIP of a small project's folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("sent/prompts/prompts-clear.json", '[{"shot_number":1,"beat_number":"1.1","ai_prompt":"new"}]')
        file.writestr("sent/generated_images/clear/Shot_1/Beat_1.1.png", png("clear 1.1"))
        file.writestr("sent/book.txt", "Once upon a time.")
    return made.getvalue()


def _undoes(form: Form) -> bool:
    """Whether the form is the one beside what was just done."""
    return form.words.strip() == "Undo"
