"""What an image was made from, as a digest that is kept in the image; and what that says of the image now.

Three parts are told apart, so that a page can say what changed: the words, the style reference, and who made it how.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZE = 6
"""Bytes of each part's digest."""

REMEMBERED = 20_000
"""Texts whose digests are remembered: the prompts of a project are asked for at each change of a run."""


class Freshness(enum.StrEnum):
    """What a frame's image is worth now. Always computed, never stored."""

    MISSING = "missing"
    CURRENT = "current"
    STALE = "stale"  # its prompt, style reference or model setting changed since it was made
    BLOCKED = "blocked"  # missing, and the provider refused just these inputs: only an edit helps


@dataclass(frozen=True, slots=True)
class Inputs:
    """The digests of what a picture is made from."""

    prompt: str
    reference: str
    maker: str

    @classmethod
    def of(cls, prompt: str, reference: str, provider: str, model: str, settings: Mapping[str, Any]) -> Inputs:
        """The inputs of a picture. ``reference`` is the digest of the file that goes along, "" for none; ``settings``
        are the provider's own that shape the picture."""
        return cls(digest(prompt), reference, _made(provider, model, tuple(sorted(map(_as_texts, settings.items())))))

    @property
    def code(self) -> str:
        """All of it as one text, for `read`."""
        return f"{self.prompt}.{self.reference or '-'}.{self.maker}"

    def changed_since(self, code: str) -> tuple[str, ...]:
        """What is another now than in an image with this code, in plain words; nothing for a code that is not ours."""
        before = read(code)
        if before is None:
            return ()
        pairs = (
            ("prompt", before.prompt, self.prompt),
            ("style reference", before.reference, self.reference),
            ("model or its settings", before.maker, self.maker),
        )
        return tuple(word for word, then, now in pairs if then != now)


def _as_texts(setting: tuple[str, Any]) -> tuple[str, str]:
    return setting[0], str(setting[1])


@functools.lru_cache(maxsize=256)
def _made(provider: str, model: str, settings: tuple[tuple[str, str], ...]) -> str:
    """The digest of who made it how; a project's frames share a few of them."""
    return digest(json.dumps([provider, model, settings]))


@functools.lru_cache(maxsize=REMEMBERED)
def digest(text: str) -> str:
    """A short digest of a text."""
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=SIZE).hexdigest()


def read(code: str) -> Inputs | None:
    """The inputs of a code, or ``None`` when it is none."""
    parts = code.split(".")
    if len(parts) != 3 or not all(len(part) == 2 * SIZE or part == "-" for part in parts):
        return None
    return Inputs(parts[0], "" if parts[1] == "-" else parts[1], parts[2])


def truth(image: str | None, now: Inputs, refused: str = "") -> Freshness:
    """What a frame is. ``image`` is the code its image carries ("" when it carries none, as those of v1.1), ``None``
    without an image; ``refused`` the code that a provider last refused."""
    if image is None:
        return Freshness.BLOCKED if refused and refused == now.code else Freshness.MISSING
    return Freshness.STALE if now.changed_since(image) else Freshness.CURRENT
