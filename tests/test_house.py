"""The house keeps its shape: who may import whom, and through which door the outside libraries come in."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.harness.app_process import ROOT

FLOORS = {
    "webapp": 0,
    "webapp.errors": 0,
    "webapp.process.gevent_patch": 0,
    "webapp.process.os_limits": 1,
    "webapp.log": 1,
    "webapp.metrics": 1,
    "webapp.fonts": 1,
    "webapp.core": 1,
    "webapp.disk": 2,
    "webapp.coordination": 2,
    "webapp.outbound": 2,
    "webapp.providers": 3,
    "webapp.exports": 3,
    "webapp.config": 4,
    "webapp.process": 5,
    "webapp.generation": 5,
    "webapp.state": 6,
    "webapp.operations": 7,
    "webapp.web": 8,
    "webapp.lifecycle": 9,
    "webapp.app": 10,
    "webapp.cli": 11,
    "webapp.__main__": 12,
    "wsgi": 12,
}
"""The floor of each room. A room imports from lower floors and from itself, never from a neighbour or from above."""

DOORS = {
    "flask": ("webapp.web", "webapp.app"),
    "werkzeug": ("webapp.web", "webapp.app"),
    "jinja2": ("webapp.web", "webapp.app"),
    "markupsafe": ("webapp.web",),
    "flask_sse": ("webapp.web",),
    "markdown_it": ("webapp.web",),
    "gevent": (
        "webapp.exports",
        "webapp.generation",
        "webapp.web",
        "webapp.disk.files.native_threads",
        "webapp.lifecycle",
        "webapp.log",
        "webapp.app",
        "webapp.app",
        "webapp.process.gevent_patch",
        "webapp.cli.worker",
        "webapp.cli.generate",
    ),
    "redis": ("webapp.coordination", "webapp.web"),
    "dramatiq": ("webapp.generation.job_queue",),
    "requests": ("webapp.outbound",),
    "urllib3": ("webapp.outbound",),
    "pybase64": ("webapp.outbound.images",),
    "PIL": ("webapp.fonts", "webapp.disk", "webapp.exports", "webapp.providers"),
    "dotenv": ("webapp.config",),
    "prometheus_client": ("webapp.metrics",),
}
"""Which outside library may be used where."""

READS_THE_ENVIRONMENT = {"webapp.config", "webapp.process.gunicorn_master"}


class Import(NamedTuple):
    """One module imports another, at this line. ``inside`` a function it does so late."""

    by: str
    of: str
    line: int
    inside: bool

    def __str__(self) -> str:
        return f"{self.by} (line {self.line}) imports {self.of}"


def modules() -> dict[str, Path]:
    """Every module of the product by name."""
    found = {"wsgi": ROOT / "wsgi.py"}
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(name: str, tree: ast.Module, known: set[str]) -> Iterator[Import]:
    """What a module imports when it runs; what only the type checker sees is left out."""
    late = {id(child) for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for child in ast.walk(node)}
    unseen = {id(child) for node in ast.walk(tree) if is_for_types(node) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        inside = id(node) in late
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{name}, line {node.lineno}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(name, whole if whole in known else node.module, node.lineno, inside)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def room(module: str) -> str:
    """The room a module is in: its longest known prefix."""
    parts = module.split(".")
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((prefix for prefix in prefixes if prefix in FLOORS), module)


def inward(found: list[Import]) -> list[str]:
    """The imports among the product's own modules that go sideways or up."""
    wrong = []
    for each in found:
        if each.of.split(".")[0] not in ("webapp", "wsgi"):
            continue
        by, of = room(each.by), room(each.of)
        if by != of and (by not in FLOORS or of not in FLOORS or FLOORS[by] <= FLOORS[of]):
            wrong.append(str(each))
    return wrong


def outward(found: list[Import]) -> list[str]:
    """The imports of outside libraries that do not come in through their door."""
    wrong = []
    for each in found:
        library = each.of.split(".")[0]
        if library in sys.stdlib_module_names or library in ("webapp", "wsgi"):
            continue
        doors = DOORS.get(library, ())
        if not any(each.by == door or each.by.startswith(f"{door}.") for door in doors):
            wrong.append(str(each))
    return wrong


def circle(found: list[Import]) -> list[str]:
    """The modules of an import circle; nothing when there is none."""
    graph: dict[str, set[str]] = {}
    for each in found:
        if each.of.split(".")[0] == "webapp" and each.by != each.of:
            graph.setdefault(each.by, set()).add(each.of)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_text("utf-8"), str(path)) for name, path in modules().items()}


@pytest.fixture(scope="module")
def found(trees: dict[str, ast.Module]) -> list[Import]:
    return [each for name, tree in trees.items() for each in imports(name, tree, set(trees))]


def test_imports_go_down_only(found: list[Import]) -> None:
    assert inward(found) == []


def test_no_imports_go_in_circles(found: list[Import]) -> None:
    assert circle(found) == []


def test_every_outside_library_comes_in_through_its_door(found: list[Import]) -> None:
    assert outward(found) == []


def test_no_import_hides_in_a_function(found: list[Import]) -> None:
    assert [str(each) for each in found if each.inside and each.of.startswith("webapp")] == []


def test_only_the_settings_read_the_environment(trees: dict[str, ast.Module]) -> None:
    readers = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and ast.unparse(node.value) == "os"
    }
    assert readers <= READS_THE_ENVIRONMENT


def test_the_unpatched_master_does_not_load_what_gevent_must_patch_first() -> None:
    unpatched = "{'ssl', 'redis', 'requests', 'flask'} & set(sys.modules)"
    loaded = f"import webapp.process.gunicorn_master, sys; print(sorted({unpatched}))"
    assert subprocess.check_output([sys.executable, "-c", loaded], cwd=ROOT, text=True) == "[]\n"


def example(name: str, source: str) -> list[Import]:
    """The imports of a made-up module, to see the rules themselves go red."""
    return list(imports(name, ast.parse(source), set(modules())))


def test_an_upward_import_goes_red() -> None:
    assert inward(example("webapp.core.run.states", "from webapp.disk import store"))


def test_a_neighbours_import_goes_red() -> None:
    assert inward(example("webapp.disk.project_store", "import webapp.coordination.live_state"))


def test_an_import_for_types_alone_is_free() -> None:
    assert not inward(example("webapp.core.run.states", "if TYPE_CHECKING:\n    import webapp.web.layout.widgets"))


def test_a_circle_goes_red() -> None:
    there = example("webapp.core.run.states", "from webapp.core import frames")
    back = example("webapp.core.frames", "from webapp.core.run.states import Run")
    assert circle(there + back)


def test_a_library_at_the_wrong_door_goes_red() -> None:
    assert outward(example("webapp.core.run.states", "from redis.client import Redis"))
