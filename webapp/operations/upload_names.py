"""Names of uploaded prompts files: ``prompts-clear.js`` and ``clear.json`` are both of the style ``clear``. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from webapp.core.project import STYLE_NAME
from webapp.core.prompts.prompt_files import SUFFIXES
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
        raise BadInput(f"“{shown}” names no style. Name it like prompts-clear.js ({forms}).")
    return style


def form_rank(name: str, suffixes: Sequence[str] = SUFFIXES) -> int:
    """The place of an uploaded file's form among ``suffixes``, of which the first counts first; the last for others."""
    suffix = PurePath(base_name(name)).suffix.lower()
    return suffixes.index(suffix) if suffix in suffixes else len(suffixes)
