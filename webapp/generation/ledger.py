"""What the journal says, summed up: what was spent, which run made which picture, how often a run lost its worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


class Readable(Protocol):
    """A journal that can be read back."""

    def records(self) -> Iterator[dict[str, Any]]: ...


@dataclass(slots=True)
class Ledger:
    """The sums over one project's journal. Money in micro-dollars.

    An intent without an outcome, and a failure that may have been charged, count at the price of the call: the figure
    may be higher than what was charged, never lower.
    """

    spent: int = 0
    _open: dict[str, int] = field(default_factory=dict)
    _pictures: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Any) -> Ledger:
        """Read a whole journal."""
        return cls.sum(journal.records())

    @classmethod
    def sum(cls, records: Iterable[dict[str, Any]]) -> Ledger:
        """Sum records in the order in which they were written. Unknown ones are passed over."""
        ledger = cls()
        for record in records:
            ledger._add(record)
        ledger.spent += sum(ledger._open.values())
        return ledger

    @property
    def open(self) -> list[str]:
        """Attempts without an outcome: in flight, or cut off by the end of their worker."""
        return list(self._open)

    def run_of(self, version: str) -> str:
        """The run that made the picture of this version; "" when the journal does not know it."""
        return self._pictures.get(version, ("", {}))[0]

    def facts(self, version: str) -> dict[str, Any]:
        """What the page shows of that picture: ``seconds`` and ``cost``."""
        return dict(self._pictures.get(version, ("", {}))[1])

    def taken_without_picture(self, run: str) -> int:
        """How often a worker took this run since it last brought a picture."""
        return self._taken.get(run, 0)

    def _add(self, record: dict[str, Any]) -> None:
        attempt, run = str(record.get("attempt", "")), str(record.get("run", ""))
        match record.get("what"):
            case "taken":
                self._taken[run] = self._taken.get(run, 0) + 1
            case "released":  # its worker let go of it in good order
                self._taken.pop(run, None)
            case "intent":
                self._open[attempt] = _micro(record.get("price"))
            case "saved":
                self._open.pop(attempt, None)
                self._taken.pop(run, None)
                self.spent += _micro(record.get("cost"))
                facts = {"seconds": round(float(record.get("seconds") or 0.0), 1), "cost": record.get("cost")}
                self._pictures[str(record.get("version"))] = (run, facts)
            case "failed":
                price = self._open.pop(attempt, 0)
                self.spent += 0 if record.get("charged") is False else price
            case "lost":  # its worker ended before it could say more: possibly charged
                self.spent += self._open.pop(attempt, 0)
            case "not sent":
                self._open.pop(attempt, None)
            case _:
                pass


def _micro(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
