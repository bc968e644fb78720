"""Names of uploaded prompts files: ``prompts-clear.js`` and ``clear.json`` are both of the style ``clear``. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from webapp.core.project import STYLE_NAME
from webapp.core.prompts.import_kinds import file_kind
from webapp.core.prompts.prompt_files import SUFFIXES, form_rank, without_copies
from webapp.errors import BadInput

PREFIX = re.compile(r"prompts[-_ ]+", re.IGNORECASE)
LONGEST_SHOWN = 80


def base_name(name: str) -> str:
    """The bare name of an uploaded file; some browsers send a whole path."""
    return re.split(r"[/\\]", name)[-1].strip()


def style_in(name: str, suffixes: Sequence[str] = SUFFIXES) -> str:
    """The style of an uploaded file's name. ``suffixes`` are the forms that are accepted.

    Raises:
        BadInput: it names none.
    """
    path = PurePath(base_name(name))
    style = PREFIX.sub("", path.stem, count=1).strip().replace(" ", "-")
    if path.suffix.lower() not in suffixes or not STYLE_NAME.match(style):
        forms = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        shown = str(path) if len(str(path)) <= LONGEST_SHOWN else f"{str(path)[: LONGEST_SHOWN - 1]}…"
        if kind := file_kind(path.suffix):
            raise BadInput(f"“{shown}” {kind}")
        raise BadInput(f"“{shown}” names no style. Name it like prompts-clear.js ({forms}).")
    return style


def one_a_style(names: Sequence[str], suffixes: Sequence[str] = SUFFIXES) -> dict[str, int]:
    """The place among ``names`` of the file that counts for each style: of several the one whose form is first among
    ``suffixes``.

    Raises:
        BadInput: a name gives no style.
    """
    found: dict[str, int] = {}
    for place in sorted(range(len(names)), key=lambda place: form_rank(base_name(names[place]), suffixes)):
        found.setdefault(style_in(names[place], suffixes), place)
    return {style: found[style] for style in without_copies(found)}
