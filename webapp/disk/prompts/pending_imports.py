"""Imports that are shown and wait for the user's yes: ``.step8/prompt_imports/``. The newest few are kept."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import PRIVATE
from webapp.errors import NotFound

PLACE = f"{STATE}/prompt_imports"
KEPT = 5
MOST_BYTES = 200_000_000
_NAME = re.compile(r"[0-9a-f]{16}\Z")


def put(folder: Folder, data: dict[str, Any]) -> str:
    """Keep an import until the user agrees. Returns its name; the same content has the same name."""
    return run_native(_put, folder, data)


def get(folder: Folder, name: str) -> dict[str, Any]:
    """Return the import of that name.

    Raises:
        NotFound: it is not kept any more.
    """
    return run_native(_get, folder, name)


def _put(folder: Folder, data: dict[str, Any]) -> str:
    body = json.dumps(data).encode()
    name = hashlib.blake2s(body, digest_size=8).hexdigest()
    folder.files.write_whole(f"{PLACE}/{name}.json", body, PRIVATE)
    there = folder.files.stats(PLACE, folder.files.names(PLACE))
    for old in sorted(there, key=lambda file: there[file].st_mtime_ns, reverse=True)[KEPT:]:
        folder.files.remove(f"{PLACE}/{old}")
    return name


def _get(folder: Folder, name: str) -> dict[str, Any]:
    body = folder.files.read(f"{PLACE}/{name}.json", MOST_BYTES) if _NAME.match(name) else None
    try:
        data = json.loads(body) if body else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise NotFound("This import is not kept any more. Choose the file or paste the text again.")
    return data
