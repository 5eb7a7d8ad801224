"""Software keys for tests: deterministic, and signing with libraries that are not the wallet's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.crypto.signing import Signer
from legation.standards.did.key import build_did_key


@dataclass(frozen=True)
class Ed25519Key:
    """An Ed25519 key made from a name."""

    name: str

    @cached_property
    def _pair(self) -> tuple[bytes, bytes]:
        return crypto_sign_seed_keypair(sha256(self.name.encode()).digest())

    @cached_property
    def public_key(self) -> PublicKey:
        return load_public_key(KeyType.ED25519, self._pair[0])

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._pair[1])[:64]


@dataclass(frozen=True)
class P256Key:
    """A P-256 key made from a name."""

    name: str

    @cached_property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(sha256(self.name.encode()).digest(), "big") >> 1, ec.SECP256R1())

    @cached_property
    def public_key(self) -> PublicKey:
        raw = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return load_public_key(KeyType.P256, raw)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signer_of(name: str, *, p256: bool = False) -> Signer:
    """Return the signer of that name, a did:key."""
    key = P256Key(name) if p256 else Ed25519Key(name)
    did = build_did_key(key.public_key)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)
