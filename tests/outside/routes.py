"""Every address of the app with its methods. What serves it may change its name."""

from __future__ import annotations

import json

from tests.outside.record import Record
from tests.outside.server import Product

LIST = """
import json, wsgi
print("routes", json.dumps(sorted([rule.rule, *sorted(rule.methods)] for rule in wsgi.app.url_map.iter_rules())))
"""


def record_routes(record: Record, product: Product) -> None:
    """Write `routes`: a line for each rule."""
    ended = product.run("-c", LIST)
    found = next((line for line in ended.stdout.splitlines() if line.startswith("routes ")), "")
    if not found:
        raise RuntimeError(f"the routes cannot be listed:\n{ended.stdout}{ended.stderr}")
    rows = json.loads(found.removeprefix("routes "))
    record.write("routes", "\n".join(f"{rule}  {' '.join(methods)}" for rule, *methods in rows))
