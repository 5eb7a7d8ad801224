"""Operators' tokens: 256 random bits behind a prefix by which scanners of leaked secrets find them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from legation.errors import MalformedError
from legation.standards.multiformats import encode_base64url

TOKEN_BYTES = 32
_PREFIX = "legation_operator_"
_FORM = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who manages a node: everything on it, or what belongs to ``owner``; ``id`` is 32 hex digits."""

    id: str
    name: str
    owner: str | None
    created_at: datetime
    revoked_at: datetime | None = None


class OperatorToken:
    """A token, of which only the digest stays; no text of it shows the secret."""

    __slots__ = ("_digest",)

    def __init__(self, digest: bytes):
        self._digest = digest

    @classmethod
    def parse(cls, text: str) -> OperatorToken:
        """Read a token as :func:`build_operator_token` writes it. Raises MalformedError."""
        if _FORM.fullmatch(text) is None:
            raise MalformedError("this is not an operator token")
        return cls(_digest(text))

    def matches(self, presented: str) -> bool:
        """Say whether ``presented`` is this token, in a time that tells nothing of how much of it is right."""
        return compare_digest(self._digest, _digest(presented))

    def __repr__(self) -> str:
        return "OperatorToken(…)"


def build_operator_token(random: bytes) -> str:
    """Return the text of a new token. Raises MalformedError for other than 32 bytes."""
    if len(random) != TOKEN_BYTES:
        raise MalformedError(f"an operator token is {TOKEN_BYTES} random bytes")
    return _PREFIX + encode_base64url(random)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
