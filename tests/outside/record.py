"""The record: a folder of text files, one for each thing that was looked at."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from pathlib import Path

from PIL import Image

from tests.outside.markup import as_lines
from tests.outside.noise import Noise
from tests.outside.order import calm, calm_values
from tests.outside.visitor import Answer

LEFT_OUT = frozenset({"date", "server", "connection", "content-length", "transfer-encoding", "keep-alive"})
"""Headers that say nothing of the product."""

LISTS = frozenset({"allow", "vary", "access-control-allow-methods", "access-control-allow-headers"})
"""Headers whose parts have no order."""

VAGUE = ("seconds", "bytes", "created", "info", "open_fds", "gc_")
"""What stands in the names of metrics whose values are of the moment."""

UNUSABLE = re.compile(r"[^\w./=-]+|\.\.")
"""What a file's name is not made of."""

PNG_TEXTS = 4000


class Record:
    """Writes the files of one record. ``noise`` takes out what differs from run to run."""

    def __init__(self, folder: Path, noise: Noise) -> None:
        self.folder, self.noise = folder, noise
        self._began = time.monotonic()

    def write(self, name: str, text: str) -> None:
        """One file. Raises FileExistsError when something of this name was recorded before."""
        place = self.folder / f"{UNUSABLE.sub('_', name)}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")

    def answer(self, name: str, *answers: Answer) -> None:
        """Answers of the app, one below the other."""
        self.write(name, "\n\n".join(self.told(answer) for answer in answers))

    def told(self, answer: Answer) -> str:
        """An answer as text: the request, the status, the headers, the body."""
        numbers: dict[str, str] = {}
        lines = [answer.asked, str(answer.status)]
        for header, value in sorted(answer.headers.items(), key=lambda pair: pair[0].lower()):
            if header.lower() not in LEFT_OUT:
                lines.append(f"{header.lower()}: {_header(header.lower(), value)}")
        head = self.noise.out_of("\n".join(lines), numbers)
        return f"{head}\n\n{self.body(answer, numbers)}"

    def outline(self, answer: Answer) -> str:
        """An answer in parts of a page: which parts there are, and what it says was done."""
        lines = self.told(answer).splitlines()
        targets = sorted({line.strip() for line in lines if "<hx-partial" in line})
        done = [follower.strip() for line, follower in zip(lines, lines[2:], strict=False) if "done-line" in line]
        return "\n".join([*lines[: lines.index("")], "", *targets, *done])

    def body(self, answer: Answer, numbers: dict[str, str]) -> str:
        """The body of an answer as text."""
        if answer.type == "text/html":
            return self.noise.out_of(as_lines(answer.text), numbers)
        return self.content(answer.body, answer.type, numbers)

    def content(self, body: bytes, kind: str, numbers: dict[str, str]) -> str:
        """Bytes of a media type, or of a file's ending, as text."""
        if kind.endswith("json") and body.strip():
            try:
                return self.noise.out_of_json(json.loads(body), numbers)
            except ValueError:
                pass
        if kind.endswith(("jsonl", "json")):
            return self._lines(body, numbers)
        if body.startswith((b"\x89PNG", b"RIFF", b"\xff\xd8")):
            return self._image(body, numbers)
        if body.startswith(b"PK\x03\x04"):
            return self._zip(body)
        if body.startswith(b"%PDF"):
            return f"PDF, {len(re.findall(rb'/Type */Page[^s]', body))} pages"
        try:
            text = body.decode("utf-8")
            lines = _figures(text) if text.startswith("# HELP") else "\n".join(calm(text.splitlines(), str))
            return self.noise.out_of(lines, numbers)
        except UnicodeDecodeError:
            return f"{len(body)} bytes, {hashlib.sha256(body).hexdigest()[:11]}" if len(body) < 1000 else "bytes"

    def progress(self, what: str) -> None:
        """Tell on the terminal how far it is."""
        print(f"{time.monotonic() - self._began:6.1f} s  {what}", flush=True)

    def _lines(self, body: bytes, numbers: dict[str, str]) -> str:
        """JSON, an object a line."""
        lines = [line for line in body.decode("utf-8", "replace").splitlines() if line.strip()]
        try:
            values = calm_values([json.loads(line) for line in lines])
        except ValueError:
            return self.noise.out_of("\n".join(lines), numbers)
        return "\n".join(self.noise.out_of_json(value, numbers) for value in values)

    def _image(self, body: bytes, numbers: dict[str, str]) -> str:
        try:
            with Image.open(io.BytesIO(body)) as image:
                image.load()
                pixels = hashlib.sha256(image.tobytes()).hexdigest()[:11]
                told = [f"{image.format} {image.size[0]}x{image.size[1]} {image.mode} pixels {pixels}"]
                for name, value in sorted(image.info.items(), key=str):
                    shown = str(value)[:PNG_TEXTS] if isinstance(value, str | int | float | tuple) else "…"
                    told.append(f"  {name}: {self.noise.out_of(shown, numbers)}")
                return "\n".join(told)
        except OSError:
            return "an image that cannot be read"

    def _zip(self, body: bytes) -> str:
        told = []
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in sorted(archive.namelist()):
                ending = name.rpartition(".")[2]
                inner = self.content(archive.read(name), ending, {})
                told.append(f"--- {self.noise.out_of(name)}\n{inner}")
        return "\n".join(told)


def _header(name: str, value: str) -> str:
    if name == "etag":
        return "<etag>"
    if name == "set-cookie":
        return re.sub(r"=[^;]*", "=<value>", value, count=1)
    return ", ".join(sorted(value.split(", "))) if name in LISTS else value


def _figures(text: str) -> str:
    """Prometheus text with the values left out that depend on the moment."""
    return re.sub(rf"(?m)^(\w*(?:{'|'.join(VAGUE)})\w*(?:\{{.*\}})?) .*$", r"\1 <number>", text)
