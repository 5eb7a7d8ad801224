"""Public keys: what was checked when they were loaded, and the verification of one signature with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from legation.crypto import ed25519
from legation.errors import InvalidKeyError, ProofError

if TYPE_CHECKING:
    from legation.crypto.ecdsa import ECDSAPublicKey

_MAX_BYTES = 133


class KeyType(Enum):
    """The signature key types that this version supports, by their curve's name in JOSE (RFC 7518, RFC 8037)."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"

    @property
    def signature_bytes(self) -> int:
        """How long every signature of such a key is."""
        return _SIGNATURE_BYTES[self]


_SIGNATURE_BYTES = {KeyType.ED25519: 64, KeyType.P256: 64, KeyType.P384: 96, KeyType.P521: 132}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that passed every check of its type when it was loaded; make one with :func:`load_public_key`.

    ``raw`` is the 32-byte Ed25519 encoding (RFC 8032 §5.1.2) or the compressed SEC1 point of P-256 (33 bytes),
    P-384 (49) or P-521 (67).
    """

    type: KeyType
    raw: bytes
    _handle: ECDSAPublicKey | None = field(default=None, compare=False, repr=False)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify ``signature`` (R‖S of RFC 8032, or r‖s of RFC 7518 §3.4) over ``message``.

        ECDSA is with the hash of the curve: SHA-256, SHA-384 or SHA-512.

        Raises:
            ProofError: it does not hold.
        """
        if self._handle is not None:
            self._handle.verify(message, signature)
        elif not ed25519.holds(self.raw, message, signature):
            raise ProofError("the signature does not hold")


def load_public_key(key_type: KeyType, raw: bytes) -> PublicKey:
    """Check an encoded public key and return it; points of the P curves may be compressed or uncompressed.

    Raises:
        InvalidKeyError: wrong length, not on the curve, the identity, of small order or outside the prime subgroup.
    """
    if not isinstance(raw, bytes) or len(raw) > _MAX_BYTES:
        raise InvalidKeyError("the public key has a wrong length")
    return _load(key_type, raw)


@lru_cache(maxsize=8192)
def _load(key_type: KeyType, raw: bytes) -> PublicKey:
    if key_type is KeyType.ED25519:
        ed25519.check_public_key(raw)
        return PublicKey(key_type, raw)
    from legation.crypto.ecdsa import ECDSAPublicKey  # OpenSSL is loaded only where its curves are met

    handle = ECDSAPublicKey.load(key_type.value, raw)
    return PublicKey(key_type, handle.compressed, handle)
