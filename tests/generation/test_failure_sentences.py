"""What goes wrong at a provider is told in its own plain sentence, on the frame or in the banner, in the real app."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    bad_key,
    blocked_output,
    blocked_prompt,
    broken_base64,
    close_late,
    cut,
    failing,
    hang,
    holding,
    limited,
    ok,
    page,
    words,
)

KEY = "AIzaSyTestKeyThatIsNotReal-0002"

FRAMES: dict[str, tuple[Answer, int, str]] = {
    # a word of the prompt: what the provider does, how many calls that takes, what the frame says
    "overloaded": (failing(503, "UNAVAILABLE"), 2, "after 2 tries."),
    "html": (page(502), 2, "Google Gemini has trouble at the moment, after 2 tries."),
    "silence": (hang(), 2, "No answer within 1 s, after 2 tries."),
    "reset": (close_late(), 2, "after 2 tries."),
    "half": (cut(), 2, "The answer broke off before it was complete, after 2 tries."),
    "refusal": (blocked_prompt(), 1, "safety filter refused this prompt."),
    "heldback": (blocked_output(), 1, "safety filter"),
    "chatter": (words(), 2, "The model answered in words instead of a picture, after 2 tries."),
    "garbage": (holding(b"not a picture"), 2, "The answer held no picture that can be used, after 2 tries."),
    "nobase": (broken_base64(), 2, "after 2 tries."),
    "cutimage": (holding(b"\x89PNG\r\n\x1a\n" + bytes(60)), 2, "The picture that came is cut off or damaged"),
    "badfield": (failing(400, "INVALID_ARGUMENT"), 1, "did not accept this request"),
}
ENDS: dict[str, tuple[Answer, str]] = {
    # what the run says when the fault is nobody's frame
    "retired": (failing(404, "NOT_FOUND"), "✗ Error: The model model-retired is not available."),
    "spent": (failing(402, "RESOURCE_EXHAUSTED"), "⚠ Paused: The prepaid credit of this key’s account is used up."),
    "refused": (bad_key(), "⚠ Paused: "),
}


@pytest.fixture(scope="module")
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        for word, (answer, _, _) in FRAMES.items():
            double.when(word, answer, again=True)
        for word, (answer, _) in ENDS.items():
            double.when(word, answer, again=True)
        yield double


@pytest.fixture(scope="module")
def app(double: ProviderDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """One app for all: each fault has a project of its own, so that they cannot be mixed up."""
    with Apps(tmp_path_factory.mktemp("faults")) as apps:
        app = apps.prepare(
            IMAGE_PROVIDER="gemini",
            GEMINI_API_KEYS=KEY,
            GEMINI_BASE_URL=double.url,
            OPENAI_API_KEYS="sk-nobody-listens-there-0000",
            OPENAI_BASE_URL="http://127.0.0.1:9/v1",
            REQUESTS_PER_MINUTE="60000",
            REQUEST_TIMEOUT="1",
            MAX_ATTEMPTS="2",
        )
        for word in (*FRAMES, *ENDS, "slow"):
            make_project(app.projects_root / word, word, "gemini", f"model-{word}")
        make_project(app.projects_root / "dead", "dead", "openai", "model-dead")
        app.start()
        app.wait_until_ready()
        yield app


def make_project(folder: Path, word: str, provider: str, model: str) -> None:
    """One beat in one style, whose prompt holds the word.

    The model is its own, and so is the breaker that opens when the model keeps failing.
    """
    (folder / "prompts").mkdir(parents=True)
    (folder / ".step8").mkdir()
    choice = {"provider": provider, "options": {provider: {"model": model}}, "accepted": [f"{provider} {model}"]}
    (folder / ".step8" / "settings.json").write_text(json.dumps(choice), encoding="utf-8")
    entry = {"shot_number": 1, "beat_number": "1.1", "script_phrase": "A boat", "ai_prompt": f"A boat, {word}"}
    (folder / "prompts" / "prompts-clear.json").write_text(json.dumps([entry]), encoding="utf-8")


def run(app: AppProcess, project: str) -> str:
    """Generate the project, and give the page afterwards as plain words."""
    with requests.post(
        f"{app.url}/api/generate-images", json={"projectPath": project}, stream=True, timeout=60
    ) as told:
        assert told.status_code == 200, told.text
        assert [line for line in told.iter_lines() if line]
    until(lambda: 'isGenerating": false' in status(app, project), says=app.log)
    return shown(app, f"/p/{project}/images")


def status(app: AppProcess, project: str) -> str:
    return json.dumps(requests.get(f"{app.url}/api/generation-status/{project}", timeout=30).json())


def shown(app: AppProcess, path: str) -> str:
    """The words of a page."""
    text = requests.get(f"{app.url}{path}", timeout=30).text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.mark.parametrize("word", FRAMES)
def test_a_fault_of_a_frame_is_told_on_the_frame_and_costs_no_more_calls_than_it_may(
    app: AppProcess, double: ProviderDouble, word: str
) -> None:
    _, calls, sentence = FRAMES[word]
    words_of_page = run(app, word)
    assert sentence in words_of_page
    assert "⚠ 0 of 1 images generated. 1 failed." in words_of_page
    assert len([call for call in double.calls if word in call.prompt]) == calls


def test_a_dead_server_is_told_plainly(app: AppProcess) -> None:
    assert "after 2 tries." in (page := run(app, "dead")) and "✗ Error" in page


def test_a_limit_without_another_key_is_waited_out_to_the_second_and_shown(
    app: AppProcess, double: ProviderDouble
) -> None:
    double.when("slow", limited(retry="2s"), ok())
    page = run(app, "slow")
    assert "✓ All images generated successfully!" in page
    first, second = [call for call in double.calls if "slow" in call.prompt]
    assert second.began - (first.ended or 0.0) >= 2.0


@pytest.mark.parametrize("word", ENDS)  # last: these take the one key out of use
def test_a_fault_of_the_key_or_the_settings_is_told_in_the_banner(
    app: AppProcess, double: ProviderDouble, word: str
) -> None:
    page = run(app, word)
    assert ENDS[word][1] in page
    assert len([call for call in double.calls if word in call.prompt]) == 1
    assert KEY not in page and KEY not in app.log()
