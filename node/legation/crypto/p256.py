"""ECDSA on P-256 with SHA-256 (FIPS 186-5), signatures as r‖s (RFC 7518 §3.4)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from legation.errors import InvalidKeyError, ProofError

_ECDSA = ec.ECDSA(SHA256())
_CURVE = ec.SECP256R1()


@dataclass(frozen=True, slots=True)
class P256PublicKey:
    """A point of P-256, decoded and checked."""

    compressed: bytes
    _key: ec.EllipticCurvePublicKey

    @classmethod
    def load(cls, raw: bytes) -> P256PublicKey:
        """Decode a SEC1 point, 33 bytes compressed or 65 uncompressed. Raises InvalidKeyError."""
        if not (len(raw) == 33 and raw[0] in (2, 3)) and not (len(raw) == 65 and raw[0] == 4):
            raise InvalidKeyError("a P-256 public key is a compressed or uncompressed SEC1 point")
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw)
        except ValueError as error:
            raise InvalidKeyError("the P-256 public key is not a point of the curve") from error
        return cls(key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint), key)

    def uncompressed(self) -> bytes:
        """Return the 65-byte SEC1 form, of which a JWK takes x and y."""
        return self._key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify r‖s over SHA-256 of ``message``. Raises ProofError."""
        if len(signature) != 64:
            raise ProofError("an ES256 signature is 64 bytes")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature as error:
            raise ProofError("the signature does not hold") from error
