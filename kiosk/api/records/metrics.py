"""What the service counts, as Prometheus reads it.

Labels never name a person, a key or an address: every value is one of a few that the program
itself knows, so that the metrics tell nothing about anybody and stay small.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from kiosk.api.answers.problems import METHODS
from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kiosk.api.hearing.inference import Inference
    from kiosk.api.hearing.streams import StreamStore

CONTENT_TYPE = CONTENT_TYPE_LATEST
UNMATCHED = "unmatched"
"""Route of requests to addresses that do not exist: the address is the client's invention."""
_LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters and histograms of one service; safe from any thread.

    Their registry is their own: two services in one process do not mix.
    """

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "kiosk_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._latency = Histogram(
            "kiosk_http_request_seconds",
            "Seconds from the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=_LATENCY_S,
            registry=self._registry,
        )
        self._encoding = Histogram(
            "kiosk_inference_seconds",
            "Seconds that a request held the voice model, waiting not counted.",
            buckets=_LATENCY_S,
            registry=self._registry,
        )
        self._verifications = Counter(
            "kiosk_verifications",
            "Verifications by outcome.",
            ("outcome",),
            registry=self._registry,
        )
        self._identifications = Counter(
            "kiosk_identifications",
            "Identifications by outcome.",
            ("outcome",),
            registry=self._registry,
        )
        self._enrollments = Counter(
            "kiosk_enrollments", "Enrollments by outcome.", ("outcome",), registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method: as sent; unknown ones are counted as one.
            route: template of the route, such as ``/v1/people/{external_id}``.
            status: HTTP status of the answer.
            seconds: from the head of the request to the end of the answer.
        """
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def encoded(self, seconds: float) -> None:
        """Count a request that held the voice model for so many seconds."""
        self._encoding.observe(seconds)

    def verified(self, outcome: str) -> None:
        """Count a verification by the name of its outcome."""
        self._verifications.labels(outcome).inc()

    def identified(self, outcome: str) -> None:
        """Count an identification by the name of its outcome."""
        self._identifications.labels(outcome).inc()

    def enrolled(self, outcome: str) -> None:
        """Count an enrollment: ``stored`` or ``refused``."""
        self._enrollments.labels(outcome).inc()

    def text(self, inference: Inference, streams: StreamStore) -> bytes:
        """Return everything in the text format 0.0.4, with the present state of these two."""
        now = CollectorRegistry()
        now.register(_WithoutBirthdays(self._registry))
        now.register(_Present(inference, streams))
        return generate_latest(now)


class _WithoutBirthdays(Collector):
    """Leaves out when each series was created: Prometheus learns that from the series itself."""

    def __init__(self, counted: Collector) -> None:
        self._counted = counted

    def collect(self) -> Iterable[Metric]:
        for metric in self._counted.collect():
            metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
            yield metric


class _Present(Collector):
    """What is read at the moment of asking and counted elsewhere."""

    def __init__(self, inference: Inference, streams: StreamStore) -> None:
        self._inference = inference
        self._streams = streams

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "kiosk_inference_waiting",
            "Recordings that wait for the voice model.",
            self._inference.waiting,
        )
        yield CounterMetricFamily(
            "kiosk_inference_refused",
            "Recordings refused because too many waited.",
            self._inference.refused,
        )
        try:
            count = len(self._streams.ids())
        except KioskError:
            return  # a series that is missing says so itself; the others must not go with it
        yield GaugeMetricFamily("kiosk_streams", "Streams that have not expired.", count)


class Measured:
    """The middleware that counts requests. To be as far outside as possible."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 500  # what the server answers when nothing comes

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            # Set by the router, which has seen the request only when nothing outside refused it.
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._metrics.answered(scope["method"], route, status, time.monotonic() - began)
