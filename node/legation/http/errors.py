"""From an error to an answer: the one table of statuses, and problem details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from aiohttp import web

from legation.errors import (
    AccessError,
    AttenuationError,
    AuthenticationError,
    ConflictError,
    EgressError,
    FullError,
    GoneError,
    InvalidKeyError,
    LegationError,
    MalformedError,
    NotFoundError,
    ProofError,
    ResolutionError,
    SettingsError,
    TooLargeError,
    UnavailableError,
    UnknownTermError,
    WalletError,
)
from legation.http.credential_problems import RefusedDocumentError

REQUEST_ID = "X-Request-Id"
PROBLEM_TYPE = "urn:legation:error:"
RETRY_AFTER_SECONDS = "5"

# the nearest class that stands here decides
STATUS_OF_ERROR: Mapping[type[LegationError], HTTPStatus] = MappingProxyType(
    {
        LegationError: HTTPStatus.BAD_REQUEST,
        MalformedError: HTTPStatus.BAD_REQUEST,
        TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        UnknownTermError: HTTPStatus.BAD_REQUEST,
        InvalidKeyError: HTTPStatus.BAD_REQUEST,
        ProofError: HTTPStatus.BAD_REQUEST,
        AttenuationError: HTTPStatus.UNPROCESSABLE_ENTITY,
        ResolutionError: HTTPStatus.UNPROCESSABLE_ENTITY,
        EgressError: HTTPStatus.BAD_GATEWAY,
        WalletError: HTTPStatus.SERVICE_UNAVAILABLE,
        NotFoundError: HTTPStatus.NOT_FOUND,
        GoneError: HTTPStatus.GONE,
        ConflictError: HTTPStatus.CONFLICT,
        AccessError: HTTPStatus.FORBIDDEN,
        FullError: HTTPStatus.INSUFFICIENT_STORAGE,
        AuthenticationError: HTTPStatus.UNAUTHORIZED,
        UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
        SettingsError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
# what only this door refuses has a status by its code
STATUS_OF_CODE: Mapping[str, HTTPStatus] = MappingProxyType(
    {
        "did_not_found": HTTPStatus.NOT_FOUND,
        "feature_not_supported": HTTPStatus.NOT_IMPLEMENTED,
        "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
        "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_supported": HTTPStatus.NOT_IMPLEMENTED,
        "misdirected_request": HTTPStatus.MISDIRECTED_REQUEST,
        "representation_not_supported": HTTPStatus.NOT_ACCEPTABLE,
        "request_timeout": HTTPStatus.REQUEST_TIMEOUT,
        "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    }
)

# W3C DID Resolution 1.0 (CR of 23 July 2026) §11: what went wrong with a DID has a URL of theirs
_DID_ERROR = "https://www.w3.org/ns/did#"
TYPE_OF_CODE: Mapping[str, str] = MappingProxyType(
    {
        "did_not_found": _DID_ERROR + "NOT_FOUND",
        "feature_not_supported": _DID_ERROR + "FEATURE_NOT_SUPPORTED",
        "invalid_did": _DID_ERROR + "INVALID_DID",
        "invalid_did_url": _DID_ERROR + "INVALID_DID_URL",
        "invalid_options": _DID_ERROR + "INVALID_OPTIONS",
        "method_not_supported": _DID_ERROR + "METHOD_NOT_SUPPORTED",
        "representation_not_supported": _DID_ERROR + "REPRESENTATION_NOT_SUPPORTED",
    }
)


def type_of(error: LegationError) -> str:
    """Return the URI by which a problem is known."""
    if isinstance(error, RefusedDocumentError) and error.problem_type is not None:
        return error.problem_type
    return TYPE_OF_CODE.get(error.code, PROBLEM_TYPE + error.code)


def status_of(error: LegationError) -> HTTPStatus:
    """Return the status by which an error is answered."""
    if isinstance(error, RefusedDocumentError):
        return HTTPStatus.BAD_REQUEST
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    return next(STATUS_OF_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_OF_ERROR)


def problem(error: LegationError, request_id: str) -> web.Response:
    """Return the answer to an error: what it is, what to do, and the id by which the operator finds it."""
    status = status_of(error)
    body: dict[str, object] = {
        "type": type_of(error),
        "title": status.phrase,
        "status": int(status),
        "detail": error.detail,
        "code": error.code,
        "requestId": request_id,
    }
    if error.pointer is not None:
        body["pointer"] = error.pointer
    if error.fix:
        body["fix"] = error.fix
    if isinstance(error, RefusedDocumentError):
        body |= error.members
    response = web.Response(
        status=status, text=json.dumps(body), content_type="application/problem+json", charset="utf-8"
    )
    response.headers[REQUEST_ID] = request_id
    if status is HTTPStatus.UNAUTHORIZED:
        # RFC 9110 §11.6.1, RFC 6750 §3
        response.headers["WWW-Authenticate"] = 'Bearer realm="legation"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def internal_error() -> LegationError:
    """Return what a caller is told of a fault of ours."""
    return LegationError("something went wrong here", code="internal_error", fix="Tell the operator the requestId.")


def error_of_http(error: web.HTTPException) -> LegationError:
    """Return an error that aiohttp raised while it routed a request in our own words."""
    if error.status == HTTPStatus.NOT_FOUND:
        return NotFoundError("nothing is here")
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        return LegationError("this method does not serve here", code="method_not_allowed")
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLargeError("the body is too large")
    return MalformedError("the request cannot be served") if error.status < 500 else internal_error()
