"""Private keys that a caller holds itself and hands over for a signature; the node's own never leave its vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from nacl import bindings

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, WalletError

if TYPE_CHECKING:
    from legation.crypto.ecdsa import ECDSAPrivateKey

_SEED_BYTES = 32


class PrivateKey:
    """A private key in this process (protocol ``SigningKey``); no text of it shows the key."""

    __slots__ = ("_handle", "public_key")

    def __init__(self, key_type: KeyType, raw: bytes):
        """Load a key: the 32-byte seed of RFC 8032 §5.1.5, or a scalar, big-endian, of the curve's length.

        Raises:
            InvalidKeyError: a wrong length, or no scalar of the curve.
        """
        self._handle: bytes | ECDSAPrivateKey
        if key_type is KeyType.ED25519:
            if len(raw) != _SEED_BYTES:
                raise InvalidKeyError("an Ed25519 private key is a seed of 32 bytes")
            public, self._handle = bindings.crypto_sign_seed_keypair(raw)
            self.public_key: PublicKey = load_public_key(key_type, public)
        else:
            from legation.crypto.ecdsa import ECDSAPrivateKey  # OpenSSL is loaded only where its curves are met

            self._handle = ECDSAPrivateKey(key_type.value, raw)
            self.public_key = load_public_key(key_type, self._handle.public.compressed)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``: R‖S of RFC 8032, or r‖s of RFC 7518 §3.4."""
        if isinstance(self._handle, bytes):
            return bindings.crypto_sign(message, self._handle)[: bindings.crypto_sign_BYTES]
        return self._handle.sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey({self.public_key.type.value})"

    def __reduce__(self) -> NoReturn:
        raise WalletError("a private key is not copied, and not written anywhere")
