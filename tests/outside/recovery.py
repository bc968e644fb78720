"""An app that is killed in the middle of a run, and one that is told to end: what the next start makes of it."""

from __future__ import annotations

from tests.outside import samples
from tests.outside.api_answers import record_api
from tests.outside.double import Double
from tests.outside.files import record_files
from tests.outside.pages import record_pages, settle
from tests.outside.record import Record
from tests.outside.server import Product, until
from tests.outside.states import gemini
from tests.outside.visitor import Visitor

PAGES = ("images", "activity", "costs", "costs.csv", "activity.txt", "frames/clear-1-1_2")


def record_recovery(record: Record, product: Product, double: Double) -> None:
    """Write the project after its run was cut off and went on by itself."""
    name, visitor = "cut", Visitor(product.url)
    samples.story(product.root, name, {"clear 1.2": "HOLD-cut"})
    with product.serving():
        gemini(visitor, name)
        visitor.post(f"/p/{name}/images/start")
        until(lambda: double.waiting["cut"], "a call waits")
        settle(record, visitor, name)
        product.kill()
    double.open("cut")
    with product.serving():
        until(lambda: visitor.state(name) == "" and not visitor.is_busy(name), "the run goes on to its end")
        settle(record, visitor, name)
        record_pages(record, visitor, "went-on", name, PAGES)
        record_api(record, visitor, "went-on", name, ("clear-1-1_2",))
    record_files(record, "files/project-after-a-kill", product.root / name)
    record.progress("recovery")
