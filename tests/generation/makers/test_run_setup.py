"""What the environment sets for a provider reaches that provider, whichever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import webapp
from tests.harness.in_memory_project import FakeFolder, story
from tests.harness.provider_double import ProviderDouble
from tests.harness.wires.a1111 import A1111Wire
from tests.harness.wires.comfyui import ComfyWire
from tests.harness.wires.openai import OpenAIWire
from webapp.config import Config, load
from webapp.core.image_request import ImageRequest
from webapp.core.money.prices import Prices
from webapp.core.project import Project
from webapp.errors import BadInput, Misconfigured
from webapp.generation.makers.provider_choice import ProviderChoices
from webapp.generation.makers.provider_overview import ProviderOverviews, StyleSource
from webapp.generation.makers.run_setup import RunSetupBuilder
from webapp.outbound.client import Http

NO_LIMITS: Any = None
"""Nothing here asks for a key's limits."""

PRICES = Prices.from_json((Path(webapp.__file__).parent / "prices.json").read_text("utf-8"))
REQUEST = ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7)


class Files:
    """A project that sets nothing itself."""

    def project(self, folder: Any) -> Project:
        return story()

    def settings(self, folder: Any) -> dict[str, Any]:
        return {}

    @property
    def records(self) -> Any:
        return self

    @property
    def reference(self) -> Any:
        return self

    def digest(self, folder: Any, elsewhere: Path | None) -> str:
        return ""

    def read(self, folder: Any, elsewhere: Path | None) -> bytes | None:
        return None


USUAL = Files()


def chosen(config: Config, files: Files) -> ProviderChoices:
    return ProviderChoices(config, files, Http(), PRICES, lambda seconds: None, lambda work, *args: work(*args))


def equipper(root: Path, files: Files = USUAL, /, **environ: str) -> RunSetupBuilder:
    config = load(environ, root)
    return RunSetupBuilder(chosen(config, files), config.pool, files, NO_LIMITS, NO_LIMITS)


def source(root: Path, **environ: str) -> StyleSource:
    config = load(environ, root)
    return ProviderOverviews(config, chosen(config, Files()), Files(), PRICES).source(FakeFolder())


@pytest.mark.parametrize(
    ("name", "wire", "variable", "path"),
    [
        ("openai", OpenAIWire, "OPENAI_BASE_URL", "/v1"),
        ("a1111", A1111Wire, "A1111_URLS", ""),
        ("comfyui", ComfyWire, "COMFYUI_URLS", ""),
    ],
)
def test_the_address_in_the_environment_is_the_one_that_is_called(
    tmp_path: Path, name: str, wire: Any, variable: str, path: str
) -> None:
    with ProviderDouble(wire=wire()) as double:
        environ = {"IMAGE_PROVIDER": name, variable: double.url + path}
        provider = equipper(tmp_path, **environ).build(FakeFolder()).makers["clear"].provider
        assert provider.name == name
        assert provider.generate(REQUEST, None).body
        assert len(double.calls) == 1


def test_a_server_of_ones_own_gets_the_key_that_is_set_for_it(tmp_path: Path) -> None:
    with ProviderDouble(wire=OpenAIWire()) as double:
        environ = {"IMAGE_PROVIDER": "openai", "OPENAI_BASE_URL": f"{double.url}/v1", "OPENAI_API_KEYS_CLEAR": "own"}
        made = load(environ, tmp_path)
        provider = equipper(tmp_path, **environ).build(FakeFolder()).makers["clear"].provider
        for style in ("clear", "illustration"):
            provider.generate(REQUEST, next(iter(made.pool("openai", style)), None))
        assert [call.key for call in double.calls] == ["own", ""]


def test_openai_without_a_key_cannot_start_and_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No API key is set for OpenAI"):
        equipper(tmp_path, IMAGE_PROVIDER="openai").check(FakeFolder())
    checked = equipper(tmp_path, IMAGE_PROVIDER="openai", OPENAI_API_KEYS="k", OPENAI_MODEL="gpt-image-2")
    assert checked.check(FakeFolder()) == ("openai", "gpt-image-2")


def test_the_price_of_the_default_is_known_with_its_date(tmp_path: Path) -> None:
    found = source(tmp_path, IMAGE_PROVIDER="openai")
    assert (found.price, found.price_date) == (10_300, "2026-11")
    assert found.price_source == "fal’s list of OpenAI’s prices"


def test_several_servers_make_several_pictures_at_once(tmp_path: Path) -> None:
    urls = "http://127.0.0.1:1,http://127.0.0.1:2,http://127.0.0.1:3"
    found = source(tmp_path, IMAGE_PROVIDER="a1111", A1111_URLS=urls)
    assert (found.parallel, found.price) == (3, 0)


def test_a_workflow_that_cannot_be_used_stops_a_run_and_not_the_page(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}")
    environ = {"IMAGE_PROVIDER": "comfyui", "COMFYUI_WORKFLOW": "mine.json"}
    assert source(tmp_path, **environ).label == "ComfyUI"
    with pytest.raises(Misconfigured, match="not a ComfyUI workflow"):
        equipper(tmp_path, **environ).check(FakeFolder())


class FilesWithWording(Files):
    """A project whose style has words of its own around each prompt."""

    def settings(self, folder: Any) -> dict[str, Any]:
        return {"wording": {"clear": {"prefix": "Ink drawing.", "suffix": "No text."}}}


def test_the_wording_of_a_style_is_part_of_what_is_asked_for_and_of_what_an_image_is_made_from(tmp_path: Path) -> None:
    def job(files: Files, style: str) -> Any:
        equipment, project = equipper(tmp_path, files, IMAGE_PROVIDER="sketch").build(FakeFolder()), story()
        frame = next(frame for frame in project.frames() if frame.style == style)
        beat = project.beat(frame)
        assert beat is not None
        return equipment.job(frame, beat, equipment.makers[style].provider)

    assert job(FilesWithWording(), "clear").prompt == "Ink drawing. prompt 1 No text."
    assert job(FilesWithWording(), "illustration").prompt == "prompt 1"
    assert job(FilesWithWording(), "clear").inputs != job(Files(), "clear").inputs
    assert job(FilesWithWording(), "illustration").inputs == job(Files(), "illustration").inputs
