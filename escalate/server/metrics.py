"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts and times of one service, apart from any other in the process."""

    def __init__(self, inside: Callable[[], int]) -> None:
        """Begin to count.

        Args:
            inside: Returns the number of requests in work or waiting.
        """
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "escalate_requests", "Requests by route and status.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "escalate_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self._registry
        )
        self._batches = Histogram(
            "escalate_batch_texts", "Texts of a batch.", buckets=(1, 2, 4, 8, 16, 32, 64, 128), registry=self._registry
        )
        gauge = Gauge("escalate_requests_inside", "Requests in work or waiting.", registry=self._registry)
        gauge.set_function(inside)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: HTTP method.
            route: The route's pattern; few and known in advance.
            status: HTTP status.
            seconds: From its first to its last byte.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, size: int) -> None:
        """Count a batch of some texts."""
        self._batches.observe(size)

    def page(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
