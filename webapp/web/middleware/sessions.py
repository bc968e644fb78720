"""The session cookie: signed with a secret of the installation, under a name of its own on this host."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

from webapp.errors import BadSetting, DiskTrouble

SECRET_FILE = "session-secret"
SECRET_BYTES = 32


class SessionCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure whenever the request came over TLS."""

    def get_cookie_name(self, app: Flask) -> str:
        """A name for each installation and port, since browsers share cookies between the ports of a host.

        The port is the one that the browser knows, so nodes behind one proxy agree.
        """
        return f"{super().get_cookie_name(app)}_{request.host.rpartition(':')[2] if ':' in request.host else ''}"

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie may travel over TLS only."""
        return request.is_secure


def use_sessions(app: Flask, data_dir: Path) -> None:
    """Give ``app`` its secret and its cookie. Nodes with the same secret accept each other's cookies."""
    app.secret_key = session_secret(data_dir)
    app.session_interface = SessionCookie()
    instance = hashlib.blake2s(b"cookie", key=app.secret_key, digest_size=4).hexdigest()
    app.config.update(
        SESSION_COOKIE_NAME=f"step8_{instance}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
    )


def session_secret(data_dir: Path) -> bytes:
    """The secret of this installation, made on first use and readable by its owner alone.

    Workers that start at the same moment each write a whole file of their own; one wins the name, and all read that.

    Raises:
        DiskTrouble: ``data_dir`` cannot be read or written.
        BadSetting: the file is damaged.
    """
    final = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not final.exists():
            _create(final)
        secret = final.read_bytes()
    except OSError as error:
        raise DiskTrouble(
            f"The session secret cannot be kept in {data_dir} ({error.strerror}). Make that folder writable and check "
            "its disk, or name another one in DATA_DIR; then start again."
        ) from error
    if len(secret) < SECRET_BYTES:
        raise BadSetting("DATA_DIR", f"{SECRET_FILE} in it is damaged; delete that file and start again.")
    return secret


def _create(final: Path) -> None:
    mine = final.with_name(f".{SECRET_FILE}.{secrets.token_hex(8)}")
    handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another worker was first
            os.link(mine, final)
    finally:
        mine.unlink()
