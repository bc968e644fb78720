"""The settings: read once from the environment and ``.env``, checked, and frozen.

The only reader of the environment. A value that cannot be used is `BadSetting`, which names the variable and never
repeats a secret. An empty value counts as not set, since ``.env`` files and container tools write those for "nothing".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from webapp.core.image_request import Key, Secret
from webapp.core.money.prices import Prices
from webapp.core.settings import addresses, parse
from webapp.core.settings.capacity import Capacity
from webapp.errors import BadSetting
from webapp.providers.environment import DEFAULT_PROVIDER, ENVIRONMENT, read_all
from webapp.providers.variables import ProviderSettings

Read = TypeVar("Read")

PRICES = "prices.json"
"""The price list: the bundled one beside this file, the user's own in DATA_DIR."""

PROJECTS_AT_ONCE, MOST_PROJECTS = 256, 1000
"""Projects that one process drives side by side by default, and at most."""

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one app. ``None``: not set, and the default lies elsewhere (with the provider) or is none."""

    host: str
    port: int
    workers: int
    projects_root: Path
    data_dir: Path
    redis_url: str | None = field(repr=False)
    """The Redis to use; ``None``: the embedded one in ``data_dir``. Not in ``repr`` since it may hold a password."""
    app_password: Secret | None
    allowed_hosts: tuple[str, ...]
    """Accepted ``Host`` values without port; always with the loopback names, for health checks and the user at home."""
    trusted_proxies: tuple[addresses.Network, ...]
    """Reverse proxies that are believed when they say who asks and whether over TLS."""
    cors_origins: tuple[str, ...]
    image_provider: str
    requests_per_minute: float | None
    max_parallel: int | None
    max_attempts: int
    request_timeout: float
    budget: int | None
    """Micro-dollars."""
    providers: Mapping[str, ProviderSettings]
    """By the provider's name; every one that IMAGE_PROVIDER may name is there."""
    style_reference: Path | None
    run_worker: bool
    projects_at_once: int
    """Projects that one process drives side by side; more wait for their turn."""
    worker_port: int | None
    """Where a worker of its own answers /healthz and /metrics, at HOST; ``None``: nowhere."""
    capacity: Capacity
    prices: Prices = field(repr=False)
    """The bundled price list, and over it the user's own in ``data_dir``, if there is one."""
    origin: Mapping[str, str]
    """Where each variable that is set was set: ``environment`` or ``.env``."""

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the app."""
        name = self.host
        if addresses.is_wildcard(name):
            name = "::1" if ":" in name else "127.0.0.1"
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"

    def pool(self, provider: str, style: str) -> tuple[Key, ...]:
        """The keys of a provider for a style: the style's own pool where it has one, else the common one."""
        return self.providers[provider].pool(style)


def load(environ: Mapping[str, str], root: Path) -> Config:
    """The settings of the app whose repository is ``root``; relative folders count from there.

    ``environ`` wins over ``.env``. Raises BadSetting at the first value that cannot be used.
    """
    root = root.resolve()
    settings = _Settings(environ, _env_file(root / ".env"))
    host = settings.read("HOST", addresses.address) or "127.0.0.1"
    password = settings.read("APP_PASSWORD", Secret)
    if not addresses.is_loopback(host) and password is None:
        raise BadSetting("HOST", f"{host} can be reached by others, so set APP_PASSWORD too, or keep HOST=127.0.0.1.")
    projects_root = settings.read("PROJECTS_ROOT", partial(_folder, root)) or root / "projects"
    data_dir = settings.read("DATA_DIR", partial(_folder, root)) or root / "var"
    if data_dir.is_relative_to(projects_root):
        raise BadSetting("DATA_DIR", f"{data_dir} lies in PROJECTS_ROOT and would be shown as a project; move one.")
    budget = settings.read("BUDGET_USD", parse.dollars)
    run_worker = settings.read("RUN_WORKER", parse.switch)
    return Config(
        host=host,
        port=settings.read("PORT", partial(parse.whole, least=1, most=65535)) or 8000,
        workers=settings.read("WEB_CONCURRENCY", partial(parse.whole, least=1, most=64)) or 1,
        projects_root=projects_root,
        data_dir=data_dir,
        redis_url=settings.read("REDIS_URL", addresses.redis_url),
        app_password=password,
        allowed_hosts=_allowed(host, settings.read("ALLOWED_HOSTS", partial(parse.several, addresses.host)) or ()),
        trusted_proxies=settings.read("TRUSTED_PROXIES", partial(parse.several, addresses.network)) or (),
        cors_origins=settings.read("CORS_ORIGINS", partial(parse.several, addresses.origin)) or (),
        image_provider=settings.read("IMAGE_PROVIDER", partial(parse.choice, known=tuple(ENVIRONMENT)))
        or DEFAULT_PROVIDER,
        requests_per_minute=settings.read("REQUESTS_PER_MINUTE", partial(parse.amount, least=0.01, most=100_000)),
        max_parallel=settings.read("MAX_PARALLEL", partial(parse.whole, least=1, most=256)),
        max_attempts=settings.read("MAX_ATTEMPTS", partial(parse.whole, least=1, most=20)) or 4,
        request_timeout=settings.read("REQUEST_TIMEOUT", partial(parse.amount, least=1, most=3600)) or 180.0,
        budget=budget,
        providers=read_all(settings, partial(_file, root)),
        style_reference=settings.read("STYLE_REFERENCE", partial(_file, root)),
        run_worker=True if run_worker is None else run_worker,
        projects_at_once=settings.read("PROJECTS_PER_WORKER", partial(parse.whole, least=1, most=MOST_PROJECTS))
        or PROJECTS_AT_ONCE,
        worker_port=settings.read("WORKER_PORT", partial(parse.whole, least=1, most=65535)),
        capacity=Capacity.read(settings),
        prices=_prices(data_dir / PRICES),
        origin=MappingProxyType(settings.origin),
    )


