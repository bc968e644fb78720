"""The templates: every page and every part in each of its states, rendered with made-up views."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from jinja2 import Environment, FileSystemLoader

from tests.harness import page_samples, prompt_samples
from webapp.core.frames import Counts, Status
from webapp.web.exports.views import ExportFile
from webapp.web.images.banner import CLIENT_BANNERS
from webapp.web.images.matrix_views import Cell
from webapp.web.layout.widgets import Banner
from webapp.web.projects.views import Prefill, UndoNotice
from webapp.web.steps.views import ContentBlock, RecordingView
from webapp.web.templates import PAUSE, compile_ahead

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
VOID = {"input", "img", "link", "meta", "br", "hr", "rect", "circle", "path"}
NASTY = "<script>alert(1)</script>\"' onload=x {{ 7*7 }}"

Render = Callable[..., "Markup"]


@dataclass
class Element:
    """One element of a rendered page: its tag, its attributes, all text in it, and whether it lies in a <template>."""

    tag: str
    attributes: dict[str, str]
    inert: bool
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text, blanks put right."""
        return " ".join("".join(self.words).split())

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        """An attribute, or ``None``."""
        return self.attributes.get(name)


class Markup(HTMLParser):
    """A rendered page or part, as a flat list of its elements."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        inert = any(parent.tag == "template" for parent in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inert)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed at once."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends: it must be the one opened last."""
        assert self._open and self._open[-1].tag == tag, (
            f"</{tag}> closes <{self._open[-1].tag if self._open else '-'}>"
        )
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Text."""
        for element in self._open:
            element.words.append(data)

    def close(self) -> None:
        """The end: nothing is left open."""
        super().close()
        assert not self._open, f"<{self._open[-1].tag}> is never closed"

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """The live elements with that tag and those attributes (``_`` stands for ``-``)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if not element.inert
            and tag in ("", element.tag)
            and all(element.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes}"
        return found[0]

    def has_class(self, name: str) -> list[Element]:
        """The live elements of a class."""
        return [e for e in self.elements if not e.inert and name in (e.get("class") or "").split()]


