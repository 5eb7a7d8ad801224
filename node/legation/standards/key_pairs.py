"""Key pairs as callers hand them over: a Multikey (Controlled Identifiers 1.0 §2.2.2) or a JWK (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.errors import InvalidKeyError, LegationError, MalformedError
from legation.standards.jwk import parse_public_jwk, read_coordinate
from legation.standards.multiformats import decode_base58, decode_multikey

# multicodec table, as unsigned varints: *-priv
_SECRETS = {
    b"\x80\x26": KeyType.ED25519,
    b"\x86\x26": KeyType.P256,
    b"\x87\x26": KeyType.P384,
    b"\x88\x26": KeyType.P521,
}
_MAX_CHARS = 256


def load_key_pair(value: Mapping[str, object]) -> PrivateKey:
    """Load a private key, and check it against the public part that it comes with.

    ``value`` is a JWK with ``d``, a Multikey with ``publicKeyMultibase`` and ``secretKeyMultibase``, or a verification
    method with ``publicKeyJwk`` and ``secretKeyJwk``; other members are ignored. ``privateKeyMultibase`` is the older
    name of ``secretKeyMultibase``.

    Raises:
        InvalidKeyError: none of these, of another type, or two parts that are not of one key; it shows neither.
    """
    if "kty" in value:
        return _load_jwk(dict(value))
    if isinstance(value.get("secretKeyJwk"), dict):
        secret, public = value["secretKeyJwk"], value.get("publicKeyJwk")
        key = _load_jwk(dict(secret))  # type: ignore[call-overload]  # it is a dict, as was just asked
        if public is not None and parse_public_jwk(public) != key.public_key:
            raise _mismatch()
        return key
    if "secretKeyMultibase" in value or "privateKeyMultibase" in value:
        return _load_multikey(value)
    raise InvalidKeyError("a key pair is a JWK with d, or a Multikey with secretKeyMultibase")


def _load_jwk(jwk: dict[str, object]) -> PrivateKey:
    public = parse_public_jwk({name: value for name, value in jwk.items() if name not in ("d", "key_ops")})
    key = PrivateKey(public.type, read_coordinate(jwk, "d", public.type))
    if key.public_key != public:
        raise _mismatch()
    return key


def _load_multikey(value: Mapping[str, object]) -> PrivateKey:
    text = value.get("secretKeyMultibase", value.get("privateKeyMultibase"))
    public = value.get("publicKeyMultibase")
    if not isinstance(text, str) or not text.startswith("z") or len(text) > _MAX_CHARS:
        raise InvalidKeyError("secretKeyMultibase is not base58btc multibase")
    try:
        data = decode_base58(text[1:])
    except MalformedError:
        raise InvalidKeyError("secretKeyMultibase is not base58btc multibase") from None
    key_type = _SECRETS.get(data[:2])
    if key_type is None:
        raise InvalidKeyError("the multicodec of secretKeyMultibase is not that of a key that signs")
    key = PrivateKey(key_type, data[2:])
    if public is not None and _decode_public(public) != key.public_key:
        raise _mismatch()
    return key


def _decode_public(value: object) -> object:
    try:
        return decode_multikey(value) if isinstance(value, str) else None
    except LegationError:
        return None


def _mismatch() -> InvalidKeyError:
    return InvalidKeyError("the private and the public part are not of one key")
