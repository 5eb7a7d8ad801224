"""The syntax of DIDs and of the DID URLs that name a verification method (DID Core 1.0 §3.1, §3.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeGuard

from legation.errors import MalformedError

MAX_CHARS = 2048
_CACHED_CHARS = 128
_MAX_FRAGMENT_CHARS = 1024
# DID Core 1.0 §3.1; the last character is no colon
_DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]++|%[0-9A-Fa-f]{2})+(?<!:)")
# RFC 3986 §3.5
_FRAGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|%[0-9A-Fa-f]{2})+")


def is_did(text: object) -> TypeGuard[str]:
    """Say whether ``text`` is a DID of at most 2048 characters, with no path, query or fragment (DID Core 1.0 §3.1)."""
    if not isinstance(text, str):
        return False
    if len(text) <= _CACHED_CHARS:
        return _is_short_did(text)
    return len(text) <= MAX_CHARS and _DID.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _is_short_did(text: str) -> bool:
    # a chain names each of its parties at least twice
    return _DID.fullmatch(text) is not None


def split_did_url(text: object) -> tuple[str, str]:
    """Split an absolute DID URL that has a fragment, and no path or query, into the DID and the fragment.

    Raises:
        MalformedError: it is not of that form (DID Core 1.0 §3.2).
    """
    if not isinstance(text, str) or len(text) > MAX_CHARS + 1 + _MAX_FRAGMENT_CHARS:
        raise MalformedError("a verification method is not named by a DID URL")
    did, _, fragment = text.partition("#")
    if not is_did(did) or len(fragment) > _MAX_FRAGMENT_CHARS or _FRAGMENT.fullmatch(fragment) is None:
        raise MalformedError("a verification method is not named by an absolute DID URL with a fragment")
    return did, fragment


def controller_of(method: object) -> str:
    """Return what stands before the fragment of a verification method's DID URL, cheaply.

    It need not be a DID: whoever judges compares it with one that was parsed, and looks the whole URL up in that DID's
    document, where nothing malformed is found. Raises MalformedError where it cannot be a DID URL with a fragment.
    """
    if isinstance(method, str) and method.startswith("did:"):
        did, _, fragment = method.partition("#")
        if fragment:
            return did
    raise MalformedError("a verification method is not named by an absolute DID URL with a fragment")
