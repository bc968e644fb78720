"""Money as integers: prices, estimates, what an answer cost, and a budget that cannot be overshot.

Amounts are micro-dollars (a millionth of a US dollar) and never floats; what is owed is rounded up. Nothing here
reads a file: `Prices.from_json` is handed the text of the price list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

DOLLAR = 1_000_000
"""Micro-dollars in a dollar."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one image is expected to cost, with the month the figure was true and where it was read."""

    amount: int
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens of each kind an answer was billed for. Thinking counts as ``text_out``."""

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0


REFERENCE_TOKENS = 1_600
"""At most what a reference picture is counted as: about 1,100 were seen at Google and 1,230 at OpenAI."""

THINKING_TOKENS = 500
"""At most what a model thinks about one picture, as far as is known: some 170 were seen."""


@dataclass(frozen=True, slots=True)
class ExtraCost:
    """What a call may cost beside the price of its picture: for its ``words`` and the thinking about them, and for the
    ``reference`` that goes along."""

    words: int = 0
    reference: int = 0


ONLY_THE_PICTURE = ExtraCost()


@dataclass(frozen=True, slots=True)
class Rates:
    """What a million tokens of each kind cost, in micro-dollars."""

    text_in: int
    image_in: int
    text_out: int
    image_out: int
    as_of: str
    source: str

    def cost(self, tokens: Tokens) -> int:
        """What these tokens cost, rounded up to a whole micro-dollar."""
        asked = tokens.text_in * self.text_in + tokens.image_in * self.image_in
        made = tokens.text_out * self.text_out + tokens.image_out * self.image_out
        return -(-(asked + made) // 1_000_000)

    def besides(self, prompt: str, *, reference: bool) -> ExtraCost:
        """At most what this prompt, and a reference with it, cost beside the picture: a token has some four bytes."""
        words = Tokens(text_in=-(-len(prompt.encode("utf-8", "replace")) // 2), text_out=THINKING_TOKENS)
        return ExtraCost(self.cost(words), self.cost(Tokens(image_in=REFERENCE_TOKENS)) if reference else 0)


@dataclass(frozen=True, slots=True)
class Prices:
    """The price list. An entry without a size or a quality holds for every one that has no entry of its own."""

    images: Mapping[tuple[str, str, str, str], Price] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], Rates] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Prices:
        """Read a price list: an object with the lists “images” and “tokens”, as ``webapp/prices.json`` shows them.

        Where several models or sizes have one price, their entry names them in a list.

        Raises:
            ValueError: one sentence that names the entry; nothing of a list that is wrong anywhere is used.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The price list is not JSON: {error}.") from None
        if not isinstance(data, dict):
            raise ValueError("The price list must be an object with “images” and “tokens”.")
        images: dict[tuple[str, str, str, str], Price] = {}
        rates: dict[tuple[str, str], Rates] = {}
        for where, entry in _entries(data, "images"):
            price = Price(_amount(where, entry, "amount"), *_origin(where, entry))
            sizes, quality = _texts(where, {"size": "", **entry}, "size"), str(entry.get("quality", ""))
            images |= {(*name, size, quality): price for name in _names(where, entry) for size in sizes}
        for where, entry in _entries(data, "tokens"):
            rate = Rates(
                _amount(where, entry, "text_in"),
                _amount(where, entry, "image_in"),
                _amount(where, entry, "text_out"),
                _amount(where, entry, "image_out"),
                *_origin(where, entry),
            )
            rates |= dict.fromkeys(_names(where, entry), rate)
        return cls(MappingProxyType(images), MappingProxyType(rates))

    def over(self, other: Prices) -> Prices:
        """This list laid over another: an entry takes the place of the one for the same model, size and quality."""
        return Prices(
            MappingProxyType({**other.images, **self.images}), MappingProxyType({**other.rates, **self.rates})
        )

    def image(self, provider: str, model: str, size: str = "", quality: str = "") -> Price | None:
        """The price of one image, or ``None`` when the list does not know it (never a guess)."""
        for wanted in ((size, quality), (size, ""), ("", quality), ("", "")):
            price = self.images.get((provider, model, *wanted))
            if price is not None:
                return price
        return None

    def origin(self, provider: str, model: str, amount: int | None) -> Price | Rates | None:
        """The entry by which an image of this model costs so much; where there is none, the model's token rates."""
        of_model = (price for key, price in self.images.items() if key[:2] == (provider, model))
        return next((price for price in of_model if price.amount == amount), None) or self.tokens(provider, model)

    def tokens(self, provider: str, model: str) -> Rates | None:
        """The token rates of a model that is billed by tokens, or ``None``."""
        return self.rates.get((provider, model))


