"""Measurements as Prometheus reads them: what this process counts, and the text of ``GET /metrics``.

Several worker processes of one gunicorn share a folder of counters, which `webapp.process.gunicorn_master` makes before
they are born; each answers for all of them. A worker of its own (``make worker``) counts for itself, see WORKER_PORT.
No label holds a project's name, a prompt or a key. See https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass

from webapp.errors import Step8Error

CALL_SECONDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 300)
LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15)


class Metrics:
    """Counters of one process: runs and calls (see `RunMetrics`), streams, lag of the event loop.

    ``states`` returns how many runs are in which state; where it raises a Step8Error they are left out.
    """

    def __init__(self, states: Callable[[], Mapping[str, int]]) -> None:
        self._states = states
        own = CollectorRegistry()
        self._own = own
        self._ended = Counter("step8_runs_ended_total", "Runs that ended, by state.", ["state"], registry=own)
        self._frames = Counter("step8_frames_total", "Frames, by outcome.", ["outcome"], registry=own)
        self._calls = Counter(
            "step8_provider_calls_total", "Calls to providers, by outcome.", ["provider", "outcome"], registry=own
        )
        self._seconds = Histogram(
            "step8_provider_call_seconds",
            "How long calls to providers took.",
            ["provider"],
            buckets=CALL_SECONDS,
            registry=own,
        )
        self._retries = Counter("step8_retries_total", "Calls that are made again.", ["provider"], registry=own)
        self._spend = Counter(
            "step8_spend_microdollars_total", "Money counted for calls, in micro-dollars.", ["provider"], registry=own
        )
        self._takeovers = Counter(
            "step8_lease_takeovers_total", "Runs taken over from a worker that left or died.", registry=own
        )
        self._streams = Gauge("step8_open_streams", "Live streams open.", registry=own, multiprocess_mode="livesum")
        self._lag = Histogram(
            "step8_event_loop_lag_seconds", "How late the event loop was.", buckets=LAG_SECONDS, registry=own
        )

    def called(self, provider: str, outcome: str, seconds: float, cost: int) -> None:
        """Count a provider's call: its outcome, seconds, and cost in micro-dollars as far as known."""
        self._calls.labels(provider, outcome).inc()
        self._seconds.labels(provider).observe(seconds)
        self._spend.labels(provider).inc(max(0, cost))

    def retried(self, provider: str) -> None:
        """Count a call that will be made again."""
        self._retries.labels(provider).inc()

    def frames(self, outcome: str, count: int = 1) -> None:
        """Count frames by outcome."""
        self._frames.labels(outcome).inc(count)

    def took_over(self) -> None:
        """Count a run taken over from another worker."""
        self._takeovers.inc()

    def ended(self, state: str) -> None:
        """Count a run that ended, by state."""
        self._ended.labels(state).inc()

    def streams(self, count: int) -> None:
        """Set the number of live streams open in this process."""
        self._streams.set(count)

    def lagged(self, seconds: float) -> None:
        """Observe by how many seconds the event loop was late."""
        self._lag.observe(seconds)

    def text(self) -> bytes:
        """The text for Prometheus: of all processes that share the counters, and the runs of the storage."""
        shared = CollectorRegistry()
        if ValueClass._multiprocess:
            MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(_Runs(self._states))
        return generate_latest(shared if ValueClass._multiprocess else self._own) + generate_latest(now)


class _Runs(Collector):
    """The runs of this moment."""

    def __init__(self, states: Callable[[], Mapping[str, int]]) -> None:
        self._states = states

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One number for each state."""
        family = GaugeMetricFamily("step8_runs", "Runs that have not ended, by state.", labels=["state"])
        try:
            for state, count in self._states().items():
                family.add_metric([state], count)
        except Step8Error:
            return  # Redis is unreachable, which /healthz says
        yield family
