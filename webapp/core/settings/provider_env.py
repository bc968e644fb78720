"""What the environment sets for the providers: one function each, so that a further one is a function and a line.

Nothing is looked up here: the settings are handed in as something to read from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from webapp.core.image_request import Address, Key
from webapp.core.settings import parse

Read = TypeVar("Read")

GEMINI_MODEL = "gemini-nano-banana-2.1"
GEMINI_BASE_URL = "https://generativelanguage.googleapis.com"
OPENAI_BASE_URL = "https://api.openai.com/v1"
A1111_URL = "http://127.0.0.1:7860"
COMFYUI_URL = "http://127.0.0.1:8188"
STYLE = re.compile(r"[A-Z0-9_]{1,64}\Z")


def pool_name(style: str) -> str:
    """How a style is called where it has a pool of keys: lower case, with underscores, as in a variable's name."""
    return style.lower().replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """What is set for one provider; each has what it understands. "" and ``None``: the provider's own default."""

    keys: tuple[Key, ...] = ()
    style_keys: Mapping[str, tuple[Key, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By style, lower case and with underscores, as `pool` looks it up."""
    model: str = ""
    base_url: str = ""
    urls: tuple[Address, ...] = ()
    """Servers of the user's own, which share the work."""
    workflow: Path | None = None

    def pool(self, style: str) -> tuple[Key, ...]:
        """The keys for a style: its own pool where it has one, else the common one."""
        return self.style_keys.get(pool_name(style)) or self.keys


class SettingsReader(Protocol):
    """Settings to read from."""

    def names(self) -> Iterable[str]:
        """The names of all that are set."""

    def read(self, name: str, reader: Callable[[str], Read]) -> Read | None:
        """The value of one by its reader, ``None`` when it is not set; the reader's ValueError is the caller's."""


FileReader = Callable[[str], Path]
"""Reads the path of a file that exists."""


def _sketch(settings: SettingsReader, file: FileReader) -> ProviderSettings:
    return ProviderSettings()


def _gemini(settings: SettingsReader, file: FileReader) -> ProviderSettings:
    return ProviderSettings(
        keys=settings.read("GEMINI_API_KEYS", parse.keys) or (),
        style_keys=_style_pools(settings, "GEMINI_API_KEYS_"),
        model=settings.read("GEMINI_MODEL", parse.model) or GEMINI_MODEL,
        base_url=settings.read("GEMINI_BASE_URL", parse.base_url) or GEMINI_BASE_URL,
    )


def _openai(settings: SettingsReader, file: FileReader) -> ProviderSettings:
    near = partial(parse.base_url, trusted=parse.is_near)
    return ProviderSettings(
        keys=settings.read("OPENAI_API_KEYS", parse.keys) or (),
        style_keys=_style_pools(settings, "OPENAI_API_KEYS_"),
        model=settings.read("OPENAI_MODEL", parse.any_model) or "",
        base_url=settings.read("OPENAI_BASE_URL", near) or OPENAI_BASE_URL,
    )


def _a1111(settings: SettingsReader, file: FileReader) -> ProviderSettings:
    return ProviderSettings(urls=settings.read("A1111_URLS", _servers) or (Address(A1111_URL),))


def _comfyui(settings: SettingsReader, file: FileReader) -> ProviderSettings:
    return ProviderSettings(
        urls=settings.read("COMFYUI_URLS", _servers) or (Address(COMFYUI_URL),),
        workflow=settings.read("COMFYUI_WORKFLOW", file),
    )


_READERS: Mapping[str, Callable[[SettingsReader, FileReader], ProviderSettings]] = MappingProxyType(
    {"sketch": _sketch, "gemini": _gemini, "openai": _openai, "a1111": _a1111, "comfyui": _comfyui}
)

NAMES = tuple(_READERS)
"""What IMAGE_PROVIDER may name."""


def read_all(settings: SettingsReader, file: FileReader) -> Mapping[str, ProviderSettings]:
    """The settings of every provider of `NAMES`, by its name."""
    return MappingProxyType({name: reader(settings, file) for name, reader in _READERS.items()})


def _servers(text: str) -> tuple[Address, ...]:
    return parse.several(parse.server, text)


def _style_pools(settings: SettingsReader, prefix: str) -> Mapping[str, tuple[Key, ...]]:
    pools = {}
    for name in settings.names():
        style = name.removeprefix(prefix)
        pool = settings.read(name, parse.keys) if style != name and STYLE.match(style) else None
        if pool:
            pools[style.lower()] = pool
    return MappingProxyType(pools)
