"""The application: routes, middlewares and use cases put together."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from legation.http.access import ROUTES
from legation.http.bodies import MAX_BODY_BYTES
from legation.http.middleware import build_middlewares, set_headers
from legation.http.services import SERVICES, Services

REQUEST_DEADLINE = timedelta(seconds=15)


def build_app(services: Services, *, hosts: frozenset[str], deadline: timedelta = REQUEST_DEADLINE) -> web.Application:
    """Return the application of one node; ``hosts`` are the values of ``Host`` that it answers to, in lower case."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=build_middlewares(hosts=hosts, deadline=deadline))
    app[SERVICES] = services
    for (method, path), route in ROUTES.items():
        if method == "GET":
            app.router.add_get(path, route.handler)  # and HEAD
        else:
            app.router.add_route(method, path, route.handler)
    app.on_response_prepare.append(set_headers)
    return app
