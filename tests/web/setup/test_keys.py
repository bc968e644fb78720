"""Keys on the page: pasted, tested, switched off and removed, and never shown again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import GeminiWire
from tests.harness.web_app import HTMX, WebApp
from tests.harness.wires.a1111 import A1111Wire

CANARY = "AIza-canary-vault-4321"
OTHER = "AIza-canary-vault-8765"


@pytest.fixture
def wire() -> GeminiWire:
    return GeminiWire(None)


@pytest.fixture
def double(wire: GeminiWire) -> Iterator[ProviderDouble]:
    with ProviderDouble(wire=wire) as double:
        yield double


def paste(site: WebApp, keys: str, **fields: str) -> str:
    """The answer to htmx."""
    form = {"provider": "gemini", "style": "", "account": "", "keys": keys, **fields}
    answer = site.client.post("/p/demo/setup/keys", data=form, headers=HTMX)
    assert answer.status_code == 200
    return answer.text


def click(site: WebApp, verb: str, ident: str = "", provider: str = "gemini") -> str:
    """The answer to htmx for one key; the newest that was pasted when none is named."""
    ident = ident or site.services.key_file.kept()[-1].id
    answer = site.client.post(f"/p/demo/setup/keys/{provider}/{ident}/{verb}", headers=HTMX)
    assert answer.status_code == 200
    return answer.text


def pool(site: WebApp, style: str = "clear") -> list[str]:
    return [key.secret.reveal() for key in site.services.makers.keys.pool("gemini", style)]


def test_pasted_keys_are_used_at_once_and_shown_by_their_last_four_characters_only(site: WebApp) -> None:
    site.project()
    shown = paste(site, f"{CANARY}, film={OTHER}")
    assert "2 keys were added." in shown and "••••4321" in shown and "film ••••8765" in shown
    assert pool(site) == [CANARY, OTHER]
    for page in ("setup", "images", "prompts", "costs"):
        assert "canary" not in site.get(f"/p/demo/{page}").text
    assert "canary" not in shown


def test_a_label_makes_one_account_of_the_keys_that_name_none(site: WebApp) -> None:
    site.project()
    paste(site, f"{CANARY},own={OTHER}", account="Film project")
    assert [kept.key.account for kept in site.services.key_file.kept()] == ["Film project", "own"]


def test_a_style_gets_its_own_pool(site: WebApp) -> None:
    site.project()
    paste(site, CANARY)
    assert "Google Gemini, clear" in paste(site, OTHER, style="clear")
    assert (pool(site), pool(site, "illustration")) == ([OTHER], [CANARY])


def test_keys_of_the_environment_are_seen_and_can_only_be_tested(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, GEMINI_API_KEYS=CANARY)
    site.project()
    page = site.get("/p/demo/setup").text
    assert "Set by GEMINI_API_KEYS in the environment." in page
    assert "/setup/keys/gemini/env-0/test" in page and "env-0/remove" not in page and "env-0/off" not in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"keys": "two words"}, "Keys: entry 1 is neither a key nor account=key"),
        ({"keys": " , "}, "No key was pasted."),
        ({"keys": CANARY, "account": "a=b"}, "Account: write a short name"),
        ({"keys": CANARY, "provider": "sketch"}, "Choose the provider"),
        ({"keys": CANARY, "style": "../x"}, "Choose the style"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(site: WebApp, fields: dict[str, str], sentence: str) -> None:
    site.project()
    shown = paste(site, **{"keys": "", **fields})
    assert sentence in shown and "two words" not in shown and "canary" not in shown
    assert site.services.key_file.kept() == ()
    plain = site.post("/p/demo/setup/keys", {"provider": "gemini", **fields})
    assert plain.status_code == 400 and sentence in plain.text


def test_a_key_is_switched_off_on_and_removed(site: WebApp) -> None:
    site.project()
    paste(site, CANARY)
    off = click(site, "off")
    assert "The key is switched off." in off and "Switched off" in off and "Switch on" in off
    assert pool(site) == []
    click(site, "on")
    assert pool(site) == [CANARY]
    assert "The key is removed." in click(site, "remove")
    assert site.services.key_file.kept() == ()


def test_without_javascript_every_button_works_too(site: WebApp) -> None:
    site.project()
    answer = site.post("/p/demo/setup/keys", {"provider": "gemini", "keys": CANARY})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/setup#keys")
    ident = site.services.key_file.kept()[0].id
    assert site.post(f"/p/demo/setup/keys/gemini/{ident}/off").status_code == 303
    assert site.post(f"/p/demo/setup/keys/gemini/{ident}/eat").status_code == 404
    assert site.post(f"/p/demo/setup/keys/nobody/{ident}/off").status_code == 404
    gone = site.post("/p/demo/setup/keys/gemini/gone/off")
    assert gone.status_code == 400 and "This key is not there any more." in gone.text


def test_a_key_can_be_tested_without_making_an_image(
    tmp_path: Path, own_redis: str, double: ProviderDouble, wire: GeminiWire
) -> None:
    site = WebApp(tmp_path, own_redis, GEMINI_BASE_URL=double.url, GEMINI_API_KEYS=OTHER)
    site.project()
    paste(site, CANARY)
    wire.bad_keys = {CANARY}
    assert "••••8765: Google accepts this key, and the model gemini-nano-banana-2.1 is there." in click(
        site, "test", "env-0"
    )
    assert "••••4321: This key was refused." in click(site, "test")
    plain = site.post("/p/demo/setup/keys/gemini/env-0/test")
    assert plain.status_code == 200 and "Google accepts this key" in plain.text and 'name="title"' in plain.text
    assert double.calls == []


def test_ones_own_servers_can_be_tested(tmp_path: Path, own_redis: str) -> None:
    with ProviderDouble(wire=A1111Wire()) as double:
        site = WebApp(tmp_path, own_redis, A1111_URLS=double.url)
        site.project()
        assert "answers with dreamshaper_8 loaded." in click(site, "test", "servers", "a1111")
        assert "Nothing answers at" in click(site, "test", "servers", "comfyui")


def test_a_damaged_file_of_keys_is_told_on_the_page(site: WebApp) -> None:
    site.project()
    (site.data / "keys.json").write_text("{")
    assert "keys.json: the file in DATA_DIR is damaged." in site.get("/p/demo/setup").text
    assert "damaged" in site.post("/p/demo/setup/keys", {"provider": "gemini", "keys": CANARY}).text
