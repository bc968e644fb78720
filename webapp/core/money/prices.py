"""The price list: what an image or a million tokens cost, in whole micro-dollars; what is owed is rounded up.

It reads no file: `Prices.from_json` gets the text of ``webapp/prices.json`` or of the user's own list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Price:
    """The expected cost of one image, with the month of the figure and where it was read."""

    amount: int
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens of each kind a provider charged for. Thinking counts as ``text_out``."""

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0


REFERENCE_TOKENS = 1_600
"""Upper bound of a reference image: about 1,100 were seen at Google and 1,230 at OpenAI."""

THINKING_TOKENS = 500
"""Upper bound of a model's thinking about one image: some 170 were seen."""


@dataclass(frozen=True, slots=True)
class ExtraCost:
    """What a call may cost beside its image: for its ``words`` and the thinking about them, and for a ``reference``."""

    words: int = 0
    reference: int = 0


NO_EXTRA_COST = ExtraCost()


@dataclass(frozen=True, slots=True)
class Rates:
    """The price of a million tokens of each kind, in micro-dollars."""

    text_in: int
    image_in: int
    text_out: int
    image_out: int
    as_of: str
    source: str

    def cost(self, tokens: Tokens) -> int:
        """Return the cost of these tokens, rounded up to a whole micro-dollar."""
        asked = tokens.text_in * self.text_in + tokens.image_in * self.image_in
        made = tokens.text_out * self.text_out + tokens.image_out * self.image_out
        return -(-(asked + made) // 1_000_000)

    def extra_cost(self, prompt: str, *, reference: bool) -> ExtraCost:
        """Return the most that this prompt, and a reference with it, may cost beside the image.

        Two bytes of the prompt count as one token; a token has some four.
        """
        words = Tokens(text_in=-(-len(prompt.encode("utf-8", "replace")) // 2), text_out=THINKING_TOKENS)
        return ExtraCost(self.cost(words), self.cost(Tokens(image_in=REFERENCE_TOKENS)) if reference else 0)


@dataclass(frozen=True, slots=True)
class Prices:
    """The price list. An entry without a size or quality holds for every one that has no entry of its own."""

    images: Mapping[tuple[str, str, str, str], Price] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], Rates] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Prices:
        """Read a price list: an object with the lists “images” and “tokens”, as in ``webapp/prices.json``.

        An entry may name several models or sizes of one price in a list.

         Raises:
            ValueError: one sentence that names the entry; of a list with any error nothing is used.
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
        """Return this list laid over another: an entry replaces the one for the same model, size and quality."""
        return Prices(
            MappingProxyType({**other.images, **self.images}), MappingProxyType({**other.rates, **self.rates})
        )

    def image(self, provider: str, model: str, size: str = "", quality: str = "") -> Price | None:
        """Return the price of one image, or None when the list has none (never a guess)."""
        for wanted in ((size, quality), (size, ""), ("", quality), ("", "")):
            price = self.images.get((provider, model, *wanted))
            if price is not None:
                return price
        return None

    def origin(self, provider: str, model: str, amount: int | None) -> Price | Rates | None:
        """Return the entry by which an image of this model has this cost, else the model's token rates."""
        of_model = (price for key, price in self.images.items() if key[:2] == (provider, model))
        return next((price for price in of_model if price.amount == amount), None) or self.tokens(provider, model)

    def tokens(self, provider: str, model: str) -> Rates | None:
        """Return the rates of a model that is charged by tokens, or None."""
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
