"""Which strings may stand in a delegation: NFC, nothing invisible, nothing that steers a terminal (design page §1)."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeGuard

from legation.errors import MalformedError

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})+")
_MAX_URI = 2048


def is_plain_text(value: object) -> TypeGuard[str]:
    """Say whether a value is a string in NFC without categories Cc, Cf, Cs, Zl, Zp."""
    if type(value) is not str:
        return False
    if value.isascii():
        return value.isprintable()
    return unicodedata.is_normalized("NFC", value) and not any(
        unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in value
    )


def is_uri(value: object) -> TypeGuard[str]:
    """Say whether a value is an absolute URI in the characters of RFC 3986, at most 2,048 of them."""
    return type(value) is str and len(value) <= _MAX_URI and _URI.fullmatch(value) is not None


def parse_name(value: object, pointer: str) -> str:
    """Return a non-empty plain text. Raises MalformedError."""
    if not is_plain_text(value) or not value:
        raise MalformedError("a name is not a non-empty string in NFC without control characters", pointer=pointer)
    return value


def parse_names(value: object, pointer: str) -> frozenset[str]:
    """Return a non-empty array of distinct names as a set. Raises MalformedError."""
    if type(value) is not list or not value:
        raise MalformedError("a member is not a non-empty array of strings", pointer=pointer)
    for item in value:
        if type(item) is not str or not item or not ((item.isascii() and item.isprintable()) or is_plain_text(item)):
            raise MalformedError(
                "an element is not a non-empty string in NFC without control characters", pointer=pointer
            )
    names = frozenset(value)
    if len(names) != len(value):
        raise MalformedError("an element stands twice in a set", pointer=pointer)
    return names


def escape(name: str) -> str:
    """Write a member name as a token of a JSON Pointer (RFC 6901 §3)."""
    return name.replace("~", "~0").replace("/", "~1")
