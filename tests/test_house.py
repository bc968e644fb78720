"""Tests of the code's shape that the contracts in pyproject.toml cannot state; `make lint` checks those."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.harness.app_process import ROOT

READS_THE_ENVIRONMENT = {"webapp.config", "webapp.process.gunicorn_master"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Import(NamedTuple):
    """One import of a module, also for types alone; ``inside`` a function or not."""

    by: str
    of: str
    line: int
    inside: bool

    def __str__(self) -> str:
        return f"{self.by} (line {self.line}) imports {self.of}"


def modules() -> dict[str, Path]:
    """The files of the product by module name."""
    found = {"wsgi": ROOT / "wsgi.py"}
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(name: str, tree: ast.Module, known: set[str]) -> Iterator[Import]:
    late = {id(child) for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno, id(node) in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{name}, line {node.lineno}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(name, whole if whole in known else node.module, node.lineno, id(node) in late)


def circle(found: list[Import]) -> list[str]:
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for each in found:
        if each.of.startswith("webapp") and each.by != each.of:
            graph[each.by].add(each.of)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def hidden(found: list[Import]) -> list[str]:
    return [str(each) for each in found if each.inside and each.of.startswith("webapp")]


def without_a_contract(found: list[Import]) -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    known = {library for contract in contracts for library in contract.get("protected_modules", ())}
    inside = {"webapp", *known, *sys.stdlib_module_names}
    return [str(each) for each in found if each.of.split(".")[0] not in inside]


def readers_of_the_environment(trees: dict[str, ast.Module]) -> set[str]:
    return {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and ast.unparse(node.value) == "os"
    }


def doubles(trees: dict[str, ast.Module], *, protocols: bool) -> dict[str, list[str]]:
    """Class names that stand in several modules, among protocols or among all other classes."""
    places = defaultdict(list)
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                is_protocol = any(ast.unparse(base).startswith("Protocol") for base in node.bases)
                if is_protocol == protocols:
                    places[node.name].append(name)
    return {each: where for each, where in places.items() if len(where) > 1}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_text("utf-8"), str(path)) for name, path in modules().items()}


@pytest.fixture(scope="module")
def found(trees: dict[str, ast.Module]) -> list[Import]:
    return [each for name, tree in trees.items() for each in imports(name, tree, set(trees))]


def example(source: str, name: str = "webapp.core.example") -> list[Import]:
    """The imports of a made-up module, to see each rule go red."""
    return list(imports(name, ast.parse(source), set(modules())))


def test_no_imports_go_in_circles(found: list[Import]) -> None:
    assert circle(found) == []


def test_a_circle_for_types_alone_goes_red() -> None:
    there = example("if TYPE_CHECKING:\n    from webapp.core import frames", "webapp.core.marks")
    back = example("from webapp.core.marks import FrameMarks", "webapp.core.frames")
    assert circle(there + back)


def test_no_import_hides_in_a_function(found: list[Import]) -> None:
    assert hidden(found) == []


def test_an_import_in_a_function_goes_red() -> None:
    assert hidden(example("def late():\n    import webapp.core.frames"))


def test_every_outside_library_has_a_contract(found: list[Import]) -> None:
    assert without_a_contract(found) == []


def test_a_library_without_a_contract_goes_red() -> None:
    assert without_a_contract(example("import numpy"))


def test_only_the_settings_read_the_environment(trees: dict[str, ast.Module]) -> None:
    assert readers_of_the_environment(trees) <= READS_THE_ENVIRONMENT


def test_reading_the_environment_elsewhere_goes_red() -> None:
    assert readers_of_the_environment({"webapp.core.example": ast.parse("import os\nos.environ['PORT']")})


def test_the_unpatched_master_does_not_load_what_gevent_must_patch_first() -> None:
    unpatched = "{'ssl', 'redis', 'requests', 'flask'} & set(sys.modules)"
    loaded = f"import webapp.process.gunicorn_master, sys; print(sorted({unpatched}))"
    assert subprocess.check_output([sys.executable, "-c", loaded], cwd=ROOT, text=True) == "[]\n"


def test_a_class_name_is_used_once(trees: dict[str, ast.Module]) -> None:
    assert doubles(trees, protocols=False) == {}


def test_a_protocol_name_is_used_once(trees: dict[str, ast.Module]) -> None:
    """It may be the name of the class that serves it."""
    assert doubles(trees, protocols=True) == {}


def test_a_class_name_in_two_modules_goes_red() -> None:
    twice = {"webapp.core.a": ast.parse("class Limits: ..."), "webapp.core.b": ast.parse("class Limits: ...")}
    assert doubles(twice, protocols=False) == {"Limits": ["webapp.core.a", "webapp.core.b"]}
