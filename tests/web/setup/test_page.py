"""Project Setup keeps what can be used, and shows what the environment fixes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.harness.web_app import WebApp, draw
from webapp.core.settings.project_settings import LimitSettings, ProjectSettings, ProviderChoice
from webapp.providers.comfyui.client import BUNDLED
from webapp.providers.table import PROVIDERS

SKETCH = {"title": "Walden", "provider": "sketch", "sketch.delay": "0.1"}


def stored(site: WebApp) -> ProjectSettings:
    """The settings as the project keeps them."""
    return ProjectSettings.from_json(site.services.store.records.settings(site.services.library.find("demo")))


def test_title_provider_and_its_settings_are_kept(site: WebApp) -> None:
    site.project()
    answer = site.post("/p/demo/setup", {**SKETCH, "title": " Walden,  or Life ", "sketch.error_rate": "25"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/setup?saved=1")
    page = site.get(answer.headers["Location"]).text
    assert "Saved." in page
    assert 'value="Walden, or Life"' in page
    assert stored(site).choice.provider == "sketch"
    assert stored(site).choice.options["sketch"]["error_rate"] == 25
    values = site.services.makers.choices.values(site.services.library.find("demo"), "sketch")
    assert (values["delay"], values["error_rate"]) == (0.1, 25)


def test_the_settings_of_another_provider_stay(site: WebApp) -> None:
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
def test_what_cannot_be_used_is_named_and_nothing_is_kept(site: WebApp, change: dict[str, str], sentence: str) -> None:
    site.project()
    answer = site.post("/p/demo/setup", {**SKETCH, **change})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "<b>9K</b>" not in answer.text
    assert stored(site) == ProjectSettings()


def test_typed_values_are_shown_again(site: WebApp) -> None:
    site.project()
    page = site.post("/p/demo/setup", {**SKETCH, "title": "New title", "sketch.error_rate": "999"}).text
    assert 'value="New title"' in page
    assert 'value="999"' in page


def test_keys_are_masked_and_what_the_environment_fixes_is_named(tmp_path: Path, own_redis: str) -> None:
    keys = "main=AIza-canary-secret-1234"
    site = WebApp(tmp_path, own_redis, GEMINI_API_KEYS=keys, REQUESTS_PER_MINUTE="7.5", BUDGET_USD="3")
    site.project()
    page = site.get("/p/demo/setup").text
    assert "canary" not in page
    assert "••••1234" in page
    assert "Set by GEMINI_API_KEYS in the environment." in page
    assert "Default 7.5, REQUESTS_PER_MINUTE in the environment." in page
    assert "Default $3.00, BUDGET_USD in the environment." in page
    assert "MAX_ATTEMPTS" not in page and "Default 4." in page


def test_every_provider_shows_what_the_environment_sets_for_it(tmp_path: Path, own_redis: str) -> None:
    (tmp_path / ".env").write_text("OPENAI_MODEL=owner/painter\n")
    site = WebApp(
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
        ("OPENAI_BASE_URL", "http://gpu.local:8000/v1"),
        ("A1111_URLS", "http://127.0.0.1:7861, http://gpu.local:7860"),
        ("COMFYUI_URLS", "http://127.0.0.1:8189"),
        ("COMFYUI_WORKFLOW", str(BUNDLED)),
    ):
        assert f"Set by {variable} in the environment." in page
        assert f'value="{value}"' in page
    for masked, variable in (("••••1234", ""), ("film ••••5678", ""), ("••••9abc", "_DARK_INK")):
        assert f'{masked} <small class="muted">Set by OPENAI_API_KEYS{variable} in the environment.</small>' in page
    assert "OpenAI, dark_ink" in page
    assert 'value="owner/painter"' in page and "Set by OPENAI_MODEL in .env." in page
    assert "Set by GEMINI" not in page


def test_every_provider_has_its_note(site: WebApp) -> None:
    site.project()
    page = site.get("/p/demo/setup").text
    assert all(kind.note and f"<small>{kind.note}</small>" in page for kind in PROVIDERS.values())


def test_a_provider_without_its_key_says_so(site: WebApp) -> None:
    site.project()
    page = site.get("/p/demo/setup").text
    assert page.count("No API key is set. Add one below, under API keys.") == 2


def test_a_style_without_a_key_is_named(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, GEMINI_API_KEYS_CLEAR="AIza-canary-secret-1234")
    site.project(styles=("illustration", "clear"))
    page = site.get("/p/demo/setup").text
    assert "No API key is set for illustration. Add one below, under API keys." in page


def test_a_server_that_wants_no_key_is_not_asked_for_one(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, OPENAI_BASE_URL="http://127.0.0.1:8080/v1")
    site.project()
    assert site.get("/p/demo/setup").text.count("No API key is set") == 1  # Gemini's


def test_a_provider_that_cannot_work_as_it_is_set_says_why(tmp_path: Path, own_redis: str) -> None:
    (tmp_path / "mine.json").write_text("{}")
    site = WebApp(tmp_path, own_redis, COMFYUI_WORKFLOW="mine.json")
    site.project()
    page = site.get("/p/demo/setup")
    assert page.status_code == 200
    assert "The workflow is not a ComfyUI workflow in API format." in page.text


def test_a_style_keeps_only_what_differs_from_the_project(site: WebApp) -> None:
    site.project(styles=("illustration", "clear"))
    form = {
        **SKETCH,
        "style.clear.provider": "gemini",
        "style.clear.gemini.model": "pro",
        "style.clear.gemini.size": "",
        "style.clear.openai.model": "hidden",
        "style.illustration.provider": "sketch",
        "style.illustration.sketch.delay": "0.1",
    }
    assert site.post("/p/demo/setup", form).status_code == 303
    assert stored(site).styles == {"clear": ProviderChoice("gemini", {"gemini": {"model": "pro"}})}
    folder = site.services.library.find("demo")
    assert site.services.makers.choices.chosen(folder) == {"illustration": "sketch", "clear": "gemini"}
    page = site.get("/p/demo/setup").text
    assert 'name="style.clear.gemini.model"' in page and 'value="pro"' in page
    assert "As the project (1K)" in page
    head = site.get("/p/demo/images").text
    assert "Offline sketch · free (illustration) + Google Gemini · pro · price unknown (clear)" in head
    site.post("/p/demo/setup", {**SKETCH, "style.clear.provider": ""})
    assert stored(site).styles == {}


def test_a_style_of_the_same_provider_may_have_another_model(site: WebApp) -> None:
    site.project()
    form = {"title": "W", "provider": "gemini", "gemini.model": "flash", "style.clear.provider": "gemini"}
    site.post("/p/demo/setup", {**form, "style.clear.gemini.model": "pro", "style.clear.gemini.aspect": "16:9"})
    assert stored(site).styles == {"clear": ProviderChoice("gemini", {"gemini": {"model": "pro"}})}
    site.post("/p/demo/setup", {**form, "style.clear.gemini.model": "flash"})
    assert stored(site).styles == {}


def test_what_a_style_cannot_use_is_named_and_shown_again(site: WebApp) -> None:
    site.project()
    form = {**SKETCH, "style.clear.provider": "sketch", "style.clear.sketch.error_rate": "999"}
    refused = site.post("/p/demo/setup", form)
    assert refused.status_code == 400 and "a number from 0 to 100" in refused.text and 'value="999"' in refused.text
    unknown = site.post("/p/demo/setup", {**SKETCH, "style.clear.provider": "x"})
    assert "Choose who makes the images of clear." in unknown.text
    assert stored(site) == ProjectSettings()


def test_limits_are_kept_and_empty_ones_are_the_usual_ones_again(site: WebApp) -> None:
    site.project()
    limits = {"perMinute": "12", "parallel": "2", "attempts": "6", "timeout": "90", "budget": "$7.50"}
    site.post("/p/demo/setup", {**SKETCH, **limits})
    assert stored(site).restraint == LimitSettings(12.0, 2, 6, 90.0, 7_500_000)
    page = site.get("/p/demo/setup").text
    assert 'value="7.50"' in page and 'value="90"' in page
    site.post("/p/demo/setup", SKETCH)
    assert stored(site).restraint.attempts == 6  # a form that says nothing of limits changes none
    site.post("/p/demo/setup", {**SKETCH, **dict.fromkeys(limits, "")})
    assert stored(site).restraint == LimitSettings()


def test_a_limit_that_cannot_be_used_is_named_beside_its_field(site: WebApp) -> None:
    site.project()
    refused = site.post("/p/demo/setup", {**SKETCH, "attempts": "many", "budget": "all", "timeout": "90"})
    assert refused.status_code == 400
    assert "Tries for each image: &#39;many&#39; is not a whole number from 1 to 20." in refused.text
    assert "Budget: &#39;all&#39; is not an amount" in refused.text and 'value="90"' in refused.text
    assert stored(site) == ProjectSettings()


def test_the_reference_can_go_with_every_image_of_a_style(site: WebApp) -> None:
    site.project()
    site.post("/p/demo/setup", {**SKETCH, "references": "1", "everywhere.clear": "1", "everywhere.other": "1"})
    assert stored(site).references == ("clear",)
    site.post("/p/demo/setup", SKETCH)
    assert stored(site).references == ("clear",)
    site.post("/p/demo/setup", {**SKETCH, "references": "1"})
    assert stored(site).references == ()


def test_a_reference_is_put_there_seen_and_removed(site: WebApp, tmp_path: Path) -> None:
    project = site.project()
    assert "There is no style_reference.png in this project." in site.get("/p/demo/setup").text
    jpeg = draw(tmp_path / "look.jpg", kind="JPEG").read_bytes()
    sent = site.post("/p/demo/setup/reference", {"reference": (io.BytesIO(jpeg), "look.jpg")})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/p/demo/setup#reference")
    assert (project / "style_reference.png").read_bytes().startswith(b"\x89PNG")
    page = site.get("/p/demo/setup").text
    assert "64 × 36, 0.1 MB" in page and "Replace the picture" in page
    shown = site.get("/p/demo/reference")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    site.post("/p/demo/setup/reference/remove")
    assert not (project / "style_reference.png").exists()
    assert site.get("/p/demo/reference").status_code == 404


@pytest.mark.parametrize("body", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_file_that_is_no_picture_is_refused_and_the_old_one_stays(site: WebApp, body: bytes) -> None:
    project = site.project()
    old = draw(project / "style_reference.png").read_bytes()
    refused = site.post("/p/demo/setup/reference", {"reference": (io.BytesIO(body), "look.png")})
    assert refused.status_code == 400 and "The style reference was not changed." in refused.text
    assert site.post("/p/demo/setup/reference").status_code == 400
    assert (project / "style_reference.png").read_bytes() == old


def test_a_damaged_reference_is_told_and_can_be_removed(site: WebApp) -> None:
    project = site.project()
    (project / "style_reference.png").write_bytes(b"no picture")
    page = site.get("/p/demo/setup").text
    assert "is not a complete PNG, JPEG or WebP image" in page and "Remove the picture" in page


def test_a_reference_set_for_all_projects_is_named(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, STYLE_REFERENCE=str(draw(tmp_path / "look.png")))
    site.project()
    page = site.get("/p/demo/setup").text
    assert "set by STYLE_REFERENCE in the environment" in page and "Remove the picture" not in page
