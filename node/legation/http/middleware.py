"""What every request passes through: an id, an answer to every error, a deadline, the checks of whom it is for."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine
from datetime import timedelta
from secrets import token_hex
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from legation.errors import LegationError, NotFoundError, UnavailableError
from legation.http.access import answer_caller
from legation.http.authentication import find_caller
from legation.http.errors import REQUEST_ID, error_of_http, internal_error, problem
from legation.http.logs import log_request
from legation.http.metrics import Metrics

_log = logging.getLogger("legation.http")
_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
# The one spelling that a path of ours has. Nothing is decoded, folded or normalised on the way to a route, so that
# routing, permission and log see the same: no dot segment, no empty one, no percent sign, no upper-case variant
_PATH = re.compile(
    r"/|(?:/\.well-known)?(?:/[a-z0-9_~-][a-z0-9._~-]*)+"
    # but one segment, the last, that holds a DID in any spelling (RFC 3986 §3.3), and is read by its handler alone
    r"|/1\.0/identifiers/(?!(?:\.|%2[Ee]){1,2}\Z)(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*"
)
# what a log and the figures have for a client that went away before its answer
_GONE = 499
_NOBODY = "none"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def build_middlewares(*, hosts: frozenset[str], deadline: timedelta, metrics: Metrics) -> list[Middleware]:
    """Return the middlewares, the outermost first; ``hosts`` are the values of ``Host`` that name this node."""

    # one for all, as each of them costs every request a few microseconds
    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = perf_counter()
        request_id = request[_ID] = token_hex(16)
        status = _GONE
        metrics.begin()
        try:
            response = await answer_errors(request, _bound_time(request, handler, hosts, deadline), request_id)
            status = response.status
            return response
        finally:
            _record(metrics, request, status, perf_counter() - began)

    return [record]


async def answer_errors(
    request: web.Request, answering: Coroutine[None, None, web.StreamResponse], request_id: str
) -> web.StreamResponse:
    """Answer whatever goes wrong as a problem; a fault of ours is logged, and the caller gets its id alone."""
    try:
        return await answering
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


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set what every answer carries: its id, and headers that keep browsers from misusing it."""
    headers = response.headers
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["Server"] = "legation"
    request_id = request.get(_ID)
    if request_id is not None:
        headers.setdefault(REQUEST_ID, request_id)


async def _bound_time(
    request: web.Request, handler: Handler, hosts: frozenset[str], deadline: timedelta
) -> web.StreamResponse:
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            _check_target(request, hosts)
            return await answer_caller(request, handler, request_id=request[_ID])
    except TimeoutError as error:
        if request.content.is_eof():
            raise UnavailableError("the request could not be answered in time", fix="Try again.") from error
        raise LegationError("the body did not come in time", code="request_timeout") from error


def _check_target(request: web.Request, hosts: frozenset[str]) -> None:
    named = request.headers.getall("Host", [])
    # against DNS rebinding; what X-Forwarded-Host and its like say is never looked at
    if len(named) != 1 or named[0].lower() not in hosts:
        raise LegationError("this host does not answer under that name", code="misdirected_request")
    # the request target as it came: an absolute one, or a path in another spelling, is nobody's
    if not _PATH.fullmatch(request.raw_path.partition("?")[0]):
        raise NotFoundError("nothing is here", fix="Spell the path as the documentation does.")


def _answer_http(error: web.HTTPException, request_id: str) -> web.Response:
    response = problem(error_of_http(error), request_id)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _record(metrics: Metrics, request: web.Request, status: int, seconds: float) -> None:
    """Count a request and write its line: where it went by the route's template, never by what was sent."""
    resource = request.match_info.route.resource
    route = None if resource is None else resource.canonical
    method = metrics.end(request.method, route, status, seconds)
    caller = find_caller(request)
    kind = _NOBODY if caller is None else caller.kind.value
    log_request(method=method, route=route, status=status, seconds=seconds, request_id=request[_ID], caller=kind)
