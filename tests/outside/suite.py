"""All parts of a record, and the processes each needs."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

from tests.outside.apart import record_looks, record_password, record_without_redis
from tests.outside.api_answers import record_errors
from tests.outside.cli import record_cli, record_worker
from tests.outside.commands import Called, Pressed
from tests.outside.double import Double
from tests.outside.files import record_files
from tests.outside.noise import Noise
from tests.outside.record import Record
from tests.outside.routes import record_routes
from tests.outside.server import Product
from tests.outside.states import KEY, States
from tests.outside.visitor import Visitor

HOME = "<home>"


def make(folder: Path, code: Path, home: Path, parts: Collection[str] = ()) -> None:
    """Write the parts of a record of the checkout ``code``, all side by side.

    ``home`` is a temporary folder for all that runs. Raises what the first part that failed raised.
    """
    noise = Noise([(str(home), HOME), (quote(str(home), safe=""), HOME), (str(code), "<checkout>")])
    record = Record(folder, noise)
    with ThreadPoolExecutor(len(PARTS)) as pool:
        begun = [pool.submit(PARTS[part], record, code, home / part) for part in parts or PARTS]
        for each in as_completed(begun):
            each.result()
    record.progress("all of it")


def _routes(record: Record, code: Path, home: Path) -> None:
    record_routes(record, Product(code, home))
    record.progress("routes")


def _states(record: Record, code: Path, home: Path) -> None:
    with _with_double(record, code, home) as (product, double):
        visitor = Visitor(product.url)
        States(record, product, double, visitor).all()
        record_errors(record, visitor, str(product.root))
        record_files(record, "files/data-folder", product.data)


def _forms(record: Record, code: Path, home: Path) -> None:
    with _with_double(record, code, home) as (product, double):
        Pressed(record, product, double, "form").all()


def _htmx(record: Record, code: Path, home: Path) -> None:
    with _with_double(record, code, home) as (product, double):
        Pressed(record, product, double, "htmx").all()


def _json(record: Record, code: Path, home: Path) -> None:
    with _with_double(record, code, home) as (product, double):
        Called(record, product, double).all()


@contextlib.contextmanager
def _with_double(record: Record, code: Path, home: Path) -> Iterator[tuple[Product, Double]]:
    """A product that answers, whose images the double makes where Gemini is chosen."""
    double = Double()
    product = Product(
        code,
        home,
        GEMINI_BASE_URL=double.url,
        GEMINI_API_KEYS=KEY,
        MAX_ATTEMPTS="2",
        CORS_ORIGINS="https://editor.example",
    )
    record.noise.add(f":{double.port}", ":<double>")
    _known(record, product)
    try:
        with product.serving():
            yield product, double
    finally:
        double.close()


def _cli(record: Record, code: Path, home: Path) -> None:
    record_cli(record, Product(code, home / "cli"))
    record_worker(record, Product(code, home / "worker"))


def _apart(record: Record, code: Path, home: Path) -> None:
    for name, write in (("looks", record_looks), ("password", record_password), ("alone", record_without_redis)):
        product = Product(code, home / name)
        _known(record, product)
        write(record, product)


def _known(record: Record, product: Product) -> None:
    for text, word in ((f":{product.port}", ":<port>"), (f"_{product.port}", "_<port>")):
        record.noise.add(text, word)


PARTS = {
    "routes": _routes, "states": _states, "forms": _forms, "htmx": _htmx, "json": _json, "cli": _cli, "apart": _apart,
}  # fmt: skip
"""The parts of a record by name."""
