"""Secrets that webhooks are signed with: one file each in DATA_DIR, for its owner alone."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from webapp.core.webhook_message import new_secret
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile

FOLDER = "webhooks"
_IDENT = re.compile(r"[0-9a-f]{16}")
_LONGEST = 200


class WebhookSecrets:
    """The secrets of this installation, by opaque ids that a project's settings may hold."""

    def __init__(self, data_dir: Path) -> None:
        self._files = FolderWriter(data_dir)

    def make(self) -> tuple[str, str]:
        """Make a secret. Returns its id, and the secret itself, which is not shown again.

        Raises:
            DiskTrouble: it could not be kept.
        """
        ident, secret = secrets.token_hex(8), new_secret(secrets.token_bytes(32))
        run_native(self._files.write_whole, f"{FOLDER}/{ident}", secret.encode(), PRIVATE)
        return ident, secret

    def find(self, ident: str) -> str | None:
        """Return the secret of that id, or None when this installation has none."""
        if not _IDENT.fullmatch(ident):
            return None
        try:
            kept = run_native(self._files.read, f"{FOLDER}/{ident}", _LONGEST)
        except BadFile:
            return None
        return kept.decode("ascii", "replace") if kept else None

    def forget(self, ident: str) -> None:
        """Remove a secret that is not used any more."""
        if _IDENT.fullmatch(ident):
            run_native(self._files.remove, f"{FOLDER}/{ident}")
