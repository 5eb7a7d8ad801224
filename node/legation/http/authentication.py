"""Who calls: the operator, by a bearer token (RFC 6750)."""

from __future__ import annotations

from aiohttp import web

from legation.domain.operators import OperatorToken
from legation.errors import AuthenticationError

_SCHEME = "bearer"
_MAX_TOKEN_CHARS = 512


def authenticate_operator(request: web.Request, operator: OperatorToken) -> None:
    """Check that the caller holds the operator's token.

    Raises:
        AuthenticationError: it shows none, another, or more than one.
    """
    headers = request.headers.getall("Authorization", [])
    if not headers:
        raise AuthenticationError(
            "this needs the operator's token",
            fix="Send Authorization: Bearer, with the token of data_dir/operator-token.",
        )
    scheme, _, token = headers[0].partition(" ")
    token = token.strip()
    known = scheme.lower() == _SCHEME and len(token) <= _MAX_TOKEN_CHARS and operator.matches(token)
    if len(headers) > 1 or not known:
        raise AuthenticationError("the token is not one of this node's operator")
