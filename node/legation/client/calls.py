"""One call to a node before it is made: what is asked, how the answer is read, and whether it may be asked twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from legation.client.reading import read_nothing
from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.strict_json import MAX_BYTES, write_json

T = TypeVar("T")
JSON = "application/json"
RESOLUTION = "application/did-resolution"
_MAX_SEGMENT_CHARS = 2048
# names, ids and DIDs; nothing else can begin another segment, climb out of one, or end the path
_SEGMENT = re.compile(r"[A-Za-z0-9._~:%-]+")
_DOTS = frozenset({".", ".."})
_NONE: Mapping[str, str | int | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """What is asked of a node.

    ``path`` has its query with it, and is encoded. ``media`` is the type of the answer, and ``statuses`` those of
    which ``read`` makes a result out of the answer's JSON. A ``repeatable`` call has no further effect when it is made
    twice: it may be made again though nobody knows what became of the first time. ``find_refusal`` makes a result out
    of a problem that is a verdict: it gets its error and its JSON, and returns None for any other problem.
    """

    method: str
    path: str
    read: Callable[[object], T]
    body: bytes | None = None
    repeatable: bool = False
    media: str = JSON
    statuses: frozenset[int] = frozenset({200, 201, 204})
    find_refusal: Callable[[LegationError, Mapping[str, object]], T | None] | None = None


def path_of(*segments: str) -> str:
    """Return an absolute path, each segment encoded once. Raises MalformedError for what is no name, id or DID."""
    for segment in segments:
        if len(segment) > _MAX_SEGMENT_CHARS or segment in _DOTS or _SEGMENT.fullmatch(segment) is None:
            raise MalformedError("this is not a name, id or DID that can stand in a path")
    return "".join(f"/{quote(segment, safe=':')}" for segment in segments)


def get(
    *segments: str,
    read: Callable[[object], T],
    query: Mapping[str, str | int | None] = _NONE,
    media: str = JSON,
    statuses: frozenset[int] = frozenset({200}),
) -> Call[T]:
    """Return a call that only looks. Raises MalformedError."""
    given = {name: value for name, value in query.items() if value is not None}
    path = path_of(*segments) + (f"?{urlencode(given, quote_via=quote)}" if given else "")
    return Call("GET", path, read, repeatable=True, media=media, statuses=statuses)


def post(*segments: str, read: Callable[[object], T], body: Mapping[str, object], repeatable: bool = False) -> Call[T]:
    """Return a call that changes something, or judges; members that are None are left out.

    Raises:
        MalformedError: the body cannot be written as JSON.
        TooLargeError: it is larger than what a node takes.
    """
    given = {name: value for name, value in body.items() if value is not None}
    return Call("POST", path_of(*segments), read, _write(given), repeatable=repeatable)


def judge(
    *segments: str,
    read: Callable[[object], T],
    find_refusal: Callable[[LegationError, Mapping[str, object]], T | None],
    body: Mapping[str, object],
) -> Call[T]:
    """Return a call that judges without any effect, and is refused by a status of its own. Raises as :func:`post`."""
    return replace(post(*segments, read=read, body=body, repeatable=True), find_refusal=find_refusal)


def patch(*segments: str, read: Callable[[object], T], body: Mapping[str, object]) -> Call[T]:
    """Return a call that changes members; null removes one. Raises as :func:`post`."""
    return Call("PATCH", path_of(*segments), read, _write(body))


def delete(*segments: str) -> Call[None]:
    """Return a call that removes something. Raises MalformedError."""
    return Call("DELETE", path_of(*segments), read_nothing, repeatable=True)


def _write(body: Mapping[str, object]) -> bytes:
    data = write_json(dict(body))
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"what is sent to a node is at most {MAX_BYTES} bytes")
    return data
