"""Values of an export: what is asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from webapp.core.json_values import fits
from webapp.errors import BadInput
from webapp.exports.scenes import ALL

RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = "running", "done", "failed", "cancelled", "interrupted"
SILENT = 60.0
"""Seconds without news after which an export's process is taken for gone."""


@dataclass(frozen=True, slots=True)
class ExportOption:
    """A choice about an export. ``choices`` are value and label, the default first; without any it is a box to tick.

    ``name`` is its word in forms, the API and files.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def default(self) -> str | bool:
        """The value while nothing is chosen."""
        return self.choices[0][0] if self.choices else False

    def allows(self, value: Any) -> bool:
        """Whether the value is one of this option."""
        if not self.choices:
            return isinstance(value, bool)
        return any(value == known for known, _ in self.choices)

    def read(self, asked: Mapping[str, Any]) -> str | bool:
        """The value in a form or a JSON object.

        Raises:
            BadInput: it is none of this option.
        """
        if not self.choices:
            ticked = asked.get(self.name, False)
            if ticked not in (True, False, "1", ""):
                raise BadInput(f"{self.name} must be true or false.")
            return bool(ticked)
        value = asked.get(self.name) or self.default
        if not self.allows(value):
            known = ", ".join(value for value, _ in self.choices)
            raise BadInput(f"There are no such {self.label.lower()}. Ask for one of: {known}.")
        return str(value)


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is asked for. ``images`` is "all", "selected" or a style; ``options`` by the option's name."""

    kind: str
    images: str = ALL
    options: Mapping[str, str | bool] = field(default_factory=dict)

    def chosen(self, option: ExportOption) -> str | bool:
        """The value of an option."""
        return self.options.get(option.name, option.default)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"kind": self.kind, "pictures": self.images, **self.options}

    @classmethod
    def from_json(cls, data: Any) -> ExportRequest:
        """Read what `to_json` wrote.

        Raises:
            TypeError, KeyError: it is something else.
        """
        values = dict(data)
        kind, images = values.pop("kind"), values.pop("pictures", ALL)
        if not isinstance(kind, str) or not isinstance(images, str):
            raise TypeError
        return cls(kind, images, values)


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export as it is kept. Times are epoch seconds; ``file`` is the name the result is downloaded under."""

    id: str
    request: ExportRequest
    state: str = RUNNING
    done: int = 0
    total: int = 0
    note: str = ""
    started_at: float = 0.0
    touched_at: float = 0.0
    file: str = ""
    size: int = 0

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down."""
        if self.state == DONE:
            return 100
        return min(100, 100 * self.done // self.total) if self.total > 0 else 0

    def seen(self, now: float) -> ExportJob:
        """The job as it is now: a running one without news for a minute is interrupted."""
        if self.state == RUNNING and not -SILENT < now - self.touched_at < SILENT:
            return replace(self, state=INTERRUPTED, note="The app was stopped meanwhile. Start the export again.")
        return self

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        values = asdict(self)
        del values["request"]
        return {"id": values.pop("id"), "wish": self.request.to_json(), **values}

    @classmethod
    def from_json(cls, data: Any) -> ExportJob | None:
        """Read what `to_json` wrote; ``None`` for anything else. Not: check that there is such a kind."""
        try:
            values = dict(data)
            job = cls(request=ExportRequest.from_json(values.pop("wish")), **values)
        except (TypeError, KeyError, ValueError):
            return None
        texts = (job.id, job.state, job.note, job.file)
        numbers = (job.done, job.total, job.started_at, job.touched_at, job.size)
        sound = all(fits(text, "") for text in texts) and all(fits(number, 0.0) for number in numbers)
        return job if sound else None
