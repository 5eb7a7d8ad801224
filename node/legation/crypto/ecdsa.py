"""ECDSA on P-256, P-384 and P-521 with the hash of the curve (FIPS 186-5), signatures as r‖s (RFC 7518 §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from legation.errors import InvalidKeyError, ProofError


@dataclass(frozen=True, slots=True)
class Parameters:
    """A curve, the hash that it signs with, and how many bytes a coordinate has."""

    name: str
    size: int
    curve: ec.EllipticCurve
    verifying: ec.ECDSA
    signing: ec.ECDSA


def _parameters(name: str, size: int, curve: ec.EllipticCurve, digest: SHA256 | SHA384 | SHA512) -> Parameters:
    # RFC 6979: a signature that needs no random number cannot be given away by a bad one
    return Parameters(name, size, curve, ec.ECDSA(digest), ec.ECDSA(digest, deterministic_signing=True))


CURVES: Mapping[str, Parameters] = MappingProxyType(
    {
        curve.name: curve
        for curve in (
            _parameters("P-256", 32, ec.SECP256R1(), SHA256()),
            _parameters("P-384", 48, ec.SECP384R1(), SHA384()),
            _parameters("P-521", 66, ec.SECP521R1(), SHA512()),
        )
    }
)


@dataclass(frozen=True, slots=True)
class ECDSAPublicKey:
    """A point of one of the curves, decoded and checked."""

    compressed: bytes
    _parameters: Parameters
    _key: ec.EllipticCurvePublicKey

    @classmethod
    def load(cls, name: str, raw: bytes) -> ECDSAPublicKey:
        """Decode a SEC1 point, compressed or uncompressed, of the curve of that name. Raises InvalidKeyError."""
        parameters = CURVES[name]
        size = parameters.size
        if not (len(raw) == 1 + size and raw[0] in (2, 3)) and not (len(raw) == 1 + 2 * size and raw[0] == 4):
            raise InvalidKeyError(f"a {name} public key is a compressed or uncompressed SEC1 point")
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(parameters.curve, raw)
        except ValueError as error:
            raise InvalidKeyError(f"the {name} public key is not a point of the curve") from error
        return cls._of(parameters, key)

    @classmethod
    def _of(cls, parameters: Parameters, key: ec.EllipticCurvePublicKey) -> ECDSAPublicKey:
        return cls(key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint), parameters, key)

    def uncompressed(self) -> bytes:
        """Return the uncompressed SEC1 form, of which a JWK takes x and y."""
        return self._key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify r‖s over the curve's hash of ``message``. Raises ProofError."""
        size = self._parameters.size
        if len(signature) != 2 * size:
            raise ProofError(f"an ECDSA signature of {self._parameters.name} is {2 * size} bytes")
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        try:
            self._key.verify(encode_dss_signature(r, s), message, self._parameters.verifying)
        except InvalidSignature as error:
            raise ProofError("the signature does not hold") from error


class ECDSAPrivateKey:
    """A private scalar in this process; no text of it shows the key."""

    __slots__ = ("_key", "_parameters", "public")

    def __init__(self, name: str, raw: bytes):
        """Load a big-endian scalar of the curve's length. Raises InvalidKeyError."""
        self._parameters = CURVES[name]
        if len(raw) != self._parameters.size:
            raise InvalidKeyError(f"a {name} private key is {self._parameters.size} bytes")
        try:
            self._key = ec.derive_private_key(int.from_bytes(raw, "big"), self._parameters.curve)
        except ValueError:
            raise InvalidKeyError(f"the {name} private key is not a scalar of the curve") from None
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public = ECDSAPublicKey.load(name, public)

    def sign(self, message: bytes) -> bytes:
        """Return r‖s over the curve's hash of ``message``, deterministic as RFC 6979."""
        r, s = decode_dss_signature(self._key.sign(message, self._parameters.signing))
        size = self._parameters.size
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def check_secp256k1(raw: bytes) -> bytes:
    """Return a compressed point of secp256k1, with which nothing of ours verifies. Raises InvalidKeyError."""
    if len(raw) != 33 or raw[0] not in (2, 3):
        raise InvalidKeyError("a secp256k1 public key is a compressed SEC1 point of 33 bytes")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), raw)
    except ValueError as error:
        raise InvalidKeyError("the secp256k1 public key is not a point of the curve") from error
    return raw
