"""Provider offline sketch: a drawn storyboard panel instead of an AI image. Free, keyless, never passed off as AI
output.

Its settings play faults at a rate in percent: errors, refusals, slow answers. Whether a call fails follows from its
attempt, so a retry may succeed and a repeated test sees the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.settings.project_settings import Field
from webapp.errors import Rejected, Unavailable
from webapp.providers.contract import Options, Provider, ProviderEntry
from webapp.providers.sketch.drawing.panel import draw
from webapp.providers.sketch.env import DELAY, ENV, LONGEST_DELAY

LABEL = "Offline sketch"
MODEL = "offline-sketch"

NO_REFERENCE = "The style reference was not sent: offline sketches take none."
FIELDS = (
    Field(
        name="delay",
        label="Seconds per sketch",
        kind="number",
        default=DELAY,
        minimum=0,
        maximum=LONGEST_DELAY,
        hint="How long one sketch takes, so that a run can be watched.",
        unit="s",
    ),
    Field(
        name="error_rate",
        label="Errors",
        kind="number",
        default=0,
        minimum=0,
        maximum=100,
        hint="Share of calls that fail as if the service were down. A retry can cure them.",
        unit="%",
    ),
    Field(
        name="refusal_rate",
        label="Refusals",
        kind="number",
        default=0,
        minimum=0,
        maximum=100,
        hint="Share of calls that are refused as a safety filter would. No automatic retry follows.",
        unit="%",
    ),
    Field(
        name="slow_rate",
        label="Slow answers",
        kind="number",
        default=0,
        minimum=0,
        maximum=100,
        hint="Share of calls that take longer than usual.",
        unit="%",
    ),
    Field(
        name="slow_seconds",
        label="Slow answers take",
        kind="number",
        default=10,
        minimum=0,
        maximum=LONGEST_DELAY,
        hint="How much longer a slow answer takes.",
        unit="s",
    ),
)


def _here(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


class Sketch:
    """The ``sketch`` provider. ``run`` draws without holding up others; ``sleep`` waits."""

    name, label = ENV.name, LABEL
    model = MODEL
    offline = True
    needs_key = False
    price: int | None = 0
    requests_per_minute: float | None = None
    parallel = 3

    def __init__(
        self, values: Mapping[str, Any], sleep: Callable[[float], None], run: Callable[..., Any] = _here
    ) -> None:
        self._values = {field.name: values.get(field.name, field.default) for field in FIELDS}
        self._sleep = sleep
        self._run = run

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """Draw one panel. The key is not looked at.

        Raises:
            Unavailable: the settings ask for an error at this attempt.
            Rejected: the settings ask for a refusal at this attempt.
        """
        self._wait(request.attempt)
        if self._falls("error", request.attempt):
            raise Unavailable("The sketch provider played an error, as its settings ask.")
        if self._falls("refusal", request.attempt):
            raise Rejected("The sketch provider played a refusal, as its settings ask.")
        body: bytes = self._run(draw, request)
        note = NO_REFERENCE if request.reference else ""
        return ImageAnswer(body=body, model=MODEL, seed=request.seed, cost=0, note=note)

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent: none can."""
        return NO_REFERENCE

    def _wait(self, attempt: str) -> None:
        seconds = float(self._values["delay"])
        if self._falls("slow", attempt):
            seconds += float(self._values["slow_seconds"])
        if seconds > 0:
            self._sleep(seconds)

    def _falls(self, fault: str, attempt: str) -> bool:
        digest = hashlib.blake2s(f"{fault}\n{attempt}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 * 100 < float(self._values[f"{fault}_rate"])


def make(options: Options) -> Provider:
    """Build the provider from the project's own values."""
    return Sketch(options.values, options.sleep, options.run)


ENTRY = ProviderEntry(
    name=ENV.name,
    label=LABEL,
    note="Drawn on this machine from the words of each beat. Free, needs no key, and is not AI output.",
    fields=FIELDS,
    make=make,
)
