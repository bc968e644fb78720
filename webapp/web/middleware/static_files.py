"""The files every page is made of (styles, scripts, icon): read once, packed once, kept by browsers for ever.

An address holds the digest of all of them together, ``/static/<digest>/js/main.js``. So whatever a file names relative
to itself (a module another module, a style a picture) has that digest too, and a new version is new as a whole: no page
ever runs with scripts of two versions. ``/static/js/main.js`` and the digest of another version answer as well, with
what is there now, and are asked for again each time.
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

from webapp.web.middleware.compression import PACKED, wants_packed

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
DIGEST = re.compile(r"[0-9a-f]{12}\Z")
BEST = 9
"""The level at which they are packed, since that is done once."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: what it holds, the same packed ("" when that is no smaller), its type and its tag."""

    body: bytes
    packed: bytes
    type: str
    tag: str


class Assets:
    """The files below ``root``, as they were when this was made."""

    def __init__(self, root: Path) -> None:
        self._files = {
            path.relative_to(root).as_posix(): _read(path) for path in sorted(root.rglob("*")) if path.is_file()
        }
        whole = hashlib.blake2s(digest_size=6)
        for name, asset in self._files.items():
            whole.update(f"{name} {asset.tag}\n".encode())
        self.digest = whole.hexdigest()

    def serve(self, filename: str) -> Response:
        """A file by its path, with or without a digest before it (the view ``static``)."""
        head, _, rest = filename.partition("/")
        dated = bool(DIGEST.match(head))
        asset = self._files.get(rest if dated else filename)
        if asset is None:
            raise NotFound
        packed = bool(asset.packed) and wants_packed(request)
        answer = current_app.response_class(asset.packed if packed else asset.body, content_type=asset.type)
        if packed:
            answer.content_encoding = "gzip"
        if asset.packed:
            answer.vary.add("Accept-Encoding")
        answer.headers["Cache-Control"] = FOR_EVER if head == self.digest else ASK_FIRST
        answer.set_etag(f"{asset.tag}-gzip" if packed else asset.tag)
        answer.make_conditional(request)
        return answer

    def put_digest(self, endpoint: str, values: dict[str, Any]) -> None:
        """Give every address that a page makes of a file its digest (``url_for("static",
        filename="css/layout.css")``)."""
        if endpoint == "static" and "filename" in values:
            values["filename"] = f"{self.digest}/{values['filename']}"


def serve_assets(app: Flask) -> None:
    """Let ``app`` serve its static folder this way."""
    assets = Assets(Path(app.static_folder or ""))
    app.view_functions["static"] = assets.serve
    app.url_default_functions.setdefault(None, []).append(assets.put_digest)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    packed = gzip.compress(body, BEST, mtime=0) if kind in PACKED else b""
    tag = hashlib.blake2s(body, digest_size=8).hexdigest()
    text = kind.startswith("text/") or kind in PACKED
    return Asset(body, packed if len(packed) < len(body) else b"", f"{kind}; charset=utf-8" if text else kind, tag)
