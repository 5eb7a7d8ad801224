"""Identifiers of the VC Data Model: a single URL (VCDM 2.0 §4.4), alone or as the ``id`` of an object."""

from __future__ import annotations

import re
from collections.abc import Mapping

from legation.errors import MalformedError

# What the URL Standard never leaves in a URL as it is: controls, blanks and the delimiters of other languages. A URL
# is absolute here; http and https name a host, and a DID its method and what that method identifies (DID Core §3.1).
_REST = r'[^\x00-\x20\x7f-\xa0"<>\\^`{|}\s]'
_HOST = r'[^\x00-\x20\x7f-\xa0"<>\\^`{|}\s/?#]'
_URL = re.compile(
    # one character of a host, then anything: two loops over the same ones would take the square of a long text's time
    rf"(?:https?://{_HOST}{_REST}*|did:[a-z0-9]+:{_REST}+|(?!(?:https?|did):)[a-z][a-z0-9+.\-]*:{_REST}+)",
    re.I,
)
_MATCH = _URL.fullmatch


def is_url(value: object) -> bool:
    """Tell whether this is one absolute URL."""
    return isinstance(value, str) and _MATCH(value) is not None


def check_url(value: object, pointer: str) -> str:
    """Return a value that must be one absolute URL. Raises MalformedError (VCDM 2.0 §4.4)."""
    if not isinstance(value, str) or _MATCH(value) is None:
        raise MalformedError("this must be a single absolute URL", pointer=pointer)
    return value


def check_id(node: Mapping[str, object], pointer: str) -> str | None:
    """Return the ``id`` of an object, which may be absent. Raises MalformedError (VCDM 2.0 §4.4)."""
    return check_url(node["id"], f"{pointer}/id") if "id" in node else None


def check_reference(value: object, pointer: str) -> str:
    """Return the URL of an issuer or holder: a URL, or an object whose ``id`` is one (VCDM 2.0 §4.7, §4.13).

    Raises:
        MalformedError: neither.
    """
    if isinstance(value, dict):
        if "id" not in value:
            raise MalformedError("this object must have an id", pointer=pointer)
        return check_url(value["id"], f"{pointer}/id")
    return check_url(value, pointer)
