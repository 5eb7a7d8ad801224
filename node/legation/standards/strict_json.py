"""JSON as RFC 8259 and I-JSON (RFC 7493) have it, with bounds: no duplicate names, no lone surrogates."""

from __future__ import annotations

import json
from typing import NoReturn

import orjson

from legation.errors import MalformedError, TooLargeError

MAX_BYTES = 256 * 1024
MAX_NESTING = 32
_CONTAINERS = (dict, list)


def parse_json(data: bytes, *, max_bytes: int = MAX_BYTES, max_nesting: int | None = MAX_NESTING) -> object:
    """Parse one JSON text strictly.

    Raises:
        TooLargeError: more than ``max_bytes``.
        MalformedError: not UTF-8 JSON, a name twice in one object, a number out of range, or deeper than
            ``max_nesting`` (None: the caller bounds it).
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"the input is larger than {max_bytes} bytes")
    try:
        value: object = orjson.loads(data)
        written = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError) as error:
        # orjson reads 1024 levels and writes 254
        raise MalformedError("the input is not valid JSON in UTF-8, or far too deep") from error
    # A text that orjson would write itself has no name twice and no number that it could have misread. The same holds
    # where the two differ in spaces alone: whether within strings or between tokens, they change neither the members
    # nor the digits of a text that is JSON.
    if written != data and written.replace(b" ", b"") != data.replace(b" ", b""):
        value = _parse_slowly(data)
    # brackets inside strings only cost the exact count
    if max_nesting is not None and _count_openings(data) > max_nesting:
        _check_nesting(value, max_nesting)
    return value


def check_nesting(value: object, limit: int) -> None:
    """Refuse a value nested deeper than ``limit`` arrays and objects. Raises MalformedError."""
    try:
        written = orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError):
        _check_nesting(value, limit)
        return
    # what has few arrays and objects in all is not deep
    if _count_openings(written) > limit:
        _check_nesting(value, limit)


def _check_nesting(value: object, limit: int) -> None:
    if nesting(value) > limit:
        raise MalformedError(f"the input is nested deeper than {limit}")


def _count_openings(written: bytes) -> int:
    return written.count(b"{") + written.count(b"[")


def write_json(value: object) -> bytes:
    """Write a parsed JSON value in compact form, members in their order. Raises MalformedError."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise MalformedError("the value cannot be written as JSON") from error


def write_sorted(value: object) -> bytes:
    """Write a parsed JSON value so that no other is written alike, whatever the order of members.

    Where it is ASCII and holds no float and no integer beyond ±(2^53 − 1), this is its JCS form. Raises MalformedError.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise MalformedError("the value cannot be written as JSON") from error


def nesting(value: object) -> int:
    """Return how many arrays and objects enclose the deepest member, the outermost included."""
    depth, level = 0, [value] if isinstance(value, _CONTAINERS) else []
    while level:
        depth += 1
        children = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for group in children for child in group if isinstance(child, _CONTAINERS)]
    return depth


def _parse_slowly(data: bytes) -> object:
    try:
        return json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_float, parse_int=_int)
    except MalformedError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedError("the input is not valid JSON in UTF-8") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("a member name stands twice in one object")
    return members


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise MalformedError("a number is out of range")
    return number


def _int(text: str) -> int | float:
    return -0.0 if text == "-0" else int(text)  # minus zero stays visible; int() itself bounds the digits


def _refuse(text: str) -> NoReturn:
    raise MalformedError("NaN and Infinity are not JSON")
