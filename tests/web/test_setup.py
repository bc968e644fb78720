"""Project Setup keeps what can be used, and shows what the environment fixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.site import Site
from webapp.core.settings import ProjectSettings
from webapp.providers import PROVIDERS
from webapp.providers.comfyui import BUNDLED

SKETCH = {"title": "Walden", "provider": "sketch", "sketch.delay": "0.1"}


def stored(site: Site) -> ProjectSettings:
    """The settings as the project keeps them."""
    return ProjectSettings.from_json(site.services.store.settings(site.services.library.find("demo")))


def test_title_provider_and_its_settings_are_kept(site: Site) -> None:
    site.project()
    answer = site.post("/p/demo/setup", {**SKETCH, "title": " Walden,  or Life ", "sketch.error_rate": "25"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/setup?saved=1")
    page = site.get(answer.headers["Location"]).text
    assert "Saved." in page
    assert 'value="Walden, or Life"' in page
    assert stored(site).choice.provider == "sketch"
    assert stored(site).choice.options["sketch"]["error_rate"] == 25
    values = site.services.equipper.values(site.services.library.find("demo"), "sketch")
    assert (values["delay"], values["error_rate"]) == (0.1, 25)


def test_the_settings_of_another_provider_stay(site: Site) -> None:
    site.project()
    site.post("/p/demo/setup", {**SKETCH, "sketch.error_rate": "25"})
    other = {"title": "Walden", "provider": "gemini", "gemini.aspect": "16:9", "sketch.error_rate": "50"}
    site.post("/p/demo/setup", other)
    assert stored(site).choice.provider == "gemini"
    assert stored(site).choice.options["sketch"]["error_rate"] == 25


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "Give the project a title."),
        ({"title": "x" * 121}, "longer than 120"),
        ({"provider": "other"}, "Choose who makes the images."),
        ({"provider": ""}, "Choose who makes the images."),
        ({"sketch.error_rate": "101"}, "a number from 0 to 100"),
        ({"sketch.delay": "soon"}, "Seconds per sketch"),
        ({"provider": "gemini", "gemini.size": "<b>9K</b>"}, "choose one of"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_kept(site: Site, change: dict[str, str], sentence: str) -> None:
    site.project()
    answer = site.post("/p/demo/setup", {**SKETCH, **change})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "<b>9K</b>" not in answer.text
    assert stored(site) == ProjectSettings()


def test_typed_values_are_shown_again(site: Site) -> None:
    site.project()
    page = site.post("/p/demo/setup", {**SKETCH, "title": "New title", "sketch.error_rate": "999"}).text
    assert 'value="New title"' in page
    assert 'value="999"' in page


def test_keys_are_masked_and_what_the_environment_fixes_is_named(tmp_path: Path, own_redis: str) -> None:
    keys = "main=AIza-canary-secret-1234"
    site = Site(tmp_path, own_redis, GEMINI_API_KEYS=keys, REQUESTS_PER_MINUTE="7.5", BUDGET_USD="3")
    site.project()
    page = site.get("/p/demo/setup").text
    assert "canary" not in page
    assert "••••1234" in page
    for variable in ("GEMINI_API_KEYS", "REQUESTS_PER_MINUTE", "BUDGET_USD"):
        assert f"Set by {variable}" in page
    assert "MAX_ATTEMPTS" not in page


def test_every_provider_shows_what_the_environment_sets_for_it(tmp_path: Path, own_redis: str) -> None:
    (tmp_path / ".env").write_text("OPENAI_MODEL=owner/painter\n")
    site = Site(
        tmp_path,
        own_redis,
        OPENAI_API_KEYS="sk-canary-secret-1234,film=sk-canary-secret-5678",
        OPENAI_API_KEYS_DARK_INK="sk-canary-secret-9abc",
        OPENAI_BASE_URL="http://gpu.local:8000/v1",
        A1111_URLS="http://me:canary@127.0.0.1:7861,http://gpu.local:7860",
        COMFYUI_URLS="http://127.0.0.1:8189",
        COMFYUI_WORKFLOW=str(BUNDLED),
    )
    site.project()
    page = site.get("/p/demo/setup").text
    assert "canary" not in page
    for variable, value in (
        ("OPENAI_API_KEYS", "••••1234, ••••5678"),
        ("OPENAI_API_KEYS_DARK_INK", "••••9abc"),
        ("OPENAI_BASE_URL", "http://gpu.local:8000/v1"),
        ("A1111_URLS", "http://127.0.0.1:7861, http://gpu.local:7860"),
        ("COMFYUI_URLS", "http://127.0.0.1:8189"),
        ("COMFYUI_WORKFLOW", str(BUNDLED)),
    ):
        assert f"Set by {variable} in the environment." in page
        assert f'value="{value}"' in page
    assert "API keys for dark_ink" in page
    assert 'value="owner/painter"' in page and "Set by OPENAI_MODEL in .env." in page
    assert "Set by GEMINI" not in page


def test_every_provider_has_its_note(site: Site) -> None:
    site.project()
    page = site.get("/p/demo/setup").text
    assert all(kind.note and f"<small>{kind.note}</small>" in page for kind in PROVIDERS.values())


def test_a_provider_without_its_key_says_so(site: Site) -> None:
    site.project()
    page = site.get("/p/demo/setup").text
    for variable in ("GEMINI_API_KEYS", "OPENAI_API_KEYS"):
        assert f"No API key is set. Set {variable} and start the app again." in page
    assert page.count("No API key is set") == 2


def test_a_style_without_a_key_is_named(tmp_path: Path, own_redis: str) -> None:
    site = Site(tmp_path, own_redis, GEMINI_API_KEYS_CLEAR="AIza-canary-secret-1234")
    site.project(styles=("illustration", "clear"))
    page = site.get("/p/demo/setup").text
    assert "No API key is set for illustration. Set GEMINI_API_KEYS and start the app again." in page


def test_a_server_that_wants_no_key_is_not_asked_for_one(tmp_path: Path, own_redis: str) -> None:
    site = Site(tmp_path, own_redis, OPENAI_BASE_URL="http://127.0.0.1:8080/v1")
    site.project()
    assert "OPENAI_API_KEYS" not in site.get("/p/demo/setup").text


def test_a_provider_that_cannot_work_as_it_is_set_says_why(tmp_path: Path, own_redis: str) -> None:
    (tmp_path / "mine.json").write_text("{}")
    site = Site(tmp_path, own_redis, COMFYUI_WORKFLOW="mine.json")
    site.project()
    page = site.get("/p/demo/setup")
    assert page.status_code == 200
    assert "The workflow is not a ComfyUI workflow in API format." in page.text
