"""Values of one image's making: the job for a frame, its limits, and what came of it (spooled bytes, then an image)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from webapp.core.image_request import ImageAnswer
from webapp.core.money.prices import (
    NO_EXTRA_COST,
    ExtraCost,
)
from webapp.core.project import Beat, Frame
from webapp.providers.contract import Provider


@dataclass(frozen=True, slots=True)
class Reference:
    """The style reference: PNG bytes for hard cuts, and for every image of the styles ``everywhere``.

    ``note`` says why it cannot be sent, where one is wanted.
    """

    body: bytes | None = field(default=None, repr=False)
    everywhere: frozenset[str] = frozenset()
    note: str = ""

    def wanted(self, style: str, beat: Beat) -> bool:
        """Whether this image is to be made with the reference."""
        return beat.hard_cut or style in self.everywhere


@dataclass(frozen=True, slots=True)
class ImageJob:
    """One image to make: for which frame, of which words, by which provider.

    ``prompt`` is the final one. ``inputs`` is the code of what the image is made from, ``replaces`` the version of the
    image whose place it takes ("": none), ``note`` why a reference that is wanted is not sent, ``extra_cost`` what the
    call may cost beside the price of the image.
    """

    frame: Frame
    beat: Beat
    prompt: str
    provider: Provider
    seed: int
    inputs: str = ""
    replaces: str = ""
    reference: bytes | None = field(default=None, repr=False)
    note: str = ""
    extra_cost: ExtraCost = NO_EXTRA_COST


@dataclass(frozen=True, slots=True)
class MadeImage:
    """A finished frame: version of its file, seconds that the call took, cost in micro-dollars (None: unknown)."""

    version: str
    seconds: float
    cost: int | None
    note: str


@dataclass(frozen=True, slots=True)
class SpooledImage:
    """An answered call whose bytes are in the spool and synced. ``seconds`` is how long the call took."""

    job: ImageJob
    attempt: str
    answer: ImageAnswer
    seconds: float

    @property
    def cost(self) -> int | None:
        """Micro-dollars; None: unknown."""
        return self.job.provider.price if self.answer.cost is None else self.answer.cost

    @property
    def seed(self) -> int:
        """The seed that the provider used."""
        return self.job.seed if self.answer.seed is None else self.answer.seed

    def without_body(self) -> SpooledImage:
        """The same without the bytes in memory: they are read from the spool when they are needed."""
        return replace(self, answer=replace(self.answer, body=b""))


def seed_of(style: str, prompt: str) -> int:
    """The seed for a frame's image, fixed by its words: a repeat of a lost call asks for the same image."""
    return int.from_bytes(hashlib.blake2s(f"{style}\0{prompt}".encode(), digest_size=4).digest(), "big") & 0x7FFFFFFF


def prompt_digest(prompt: str) -> str:
    """16 hexadecimal characters by which a prompt is recognised without being shown."""
    return hashlib.blake2s(prompt.encode(), digest_size=8).hexdigest()


class NotBegun(Exception):
    """The last check before the call forbade it: nothing was sent. ``state`` is what the check found."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Limits of a run.

    ``per_minute`` are requests per account (None: the provider's own pace), ``parallel`` calls in flight, ``attempts``
    tries per image, ``timeout`` seconds for one call, ``budget`` micro-dollars (None: no cap).
    """

    parallel: int
    per_minute: float | None
    attempts: int
    timeout: float = 180.0
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedAttempt:
    """An attempt whose intent has no outcome: its call may have been made, and may still go on at the service.

    ``job`` is the service's own id for it, "": none is known. ``inputs`` and ``replaces`` as in `ImageJob`.
    """

    attempt: str
    frame: Frame
    run: str
    provider: str
    job: str = ""
    inputs: str = ""
    replaces: str = ""
