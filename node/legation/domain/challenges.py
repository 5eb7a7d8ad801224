"""Challenges: 128 random bits that a verifier gives to one presenter, to be answered once (design page §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from legation.errors import MalformedError
from legation.standards.multiformats import encode_base64url

CHALLENGE_BYTES = 16
# as long as a presentation that answers it may be old (§4, step 2)
LIFETIME = timedelta(minutes=5)
# the last of 22 characters carries two bits of the sixteenth byte and four zeros
_FORM = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """A challenge as it is given out, 22 characters of base64url; its text shows only the digest."""

    value: str

    @property
    def digest(self) -> bytes:
        """The SHA-256 under which a verifier keeps it, so that its store gives no challenge away."""
        return sha256(self.value.encode("ascii")).digest()

    def __repr__(self) -> str:
        return f"Challenge({self.digest.hex()[:16]}…)"


def build_challenge(random: bytes) -> Challenge:
    """Return the challenge of 16 random bytes. Raises MalformedError for another length."""
    if len(random) != CHALLENGE_BYTES:
        raise MalformedError(f"a challenge is {CHALLENGE_BYTES} bytes")
    return Challenge(encode_base64url(random))


def find_challenge(text: str | None) -> Challenge | None:
    """Return the challenge that a presentation answers, or None where no verifier of ours can have given it."""
    return Challenge(text) if text is not None and _FORM.fullmatch(text) else None
