"""Who calls: an operator or an agent, by a bearer token (RFC 6750)."""

from __future__ import annotations

from aiohttp import web

from legation.domain.callers import Caller
from legation.errors import AuthenticationError
from legation.http.services import SERVICES

_MAX_CHARS = 8192
_CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)


async def authenticate(request: web.Request, request_id: str | None) -> Caller | None:
    """Return who calls, and keep it with the request; None for a request that shows no token.

    Raises:
        AuthenticationError: it shows a token that proves nobody, or more than one.
        UnavailableError: the state did not answer.
    """
    headers = request.headers.getall("Authorization", [])
    if not headers:
        return None
    if len(headers) > 1 or len(headers[0]) > _MAX_CHARS:
        raise AuthenticationError("the token proves nobody")
    services = request.app[SERVICES]
    # RFC 9449 §4.2: without query and fragment; and never made from Host, which the caller chooses
    url = services.public_url + request.raw_path.partition("?")[0]
    caller = await services.authentication.authenticate(headers[0], request.method, url, request_id)
    request[_CALLER] = caller
    return caller


def find_caller(request: web.Request) -> Caller | None:
    """Return who calls, or None for somebody who showed no token."""
    return request.get(_CALLER)


def caller_of(request: web.Request) -> Caller:
    """Return who calls.

    Raises:
        AuthenticationError: nobody who proved who it is.
    """
    caller = find_caller(request)
    if caller is None:
        raise AuthenticationError(
            "this needs a token", fix="Send Authorization: Bearer, with an operator's token or an agent's did-auth+jwt."
        )
    return caller
