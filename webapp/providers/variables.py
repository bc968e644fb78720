"""Environment variables of providers as data, and the settings they come to.

Imports no HTTP: the settings are read before gevent patches anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from webapp.core.image_request import Address, Key
from webapp.core.settings import addresses, key_pools, parse
from webapp.core.settings.key_pools import pool_name
from webapp.core.settings.reader import SettingsReader

Value = TypeVar("Value")

STYLE = re.compile(r"[A-Z0-9_]{1,64}\Z")

FileReader = Callable[[str], Path]
"""Reads the path of a file that exists."""

servers = partial(parse.several, addresses.server)
"""Reads the addresses of servers of the user's own, between commas."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Variable(Generic[Value]):
    """An environment variable: its name, how its text is read, and the value while it is not set."""

    name: str
    reader: Callable[[str], Value]
    default: Value

    def read(self, settings: SettingsReader) -> Value:
        """The value that is set, else the default. A list without entries counts as not set."""
        value = settings.read(self.name, self.reader)
        return self.default if value is None or value == () else value


@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """What the environment sets for one provider. "" and ``None``: nothing, and the provider's own default is used."""

    keys_variable: str = ""
    """The variable of its key pool; "" for a provider that takes no keys."""
    keys: tuple[Key, ...] = ()
    style_keys: Mapping[str, tuple[Key, ...]] = field(default_factory=_nothing)
    """The pools of styles, by `pool_name`."""
    model: str = ""
    base_url: str = ""
    urls: tuple[Address, ...] = ()
    """Servers of the user's own, which share the work."""
    workflow: Path | None = None
    options: Mapping[str, Any] = field(default_factory=_nothing)
    """Defaults of the provider's own fields, by the field's name."""

    def pool(self, style: str) -> tuple[Key, ...]:
        """The keys for a style: its own pool where it has one, else the common one."""
        return self.style_keys.get(pool_name(style)) or self.keys


@dataclass(frozen=True, kw_only=True)
class ProviderEnv:
    """The variables of one provider. "" and ``None``: it has none of that kind."""

    name: str
    """The provider's word in settings and URLs."""
    keys: str = ""
    """Its key pool; with ``_<STYLE>`` behind it the pool of a style."""
    model: Variable[str] | None = None
    base_url: Variable[str] | None = None
    urls: Variable[tuple[Address, ...]] | None = None
    workflow: str = ""
    """A file that exists."""
    options: Mapping[str, Variable[Any]] = field(default_factory=_nothing)
    """Defaults of its own fields, by the field's name."""

    @property
    def shown(self) -> Mapping[str, str]:
        """The names of the variables that Project Setup shows besides keys, by the attribute of `ProviderSettings`."""
        known = {"model": self.model, "base_url": self.base_url, "urls": self.urls}
        names = {attribute: variable.name for attribute, variable in known.items() if variable}
        return {**names, "workflow": self.workflow} if self.workflow else names

    def read(self, settings: SettingsReader, file: FileReader) -> ProviderSettings:
        """What is set; the ValueError of a reader is the caller's."""
        return ProviderSettings(
            keys_variable=self.keys,
            keys=(settings.read(self.keys, key_pools.keys) or ()) if self.keys else (),
            style_keys=_style_pools(settings, f"{self.keys}_") if self.keys else _nothing(),
            model=self.model.read(settings) if self.model else "",
            base_url=self.base_url.read(settings) if self.base_url else "",
            urls=self.urls.read(settings) if self.urls else (),
            workflow=settings.read(self.workflow, file) if self.workflow else None,
            options={name: variable.read(settings) for name, variable in self.options.items()},
        )


def _style_pools(settings: SettingsReader, prefix: str) -> Mapping[str, tuple[Key, ...]]:
    pools = {}
    for name in settings.names():
        style = name.removeprefix(prefix)
        pool = settings.read(name, key_pools.keys) if style != name and STYLE.match(style) else None
        if pool:
            pools[style.lower()] = pool
    return MappingProxyType(pools)
