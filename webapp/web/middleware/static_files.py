"""Static files (styles, scripts, icon): read once, compressed once, cached by browsers for ever.

An address holds one digest of all files, ``/static/<digest>/js/main.js``. So what a file names relative to itself (a
module another module, a style an image) has that digest too, and a version is replaced as a whole: no page ever runs
scripts of two versions. ``/static/js/main.js`` and the digest of another version are served as well, from the current
files, and checked by browsers each time.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import NotFound

from webapp.web.middleware.compression import COMPRESSIBLE, accepts_gzip

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
DIGEST = re.compile(r"[0-9a-f]{12}\Z")
LEVEL = 9
"""The best compression, since it is done once."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed (b"" when that is no smaller), its content type and its ETag."""

    body: bytes
    compressed: bytes
    type: str
    tag: str


class Assets:
    """The files below ``root``, as they were at the start."""

    def __init__(self, root: Path) -> None:
        self._files = {
            path.relative_to(root).as_posix(): _read(path) for path in sorted(root.rglob("*")) if path.is_file()
        }
        whole = hashlib.blake2s(digest_size=6)
        for name, asset in self._files.items():
            whole.update(f"{name} {asset.tag}\n".encode())
        self.digest = whole.hexdigest()

    def serve(self, filename: str) -> Response:
        """Serve a file by its path, with or without a digest before it (the view ``static``)."""
        head, _, rest = filename.partition("/")
        has_digest = bool(DIGEST.match(head))
        asset = self._files.get(rest if has_digest else filename)
        if asset is None:
            raise NotFound
        compressed = bool(asset.compressed) and accepts_gzip(request)
        response = current_app.response_class(asset.compressed if compressed else asset.body, content_type=asset.type)
        if compressed:
            response.content_encoding = "gzip"
        if asset.compressed:
            response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = FOR_EVER if head == self.digest else ASK_FIRST
        response.set_etag(f"{asset.tag}-gzip" if compressed else asset.tag)
        response.make_conditional(request)
        return response

    def add_digest(self, endpoint: str, values: dict[str, Any]) -> None:
        """Put the digest into every address made with ``url_for("static", filename=…)``."""
        if endpoint == "static" and "filename" in values:
            values["filename"] = f"{self.digest}/{values['filename']}"


def serve_static_files(app: Flask) -> None:
    """Serve the static folder of ``app`` from memory."""
    assets = Assets(Path(app.static_folder or ""))
    app.view_functions["static"] = assets.serve
    app.url_default_functions.setdefault(None, []).append(assets.add_digest)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    compressed = gzip.compress(body, LEVEL, mtime=0) if kind in COMPRESSIBLE else b""
    tag = hashlib.blake2s(body, digest_size=8).hexdigest()
    text = kind.startswith("text/") or kind in COMPRESSIBLE
    return Asset(
        body, compressed if len(compressed) < len(body) else b"", f"{kind}; charset=utf-8" if text else kind, tag
    )
