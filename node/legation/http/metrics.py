"""The node's figures: counted per process, and shown the same whichever worker is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from legation.errors import FullError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# where prometheus-client looks for the folder that workers share, at the moment of its import
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# HTTP methods as labels; whatever else a caller invents is one more
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_OTHER_METHOD = "other"
_NO_ROUTE = "none"
ACCEPTED = "accepted"
_AGENT_CREATED = {("POST", "/v1/agents", 201)}
_DELEGATION_ISSUED = {("POST", "/v1/delegations", 201), ("POST", "/v1/delegations/{id}/attenuate", 201)}
# the files of a process, as prometheus-client names them; each label of ours at once takes a third of one
_KINDS = ("counter", "gauge_livesum", "histogram")
_FILE_BYTES = 1_048_576
_STORE_ERRORS = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)


@dataclass(frozen=True, slots=True)
class _Counters:
    """What counts the answers of one method, route and status."""

    method: str
    counts: tuple[Callable[[], None], ...]
    observe: Callable[[float], None]


class Metrics:
    """The figures of one process, or, where ``folder`` is given, its part of those that several share."""

    def __init__(self, folder: Path | None = None):
        """Begin to count. Raises FullError where ``folder`` has no room."""
        if folder is not None:
            _reserve(folder)
            os.environ[FOLDER_VARIABLE] = str(folder)
        # only now, as the import decides where values are kept
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own
        self._folder = folder
        self._registry = registry = CollectorRegistry()
        self._requests: Counter = Counter(
            "legation_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds: Histogram = Histogram(
            "legation_http_request_seconds",
            "Time from the head of a request to its answer.",
            ("method", "route"),
            registry=registry,
            buckets=_SECONDS,
        )
        self._in_flight: Gauge = Gauge(
            "legation_http_requests_in_flight",
            "Requests under way.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._verdicts: Counter = Counter(
            "legation_verifications", "Verdicts on chains and presentations.", ("code",), registry=registry
        )
        self._agents = Counter("legation_agents_created", "Agents created.", registry=registry)
        self._delegations = Counter("legation_delegations_issued", "Delegations issued.", registry=registry)
        self._refused = Counter(
            "legation_authentication_failures", "Callers that did not prove who they are.", registry=registry
        )
        self._failures = Counter(
            "legation_store_errors", "Times that a store did not answer or had no room.", registry=registry
        )
        self._answered: dict[tuple[str, str | None, int], _Counters] = {}
        self._verdict_counters: dict[str, Callable[[], None]] = {}
        self.begin: Callable[[], None] = self._in_flight.inc

    def end(self, method: str, route: str | None, status: int, seconds: float) -> str:
        """Count an answer, and return its method as a label; ``route`` is a template, never what was sent."""
        self._in_flight.dec()
        counters = self._answered.get((method, route, status)) or self._find_counters(method, route, status)
        for count in counters.counts:
            count()
        counters.observe(seconds)
        return counters.method

    def count_verdict(self, code: str | None) -> None:
        """Count a verdict by its code, None where a chain or presentation was accepted."""
        name = code or ACCEPTED
        count = self._verdict_counters.get(name)
        if count is None:
            # bounded: a verdict has one of our codes
            count = self._verdict_counters[name] = self._verdicts.labels(name).inc
        count()

    def render(self) -> bytes:
        """Return all figures, those of other workers too, in the text format of Prometheus."""
        from prometheus_client import generate_latest

        return generate_latest(self._collected())

    def _collected(self) -> CollectorRegistry:
        if self._folder is None:
            return self._registry
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]  # the library's own
        return registry

    def _find_counters(self, method: str, route: str | None, status: int) -> _Counters:
        known = method if method in _METHODS else _OTHER_METHOD
        path = route or _NO_ROUTE
        counts = [self._requests.labels(known, path, str(status)).inc]
        if (known, path, status) in _AGENT_CREATED:
            counts.append(self._agents.inc)
        if (known, path, status) in _DELEGATION_ISSUED:
            counts.append(self._delegations.inc)
        if status == HTTPStatus.UNAUTHORIZED:
            counts.append(self._refused.inc)
        if status in _STORE_ERRORS:
            counts.append(self._failures.inc)
        counters = _Counters(known, tuple(counts), self._seconds.labels(known, path).observe)
        if known == method:
            # bounded: methods, routes and statuses that exist
            self._answered[method, route, status] = counters
        return counters


def _reserve(folder: Path) -> None:
    """Take room on the disk for the figures of this process.

    prometheus-client writes them through memory maps: a page for which there is no room then would end the process.
    """
    for kind in _KINDS:
        try:
            with (folder / f"{kind}_{os.getpid()}.db").open("xb") as file:
                file.write(bytes(_FILE_BYTES))
        except FileExistsError:
            continue
        except OSError as error:
            raise FullError("there is no room for the figures of a worker") from error


def forget_process(folder: Path, pid: int) -> None:
    """Take what a worker that has ended had in flight out of the figures; what it counted stays."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)


async def show_metrics(request: web.Request) -> web.Response:
    """Show the node's figures in the text format of Prometheus; no name of an agent, owner or caller is in them."""
    return web.Response(body=request.app[METRICS].render(), headers={"Content-Type": CONTENT_TYPE})
