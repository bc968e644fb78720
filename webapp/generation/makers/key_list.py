"""All keys there are: those the environment sets, which come first, and those pasted on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from webapp.coordination.account_limits import AccountLimits
from webapp.core.image_request import Key
from webapp.core.limits.key_states import AccountView
from webapp.core.settings.key_pools import own_account, pool_name
from webapp.generation.makers.key_pool import look
from webapp.providers.variables import ProviderSettings


class KeptKey(Protocol):
    """A key that was pasted."""

    @property
    def id(self) -> str: ...

    @property
    def provider(self) -> str: ...

    @property
    def style(self) -> str: ...

    @property
    def key(self) -> Key: ...

    @property
    def off(self) -> bool: ...


class Vault(Protocol):
    """Where pasted keys are kept."""

    def kept(self) -> Sequence[KeptKey]: ...


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One key as it is held. ``id`` names it on the page; ``variable`` is the setting it comes from, "" when pasted.

    ``style`` is the name of its pool, "" for the provider's common one; see `pool_name`.
    """

    id: str
    provider: str
    style: str
    key: Key
    variable: str = ""
    off: bool = False

    @property
    def account(self) -> str:
        """The account somebody named for it; "" when it is its own."""
        return "" if self.key.account == own_account(self.key.secret.reveal()) else self.key.account


class KeyList:
    """The keys by provider and style. ``limits`` knows how they and their accounts are."""

    def __init__(self, settings: Mapping[str, ProviderSettings], vault: Vault, limits: AccountLimits) -> None:
        self._settings = settings
        self._vault = vault
        self._limits = limits

    def pool(self, provider: str, style: str) -> tuple[Key, ...]:
        """The keys in use for a style: its own pool where that has any, else the common one."""
        held = [entry for entry in self.held(provider) if not entry.off]
        own = tuple(entry.key for entry in held if entry.style and entry.style == pool_name(style))
        return own or tuple(entry.key for entry in held if not entry.style)

    def held(self, provider: str) -> list[HeldKey]:
        """Every key of a provider, the common pool first and in each pool those of the environment. Of a key that is in
        a pool twice the first is held."""
        known = self._settings[provider]
        variable = known.keys_variable
        found = [HeldKey(f"env-{place}", provider, "", key, variable) for place, key in enumerate(known.keys)]
        for style, keys in known.style_keys.items():
            name = f"{variable}_{style.upper()}"
            found += [HeldKey(f"env-{style}-{place}", provider, style, key, name) for place, key in enumerate(keys)]
        found += [
            HeldKey(kept.id, provider, kept.style, kept.key, off=kept.off)
            for kept in self._vault.kept()
            if kept.provider == provider
        ]
        first = {(entry.style, entry.key.secret): entry for entry in reversed(found)}
        return sorted((entry for entry in found if first[entry.style, entry.key.secret] is entry), key=_by_pool)

    def serving(self, provider: str, styles: Iterable[str]) -> list[HeldKey]:
        """The keys in the pools these styles draw on, also those that are switched off; each key once."""
        held = self.held(provider)
        in_use = {entry.style for entry in held if not entry.off}
        names = {pool_name(style) for style in styles}
        pools = names | ({""} if names - in_use else set())
        found = [entry for entry in held if entry.style in pools]
        best = {entry.key.secret: entry for entry in sorted(found, key=lambda entry: not entry.off)}  # one in use wins
        return [entry for entry in found if best[entry.key.secret] is entry]

    def find(self, provider: str, ident: str) -> HeldKey | None:
        """The key of that id, or ``None`` when it is not there any more."""
        return next((entry for entry in self.held(provider) if entry.id == ident), None)

    def look(self, held: Sequence[HeldKey]) -> list[AccountView]:
        """What is known of these keys now.

        Raises:
            CoordinationDown: Redis did not answer.
        """
        return look(self._limits, [(entry.provider, entry.key) for entry in held])


def _by_pool(entry: HeldKey) -> str:
    return entry.style
