"""Amounts of money as text for the pages. An amount is a whole number of micro-dollars (millionths of a US dollar)."""

from __future__ import annotations

DOLLAR = 1_000_000
"""Micro-dollars in a dollar."""


def dollars(micro: int) -> str:
    """Return a total as ``$3.51``. Less than a cent is shown as by `per_image`, never as nothing."""
    if 0 < micro < DOLLAR // 100:
        return per_image(micro)
    whole = cents(micro)
    return f"${whole // 100:,}.{whole % 100:02d}"


def cents(micro: int) -> int:
    """Return an amount in whole cents, as `dollars` rounds it."""
    return (micro + DOLLAR // 200) // (DOLLAR // 100)


def per_image(micro: int) -> str:
    """Return the price of one image as ``$0.039``: two to four decimals, a smaller price in full."""
    if micro % 100 and micro >= 100:
        micro = (micro + 50) // 100 * 100
    whole, rest = divmod(micro, DOLLAR)
    return f"${whole:,}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')}"
