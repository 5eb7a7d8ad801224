"""From an answer that is no result to its error: problem details (RFC 9457), bounded and printable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from legation.client.credentials import Credentials
from legation.client.members import printable
from legation.errors import (
    AccessError,
    AttenuationError,
    AuthenticationError,
    ConflictError,
    EgressError,
    FullError,
    GoneError,
    LegationError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from legation.standards.strict_json import parse_json

PROBLEM = "application/problem+json"
SERVER_ERROR = "server_error"
# a gateway says so of the server behind it, or the server of itself
OVERLOADED = frozenset({502, 503, 504})
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_POINTER = re.compile(r"(?:/[!-~]{0,499})?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")

_ERROR_OF_STATUS: Mapping[int, type[LegationError]] = MappingProxyType(
    {
        401: AuthenticationError,
        403: AccessError,
        404: NotFoundError,
        409: ConflictError,
        410: GoneError,
        413: TooLargeError,
        502: EgressError,
        503: UnavailableError,
        504: UnavailableError,
        507: FullError,
    }
)
_ATTENUATION_CODES = frozenset({"widened", "depth_exceeded"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent back, whole and within its bounds; ``retry_after`` in seconds, if it says so."""

    status: int
    media: str
    body: bytes
    retry_after: int | None = None


def error_of(answer: Answer, credentials: Credentials) -> LegationError:
    """Return the error that an answer stands for; whatever it says never raises."""
    problem = find_problem(answer)
    if problem is None:
        return _error_of_stranger(answer.status)
    code = problem.get("code")
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        code = SERVER_ERROR
    detail = _text(problem.get("detail"), credentials) or f"the server answered with status {answer.status}"
    fix = _text(problem.get("fix"), credentials)
    if answer.status >= 500 and (request_id := _request_id(problem)):
        # its operator finds in the log what the answer does not say
        fix = f"{fix} The request's id is {request_id}.".strip()
    pointer = problem.get("pointer")
    if not isinstance(pointer, str) or _POINTER.fullmatch(pointer) is None:
        pointer = None
    return _build(answer.status, code, detail, fix, pointer)


def find_problem(answer: Answer) -> Mapping[str, object] | None:
    """Return the problem details of an answer, or None where it has none."""
    if answer.media != PROBLEM:
        return None
    try:
        problem = parse_json(answer.body)
    except LegationError:
        return None
    return problem if isinstance(problem, dict) else None


def _build(status: int, code: str, detail: str, fix: str, pointer: str | None) -> LegationError:
    if code in _ATTENUATION_CODES and status == 422:
        error: LegationError = AttenuationError(detail, pointer=pointer or "", allowed=None, claimed=None, code=code)
        error.fix = fix
        return error
    kind = _ERROR_OF_CODE.get(code) or _ERROR_OF_STATUS.get(status, LegationError)
    return kind(detail, code=code, fix=fix, pointer=pointer)


def _error_of_stranger(status: int) -> LegationError:
    """Return the error of an answer that is not in a node's form: a proxy's, or another service's."""
    if 300 <= status < 400:
        return LegationError(
            "the server redirects, and a client's secret is not sent elsewhere",
            code=SERVER_ERROR,
            fix="Give the address under which the node itself answers.",
        )
    kind = UnavailableError if status in OVERLOADED else LegationError
    return kind(
        f"the server answered with status {status}, and not as a node does",
        code=SERVER_ERROR,
        fix="Try again." if status in OVERLOADED else "See whether the address is that of a node.",
    )


def _text(value: object, credentials: Credentials) -> str:
    return printable(credentials.hide(value)) if isinstance(value, str) else ""


def _request_id(problem: Mapping[str, object]) -> str | None:
    value = problem.get("requestId")
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def _subclasses(kind: type[LegationError]) -> Iterator[type[LegationError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


# those whose own code it is; what an attenuation allowed and claimed does not come along in a problem
_ERROR_OF_CODE: Mapping[str, type[LegationError]] = MappingProxyType(
    {
        kind.code: kind
        for kind in _subclasses(LegationError)
        if kind.__module__ == LegationError.__module__ and kind is not AttenuationError
    }
)
