"""For whom something is done: a DID, or a person at an identity provider as ``issuer#subject`` (design page §1)."""

from __future__ import annotations

from functools import lru_cache

from legation.domain.text import is_uri
from legation.errors import MalformedError
from legation.standards.did.syntax import is_did

_CACHED_LENGTH = 256
# RFC 3986 §3.5: a fragment holds none of these
_SUBJECT_BARRED = frozenset("#[]")


def parse_principal(value: object, pointer: str | None = None) -> str:
    """Return a DID or a URI with one fragment, the percent-encoded subject. Raises MalformedError."""
    if type(value) is str and (_is_short_principal(value) if len(value) <= _CACHED_LENGTH else _is_principal(value)):
        return value
    raise MalformedError("a principal is a DID or a URI issuer#subject", pointer=pointer)


def _is_principal(text: str) -> bool:
    if is_did(text):
        return True
    issuer, _, subject = text.partition("#")
    return is_uri(text) and bool(subject) and _SUBJECT_BARRED.isdisjoint(subject) and is_uri(issuer)


# every hop of a chain repeats its principal
_is_short_principal = lru_cache(maxsize=1024)(_is_principal)
