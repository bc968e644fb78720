"""What is to be made for a frame, by whom, and what came of it: first its bytes, then its picture."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Protocol

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.money.prices import (
    ONLY_THE_PICTURE,
    ExtraCost,
)
from webapp.core.project import Beat, Frame


class Provider(Protocol):
    """What the runner needs of a provider."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def offline(self) -> bool: ...

    @property
    def needs_key(self) -> bool: ...

    @property
    def price(self) -> int | None: ...

    @property
    def requests_per_minute(self) -> float | None: ...

    @property
    def parallel(self) -> int: ...

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer: ...


@dataclass(frozen=True, slots=True)
class Reference:
    """The style reference: ``body`` goes along with hard cuts, and with every image of the styles ``everywhere``.

    ``note`` says why it cannot, where there ought to be one.
    """

    body: bytes | None = field(default=None, repr=False)
    everywhere: frozenset[str] = frozenset()
    note: str = ""

    def wanted(self, style: str, beat: Beat) -> bool:
        """Whether it should go along with this picture."""
        return beat.hard_cut or style in self.everywhere


@dataclass(frozen=True, slots=True)
class ImageJob:
    """One picture to make: for which frame, of which words, by whom.

    ``prompt`` is the final one. ``inputs`` is the code of what it is made from, ``replaces`` the version of the image
    that it takes the place of ("" where there is none), ``reference`` goes along, ``note`` says why it does not;
    ``besides`` is what it may cost beside the price of the picture.
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
    besides: ExtraCost = ONLY_THE_PICTURE


@dataclass(frozen=True, slots=True)
class MadeImage:
    """A frame that was made: the version of its file, how long the call took, its cost in micro-dollars, a note."""

    version: str
    seconds: float
    cost: int | None
    note: str


@dataclass(frozen=True, slots=True)
class SpooledImage:
    """A call that was answered, its bytes in the spool and synced. ``seconds`` is how long the call took."""

    job: ImageJob
    attempt: str
    answer: ImageAnswer
    seconds: float

    @property
    def cost(self) -> int | None:
        """What it cost in micro-dollars, ``None`` when nobody knows."""
        return self.job.provider.price if self.answer.cost is None else self.answer.cost

    @property
    def seed(self) -> int:
        """The seed that the picture was really made with."""
        return self.job.seed if self.answer.seed is None else self.answer.seed

    def set_down(self) -> SpooledImage:
        """The same without the bytes in memory: they are read from the spool when they are needed."""
        return replace(self, answer=replace(self.answer, body=b""))


def seed_of(style: str, prompt: str) -> int:
    """The seed of a frame's picture: fixed by its words, so that a repeat of a lost call asks for the same one."""
    return int.from_bytes(hashlib.blake2s(f"{style}\0{prompt}".encode(), digest_size=4).digest(), "big") & 0x7FFFFFFF


def prompt_digest(prompt: str) -> str:
    """A short digest by which a prompt can be recognised without being told."""
    return hashlib.blake2s(prompt.encode(), digest_size=8).hexdigest()


class NotBegun(Exception):
    """The last look before the call said no: nothing was sent. ``state`` is what it saw."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How hard a run may press.

    ``per_minute`` are requests per account (``None``: the provider's own pace), ``parallel`` calls in flight,
    ``attempts`` tries per image, ``timeout`` seconds for one call, ``budget`` micro-dollars (``None``: no cap).
    """

    parallel: int
    per_minute: float | None
    attempts: int
    timeout: float = 180.0
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedAttempt:
    """An attempt whose intent has no outcome: its call may have been made, and may still go on at the service.

    ``job`` is the service's own id for it, "" when it told none. ``inputs`` is the code of what the picture was to be
    made from, ``replaces`` the version of the image whose place it was to take, "" where there was none.
    """

    attempt: str
    frame: Frame
    run: str
    provider: str
    job: str = ""
    inputs: str = ""
    replaces: str = ""
