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
from tests.outside.files import record_files, record_log
from tests.outside.noise import Noise
from tests.outside.record import Record
from tests.outside.recovery import record_recovery
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
            if error := each.exception():
                record.progress(f"failed: {error!r}")
                raise error
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
        log = product.home / "serve.log"
    record_log(record, "log", log)


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
    with _double(record) as double:
        product = _drawn_by(record, code, home, double)
        with product.serving():
            yield product, double


@contextlib.contextmanager
def _double(record: Record) -> Iterator[Double]:
    double = Double()
    record.noise.add(f":{double.port}", ":<double>")
    try:
        yield double
    finally:
        double.close()


def _drawn_by(record: Record, code: Path, home: Path, double: Double) -> Product:
    product = Product(
        code,
        home,
        GEMINI_BASE_URL=double.url,
        GEMINI_API_KEYS=KEY,
        MAX_ATTEMPTS="2",
        CORS_ORIGINS="https://editor.example",
    )
    _known(record, product)
    return product


def _recovery(record: Record, code: Path, home: Path) -> None:
    with _double(record) as double:
        record_recovery(record, _drawn_by(record, code, home, double), double)


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
    "routes": _routes,
    "states": _states,
    "forms": _forms,
    "htmx": _htmx,
    "json": _json,
    "cli": _cli,
    "recovery": _recovery,
    "apart": _apart,
}
"""The parts of a record by name."""
