"""Request and answer of a provider, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class Secret:
    """A text that never shows itself: ``repr``, ``str`` and JSON of it are masked to the last four characters.

    Only the code that sends it may call `reveal`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    @property
    def masked(self) -> str:
        """Return dots and the last four characters, or dots alone when it is short."""
        return "••••" + (self._text[-4:] if len(self._text) >= 12 else "")

    def __repr__(self) -> str:
        return f"Secret({self.masked})"

    def __str__(self) -> str:
        return self.masked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Key:
    """One API key and the account whose limits it shares."""

    secret: Secret
    account: str


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of a server of the user's own, and the login (``user:password``) it wants, if any."""

    url: str
    login: Secret | None = None

    @property
    def place(self) -> str:
        """The server as a sentence names it: host and port."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One image to make. ``attempt`` is unique per call; ``aspect`` is like ``16:9``; ``reference`` is PNG bytes.

    ``number`` and ``phrase`` are the beat's, for providers that caption (the offline sketch). ``accepted`` is to be
    called with the service's own id of the job, where it has one, as soon as it is known.
    """

    attempt: str
    style: str
    number: str
    phrase: str
    prompt: str
    seed: int
    aspect: str = "16:9"
    reference: bytes | None = field(default=None, repr=False)
    accepted: Callable[[str], None] = field(default=lambda job: None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """An image as it was sent (PNG, JPEG or WebP bytes), and what is known about it.

    ``cost`` is in micro-dollars, None when the provider did not say. ``note`` is one plain sentence to show with the
    frame (for example that a reference was not sent).
    """

    body: bytes = field(repr=False)
    model: str
    seed: int | None = None
    cost: int | None = None
    note: str = ""
