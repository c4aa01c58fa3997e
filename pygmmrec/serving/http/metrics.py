"""What Prometheus asks: how many requests, how long they took, and what is served."""

from __future__ import annotations

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pygmmrec.serving.http.ready import Ready

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
USERS = (1, 2, 4, 8, 16, 32, 50)


class Metrics:
    """The metrics of one application, apart from those of others in the process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # its memory and seconds of CPU
        labels = ("method", "path", "status")
        self.requests = Counter("pygmmrec_requests", "Requests that were answered", labels, registry=registry)
        self.seconds = Histogram(
            "pygmmrec_request_seconds", "Seconds to an answer", ("path",), buckets=SECONDS, registry=registry
        )
        self.batch = Histogram(
            "pygmmrec_batch_users", "Users answered at once", buckets=USERS, registry=registry
        )
        self.reloads = Counter("pygmmrec_reloads", "Reloads of bundles", ("outcome",), registry=registry)
        told = ("bundle", "model", "created")
        self.bundle = Gauge("pygmmrec_bundle_items", "Items of what is served", told, registry=registry)

    def text(self, ready: list[Ready]) -> bytes:
        """All of them in Prometheus' text format."""
        self.bundle.clear()
        for each in ready:
            told = each.described()
            self.bundle.labels(each.name, told["model"], str(told["created"])).set(told["items"])
        return generate_latest(self._registry)


class Timed:
    """Counts and times the requests of an application.

    Args:
        app: The application.
        metrics: Where to.
        paths: Those that are told apart; all others are ``other``, so that nobody makes labels by asking.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            path = scope["path"] if scope["path"] in self._paths else "other"
            method = scope["method"] if scope["method"] in ("GET", "POST") else "other"
            self._metrics.requests.labels(method, path, str(status)).inc()
            self._metrics.seconds.labels(path).observe(perf_counter() - start)
