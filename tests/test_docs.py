"""The docs say what is so: settings, addresses, links and commands are compared with the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.harness.app_process import ROOT
from webapp import __version__, config
from webapp.core.run.states import RunState
from webapp.providers.environment import ENVIRONMENT
from webapp.providers.variables import ProviderEnv
from webapp.web import api
from webapp.web.api.v1_other_steps import ENDPOINTS as NOT_CARRIED_OUT
from webapp.web.images import banner

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?![a-z]+:)(?P<file>[^)#\s]*)(?:#(?P<place>[^)\s]+))?\)")
COMMAND = re.compile(r"^[` ]*(?:[A-Z_]+=\S+ )*make ([a-z]+)\b", re.MULTILINE)
STYLE = "<STYLE>"


class Asked(dict[str, str]):
    """An environment that remembers which names it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)


@pytest.fixture(params=DOCS, ids=lambda path: path.name)
def doc(request: pytest.FixtureRequest) -> Path:
    """Each page of the docs."""
    path: Path = request.param
    return path


def prose(path: Path) -> str:
    """A page without its examples."""
    return FENCE.sub("", path.read_text("utf-8"))


def section(path: Path, head: str) -> str:
    """The part of a page below this heading."""
    return path.read_text("utf-8").partition(f"\n## {head}\n")[2].partition("\n## ")[0]


def settings_of_the_product(root: Path) -> set[str]:
    """Every variable that is looked for; the pools of a style as one."""
    asked = Asked()
    config.load(asked, root)
    pools = {f"{env.keys}_{STYLE}" for env in ENVIRONMENT.values() if has_pools(env, root)}
    return asked.names | pools


def has_pools(env: ProviderEnv, root: Path) -> bool:
    """Whether a style may have keys of its own with this provider."""
    found = config.load({f"{env.keys}_CLEAR": "a-key"}, root)
    return bool(found.pool(env.name, "clear"))


def routes() -> Iterator[str]:
    """Every address below /api with its method, as the docs spell it. An absolute path is no address of its own."""
    app = Flask("docs")
    app.register_blueprint(api.blueprint)
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            yield f"{method} {re.sub(r'/+<path:[a-z_]+>', '/<projectPath>', rule.rule)}"


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_quick_reference_has_every_setting_and_no_other(tmp_path: Path) -> None:
    table = section(ROOT / "docs/STEP8_QUICK_REFERENCE.md", "Settings")
    named = re.findall(r"^\| `([A-Z0-9_]+(?:<STYLE>)?)` \|", table, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == settings_of_the_product(tmp_path)


def test_the_api_page_has_every_address_and_no_other() -> None:
    page = prose(ROOT / "docs/api.md")
    assert set(re.findall(r"^## ([A-Z]+ /api/\S+)$", page, re.MULTILINE)) == {
        route for route in routes() if route.rpartition("/")[2] not in NOT_CARRIED_OUT
    }


def test_the_migration_page_names_every_endpoint_that_is_not_carried_out() -> None:
    page = (ROOT / "docs/migrating.md").read_text()
    assert [name for name in NOT_CARRIED_OUT if f"`{name}`" not in page] == []


@pytest.mark.parametrize("state", RunState)
def test_the_manual_tells_of_every_state_of_a_run(state: RunState) -> None:
    states = section(ROOT / "docs/STEP8_README.md", "A run and its states")
    assert re.search(rf"^\|[^|]*\b{state.value}\b[^|]*\|", states, re.MULTILINE)


def test_the_quick_reference_has_every_banner_button_and_single_key() -> None:
    page = prose(ROOT / "docs/STEP8_QUICK_REFERENCE.md")
    banners = {text for name, text in vars(banner).items() if name.isupper() and isinstance(text, str)}
    assert {text for text in banners if text not in page} == set()
    buttons = re.findall(r'Button\(\s*"([^"]+)"', (ROOT / "webapp/web/images/banner.py").read_text("utf-8"))
    assert {text for text in buttons if text not in page} == set()
    listed = (
        (ROOT / "templates/images/page.html").read_text("utf-8").partition("set shortcuts = ")[2].partition("%}")[0]
    )
    keys = set(re.findall(r'"([A-Z])"', listed))
    assert len(keys) > 8 and {key for key in keys if f"`{key}`" not in page} == set()


def test_links_between_the_docs_lead_somewhere(doc: Path) -> None:
    for link in LINK.finditer(prose(doc)):
        target = (doc.parent / link["file"]).resolve() if link["file"] else doc
        assert target.is_relative_to(ROOT) and target.exists(), link[0]
        assert not link["place"] or link["place"] in anchors(target), link[0]


def test_every_command_is_in_the_makefile(doc: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = re.findall(r"`[^`\n]+`", prose(doc)) + [fence[0] for fence in FENCE.finditer(doc.read_text("utf-8"))]
    assert {target for text in code for target in COMMAND.findall(text)} <= targets


def test_the_readme_begins_with_the_two_commands() -> None:
    first = next(fence[0] for fence in FENCE.finditer((ROOT / "README.md").read_text("utf-8")))
    assert COMMAND.findall(first) == ["run", "test"]


def test_the_newest_release_is_this_version() -> None:
    heads = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert next(head for head in heads if head != "Unreleased") == __version__
