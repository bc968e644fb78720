"""Pools of API keys as settings write them, and how pools and accounts are named."""

from __future__ import annotations

import hashlib
import re

from webapp.core.image_request import Key, Secret
from webapp.core.settings.parse import PRINTABLE, entries


def keys(text: str) -> tuple[Key, ...]:
    """A pool of API keys, each ``key`` or ``account=key``: one account shares its limits, a bare key has its own."""
    pool: dict[str, Key] = {}
    for place, entry in enumerate(entries(text), start=1):
        account, equals, secret = (part.strip() for part in entry.partition("="))
        if not equals or (secret and not secret.strip("=")):  # no account, or the padding at the end of some keys
            account, equals, secret = "", "", entry
        if not PRINTABLE.match(secret) or not re.search(r"[A-Za-z0-9]", secret) or (equals and not account):
            raise ValueError(f"entry {place} is neither a key nor account=key (keys hold no blanks).")
        known = pool.setdefault(secret, Key(Secret(secret), account or own_account(secret)))
        if account and known.account != account:
            raise ValueError(f"entry {place} repeats a key under another account.")
    return tuple(pool.values())


def own_account(secret: str) -> str:
    """The account of a key that names none: the same wherever the key is listed, and nothing of the key in it."""
    return "key-" + hashlib.blake2s(secret.encode(), digest_size=4, person=b"account").hexdigest()


def pool_name(style: str) -> str:
    """How a style is called where it has a pool of keys: lower case, with underscores, as in a variable's name."""
    return style.lower().replace("-", "_")