@pytest.fixture(scope="module")
def render() -> Iterator[Render]:
    """Renders a template with the given views."""
    app = Flask("templates", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.jinja_env.globals["client_banners"] = CLIENT_BANNERS
    with app.test_request_context():
        yield lambda template, **views: Markup(render_template(template, **views))


def pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every page, in every state."""
    frame = {"frame": page_samples.details(), "shell": page_samples.shell()}
    return {
        **{
            f"images {state}": ("images/page.html", {"page": page_samples.images_page(state)})
            for state in page_samples.STATES
        },
        "images empty": (
            "images/page.html",
            {"page": page_samples.empty_page("prompts-clear.js, line 3: a string is never closed.")},
        ),
        "images, eight styles": ("images/page.html", {"page": page_samples.images_page(styles=tuple("abcdefgh"))}),
        "frame": ("images/frame/page.html", frame),
        "frame without image": ("images/frame/page.html", {**frame, "frame": page_samples.details(Status.ERROR)}),
        "projects": ("projects/page.html", {"page": page_samples.projects_page()}),
        "projects none": (
            "projects/page.html",
            {"page": page_samples.projects_page(entries=(), generating=0, counts={"": 0, "archived": 0, "trash": 0})},
        ),
        "projects all archived": ("projects/page.html", {"page": page_samples.projects_page(entries=())}),
        "archived": ("projects/page.html", {"page": page_samples.projects_page(show="archived")}),
        "archived none": ("projects/page.html", {"page": page_samples.projects_page(show="archived", entries=())}),
        "trash": (
            "projects/page.html",
            {"page": page_samples.projects_page(show="trash", trash=(page_samples.trashed(),))},
        ),
        "trash none": ("projects/page.html", {"page": page_samples.projects_page(show="trash")}),
        "deleted": (
            "projects/page.html",
            {"page": page_samples.projects_page(notice=UndoNotice("“Walden” is in the trash.", "/trash/x/restore"))},
        ),
        "import refused": (
            "projects/page.html",
            {"page": page_samples.projects_page(import_form=Prefill("", "No project."))},
        ),
        "export": ("exports/page.html", {"page": page_samples.export_page()}),
        "export nothing": (
            "exports/page.html",
            {"page": page_samples.export_page(of_story=(), images=0, seconds="")},
        ),
        "export refused": ("exports/page.html", {"page": page_samples.export_page(problem="There is no such export.")}),
        "export running": (
            "exports/page.html",
            {
                "page": page_samples.export_page(
                    job=page_samples.export_job(running=True, kind="info", text="Images…", sub="Beat 1.1", percent=12)
                )
            },
        ),
        "export done": (
            "exports/page.html",
            {
                "page": page_samples.export_page(
                    job=page_samples.export_job(
                        kind="success",
                        text="✓ Images is ready.",
                        results=(
                            ExportFile("Images", "walden-images.zip", "12 MB", "just now", "/p/walden/export/files/x"),
                        ),
                    )
                )
            },
        ),
        "export failed": (
            "exports/page.html",
            {
                "page": page_samples.export_page(
                    job=page_samples.export_job(kind="error", text="✗ Error: The disk is full.")
                )
            },
        ),
        "care": ("projects/manage_page.html", {"page": page_samples.care_page(saved=True)}),
        "care busy": ("projects/manage_page.html", {"page": page_samples.care_page(busy=True, archived=True)}),
        **{
            f"care {part} refused": (
                "projects/manage_page.html",
                {"page": page_samples.care_page(part=part, problem="No.", typed="x")},
            )
            for part in ("rename", "duplicate", "archive", "delete")
        },
        "projects refused": (
            "projects/page.html",
            {"page": page_samples.projects_page(form=Prefill("Walden", "Taken."))},
        ),
        "setup": ("setup/page.html", {"page": page_samples.setup_page()}),
        "setup saved": ("setup/page.html", {"page": page_samples.setup_page(saved=True)}),
        "setup refused": ("setup/page.html", {"page": page_samples.setup_page(problem="Nothing was saved.")}),
        "step": ("steps/page.html", {"page": page_samples.step_page(*page_samples.BLOCKS)}),
        "select": ("select/page.html", {"page": page_samples.select_page()}),
        "select refused, while a run goes on": (
            "select/page.html",
            {"page": page_samples.select_page(banner=Banner("error", "✗ Error: No."), undo=None, bulk=(), live=True)},
        ),
        "select without prompts": (
            "select/page.html",
            {"page": page_samples.select_page(beat=None, film=(), filters=(), total=0, notes=("A note.",))},
        ),
        "step empty": ("steps/page.html", {"page": page_samples.step_page()}),
        "prompts": ("prompts/page.html", {"page": prompt_samples.prompts_page()}),
        "prompts refused": ("prompts/page.html", {"page": prompt_samples.refused_page()}),
        "prompts empty": ("prompts/page.html", {"page": prompt_samples.empty_page()}),
        "prompts to import": ("prompts/page.html", {"page": prompt_samples.preview_page()}),
        "prompt refused": (
            "images/frame/page.html",
            {**frame, "prompt_edit": {"problem": "It is empty.", "typed": ""}},
        ),
        "sign in": ("sign_in/page.html", {"next": "/p/walden/images", "error": "The password is wrong."}),
        "error": ("errors/page.html", {"status": 404, "sentence": "There is no such project.", "id": "ab12"}),
    }


PAGES = pages()


@pytest.fixture(params=PAGES, scope="module")
def page(request: pytest.FixtureRequest, render: Render) -> Markup:
    """One page after the other."""
    template, views = PAGES[request.param]
    return render(template, signed_in=True, **views)


# -- every page ----------------------------------------------------------------------------------------


def test_a_page_has_one_title_one_heading_and_a_way_to_skip_to_it(page: Markup) -> None:
    assert page.one("title").text.endswith("Book to Video")
    assert len(page.all("h1")) == 1
    assert page.one("a", class_="skip")["href"] == "#main"
    assert page.one("main")["id"] == "main"


def test_no_id_is_there_twice(page: Markup) -> None:
    ids = [e["id"] for e in page.elements if not e.inert and e.get("id") and not _in_noscript(page, e)]
    assert sorted(ids) == sorted(set(ids))


def test_nothing_on_a_page_needs_more_than_the_content_policy_allows(page: Markup) -> None:
    for element in page.elements:
        for name, value in element.attributes.items():
            assert name != "style" and not name.startswith(("on", "hx-on")), f"{name} on <{element.tag}>"
            assert not value.startswith(("javascript:", "js:", "data:")), f"{name}={value}"
            assert name != "hx-trigger" or "[" not in value
        assert element.tag != "style"
        assert element.tag != "script" or element["src"].startswith("/static/")


def test_every_file_a_page_asks_for_is_there(page: Markup) -> None:
    wanted = [e.get("src") or e.get("href") or "" for e in page.elements if e.tag in ("script", "link")]
    for address in wanted:
        assert (ROOT / address.lstrip("/")).is_file(), address


def test_every_control_has_a_name(page: Markup) -> None:
    for control in page.all("button") + page.all("a"):
        assert control.get("aria-label") or control.text, control


def test_every_field_has_a_label_and_what_describes_it_is_there(page: Markup) -> None:
    ids = {e["id"] for e in page.elements if e.get("id")}
    labels = {e["for"] for e in page.elements if e.tag == "label" and e.get("for")}
    wrapped = re.findall(r"<label[^>]*>(?:(?!</label>).)*?<(?:input|select)", page.source, re.DOTALL)
    fields = [e for e in page.elements if e.tag in ("input", "select") and e.get("type") != "hidden"]
    assert len([f for f in fields if f.get("id") not in labels]) <= len(wrapped)
    for element in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            for ident in (element.get(name) or "").split():
                assert ident in ids or ident in ("drawer-h", "sheet-h"), (
                    f"{name}={ident}"
                )  # they come with the content of their dialogs


def test_pictures_never_move_the_page_and_glyphs_are_not_read_twice(page: Markup) -> None:
    for picture in page.all("img"):
        assert picture["width"] and picture["height"] and picture.get("alt") is not None
    for glyph in page.has_class("status") and page.has_class("glyph"):
        assert glyph.get("aria-hidden") == "true" or glyph.text in tuple("✓✗⚠")
    for icon in page.all("svg"):
        assert icon["aria-hidden"] == "true"


def test_a_post_is_a_plain_form_that_works_without_a_script(page: Markup) -> None:
    for form in page.all("form", method="post"):
        assert form["action"].startswith("/")
        assert form.get("hx-post") in (None, form["action"])


def _in_noscript(page: Markup, element: Element) -> bool:
    start = page.source.find("<noscript>\n<section")
    return (
        start >= 0
        and page.source.find(f'id="{element["id"]}"') > start
        and element["id"].startswith(("plain", "new-h"))
    )


# -- Step 8 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", page_samples.STATES)
def test_the_banner_says_the_exact_words_in_the_right_role(render: Render, state: str) -> None:
    banner = page_samples.BANNERS[state]
    shown = render("layout/_banner.html", banner=banner).one(id="banner")
    assert shown.text.startswith(banner.text)
    assert shown["role"] == "status"
    assert shown["aria-live"] == ("assertive" if banner.kind == "error" else "polite")
    assert f"banner--{banner.kind}" in shown["class"]


def test_the_line_of_each_image_is_not_read_aloud(render: Render) -> None:
    line = render("layout/_banner.html", banner=page_samples.BANNERS["generating"]).has_class("banner-text")[0]
    assert line["aria-live"] == "off"
    said = render("layout/_banner.html", banner=page_samples.BANNERS["stopped"]).has_class("banner-text")[0]
    assert said.get("aria-live") is None


def test_a_banner_can_lead_somewhere(render: Render) -> None:
    assert render("layout/_banner.html", banner=page_samples.BANNERS["partial"]).one("a")["href"] == "#filter-error"


@pytest.mark.parametrize("state", page_samples.STATES)
def test_only_the_buttons_of_the_state_are_there(render: Render, state: str) -> None:
    controls = page_samples.CONTROLS[state]
    shown = render("images/run/_run_controls.html", controls=controls)
    assert [e.text for e in shown.elements if e.tag in ("button", "a")] == [b.label for b in controls.buttons]
    forms = shown.all("form")
    assert (
        [f["action"] for f in forms]
        == [f["hx-post"] for f in forms]
        == [b.action for b in controls.buttons if b.action]
    )
    assert {f["hx-swap"] for f in forms} <= {"none"}
    assert [b.get("disabled") is not None for b in shown.all("button")] == [
        b.disabled for b in controls.buttons if b.action
    ]
    assert ("data-active" in shown.one(id="controls").attributes) == any(b.kind == "stop" for b in controls.buttons)


def test_buttons_are_known_by_the_command_and_not_by_the_run(render: Render) -> None:
    shown = render("images/run/_run_controls.html", controls=page_samples.CONTROLS["generating"])
    assert [f["id"] for f in shown.all("form")] == ["do-stop", "do-disconnect"]
    assert shown.one("button", id="btn-disconnect")["data-key"] == "d"


@pytest.mark.parametrize("state", page_samples.STATES)
def test_the_server_never_claims_that_the_stream_is_open(render: Render, state: str) -> None:
    shown = render("images/page.html", page=page_samples.images_page(state))
    assert not [e for e in shown.all("body") + shown.all("span") if not e.inert and e.text.endswith("● Connected")]
    assert bool(shown.all(data_conn="")) == page_samples.CONTROLS[state].connected
    assert "● Connected" in " ".join(e.text for e in shown.elements if e.get("id") == "tpl-connected")


@pytest.mark.parametrize("status", list(Status))
def test_a_cell_says_its_status_by_sign_word_and_shape(render: Render, status: Status) -> None:
    cell = page_samples.cell(status)
    shown = render("images/matrix/_cell.html", cell=cell)
    box = shown.one("td")
    assert (box["role"], box["id"], box["data-status"]) == ("gridcell", f"cell-{cell.id}", status.value)
    assert shown.has_class("status")[0].text == f"{cell.sign} {cell.word}"
    assert f"thumb--{status.value}" in shown.one("a")["class"]
    assert shown.one("a")["href"] == cell.href
    assert shown.one("a")["aria-label"] == f"Beat 1.1, clear: {cell.word.replace('...', '')}. Open details"
    assert cell.meta in box.text
    assert bool(shown.all("img")) == bool(cell.thumb)


def test_a_regenerating_frame_keeps_its_old_picture_and_counts_on(render: Render) -> None:
    shown = render(
        "images/matrix/_cell.html", cell=page_samples.cell(Status.GENERATING, thumb="/old.webp", meta="try 2")
    )
    assert shown.one("img")["src"] == "/old.webp"
    assert shown.has_class("thumb-spin")
    assert shown.one(data_since="1800000000.0").text == ""
    assert "· try 2" in shown.one("td").text


def test_a_style_that_lacks_a_beat_keeps_its_column(render: Render) -> None:
    page = page_samples.images_page("idle")
    row = page.groups[0].rows[0]
    shown = render("images/matrix/_beat_row.html", row=replace(row, cells=(row.cells[0], None, row.cells[2])))
    assert len(shown.all("td")) == 3
    assert shown.has_class("cell--none")[0].text == "–Not in this style"


def test_the_matrix_is_a_grid_with_heads(render: Render) -> None:
    shown = render("images/page.html", page=page_samples.images_page("generating"))
    assert shown.one(id="matrix")["role"] == "grid"
    assert len(shown.all("th", role="columnheader")) == 4
    assert [e.text for e in shown.has_class("style-name")] == list(page_samples.STYLES)
    assert len(shown.all("tr", class_="row")) == 6
    assert len(shown.all("td", role="gridcell")) == 18
    assert {e["role"] for e in shown.all("tr")} == {"row"}
    assert shown.one(id="style-consistent").text.startswith("consistent✗ 1 failed")


def test_the_filters_carry_the_counts(render: Render) -> None:
    page = page_samples.images_page("generating")
    shown = render("images/page.html", page=page)
    counts = page.stats.counts
    assert shown.one(id="count-all").text == str(counts.total) == "18"
    for status in Status:
        assert shown.one(id=f"count-{status.value}").text == str(getattr(counts, status.value))
    assert shown.one(id="next-error").get("hidden") is None
    assert (
        render("images/page.html", page=page_samples.images_page("done")).one(id="next-error").get("hidden") is not None
    )


def test_the_figures_add_up_in_the_bar(render: Render) -> None:
    stats = page_samples.stats(Counts(pending=2, generating=1, complete=3, exists=4, error=5))
    shown = render("images/run/_run_figures.html", stats=stats)
    assert shown.one("progress")["max"] == "15"
    assert [e.get("width") for e in shown.all("rect")] == ["15", "4", "3", "5", "1"]
    assert [e.get("x") for e in shown.all("rect")] == [None, "0", "4", "7", "12"]
    assert shown.one(id="stats")["data-spoken"] == stats.spoken
    render("images/run/_run_figures.html", stats=page_samples.stats(Counts()))  # nothing to divide by


def test_pictures_of_the_sketch_are_never_passed_off_as_ai_images(render: Render) -> None:
    page = page_samples.images_page("done")
    assert "Offline sketches, not AI images" in render("images/page.html", page=page).one("main").text
    paid = replace(page, offline="", source="Google Gemini · model · $0.039 per image")
    assert "sketch" not in render("images/page.html", page=paid).has_class("pagehead")[0].text.lower()


def test_without_prompts_the_page_says_where_they_come_from(render: Render) -> None:
    shown = render("images/page.html", page=page_samples.empty_page())
    assert "Please generate a storyboard in Step 6 to create image prompts." in shown.one("main").text
    links = {e.text: e["href"] for e in shown.all("a")}
    assert links["Go to Step 6: Storyboard"] == f"{page_samples.BASE}/storyboard"
    assert links["Import prompts"] == f"{page_samples.BASE}/prompts#import"
    assert not shown.all(id="banner") and not shown.all(id="live") and not shown.all(id="controls")


@pytest.mark.parametrize("problems", [("prompts-clear.js, line 3: cut off.",), ("a.js: bad.", "b.js: worse.")])
def test_files_that_cannot_be_used_are_named_before_everything_else(render: Render, problems: tuple[str, ...]) -> None:
    page = replace(page_samples.images_page("idle"), problems=problems)
    shown = render("images/page.html", page=page)
    assert [e.text for e in shown.all("li") if e.text in problems] == list(problems)
    assert shown.source.index(problems[0]) < shown.source.index('id="controls"')


def test_the_stream_is_only_asked_for_by_a_viewer_who_wants_it(render: Render) -> None:
    live = render("images/page.html", page=page_samples.images_page("generating")).one(id="live")
    assert live["hx-sse:connect"] == f"{page_samples.BASE}/events?since=e1-5"
    assert live["hx-trigger"] == "load, every 3s"
    left = render("images/page.html", page=page_samples.images_page("background")).one(id="live")
    assert left.get("hx-sse:connect") is None


def test_the_page_carries_the_words_for_a_lost_and_an_unreachable_server(render: Render) -> None:
    shown = render("images/page.html", page=page_samples.images_page("generating"))
    overlays = {e["id"]: e for e in shown.all("template")}
    assert "⚠ Connection lost. Generation continues in background. Reconnecting..." in overlays["tpl-lost"].text
    assert overlays["tpl-lost"].text.endswith("Reconnect Stop")
    told = overlays["tpl-unreachable"].text
    for words in ("✗ Error: Failed to connect to server", "Your images are safe.", "Try now", "Server not reached"):
        assert words in told
    inert = {e["action"] for e in shown.elements if e.inert and e.tag == "form"}
    assert inert == {f"{page_samples.BASE}/images/{verb}" for verb in ("reconnect", "stop", "start")}


def test_the_stepper_has_all_13_steps_and_marks_the_one_on_screen(render: Render) -> None:
    shown = render("images/page.html", page=page_samples.images_page("idle"))
    steps = shown.has_class("step")
    assert [e.text.split(": ")[1].split(",")[0].removesuffix("19%") for e in steps] == [
        name for _, name in page_samples.STEPS
    ]
    assert shown.one("a", aria_current="step")["href"] == f"{page_samples.BASE}/images"


def test_the_run_pill_is_on_other_steps_too(render: Render) -> None:
    pill = page_samples.images_page("generating").shell.pill
    shown = render("steps/page.html", page=page_samples.step_page(shell=page_samples.shell(6, pill))).one(id="runpill")
    assert shown["href"] == f"{page_samples.BASE}/images"
    assert shown.text.startswith("Generating") and shown.text.endswith("8/18")
    assert "data-running" in shown.attributes
    assert render("layout/_run_pill.html", pill=None).one(id="runpill").get("hidden") is not None


def test_without_a_script_a_page_of_a_run_reloads_itself(render: Render) -> None:
    def refreshes(state: str) -> bool:
        return bool(render("images/page.html", page=page_samples.images_page(state)).all("meta", http_equiv="refresh"))

    assert refreshes("generating")
    assert not refreshes("idle") and not refreshes("background") and not refreshes("done")


# -- live -----------------------------------------------------------------------------------------------


def test_every_live_part_has_its_place_on_the_page(render: Render) -> None:
    page = page_samples.images_page("generating")
    sent = render(
        "images/run/_live_parts.html",
        cells=[cell for group in page.groups for row in group.rows for cell in row.cells],
        heads=page.heads,
        groups=page.groups,
        counts=page.stats.counts,
        stats=page.stats,
        step=page.shell.steps[7],
        pill=page.shell.pill,
        controls=page.controls,
        banner=page.banner,
        log=page.log,
        lines=page.log,
        events=page.events,
    )
    ids = {e["id"] for e in render("images/page.html", page=page).all() if e.get("id")}
    targets = [e["hx-target"] for e in sent.all("hx-partial")]
    assert {target.removeprefix("#") for target in targets} <= ids
    assert len(targets) == 18 + 3 + 2 + 6 + 1 + 1 + 1 + 1 + 1 + 1 + len(page.log) + 1
    whole = [e for e in sent.all("hx-partial") if e["hx-swap"].startswith("outer")]
    inner = {e["id"] for e in sent.elements if e.get("id")}
    assert {e["hx-target"].removeprefix("#") for e in whole} <= inner, "a part that replaces an element carries its id"


def test_what_is_not_given_is_not_sent(render: Render) -> None:
    assert render("images/run/_live_parts.html").source.strip() == ""
    assert [e["hx-target"] for e in render("images/run/_live_parts.html", pill=None).all("hx-partial")] == ["#runpill"]
    left = render("images/run/_live_parts.html", events="")
    assert left.one("hx-partial")["hx-swap"] == "outerHTML"
    assert left.one(id="live").get("hx-sse:connect") is None


def test_the_page_and_the_live_update_are_the_same(render: Render) -> None:
    page = page_samples.images_page("generating")
    cell = page.groups[0].rows[0].cells[0]
    assert isinstance(cell, Cell)
    alone = render("images/matrix/_cell.html", cell=cell).source.strip()
    assert alone in render("images/page.html", page=page).source
    assert alone in render("images/run/_live_parts.html", cells=[cell]).source


def test_an_error_for_htmx_becomes_the_banner(render: Render) -> None:
    shown = render("errors/_error_banner.html", banner=Banner("error", "✗ Error: No."))
    assert shown.one("hx-partial")["hx-target"] == "#banner"
    assert shown.one(id="banner")["aria-live"] == "assertive"


@pytest.mark.parametrize(("kind", "sign"), [("info", "◦"), ("ok", "✓"), ("warn", "⚠"), ("error", "✗"), ("odd", "◦")])
def test_a_line_of_activity_shows_its_kind_by_a_sign(render: Render, kind: str, sign: str) -> None:
    line = replace(page_samples.images_page("idle").log[0], kind=kind)
    assert (
        render("images/run/_activity_line.html", line=line).one("li").text
        == f"14:38:52 {sign} [illustration] Beat 1.1 started"
    )


# -- the other pages ----------------------------------------------------------------------------------


def test_the_drawer_shows_the_frame_its_neighbours_and_the_other_styles(render: Render) -> None:
    frame = page_samples.details()
    shown = render("images/frame/_frame_details.html", frame=frame)
    assert shown.one("h2").text == frame.phrase
    assert frame.prompt in shown.one(id="prompt").text
    assert shown.one(data_frame_link="next")["href"] == frame.next
    assert shown.one(data_frame_link="previous")["href"] == frame.previous
    assert shown.one("a", aria_current="true").text == "illustration ✓ Exists"
    assert shown.one(data_close="")["href"] == frame.back
    assert shown.one("a", target="_blank")["rel"] == "noopener"
    assert [form["action"] for form in shown.all("form")] == [f"{frame.cell.href}/prompt"]


def test_a_frame_without_image_says_why(render: Render) -> None:
    shown = render("images/frame/_frame_details.html", frame=page_samples.details(Status.ERROR))
    assert "The provider’s safety filter refused this prompt." in shown.has_class("preview")[0].text
    ends = replace(page_samples.details(Status.PENDING), previous="", next="")
    shown = render("images/frame/_frame_details.html", frame=ends)
    assert "There is no image yet." in shown.has_class("preview")[0].text
    assert not shown.all(data_frame_link="next") and not shown.all(data_frame_link="previous")


def test_the_start_page_tells_how_far_each_project_is(render: Render) -> None:
    shown = render("projects/page.html", page=page_samples.projects_page())
    cards = shown.has_class("project")
    assert len(cards) == 4
    assert "Step 8: Images · ✗ 4 failed" in cards[2].text
    assert "✗ prompts-clear.js: cut off." in cards[3].text
    assert shown.all(role="img")[0]["aria-label"] == "7 of 13 steps done"


def test_the_menu_of_a_project_needs_no_script(render: Render) -> None:
    shown = render("projects/page.html", page=page_samples.projects_page())
    assert len(shown.all("form", action="/p/walden/duplicate", method="post")) == 1
    assert len(shown.all("form", action="/p/walden/archive", method="post")) == 1
    assert shown.all("a", href="/p/walden/manage#delete")[0].text == "Delete project…"
    assert shown.all("a", href="/p/walden/export")


def test_deleting_asks_for_the_title_and_never_during_a_run(render: Render) -> None:
    shown = render("projects/_delete_project.html", page=page_samples.care_page(), dialog=True)
    assert shown.one("input", name="confirm")["data-confirm"] == "Walden, or Life in the Woods"
    assert "for 30 days" in shown.one("form").text
    busy = render("projects/_delete_project.html", page=page_samples.care_page(busy=True), dialog=True)
    assert not busy.all("input", name="confirm")
    assert "Stop it in Step 8: Images first" in busy.one("form").text


def test_a_project_can_be_made_with_and_without_a_script(render: Render) -> None:
    shown = render("projects/page.html", page=page_samples.projects_page(form=Prefill("Walden", "This name is taken.")))
    forms = shown.all("form", action="/projects")
    assert len(forms) == 2 and {f["enctype"] for f in forms} == {"multipart/form-data"}
    assert "<noscript>" in shown.source
    assert [e["value"] for e in shown.all("input", name="title")] == ["Walden", "", "Walden", ""]
    assert len(shown.all("input", type="file", name="archive")) == 2
    assert len(shown.all("input", type="file", name="prompts")) == 2
    assert "data-autoopen" in shown.one("dialog", id="dlg-new").attributes
    assert len(shown.all(role="alert")) == 2


def test_a_setting_shows_its_limits_unit_hint_and_who_fixes_it(render: Render) -> None:
    shown = render("setup/page.html", page=page_samples.setup_page())
    delay = shown.one("input", name="sketch.delay")
    assert (delay["type"], delay["value"], delay["min"], delay["max"]) == ("number", "0.4", "0", "60")
    assert delay.get("disabled") is not None
    assert "Set by SKETCH_DELAY in the environment." in shown.one("form", action=f"{page_samples.BASE}/setup").text
    assert shown.one("input", name="sketch.error_rate")["step"] == "1"
    assert shown.one("select", name="sketch.paper").text == "WarmWhite"
    assert shown.one("option", value="warm").get("selected") is not None
    assert shown.one("input", name="sketch.slow").get("checked") is not None
    wrong = shown.one("input", name="sketch.name")
    assert wrong["aria-invalid"] == "true"
    assert shown.one(id=wrong["aria-describedby"]).text == "✗ Signed by: at most 20 letters."
    assert [e["value"] for e in shown.all("input", name="provider") if e.get("checked") is not None] == ["sketch"]


def test_setup_says_whether_it_saved(render: Render) -> None:
    assert (
        render("setup/page.html", page=page_samples.setup_page(saved=True))
        .all(role="status")[0]
        .text.startswith("✓ Saved.")
    )
    assert render("setup/page.html", page=page_samples.setup_page(problem="No.")).one(role="alert").text == "✗ No."


def test_a_step_shows_each_kind_of_content(render: Render) -> None:
    shown = render("steps/page.html", page=page_samples.step_page(*page_samples.BLOCKS))
    assert [e.text for e in shown.all("h2") if e.text != "Keyboard shortcuts"] == [
        *("Script", "Part one", "Book", "Beats", "Storyboard", "Segments")
    ]
    assert "Walden;\nor, &lt;Life&gt; in the Woods" in shown.source
    assert [e.text for e in shown.all("th")] == ["Beat", "Phrase"]
    assert shown.one("audio")["src"] == f"{page_samples.BASE}/files/voiceover/1.wav"
    assert "No recording" in shown.has_class("players")[0].text


def test_a_step_without_files_says_which_it_would_show(render: Render) -> None:
    shown = render("steps/page.html", page=page_samples.step_page())
    assert "This step would show storyboards/<style>.json or storyboards/<style>.md" in shown.one("main").text
    assert not shown.all("input", type="file")


def test_prompts_can_be_imported_by_file_and_by_text(render: Render) -> None:
    shown = render("prompts/page.html", page=prompt_samples.refused_page())
    form = shown.one("form", enctype="multipart/form-data")
    assert form["action"] == f"{page_samples.BASE}/prompts"
    assert shown.one("input", type="file")["name"] == "prompts"
    assert "beat,prompt" in shown.one("textarea", name="text").text
    assert "checked" in shown.one("input", name="replace").attributes
    assert "✗ Nothing says which style it is for." in [alert.text for alert in shown.all(role="alert")]


def test_an_import_that_changes_nothing_asks_for_no_yes(render: Render) -> None:
    assert render("prompts/page.html", page=prompt_samples.preview_page()).all(
        "form", action=f"{page_samples.BASE}/prompts/import"
    )
    nothing = render("prompts/page.html", page=prompt_samples.preview_page(0))
    assert not nothing.all("form", action=f"{page_samples.BASE}/prompts/import")


def test_a_refused_prompt_stands_in_its_field_beside_what_the_file_says(render: Render) -> None:
    shown = render("prompts/page.html", page=prompt_samples.refused_page())
    field = shown.one("textarea", name="prompt.clear")
    assert (field.text, field["aria-invalid"]) == ("Mine", "true")
    assert "Theirs" in shown.has_class("theirs")[0].text


def test_the_last_step_leads_nowhere_further(render: Render) -> None:
    page = page_samples.step_page(shell=page_samples.shell(13), no=13, name="Video Edit")
    assert "Next:" not in render("steps/page.html", page=page).one("main").text


def test_signing_in_keeps_where_the_reader_wanted_to_go(render: Render) -> None:
    shown = render("sign_in/page.html", next="/p/walden/images", error="")
    assert shown.one("input", name="next")["value"] == "/p/walden/images"
    assert shown.one("input", name="password")["autocomplete"] == "current-password"
    assert not shown.all(role="alert")
    assert not shown.all("form", action="/sign-out")


def test_an_error_page_says_what_to_do_and_leads_back(render: Render) -> None:
    shown = render(
        "errors/page.html", status=500, sentence="Something broke. Try again.", id="ab12", back=("Back", "/p/x")
    )
    assert "Something broke. Try again." in shown.one("main").text
    assert "ab12" in shown.one("main").text
    assert shown.all("a", href="/p/x")[0].text == "Back"
    plain = render("errors/page.html", status=404, sentence="Nothing here.", id="")
    assert "Error id" not in plain.source and "Back to the projects" in plain.one("main").text


# -- text of others -------------------------------------------------------------------------------------


def test_text_from_files_and_providers_stays_text(render: Render) -> None:
    page = page_samples.images_page("generating")
    row = page.groups[0].rows[0]
    cell = page_samples.cell(Status.ERROR, meta=NASTY)
    group = replace(page.groups[0], title=NASTY, rows=(replace(row, phrase=NASTY, cells=(cell, None, None)),))
    nasty = replace(
        page,
        shell=replace(page.shell, title=NASTY),
        banner=Banner("error", f"✗ {NASTY}", NASTY),
        source=NASTY,
        groups=(group,),
        log=(replace(page.log[0], text=NASTY),),
        problems=(NASTY,),
    )
    frame = replace(page_samples.details(), phrase=NASTY, prompt=NASTY, facts=((NASTY, NASTY),))
    block = ContentBlock("table", NASTY, NASTY, NASTY, head=(NASTY,), rows=((NASTY,),))
    audio = ContentBlock("audio", players=(RecordingView(NASTY, "/a.wav", NASTY),))
    for shown in (
        render("images/page.html", page=nasty),
        render("images/frame/page.html", frame=frame, shell=replace(page_samples.shell(), title=NASTY)),
        render("steps/page.html", page=page_samples.step_page(block, audio, ContentBlock("text", text=NASTY))),
        render("sign_in/page.html", next=NASTY, error=NASTY),
        render("errors/page.html", status=400, sentence=NASTY),
        render("images/run/_live_parts.html", cells=[cell], lines=nasty.log, banner=nasty.banner),
    ):
        assert "<script>alert" not in shown.source
        assert not [e for e in shown.elements if "onload" in e.attributes]
        assert "49" not in re.findall(r"onload=x (\S+)", shown.source)


# -- the files themselves ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_no_template_writes_script_or_style_into_the_page(template: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\bjs:", source)


def test_an_answer_of_parts_is_taken_in_though_a_live_update_took_the_pressed_button_away() -> None:
    """htmx drops an answer whose target is gone, and the form itself would be the target."""
    for path in TEMPLATES.rglob("*.html"):
        source = " ".join(path.read_text(encoding="utf-8").split())
        assert source.count('hx-swap="none"') == source.count('hx-target="body" hx-swap="none"'), path.name


def test_every_template_and_every_icon_is_used() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    whole = "".join(sources.values())
    icons = sources[TEMPLATES / "layout/_icons.html"]
    drawn = set(re.findall(r'^  "([a-z-]+)":', icons, re.MULTILINE))
    used = set(re.findall(r'icon\("([a-z-]+)"', whole)) | {"large", "comfortable", "compact"}
    assert used <= drawn
    answers = {"_error_banner.html", "_live_parts.html", "_row_blocks.html"}  # rendered alone, never part of a page
    for path in sources:
        if path.name.startswith("_") and path.name not in answers:
            assert f'"{path.relative_to(TEMPLATES).as_posix()}"' in whole, path


def test_stylesheets_ask_nobody_for_anything() -> None:
    for sheet in (STATIC / "css").rglob("*.css"):
        assert not re.search(r"url\(|@import|data:", sheet.read_text(encoding="utf-8")), sheet.name


def test_every_module_of_the_script_is_fetched_ahead() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    base = (TEMPLATES / "layout/base.html").read_text(encoding="utf-8")
    on_every_page = set(re.findall(r'"([a-z/-]+)"', base.split("{% for name in (")[1].split(")")[0]))
    on_some = set(re.findall(r"rel=\"modulepreload\"[^>]*'js/([a-z/-]+)\.js'", pages))
    begun = set(re.findall(r"<script type=\"module\"[^>]*'js/([a-z0-9/-]+)\.js'", pages))
    scripts = STATIC / "js"
    modules = {path.relative_to(scripts).with_suffix("").as_posix() for path in scripts.rglob("*.js")}
    modules -= {"layout/before-paint", "live/hints-worker"}  # no module of the page
    imported = {
        (path.parent / name).resolve().relative_to(scripts).with_suffix("").as_posix()
        for path in scripts.rglob("*.js")
        for name in re.findall(r'from "(\.[a-z./-]+\.js)"', path.read_text(encoding="utf-8"))
    }
    assert on_every_page | on_some == imported == modules - begun


def test_no_page_asks_again_and_again() -> None:
    for path in TEMPLATES.rglob("*.html"):
        timed = re.findall(r'hx-trigger="([^"]*every[^"]*)"', path.read_text(encoding="utf-8"))
        assert timed == (["load, every 3s"] if path.name == "_live_stream.html" else []), path.name  # until it is open
    timers = [
        (path.name, line.strip())
        for path in (STATIC / "js").rglob("*.js")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "setInterval" in line
    ]
    assert sorted(timers) == [
        ("connection.js", "setInterval(() => {"),  # looks whether the stream has gone silent
        ("main.js", "setInterval(() => { countSeconds(); countDown(); paintCountdown(); }, 1000);"),
    ]


def test_no_line_of_a_template_is_longer_than_120_columns() -> None:
    for path in TEMPLATES.rglob("*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert len(line) <= 120, f"{path.relative_to(TEMPLATES)}, line {number}"


def test_the_vendored_files_are_the_ones_that_were_measured() -> None:
    vendor = STATIC / "vendor" / "htmx-4.0.1"
    for line in (vendor / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
    assert (vendor / "LICENSE").is_file()


def test_templates_are_compiled_ahead_with_a_pause_before_each() -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        assert environment.cache is not None and len(environment.cache) == len(pauses)
        pauses.append(seconds)

    compile_ahead(environment, sleep)
    names = environment.list_templates()
    assert len(pauses) == len(names) and set(pauses) == {PAUSE}
    assert environment.cache is not None and len(environment.cache) == len(names)
