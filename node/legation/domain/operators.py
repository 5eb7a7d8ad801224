"""Operators and their tokens: 256 random bits behind a prefix by which scanners of leaked secrets find them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from legation.errors import MalformedError
from legation.standards.multiformats import encode_base64url

TOKEN_BYTES = 32
# fixed, so that of many processes that start a node together one makes its first operator
FIRST_OPERATOR_ID = "0" * 31 + "1"
_PREFIX = "legation_operator_"
_FORM = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who manages a node: everything on it, or what belongs to ``owner``; ``id`` is 32 hex digits."""

    id: str
    name: str
    owner: str | None
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def manages_everything(self) -> bool:
        """Whether its token still counts, and for the whole node."""
        return self.owner is None and self.revoked_at is None


class OperatorToken:
    """A token, of which only the digest stays; no text of it shows the secret."""

    __slots__ = ("_digest",)

    def __init__(self, digest: bytes):
        self._digest = digest

    @classmethod
    def parse(cls, text: str) -> OperatorToken:
        """Read a token as :func:`build_operator_token` writes it. Raises MalformedError."""
        if not is_operator_token(text):
            raise MalformedError("this is not an operator token")
        return cls(_digest(text))

    @property
    def digest(self) -> bytes:
        """The SHA-256 under which a node keeps it and looks it up, so that no text is ever compared."""
        return self._digest

    def __repr__(self) -> str:
        return "OperatorToken(…)"


def is_operator_token(text: str) -> bool:
    """Say whether a text has the form of an operator token."""
    return _FORM.fullmatch(text) is not None


def build_operator_token(random: bytes) -> str:
    """Return the text of a new token. Raises MalformedError for other than 32 bytes."""
    if len(random) != TOKEN_BYTES:
        raise MalformedError(f"an operator token is {TOKEN_BYTES} random bytes")
    return _PREFIX + encode_base64url(random)


def parse_operator_name(name: object) -> str:
    """Return a name of 1 to 63 lower-case letters, digits and hyphens, no hyphen first. Raises MalformedError."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise MalformedError(
            "an operator's name is not 1 to 63 lower-case letters, digits and hyphens",
            fix="Take a name such as ana or deploy-2.",
        )
    return name


def is_operator_id(text: object) -> bool:
    """Say whether a text can be the id of an operator."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
