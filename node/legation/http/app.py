"""The application: routes, middlewares and use cases put together."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from legation.http.access import ROUTES
from legation.http.bodies import MAX_BODY_BYTES
from legation.http.metrics import METRICS
from legation.http.middleware import build_middlewares, set_headers
from legation.http.routes.openapi import describe
from legation.http.services import SERVICES, Services

# where a part of a path is not just what a router takes for one: what is said to be a DID can hold any character, and
# a place that has a route of its own is no id, so that nobody is told of methods that it does not have
_PATTERNS = {
    "/1.0/identifiers/{did}": r"/1.0/identifiers/{did:[^/]*}",
    "/v1/delegations/{id}": r"/v1/delegations/{id:(?!import\Z)[^/]+}",
}
REQUEST_DEADLINE = timedelta(seconds=15)


def build_app(services: Services, *, hosts: frozenset[str], deadline: timedelta = REQUEST_DEADLINE) -> web.Application:
    """Return the application of one node; ``hosts`` are the values of ``Host`` that it answers to, in lower case."""
    middlewares = build_middlewares(hosts=hosts, deadline=deadline, metrics=services.metrics)
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=middlewares)
    app[SERVICES] = services
    app[METRICS] = services.metrics
    describe(app, {key: route.access.value for key, route in ROUTES.items()}, public_url=services.public_url)
    for (method, path), route in ROUTES.items():
        pattern = _PATTERNS.get(path, path)
        if method == "GET":
            app.router.add_get(pattern, route.handler)  # and HEAD
        else:
            app.router.add_route(method, pattern, route.handler)
    app.on_response_prepare.append(set_headers)
    return app