class _Settings:
    """The two sources as one, and where each value came from."""

    def __init__(self, environ: Mapping[str, str], file: Mapping[str, str]) -> None:
        self._sources = {"environment": environ, ".env": file}
        self.origin: dict[str, str] = {}

    def names(self) -> list[str]:
        return sorted(set().union(*self._sources.values()))

    def read(self, name: str, reader: Callable[[str], Read]) -> Read | None:
        """The variable's value, or ``None`` when it is not set."""
        # a name set to nothing in the environment hides the one in .env: that is how a container switches it off
        source = next((source for source, given in self._sources.items() if name in given), None)
        text = self._sources[source][name].strip() if source else ""
        if not source or not text:
            return None
        self.origin[name] = source
        try:
            return reader(text)
        except ValueError as error:
            raise BadSetting(name, " ".join(str(error).split())) from None  # one line, whatever a file is called


def _env_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise BadSetting(".env", "the file is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise BadSetting(".env", f"the file cannot be read ({error.strerror}).") from None
    for line in parse_stream(io.StringIO(text)):
        if line.error:
            number = line.original.line + line.original.string.count("\n", 0, _blanks(line.original.string))
            raise BadSetting(".env", f"line {number} is not of the form NAME=value.")
    # no ${…} in values: keys and passwords hold dollar signs
    found = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in found.items() if value is not None}


def _prices(own: Path) -> Prices:
    bundled = Prices.from_json((Path(__file__).parent / PRICES).read_text("utf-8"))
    try:
        text = own.read_text(encoding="utf-8-sig")
        return Prices.from_json(text).over(bundled)
    except (FileNotFoundError, NotADirectoryError):
        return bundled
    except UnicodeDecodeError:
        raise BadSetting(PRICES, f"{own} is not UTF-8 text. Save it as UTF-8, or remove it.") from None
    except OSError as error:
        raise BadSetting(PRICES, f"{own} cannot be read ({error.strerror}). Correct that, or remove it.") from None
    except ValueError as error:
        raise BadSetting(PRICES, f"{own} cannot be used. {error} Correct it, or remove the file.") from None


def _blanks(text: str) -> int:
    return len(text) - len(text.lstrip())


def _allowed(host: str, named: tuple[str, ...]) -> tuple[str, ...]:
    own = () if addresses.is_wildcard(host) else (addresses.host(host),)
    return tuple(dict.fromkeys((*LOOPBACK_HOSTS, *own, *named)))


def _folder(root: Path, text: str) -> Path:
    path = _path(root, text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file, not a folder.")
    return path


def _file(root: Path, text: str) -> Path:
    path = _path(root, text)
    if not path.is_file():
        raise ValueError(f"there is no file {path}.")
    return path


def _path(root: Path, text: str) -> Path:
    try:
        return (root / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):
        raise ValueError(f"{parse.shown(text)} is not a path that can be used.") from None
