"""Ed25519 (RFC 8032) on libsodium: the hot path of every chain."""

from __future__ import annotations

from nacl import bindings
from nacl.exceptions import BadSignatureError

from legation.errors import InvalidKeyError

_open = bindings.crypto_sign_open


def check_public_key(raw: bytes) -> None:
    """Refuse a key that back ends could judge differently: non-canonical, small order or outside the prime subgroup.

    Raises:
        InvalidKeyError: as above, or not 32 bytes (RFC 8032 §5.1.3).
    """
    if len(raw) != 32:
        raise InvalidKeyError("an Ed25519 public key is 32 bytes")
    # libsodium: canonical encoding, on the curve, order exactly L
    if not bindings.crypto_core_ed25519_is_valid_point(raw):
        raise InvalidKeyError("the Ed25519 public key is not a canonical point of the prime-order group")


def holds(raw: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether ``signature`` (64 bytes) over ``message`` holds for a checked key (RFC 8032 §5.1.7, S < L)."""
    if len(signature) != 64:
        return False
    try:
        _open(signature + message, raw)
    except BadSignatureError:
        return False
    return True
