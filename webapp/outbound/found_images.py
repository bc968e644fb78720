"""Images in answers of services, in whatever shape a service or a relay hands them over. Pure.

An answer is paid for, so it is searched whole before it counts as one without an image: every candidate and entry,
lists and objects, addresses, data URIs in texts and chats, a bare file, a stream of events.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pybase64

from webapp.core.media_types import NAMED, READABLE, image_format, is_page

DEEPEST = 16
MOST_VALUES = 20_000
"""Values of an answer that are looked at."""

MOST_ADDRESSES = 4
SHORTEST = 32
"""Characters of base64 that may be an image."""

_SNIFFED = 96
_LONGEST_ADDRESS = 8_000
_LONGEST_TEXT = 200_000
_CODED_NAMES = ("data", "b64_json")
_WORDS = ("", "content", "text", "message", "answer")
"""Names of texts in which an address may stand among words."""

_ASKED = re.compile(
    r"(?i)^(?:input|inputs|input_.*|request|prompt|revised_prompt|reference.*|init_images?|mask.*|thumb.*|preview.*"
    r"|errors?|usage|usageMetadata|partial_.*)$"
)
"""Names of what an answer repeats of the question, or that is no finished image."""

_ADDRESSES = re.compile(
    r"(?i)^(?:(?:.*_)?(?:url|uri|urls|uris|link|links|src)|.*(?:Url|Uri|Urls|Uris)|data|images?|outputs?|results?|files?"
    r"|image_.*|artifacts?|content|text|path|sample|img)$"
)
_NO_ADDRESSES = re.compile(
    r"(?i)(?:doc|help|status|cancel|stream|webhook|callback|schema|poll|response_url|@type|web$)"
)
_IMAGE_FILE = re.compile(r"(?i)\.(?:png|jpe?g|webp|avif|gif|tiff?|bmp)$")
_DATA_URI = re.compile(r"data:(?P<type>[\w.+/-]*)(?P<more>(?:;[\w.+=-]+)*?)(?P<code>;base64)?,", re.IGNORECASE)
_CODED = re.compile(r"[A-Za-z0-9+/_=%-]*(?:\r?\n[A-Za-z0-9+/_=%-]+(?=[\r\n)\"'\]}>]|\Z))*")
_CODE_BLOCK = re.compile(r"`\w{0,20}\s*([A-Za-z0-9+/_=\r\n-]{100,})`")
_IN_TEXT = re.compile(
    r"!\[[^\]]{0,1000}\]\(\s*<?(?P<shown>https?://[^\s)>]+)|<img\b[^>]{0,1000}?\bsrc=[\"'](?P<tag>https?://[^\"']+)"
    r"|(?P<bare>https?://[^\s)\]\"'<>]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundImages:
    """What an answer holds: the bytes of its image (b"": none), else addresses to fetch it from, the likeliest first.

    ``unreadable`` names the format of an image that is not read here, ``broken`` says that there was the beginning of
    one; both only where neither bytes nor addresses were found.
    """

    body: bytes = field(default=b"", repr=False)
    urls: tuple[str, ...] = ()
    unreadable: str = ""
    broken: bool = False


def documents(body: bytes) -> list[Any]:
    """The JSON values of an answer: one, or those of a stream of events or of lines; [] when there are none."""
    try:
        return [json.loads(body)]
    except (ValueError, RecursionError):
        pass
    if body[:1] in (b"<", b"\x89", b"\xff") or b"{" not in body:
        return []
    found, event = [], []
    for line in [*body.decode("utf-8", "replace").splitlines(), ""]:
        if line.startswith("data:"):
            event.append(line[5:].strip())
        elif line.startswith(("{", "[")):
            event = [*event, line] if event else [line]
        if (not line or line.startswith(("{", "["))) and event:
            found += _parsed("\n".join(event))
            event = []
    return found


def find_images(body: bytes, documents: Iterable[Any]) -> FoundImages:
    """Find the image in an answer of these bytes and `documents`."""
    kind = image_format(body[:NAMED])
    if kind:
        return FoundImages(body) if kind in READABLE else FoundImages(unreadable=kind)
    values = list(documents) or ([] if is_page(body[:NAMED]) else [_plain_text(body)])
    urls: list[str] = []
    unreadable, broken = "", False
    for name, text in _texts(values):
        for image, found in _images_in(text):
            if image and found in READABLE:
                return FoundImages(image)
            unreadable, broken = unreadable or found * bool(image), broken or not image
        broken = broken or (name in _CODED_NAMES and bool(text))
        if len(urls) < MOST_ADDRESSES:
            urls += [url for url in _addresses_in(name, text) if url not in urls]
    if urls:
        return FoundImages(urls=tuple(urls[:MOST_ADDRESSES]))
    return FoundImages(unreadable=unreadable, broken=broken and not unreadable)


def _plain_text(body: bytes) -> str:
    """The words of an answer that is no JSON; "" where it is none either."""
    return body.decode("ascii") if body.isascii() and not body.lstrip().startswith((b"{", b"[", b"<")) else ""


def decoded(text: str) -> bytes:
    """Decode base64, as a data URI too, in any spelling: URL-safe, without padding, in lines. No bytes when broken."""
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    found = _decoded(text)
    if found is None:  # it may be broken into lines or escaped: rare, and looking for it takes longer than decoding
        found = _decoded("".join((unquote(text) if "%" in text else text).split()))
    return found or b""


def _decoded(text: str) -> bytes | None:
    text = text.rstrip("=")
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
    if "=" in text or len(text) % 4 == 1:
        return None
    try:
        return pybase64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _parsed(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def _texts(values: list[Any]) -> Iterator[tuple[str, str]]:
    """The texts that may hold an image, each with the name it stands under, the likeliest first."""
    joined = _joined_chat(values)
    if joined:
        yield "content", joined
    left = MOST_VALUES
    stack: list[tuple[str, Any, int]] = [("", value, 0) for value in values]  # of several events the last comes first
    while stack and left:
        name, value, depth = stack.pop()
        left -= 1
        if isinstance(value, str):
            yield name, value
        elif depth < DEEPEST and isinstance(value, list):
            later = value if name == "parts" else value[::-1]  # the last part is the finished one
            stack += [(name, entry, depth + 1) for entry in later[:MOST_VALUES]]
        elif depth < DEEPEST and isinstance(value, dict) and not _is_draft(value):
            kept = [(key, entry) for key, entry in value.items() if isinstance(entry, str | list | dict)]
            stack += [(key, entry, depth + 1) for key, entry in reversed(kept) if not _ASKED.match(key)]


def _is_draft(value: dict[str, Any]) -> bool:
    return value.get("thought") is True or "partial" in str(value.get("type", ""))


def _joined_chat(values: list[Any]) -> str:
    """The words of a chat that came in pieces."""
    pieces = []
    for value in values if len(values) > 1 else ():
        choices = value.get("choices") if isinstance(value, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            delta = choice.get("delta") if isinstance(choice, dict) else None
            content = delta.get("content") if isinstance(delta, dict) else None
            pieces.append(content if isinstance(content, str) else "")
    return "".join(pieces)


def _images_in(text: str) -> Iterator[tuple[bytes, str]]:
    """Each image in a text with its format; no bytes where one is broken."""
    if "data:" in text or text[:5].lower() == "data:":
        for match in _DATA_URI.finditer(text):
            yield from _data_uri(text, match)
        return
    if (inner := text.lstrip())[:1] in ("{", "[") and len(text) > SHORTEST:  # JSON in a text
        for _, part in _texts(_parsed(inner)):
            yield from _images_in(part) if part != text else ()
        return
    kind = _sniffed(text)
    if kind:
        yield decoded(text), kind
        return
    for match in _CODE_BLOCK.finditer(text) if "`" in text else ():
        if kind := _sniffed(match[1]):
            yield decoded(match[1]), kind


def _data_uri(text: str, match: re.Match[str]) -> Iterator[tuple[bytes, str]]:
    if not match["code"]:
        if match["type"].startswith("image/"):
            yield b"\0", match["type"].removeprefix("image/").partition("+")[0].upper()
        return
    coded = _CODED.match(text, match.end())
    body = decoded(coded[0].strip()) if coded else b""
    kind = image_format(body[:NAMED])
    if kind:
        yield body, kind
    elif match["type"].startswith("image/") and not body:
        yield b"", ""
    elif match["type"].startswith("image/"):
        yield body, match["type"].removeprefix("image/").partition("+")[0].upper()


def _sniffed(text: str) -> str:
    """The format of the image that this base64 begins like; "" when it is none."""
    start = "".join(text[:_SNIFFED].split())
    start = start[: len(start) // 4 * 4]
    if len(start) < 8:
        return ""
    clean = re.match(r"[A-Za-z0-9+/_-]*", start)
    whole = clean[0][: len(clean[0]) // 4 * 4] if clean else ""
    kind = image_format(_decoded(whole) or b"") if len(whole) >= 4 else ""
    if kind or len(text) < SHORTEST or len(whole) < len(start):
        return kind
    return (
        image_format(decoded(text)[:NAMED]) if whole.startswith(("PD94", "PHN2", "77u")) else ""
    )  # SVG after its head


def _addresses_in(name: str, text: str) -> Iterator[str]:
    words = name in _WORDS
    if len(text) > _LONGEST_TEXT or _NO_ADDRESSES.search(name) or not (words or _ADDRESSES.match(name)):
        return
    alone = text.strip()
    if _is_address(alone, relative=not words):
        yield alone
        return
    found = list(_IN_TEXT.finditer(text))
    for group in ("shown", "tag"):
        yield from (match[group] for match in found if match[group])
    for match in found:
        bare = (match["bare"] or "").rstrip(".,;")
        if _IMAGE_FILE.search(bare.partition("?")[0]):
            yield bare


def _is_address(text: str, *, relative: bool) -> bool:
    """Whether the text is an address and nothing else; ``relative``: or a path at the service's own host."""
    if not text or len(text) > _LONGEST_ADDRESS or re.search(r"\s", text):
        return False
    if re.match(r"(?i)[a-z][a-z0-9+.-]{1,20}://", text):
        return True
    return relative and (bool(_IMAGE_FILE.search(text.partition("?")[0])) or text.startswith("/"))
