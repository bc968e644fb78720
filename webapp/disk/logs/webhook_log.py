"""Log of the newest webhook deliveries: ``.step8/deliveries.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from webapp.core.money.attempts import seconds, text, whole
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.native_threads import run_native

FILE = f"{STATE}/deliveries.json"
KEPT = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message: ``event`` as it was sent, to ``host``, with so many ``tries``; ``outcome`` is one sentence.

    ``done`` is whether nothing more will be tried; ``at`` is the last try, in epoch seconds.
    """

    id: str
    at: float
    event: str
    host: str
    tries: int
    ok: bool
    done: bool
    outcome: str


class WebhookLog:
    """The newest deliveries of each project."""

    def note(self, folder: Folder, delivery: Delivery) -> None:
        """Write the state of a delivery, in place of its state before.

        Raises:
            DiskTrouble: it could not be kept.
        """
        run_native(self._note, folder, delivery)

    def newest(self, folder: Folder) -> list[Delivery]:
        """Return the newest deliveries, newest first; none when they cannot be read."""
        return run_native(_read, folder)

    def _note(self, folder: Folder, delivery: Delivery) -> None:
        with folder.files.locked():
            others = [kept for kept in _read(folder) if kept.id != delivery.id]
            kept = sorted([delivery, *others], key=lambda each: -each.at)[:KEPT]
            write_object(folder, FILE, {"deliveries": [asdict(each) for each in kept]})


def _read(folder: Folder) -> list[Delivery]:
    found = read_object(folder, FILE).get("deliveries")
    return [_delivery(each) for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _delivery(data: dict[str, Any]) -> Delivery:
    return Delivery(
        text(data, "id"),
        seconds(data, "at"),
        text(data, "event"),
        text(data, "host"),
        whole(data, "tries") or 0,
        data.get("ok") is True,
        data.get("done") is True,
        text(data, "outcome"),
    )
