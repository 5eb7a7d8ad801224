"""The JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

import re

import msgspec
import orjson
import rfc8785

from legation.errors import MalformedError

_SORTED = orjson.OPT_SORT_KEYS
# integers beyond 2^53 - 1 are refused, and left to the exact way
_BOUNDED = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
# how MessagePack begins every float; where the byte is part of something else, that costs the slow path and no more
_FLOAT = b"\xcb"
_pack = msgspec.msgpack.Encoder().encode
# the first bytes of UTF-8 for U+10000 and up, which UTF-16 sorts before U+E000
_ASTRAL = re.compile(rb"[\xf0-\xf4]")


def canonicalize(value: object) -> bytes:
    """Return the JCS form of a parsed JSON value.

    Raises:
        MalformedError: it has no such form (a number out of range, a lone surrogate, a key that is no string).
    """
    try:
        fast = orjson.dumps(value, option=_BOUNDED)
        packed = _pack(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return _exact(value, error)
    # Of the numbers only floats can be spelled otherwise than ECMAScript does; NaN and Infinity are floats.
    return fast if _FLOAT not in packed and _sorts_alike(fast) else _exact(value)


def canonicalize_plain(value: object) -> bytes:
    """Like :func:`canonicalize`, for a value that holds no float and no integer beyond ±(2^53 − 1): cheaper."""
    try:
        fast = orjson.dumps(value, option=_SORTED)
    except (orjson.JSONEncodeError, RecursionError) as error:
        return _exact(value, error)
    return fast if _sorts_alike(fast) else _exact(value)


def _sorts_alike(written: bytes) -> bool:
    """Tell whether names sort alike as UTF-8 (orjson) and as UTF-16 (RFC 8785 §3.2.3)."""
    return written.isascii() or _ASTRAL.search(written) is None


def _exact(value: object, cause: Exception | None = None) -> bytes:
    try:
        return bytes(rfc8785.dumps(value))  # type: ignore[arg-type]  # any JSON value; others raise
    except (rfc8785.CanonicalizationError, RecursionError, ValueError, TypeError) as error:
        raise MalformedError("the document has no canonical form (RFC 8785)") from (cause or error)
