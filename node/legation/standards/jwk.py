"""Public JSON Web Keys that verify signatures: Ed25519 (RFC 8037), P-256, P-384 and P-521 (RFC 7518 §6.2)."""

from __future__ import annotations

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, MalformedError
from legation.standards.multiformats import decode_base64url, encode_base64url

# RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPES = {
    ("OKP", "Ed25519"): KeyType.ED25519,
    ("EC", "P-256"): KeyType.P256,
    ("EC", "P-384"): KeyType.P384,
    ("EC", "P-521"): KeyType.P521,
}
# RFC 8037 §3.1, RFC 9864 §2.2, RFC 7518 §3.4
_ALGORITHMS = {
    KeyType.ED25519: frozenset({"EdDSA", "Ed25519"}),
    KeyType.P256: frozenset({"ES256"}),
    KeyType.P384: frozenset({"ES384"}),
    KeyType.P521: frozenset({"ES512"}),
}
# in bytes; RFC 7518 §6.2.1.2: always the full length
_COORDINATES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}


def parse_public_jwk(jwk: object) -> PublicKey:
    """Check a public JWK that may verify signatures and return its key; unknown members are ignored (RFC 7517 §4).

    Raises:
        InvalidKeyError: another key type, not canonical, a private member, ``use``, ``key_ops`` or ``alg`` of
            another purpose (RFC 7517 §4), or a key that its type refuses.
    """
    if not isinstance(jwk, dict):
        raise InvalidKeyError("a JWK is a JSON object")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise InvalidKeyError("a public JWK holds private or secret members")
    kty, crv = jwk.get("kty"), jwk.get("crv")
    key_type = _TYPES.get((kty, crv)) if isinstance(kty, str) and isinstance(crv, str) else None
    if key_type is None:
        raise InvalidKeyError("the JWK is of no type that this version verifies with (Ed25519, P-256, P-384, P-521)")
    _check_purpose(jwk, key_type)
    if key_type is KeyType.ED25519:
        return load_public_key(key_type, read_coordinate(jwk, "x", key_type))
    point = read_coordinate(jwk, "x", key_type) + read_coordinate(jwk, "y", key_type)
    return load_public_key(key_type, b"\x04" + point)


def build_public_jwk(key: PublicKey) -> dict[str, str]:
    """Return the JWK of a public key, required members only (so that RFC 7638 thumbprints are taken of it as it is)."""
    if key.type is KeyType.ED25519:
        return {"crv": "Ed25519", "kty": "OKP", "x": encode_base64url(key.raw)}
    from legation.crypto.ecdsa import ECDSAPublicKey  # OpenSSL is loaded only where its curves are met

    crv, size = key.type.value, _COORDINATES[key.type]
    point = ECDSAPublicKey.load(crv, key.raw).uncompressed()[1:]
    return {"crv": crv, "kty": "EC", "x": encode_base64url(point[:size]), "y": encode_base64url(point[size:])}


def _check_purpose(jwk: dict[str, object], key_type: KeyType) -> None:
    # RFC 7517 §4.2: a key for encryption signs nothing
    if "use" in jwk and jwk["use"] != "sig":
        raise InvalidKeyError("the JWK's use is not sig")
    if "key_ops" in jwk:
        _check_operations(jwk["key_ops"])
    # RFC 8725 §3.1: a key is used with one algorithm only
    algorithm = jwk.get("alg")
    if "alg" in jwk and (not isinstance(algorithm, str) or algorithm not in _ALGORITHMS[key_type]):
        raise InvalidKeyError("the JWK's alg does not fit its type")


def _check_operations(operations: object) -> None:
    # RFC 7517 §4.3: an array of strings, none twice
    if not isinstance(operations, list) or not all(isinstance(operation, str) for operation in operations):
        raise InvalidKeyError("the JWK's key_ops is not an array of strings")
    if len(set(operations)) != len(operations) or "verify" not in operations:
        raise InvalidKeyError("the JWK's key_ops does not allow verifying")


def read_coordinate(jwk: dict[str, object], name: str, key_type: KeyType) -> bytes:
    """Return a coordinate, or the private ``d``, of the full length that its type has. Raises InvalidKeyError."""
    text, size = jwk.get(name), _COORDINATES[key_type]
    if not isinstance(text, str) or len(text) != (size * 8 + 5) // 6:
        raise InvalidKeyError(f"the JWK's {name} is not {size} bytes in base64url")
    try:
        return decode_base64url(text)
    except MalformedError:
        raise InvalidKeyError(f"the JWK's {name} is not canonical base64url") from None
