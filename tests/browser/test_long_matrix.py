"""A film of 600 beats: the page holds a part of its rows, and everything goes over all of them."""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import PATIENCE
from tests.harness.app_process import AppProcess, Apps
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect
from webapp.coordination.redis_server import EmbeddedServer
from webapp.core.frames import FrameNews, Status
from webapp.core.run.states import Run, RunState
from webapp.disk.library import Library
from webapp.disk.storage_id import storage_id

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

BEATS = 600


def film(apps: Apps, beats: int = BEATS) -> AppProcess:
    app = apps.prepare(RUN_WORKER="0")  # the test says what a run would
    prompts = app.projects_root / "film" / "prompts"
    prompts.mkdir(parents=True)
    entries = [
        {
            "shot_number": 1 + n // 10,
            "beat_number": f"{1 + n // 10}.{n % 10 + 1}",
            "script_phrase": f"The lamp is lit for the {n}th time",
            "transition_type": "h",
            "ai_prompt": "A lamp",
        }
        for n in range(beats)
    ]
    (prompts / "prompts-clear.json").write_text(json.dumps(entries))
    app.start()
    app.wait_until_ready()
    return app


def tell(app: AppProcess, beat: str, status: Status, words: str) -> None:
    """What a run would say of a frame, with a line of activity."""
    library = Library(app.projects_root, storage=storage_id(app.projects_root))
    board = LiveState(connect(EmbeddedServer(app.data_dir).url), time.time, library.storage)
    run = Run(id="a-run", state=RunState.GENERATING, seq=1, started_at=time.time(), working_since=time.time())
    error = "No." if status is Status.ERROR else ""
    news = FrameNews("clear", beat.partition(".")[0], beat, status, run=run.id, error=error)
    line = {"at": time.time(), "text": words, "kind": "info"}
    board.post(library.find("film").id, run=run, frames=[news], log=[line])


def test_find_filter_keys_and_jumps_go_over_all_beats_and_news_of_rows_on_their_way_is_not_lost(
    apps: Apps, page: Page
) -> None:
    app = film(apps)
    held: list[tuple[Route, APIResponse]] = []
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(f"{app.url}/p/film/images")
    assert page.locator("#matrix .row").count() < 150
    expect(page.locator("#matrix")).to_have_attribute("aria-rowcount", str(1 + BEATS + 60))

    # news of rows that are not here reaches the filter, and the jump to the next error
    tell(app, "50.2", Status.ERROR, "fifty failed")
    expect(page.locator("#log-last")).to_contain_text("fifty failed")
    expect(page.locator("#beat-50-50_2")).to_have_count(0)
    page.locator("#matrix a.thumb").first.focus()
    page.keyboard.press("e")
    expect(page.locator("#open-clear-50-50_2")).to_be_focused()
    expect(page.locator("#cell-clear-50-50_2")).to_have_attribute("data-status", "error")
    page.keyboard.press("5")
    expect(page.locator("#matrix .row:visible")).to_have_count(1)
    page.keyboard.press("0")

    # keys walk from row to row, and to the last and the first one
    page.keyboard.press("Control+End")
    expect(page.locator("#open-clear-60-60_10")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#open-clear-60-60_9")).to_be_focused()
    page.keyboard.press("Control+Home")
    expect(page.locator("#open-clear-1-1_1")).to_be_focused()

    # rows that were read before the news of them, but come after it
    page.route("**/images/rows?block=*", lambda route: held.append((route, route.fetch())))
    page.keyboard.press("/")
    page.keyboard.type("for the 333th")
    expect(page.locator(".gap:visible")).to_have_count(1)
    while not held:
        page.wait_for_timeout(20)
    tell(app, "34.4", Status.GENERATING, "thirty-four begins")
    expect(page.locator("#log-last")).to_contain_text("thirty-four begins")
    for route, answer in held:
        route.fulfill(response=answer)
    page.unroute_all()
    cell = page.locator("#cell-clear-34-34_4")
    expect(cell).to_have_attribute("data-status", "generating")
    page.keyboard.press("Enter")
    expect(page.locator("#open-clear-34-34_4")).to_be_focused()
    expect(page.locator("#matrix .row:visible")).to_have_count(1)

    # the details go on over all beats, and lead back to the row
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-h")).to_contain_text("333th")
    page.keyboard.press("j")
    expect(page.locator("#drawer-h")).to_contain_text("334th")
    page.keyboard.press("Escape")
    expect(page.locator("#matrix a.thumb:focus")).to_have_count(1)


def test_a_long_film_is_printed_whole(apps: Apps, page: Page) -> None:
    app = film(apps)
    page.add_init_script(
        "window.print = () => { document.body.dataset.printed = document.querySelectorAll('.row').length; }"
    )
    page.goto(f"{app.url}/p/film/images#beat-40-40_5")
    expect(page.locator("#beat-40-40_5")).to_be_in_viewport()
    page.keyboard.press("Control+p")
    expect(page.locator("body")).to_have_attribute("data-printed", str(BEATS))


def test_a_film_of_some_hundred_beats_is_there_whole_after_a_moment(apps: Apps, page: Page) -> None:
    app = film(apps, 240)
    page.goto(f"{app.url}/p/film/images")
    expect(page.locator("#matrix .gap")).to_have_count(0)
    expect(page.locator("#matrix .row")).to_have_count(240)
    assert page.evaluate("scrollY") == 0
