"""List of all API keys: those of the environment first, then those pasted on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from webapp.coordination.account_limits import AccountLimits
from webapp.core.image_request import Key
from webapp.core.limits.key_states import AccountView
from webapp.core.settings.key_pools import own_account, pool_name
from webapp.disk.key_file import KeyFile
from webapp.generation.makers.key_pool import account_views
from webapp.providers.variables import ProviderSettings


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One key of the list.

    ``id`` names it on the page; ``variable`` is the setting it comes from, "": pasted. ``style`` is the name of its
    pool, "": the provider's common one; see `pool_name`.
    """

    id: str
    provider: str
    style: str
    key: Key
    variable: str = ""
    off: bool = False

    @property
    def account(self) -> str:
        """The account the user named for it; "": its own."""
        return "" if self.key.account == own_account(self.key.secret.reveal()) else self.key.account


class KeyList:
    """Finds keys by provider and style, and their states in ``limits``."""

    def __init__(self, settings: Mapping[str, ProviderSettings], key_file: KeyFile, limits: AccountLimits) -> None:
        self._settings = settings
        self._key_file = key_file
        self._limits = limits

    def pool(self, provider: str, style: str) -> tuple[Key, ...]:
        """The keys in use for a style: its own pool where that has any, else the common one."""
        held = [entry for entry in self.held(provider) if not entry.off]
        own = tuple(entry.key for entry in held if entry.style and entry.style == pool_name(style))
        return own or tuple(entry.key for entry in held if not entry.style)

    def held(self, provider: str) -> list[HeldKey]:
        """Every key of a provider, each once in a pool; the common pool first, in each pool the environment's first."""
        known = self._settings[provider]
        variable = known.keys_variable
        found = [HeldKey(f"env-{place}", provider, "", key, variable) for place, key in enumerate(known.keys)]
        for style, keys in known.style_keys.items():
            name = f"{variable}_{style.upper()}"
            found += [HeldKey(f"env-{style}-{place}", provider, style, key, name) for place, key in enumerate(keys)]
        found += [
            HeldKey(stored.id, provider, stored.style, stored.key, off=stored.off)
            for stored in self._key_file.kept()
            if stored.provider == provider
        ]
        first = {(entry.style, entry.key.secret): entry for entry in reversed(found)}
        return sorted((entry for entry in found if first[entry.style, entry.key.secret] is entry), key=_by_pool)

    def serving(self, provider: str, styles: Iterable[str]) -> list[HeldKey]:
        """The keys of the pools that these styles use, also those that are switched off; each key once."""
        held = self.held(provider)
        in_use = {entry.style for entry in held if not entry.off}
        names = {pool_name(style) for style in styles}
        pools = names | ({""} if names - in_use else set())
        found = [entry for entry in held if entry.style in pools]
        best = {entry.key.secret: entry for entry in sorted(found, key=lambda entry: not entry.off)}  # one in use wins
        return [entry for entry in found if best[entry.key.secret] is entry]

    def find(self, provider: str, ident: str) -> HeldKey | None:
        """The key of that id; None: it is not there any more."""
        return next((entry for entry in self.held(provider) if entry.id == ident), None)

    def account_views(self, held: Sequence[HeldKey]) -> list[AccountView]:
        """The states of these keys now.

        Raises:
            CoordinationDown: Redis did not answer.
        """
        return account_views(self._limits, [(entry.provider, entry.key) for entry in held])


def _by_pool(entry: HeldKey) -> str:
    return entry.style
