"""The director's chair, with the keyboard: what is made next, what is made anew, and the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_promises import banner, button, gemini, pictures, step8
from tests.harness.app_process import Apps, until
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import blocked_prompt

pytestmark = pytest.mark.browser


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        yield double


def test_a_frame_moved_to_the_front_is_the_next_call_and_a_failed_one_is_retried_by_its_key(
    apps: Apps, page: Page, double: ProviderDouble
) -> None:
    app = gemini(apps, double, MAX_PARALLEL="1")
    double.when("the ship coming in over the sea. Limited palette", blocked_prompt())
    double.hold()
    page.goto(step8(app))
    button(page, "Start Generation").click()
    double.wait_for_calls(1)
    page.get_by_role("link", name="Rearrange").click()
    rows = page.locator("#line li")
    dragged = rows.nth(4).get_attribute("data-frame")
    rows.nth(4).locator(".grip").hover()
    page.mouse.down()
    rows.nth(1).locator(".grip").hover()
    rows.nth(0).locator(".grip").hover(position={"x": 5, "y": 2})
    page.mouse.up()
    expect(page.locator("#line-said")).to_contain_text("comes next.")
    rows.nth(0).get_by_role("button", name="Later").press("Enter")
    expect(page.locator("#line-said")).to_contain_text("comes after")
    expect(rows.nth(1)).to_have_attribute("data-frame", str(dragged))
    expect(rows.nth(1).get_by_role("button", name="Later")).to_be_focused()
    page.keyboard.press("Shift+ArrowUp")
    expect(rows.nth(0)).to_have_attribute("data-frame", str(dragged))
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Rearrange")).to_be_focused()
    double.release(calls=1)
    double.wait_for_calls(2)
    expect(page.locator(f"#cell-{dragged}")).to_have_attribute("data-status", "generating")
    cell = page.locator(".row .cell").last
    cell.locator("a.thumb").focus()
    page.keyboard.press("g")
    expect(cell).to_contain_text("Next in queue")
    expect(page.locator(".queue-next")).to_contain_text("Next:")
    double.release(calls=1)
    assert "the ship coming in" in double.wait_for_calls(3)[2].prompt
    expect(cell).to_have_attribute("data-status", "generating")
    double.release(calls=1)
    expect(cell).to_have_attribute("data-status", "error")
    expect(cell.get_by_role("button", name="Retry")).to_be_visible()
    expect(cell.get_by_role("link", name="Edit prompt")).to_be_visible()
    cell.locator("a.thumb").focus()
    page.keyboard.press("r")
    expect(cell).to_contain_text("Next in queue")
    double.release()
    expect(cell).to_have_attribute("data-status", "complete")


def test_an_edited_prompt_makes_one_frame_anew_the_history_goes_back_and_a_lock_keeps_it(
    apps: Apps, page: Page
) -> None:
    app = apps.start(SKETCH_DELAY="0", MAX_PARALLEL="8")
    page.goto(step8(app))
    button(page, "Start Generation").click()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")
    before = {file: file.stat().st_ino for file in pictures(app)}
    cell = page.locator(".row .cell").first
    cell.locator("a.thumb").click()
    drawer = page.get_by_role("dialog", name="On a rock at the edge")
    drawer.get_by_text("Edit prompt").click()
    drawer.get_by_label("Prompt of Beat 1.1 in illustration").fill("A lighthouse in a storm at night.")
    drawer.get_by_role("button", name="Save prompt").click()
    expect(drawer.get_by_text("✓ Saved.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(cell).to_contain_text("Stale: prompt changed")
    cell.locator("a.thumb").focus()
    page.keyboard.press("r")
    expect(cell).to_have_attribute("data-status", "complete")
    expect(cell).not_to_contain_text("Stale")
    changed = until(lambda: [file for file, inode in before.items() if file.stat().st_ino != inode])
    assert [file.parts[-3:] for file in changed] == [("illustration", "Shot_1", "Beat_1.1.png")]
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("button", name="Use image 1")).to_be_visible()
    expect(page).to_have_url(f"{step8(app)}#frame=illustration-1-1_1")
    page.reload()  # the address leads back to the open frame
    drawer.get_by_role("button", name="Use image 1").click()
    expect(drawer.get_by_text("image 1 is in use.")).to_be_visible()
    assert {file: file.stat().st_ino for file in pictures(app)} == before
    drawer.get_by_text("Reject, another seed").click()
    drawer.get_by_label("Reject it and send it back").fill("A calmer sea.")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # closed by mistake: the text is there again
    expect(drawer.get_by_label("Reject it and send it back")).to_have_value("A calmer sea.")
    expect(page.locator("#drawer-h")).to_be_focused()
    drawer.get_by_role("button", name="Use image 2").press("Enter")
    expect(drawer.get_by_text("image 2 is in use.")).to_be_visible()
    drawer.get_by_role("button", name="Use image 1").press("Enter")
    expect(drawer.get_by_text("image 1 is in use.")).to_be_visible()
    expect(page.locator("#drawer-h")).to_be_focused()  # the button that was pressed is gone
    drawer.get_by_role("button", name="Approve and lock").press("Enter")
    expect(drawer.get_by_text("Locked: no command makes this image again")).to_be_visible()
    expect(drawer.get_by_role("button", name="Unlock")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell).to_have_attribute("data-marks", "locked")
    page.locator("#sheet-style-illustration").click()
    page.get_by_role("link", name="Regenerate the 11 existing…").click()
    page.get_by_role("button", name="Regenerate 11 images").click()
    expect(page.locator('.cell[data-style="illustration"][data-status="complete"]')).to_have_count(11)
    after = {file: file.stat().st_ino for file in pictures(app)}
    assert after[changed[0]] == before[changed[0]]
    assert len([file for file in after if after[file] != before[file]]) == 11


def test_a_note_saves_itself_when_its_field_is_left(apps: Apps, page: Page) -> None:
    app = apps.start()
    page.goto(step8(app))
    cell = page.locator(".row .cell").first
    cell.locator("a.thumb").click()
    note = page.get_by_role("dialog").get_by_label("Note")
    note.fill("Too dark.")
    note.press("Tab")
    expect(cell).to_have_attribute("data-marks", "noted")
    page.reload()
    expect(note).to_have_value("Too dark.")
