"""Key file: the API keys that were pasted on the page, ``keys.json`` in DATA_DIR, for its owner alone.

They are written and never shown again. Each process reads the file's stamp a few times a second, so that a change made
in one of them holds in all.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from webapp.core.image_request import Key, Secret
from webapp.core.settings.key_pools import own_account, pool_name
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile, BadInput, DiskTrouble, NotFound

FILE = "keys.json"
MAX_FILE = 1_000_000
MOST_KEYS = 200
LOOK_EVERY = 0.25
"""Seconds for which the file is assumed unchanged."""

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key that was pasted. ``id`` names it on the page and tells nothing of it.

    ``style`` is the name of its pool, as `pool_name` writes it; "" is the provider's common pool. One that is ``off``
    is kept and not used.
    """

    id: str
    provider: str
    style: str
    key: Key
    off: bool = False


class KeyFile:
    """The stored keys of this installation. ``clock`` is monotonic seconds."""

    def __init__(self, data_dir: Path, clock: Callable[[], float]) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._lock = threading.Lock()
        self._checked_at = -LOOK_EVERY
        self._stamp: Stamp | None = None
        self._kept: tuple[StoredKey, ...] = ()
        self._problem = ""

    def kept(self) -> tuple[StoredKey, ...]:
        """Return all keys in the order in which they were pasted; those of the last quarter of a second may be
        missing."""
        now = self._clock()
        if now - self._checked_at >= LOOK_EVERY:
            self._checked_at = now
            run_native(self._refresh)
        return self._kept

    @property
    def problem(self) -> str:
        """Return why the file cannot be read, as one sentence; "" when it can. Its keys are then unused, not lost."""
        self.kept()
        return self._problem

    def pool(self, provider: str, style: str) -> tuple[Key, ...]:
        """Return the keys of exactly this pool that are in use; ``style`` as in `StoredKey`."""
        return tuple(
            kept.key for kept in self.kept() if (kept.provider, kept.style) == (provider, style) and not kept.off
        )

    def add(self, provider: str, style: str, keys: Iterable[Key]) -> int:
        """Add keys to a pool, and return how many of them were new there. A known key gets the given account.

        Raises:
            BadInput: there are too many.
            BadFile: the file is damaged; nothing was changed.
            DiskTrouble: they could not be kept.
        """
        pasted, pool = tuple(keys), pool_name(style)

        def with_them(kept: tuple[StoredKey, ...]) -> tuple[StoredKey, ...]:
            there = {entry.key.secret: entry for entry in kept if (entry.provider, entry.style) == (provider, pool)}
            fresh = [StoredKey(secrets.token_hex(6), provider, pool, key) for key in pasted if key.secret not in there]
            again = {there[key.secret].id: key for key in pasted if key.secret in there}
            if len(kept) + len(fresh) > MOST_KEYS:
                raise BadInput(f"No more than {MOST_KEYS} keys are kept. Remove some that are not used.")
            return (*(replace(entry, key=again.get(entry.id, entry.key)) for entry in kept), *fresh)

        before, after = self._change(with_them)
        return len(after) - len(before)

    def remove(self, ident: str) -> None:
        """Remove a key for good, if it is there.

        Raises:
            BadFile, DiskTrouble: as for `add`.
        """
        self._change(lambda kept: tuple(entry for entry in kept if entry.id != ident))

    def switch(self, ident: str, *, off: bool) -> None:
        """Use a key no longer, or again.

        Raises:
            NotFound: it is not there any more.
            BadFile, DiskTrouble: as for `add`.
        """

        def switched(kept: tuple[StoredKey, ...]) -> tuple[StoredKey, ...]:
            if not any(entry.id == ident for entry in kept):
                raise NotFound("This key is not there any more. Load the page again.")
            return tuple(replace(entry, off=off) if entry.id == ident else entry for entry in kept)

        self._change(switched)

    def _change(
        self, change: Callable[[tuple[StoredKey, ...]], tuple[StoredKey, ...]]
    ) -> tuple[tuple[StoredKey, ...], tuple[StoredKey, ...]]:
        try:
            return run_native(self._rewrite, change)
        except DiskTrouble as error:
            raise DiskTrouble(f"The keys could not be kept in {self._data_dir}. {error}") from None

    def _rewrite(
        self, change: Callable[[tuple[StoredKey, ...]], tuple[StoredKey, ...]]
    ) -> tuple[tuple[StoredKey, ...], tuple[StoredKey, ...]]:
        files = FolderWriter(self._data_dir)
        with files.locked():
            before = _read(files)
            after = change(before)
            if after != before:
                files.write_whole(FILE, _written(after), PRIVATE)
            self._set(self._stamp_now(), after, "")
        return before, after

    def _refresh(self) -> None:
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        try:
            kept, problem = _read(FolderWriter(self._data_dir)), ""
        except (BadFile, DiskTrouble) as error:
            kept, problem = (), str(error)
        self._set(stamp, kept, problem)

    def _set(self, stamp: Stamp | None, kept: tuple[StoredKey, ...], problem: str) -> None:
        with self._lock:
            self._stamp, self._kept, self._problem = stamp, kept, problem

    def _stamp_now(self) -> Stamp | None:
        try:
            status = os.stat(self._data_dir / FILE, follow_symlinks=False)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _read(files: FolderWriter) -> tuple[StoredKey, ...]:
    """Return the keys in the file; none when there is no file.

    Raises:
        BadFile: it is damaged. Nothing of what is in it is repeated.
    """
    data = files.read(FILE, MAX_FILE)
    if data is None:
        return ()
    damaged = BadFile(FILE, "the file in DATA_DIR is damaged. Restore it, or delete it and paste the keys again.")
    try:
        entries = json.loads(data)["keys"]
        return tuple(_entry(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise damaged  # out here and without its past, which would hold the file's text


def _entry(entry: Any) -> StoredKey:
    secret, account = entry["secret"], entry.get("account") or ""
    known = (entry["id"], entry["provider"], entry["style"], secret, account)
    if not all(isinstance(text, str) for text in known) or not secret:
        raise ValueError
    key = Key(Secret(secret), account or own_account(secret))
    return StoredKey(entry["id"], entry["provider"], entry["style"], key, bool(entry.get("off")))


def _written(kept: Iterable[StoredKey]) -> bytes:
    entries = [
        {
            "id": entry.id,
            "provider": entry.provider,
            "style": entry.style,
            "account": entry.key.account,
            "secret": entry.key.secret.reveal(),
            "off": entry.off,
        }
        for entry in kept
    ]
    return (json.dumps({"keys": entries}, indent=2) + "\n").encode()
