"""Prompt files that are handed in: all of them or none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from tests.harness.web_app import entries
from webapp.errors import BadFile, BadInput
from webapp.operations.upload_names import style_in
from webapp.web.projects.uploads import read


def file(name: str, text: str | bytes) -> tuple[io.BytesIO, str]:
    """One file of an upload form."""
    return io.BytesIO(text.encode() if isinstance(text, str) else text), name


def storage(*files: tuple[io.BytesIO, str]) -> list[FileStorage]:
    """The files as a request holds them."""
    return [FileStorage(body, name) for body, name in files]


def js(count: int, prompt: str = "A lake") -> str:
    """A prompts file as v1.1 wrote it."""
    return f"export const prompts = {json.dumps(entries(count, prompt))};\n"


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("prompts-clear.js", "clear"),
        ("clear.json", "clear"),
        ("prompts_clear.txt", "clear"),
        ("Prompts-soft-ink.JSON", "soft-ink"),
        ("C:\\book\\prompts\\prompts-clear.js", "clear"),
        ("prompts/prompts-clear.js", "clear"),
    ],
)
def test_the_style_is_in_the_file_name(name: str, style: str) -> None:
    assert style_in(name) == style


def test_a_document_is_refused_by_its_kind() -> None:
    with pytest.raises(BadInput, match="is a document"):
        style_in("clear.docx")


@pytest.mark.parametrize("name", ["clear", "prompts-.js", ".js", "prompts-käse.js", "..", "prompts-a/../b.exe"])
def test_a_name_without_a_style_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="names no style"):
        style_in(name)


def test_the_three_forms_of_a_style_may_come_together() -> None:
    files = [
        file("prompts-clear.txt", "whatever"),
        file("prompts-clear.json", json.dumps(entries(3))),
        file("prompts-clear.js", js(2)),
    ]
    assert {style: len(found) for style, found in read(storage(*files)).items()} == {"clear": 2}


def test_a_file_is_only_read_as_far_as_it_may_be_large(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("w+b") as endless:
        endless.truncate(50_000_000_000)
        with pytest.raises(BadFile, match="larger than 8 MB"):
            read([FileStorage(endless, "prompts-clear.js")])
        assert endless.tell() <= 9_000_000
