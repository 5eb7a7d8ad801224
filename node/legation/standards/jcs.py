"""The JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

import re

import orjson
import rfc8785

from legation.errors import MalformedError

# A number token that orjson may spell differently from ECMAScript: a fraction, an exponent or more than 15 digits.
# It may match inside a string; that costs the slow path and nothing else.
_HARD_NUMBER = re.compile(rb"[:\[,]-?[0-9]+(?:[.eE]|[0-9]{15})")
_EDGE = re.compile(rb"^-?[0-9]")
_SORTED = orjson.OPT_SORT_KEYS


def canonicalize(value: object) -> bytes:
    """Return the JCS form of a parsed JSON value.

    Raises:
        MalformedError: it has no such form (a number out of range, a lone surrogate, a key that is no string).
    """
    try:
        fast = orjson.dumps(value, option=_SORTED)
    except (orjson.JSONEncodeError, RecursionError) as error:
        return _exact(value, error)
    # Keys in ASCII sort alike as UTF-8 (orjson) and as UTF-16 (RFC 8785 §3.2.3); then only numbers can differ,
    # and NaN and Infinity, which orjson writes as null.
    if fast.isascii() and b"null" not in fast and not _HARD_NUMBER.search(fast) and not _EDGE.match(fast):
        return fast
    return _exact(value)


def canonicalize_plain(value: object) -> bytes:
    """Like :func:`canonicalize`, for a value that holds no float and no integer beyond ±(2^53 − 1): much cheaper."""
    try:
        fast = orjson.dumps(value, option=_SORTED)
    except (orjson.JSONEncodeError, RecursionError) as error:
        return _exact(value, error)
    return fast if fast.isascii() else _exact(value)


def _exact(value: object, cause: Exception | None = None) -> bytes:
    try:
        return bytes(rfc8785.dumps(value))  # type: ignore[arg-type]  # any JSON value; others raise
    except (rfc8785.CanonicalizationError, RecursionError, ValueError, TypeError) as error:
        raise MalformedError("the document has no canonical form (RFC 8785)") from (cause or error)
