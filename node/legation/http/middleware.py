"""What every request passes through: an id, an answer to every error, a deadline, and the checks of whom it is for."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from legation.errors import LegationError, NotFoundError, UnavailableError
from legation.http.access import check_access
from legation.http.errors import REQUEST_ID, error_of_http, internal_error, problem

_log = logging.getLogger("legation.http")
_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
# The one spelling that a path of ours has. Nothing is decoded, folded or normalised on the way to a route, so that
# routing, permission and log see the same: no dot segment, no empty one, no percent sign, no upper-case variant
_PATH = re.compile(r"/|(?:/\.well-known)?(?:/[a-z0-9_~-][a-z0-9._~-]*)+")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def build_middlewares(*, hosts: frozenset[str], deadline: timedelta) -> list[Middleware]:
    """Return the middlewares, the outermost first; ``hosts`` are the values of ``Host`` that name this node."""
    return [answer_errors, _bound_time(deadline), _check_target(hosts), _check_caller]


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever goes wrong as a problem; a fault of ours is logged, and the caller gets its id alone."""
    request_id = request[_ID] = uuid4().hex
    try:
        return await handler(request)
    except LegationError as error:
        if error.__cause__ is not None and isinstance(error, UnavailableError):
            _log.warning("request %s: %s", request_id, error.detail, exc_info=error.__cause__)
        return problem(error, request_id)
    except web.HTTPException as error:
        return _answer_http(error, request_id)
    except ConnectionError:
        # the client has gone; aiohttp ends the connection, and there is nobody to tell
        raise
    except Exception:  # noqa: BLE001 - the outermost loop of a request: no caller may learn what broke, the log does
        _log.exception("request %s failed", request_id)
        return problem(internal_error(), request_id)


def _answer_http(error: web.HTTPException, request_id: str) -> web.Response:
    response = problem(error_of_http(error), request_id)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _bound_time(deadline: timedelta) -> Middleware:
    @web.middleware
    async def bound(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                return await handler(request)
        except TimeoutError as error:
            if request.content.is_eof():
                raise UnavailableError("the request could not be answered in time", fix="Try again.") from error
            raise LegationError("the body did not come in time", code="request_timeout") from error

    return bound


def _check_target(hosts: frozenset[str]) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        named = request.headers.getall("Host", [])
        # against DNS rebinding; what X-Forwarded-Host and its like say is never looked at
        if len(named) != 1 or named[0].lower() not in hosts:
            raise LegationError("this host does not answer under that name", code="misdirected_request")
        # the request target as it came: an absolute one, or a path in another spelling, is nobody's
        if not _PATH.fullmatch(request.raw_path.partition("?")[0]):
            raise NotFoundError("nothing is here", fix="Spell the path as the documentation does.")
        return await handler(request)

    return check


@web.middleware
async def _check_caller(request: web.Request, handler: Handler) -> web.StreamResponse:
    check_access(request)
    return await handler(request)


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set what every answer carries: its id, and headers that keep browsers from misusing it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "legation"
    request_id = request.get(_ID)
    if request_id is not None:
        response.headers.setdefault(REQUEST_ID, request_id)