def _entries(data: dict[str, Any], name: str) -> Iterable[tuple[str, dict[str, Any]]]:
    entries = data.get(name, [])
    if not isinstance(entries, list):
        raise ValueError(f"“{name}” in the price list must be a list.")
    for number, entry in enumerate(entries, 1):
        where = f"Entry {number} of “{name}” in the price list"
        if not isinstance(entry, dict):
            raise ValueError(f"{where} must be an object.")
        yield where, entry


def _names(where: str, entry: dict[str, Any]) -> list[tuple[str, str]]:
    provider = _text(where, entry, "provider")
    return [(provider, _text(where, {"model": model}, "model")) for model in _texts(where, entry, "model")]


def _texts(where: str, entry: dict[str, Any], name: str) -> list[str]:
    value = entry.get(name)
    texts = value if isinstance(value, list) and value else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{where} needs “{name}” as text.")
    return [str(text) for text in texts]


def _origin(where: str, entry: dict[str, Any]) -> tuple[str, str]:
    return _text(where, entry, "as_of"), _text(where, entry, "source")


def _text(where: str, entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where} needs “{name}” as text.")
    return value


def _amount(where: str, entry: dict[str, Any], name: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{where} needs “{name}” as a whole number of micro-dollars.")
    return value


def estimate(missing: int, price: int | None) -> int | None:
    """What the missing images will cost; ``None`` when the price of one is unknown, unless nothing is missing."""
    if missing <= 0:
        return 0
    return None if price is None else missing * price


def dollars(micro: int) -> str:
    """A total for the page: ``$3.51``. Less than a cent is shown as finely as `per_image` does, never as nothing."""
    if 0 < micro < DOLLAR // 100:
        return per_image(micro)
    whole = cents(micro)
    return f"${whole // 100:,}.{whole % 100:02d}"


def cents(micro: int) -> int:
    """An amount in whole cents, as `dollars` rounds it."""
    return (micro + DOLLAR // 200) // (DOLLAR // 100)


def per_image(micro: int) -> str:
    """The price of one image for the page: ``$0.039``; two to four decimals, a smaller price in full."""
    if micro % 100 and micro >= 100:
        micro = (micro + 50) // 100 * 100
    whole, rest = divmod(micro, DOLLAR)
    return f"${whole:,}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')}"


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap (``None``: no cap), what was spent, and what attempts in flight may still cost, by attempt.

    Every step is repeat-safe: an attempt is reserved once and settled or released once, however often it is said.
    """

    cap: int | None = None
    spent: int = 0
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """The sum of all reservations."""
        return sum(self.reserved.values())

    @property
    def left(self) -> int | None:
        """What may still be reserved; ``None`` without a cap. Negative when an answer cost more than was reserved."""
        return None if self.cap is None else self.cap - self.spent - self.held

    def allows(self, price: int) -> bool:
        """Whether ``spent + reserved + price <= cap``."""
        left = self.left
        return left is None or price <= left

    def reserve(self, attempt: str, price: int) -> Budget | None:
        """The budget with the price held for this attempt, or ``None`` when the cap does not allow it."""
        if attempt in self.reserved:
            return self
        return replace(self, reserved={**self.reserved, attempt: price}) if self.allows(price) else None

    def settle(self, attempt: str, cost: int | None = None) -> Budget:
        """The budget once the attempt was charged; ``None`` means as much as was reserved for it."""
        if attempt not in self.reserved:
            return self
        charged = self.reserved[attempt] if cost is None else cost
        return replace(self.release(attempt), spent=self.spent + charged)

    def release(self, attempt: str) -> Budget:
        """The budget once it is certain that the attempt was not charged."""
        return replace(self, reserved={name: price for name, price in self.reserved.items() if name != attempt})
