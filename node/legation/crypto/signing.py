"""What a holder of a private key can do, wherever the key lives: it never leaves its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from legation.crypto.keys import PublicKey


class SigningKey(Protocol):
    """A private key behind a handle."""

    @property
    def public_key(self) -> PublicKey:
        """The public key that verifies its signatures."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature (R‖S of RFC 8032, r‖s of RFC 7518 §3.4 with the curve's hash) over ``message``."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key in use: the DID that it speaks for and the DID URL of its verification method."""

    did: str
    method: str
    key: SigningKey
