"""Environment variables of the offline sketch."""

from __future__ import annotations

from functools import partial

from webapp.core.settings import parse
from webapp.providers.variables import ProviderEnv, Variable

LONGEST_DELAY = 600
"""Seconds."""

DELAY = 0.4
"""Seconds one sketch takes, so that a run can be watched."""

ENV = ProviderEnv(
    name="sketch",
    options={"delay": Variable("SKETCH_DELAY", partial(parse.amount, least=0, most=LONGEST_DELAY), DELAY)},
)
