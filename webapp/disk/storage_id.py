"""Id of a storage: kept in the projects folder itself, the same on every machine that mounts it.

Work is handed out per storage. A machine that cannot reach the folder, or that only has an empty mount point where it
should be, reads another id or none, and gets no work on its projects.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from pathlib import Path

from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import PUBLIC
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile, BadSetting, DiskTrouble

log = logging.getLogger("step8.disk")

NAME = ".step8-storage"
LONGEST = 64
_ID = re.compile(r"[0-9a-f]{16}\Z")


def storage_id(root: Path) -> str:
    """Return the id of a projects folder: 16 hexadecimal characters, made once for all machines that share it.

    A folder that cannot be written gets an id by its path, which no other machine has: its projects can be viewed, and
    nothing can be generated in them before it is cured and the app started again.

    Raises:
        BadSetting: the file that holds the id is damaged.
    """
    return run_native(_storage_id, root)


def is_same(root: Path, ident: str) -> bool:
    """Return whether ``root`` is still the storage of this id: False once a share was unmounted or another mounted."""
    try:
        kept = run_native(_read, root)
    except (BadFile, DiskTrouble):
        return False
    return kept == ident or (kept is None and ident == _by_path(root))


def _storage_id(root: Path) -> str:
    try:
        kept = _read(root)
        if kept is None:
            _offer(root)
            kept = _read(root)
    except DiskTrouble as error:
        if root.is_dir():
            log.warning("PROJECTS_ROOT cannot be written, so nothing can be generated there: %s", error)
        return _by_path(root)
    except BadFile as error:
        raise BadSetting("PROJECTS_ROOT", str(error)) from error
    if kept is None or not _ID.match(kept):
        raise BadSetting("PROJECTS_ROOT", f"{NAME} in it is damaged; delete that file and start every node again.")
    return kept


def _read(root: Path) -> str | None:
    data = FolderWriter(root).read(NAME, LONGEST)
    return None if data is None else data.decode("ascii", "replace").strip()


def _offer(root: Path) -> None:
    # several machines may start at once: each writes a whole file of its own, and one of them gets the name
    files, mine = FolderWriter(root), f"{NAME}.{secrets.token_hex(8)}.tmp"
    files.write_new(mine, f"{secrets.token_hex(8)}\n".encode(), PUBLIC)
    if not files.link_new(mine, NAME):
        files.remove(mine)


def _by_path(root: Path) -> str:
    return hashlib.blake2s(str(root).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
