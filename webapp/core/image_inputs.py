"""Inputs of an image: what it was made from, as a digest kept in the image, and whether that is still current.

Three parts are told apart, so that a page can name what changed: the words, the style reference, and the model with its
settings.
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
"""Texts whose digests are remembered: the prompts of a project are needed at each change of a run."""


class Freshness(enum.StrEnum):
    """The state of a frame's image. Always computed, never stored."""

    MISSING = "missing"
    CURRENT = "current"
    STALE = "stale"  # its prompt, style reference or model setting changed since it was made
    BLOCKED = "blocked"  # missing, and the provider refused just these inputs: only an edit helps


@dataclass(frozen=True, slots=True)
class Inputs:
    """The digests of what an image is made from."""

    prompt: str
    reference: str
    maker: str

    @classmethod
    def of(cls, prompt: str, reference: str, provider: str, model: str, settings: Mapping[str, Any]) -> Inputs:
        """Return the inputs of an image.

        ``reference`` is the digest of the file sent along, "" for none; ``settings`` are the provider's that shape the
        image.
        """
        return cls(digest(prompt), reference, _made(provider, model, tuple(sorted(map(_as_texts, settings.items())))))

    @property
    def code(self) -> str:
        """Return all parts as one text, for `read`."""
        return f"{self.prompt}.{self.reference or '-'}.{self.maker}"

    def changed_since(self, code: str) -> tuple[str, ...]:
        """Return what differs from an image with this code, in plain words; nothing for an unknown code."""
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
    return digest(json.dumps([provider, model, settings]))


@functools.lru_cache(maxsize=REMEMBERED)
def digest(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=SIZE).hexdigest()


def read(code: str) -> Inputs | None:
    """Return the inputs of a code, or None when it is none."""
    parts = code.split(".")
    if len(parts) != 3 or not all(len(part) == 2 * SIZE or part == "-" for part in parts):
        return None
    return Inputs(parts[0], "" if parts[1] == "-" else parts[1], parts[2])


def freshness(image: str | None, now: Inputs, refused: str = "") -> Freshness:
    """Return the freshness of a frame's image.

    ``image`` is the code in its image ("" in those of v1.1), None without an image; ``refused`` the code that a
    provider last refused.
    """
    if image is None:
        return Freshness.BLOCKED if refused and refused == now.code else Freshness.MISSING
    return Freshness.STALE if now.changed_since(image) else Freshness.CURRENT
