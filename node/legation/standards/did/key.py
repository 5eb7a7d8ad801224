"""The did:key method: a DID that is its own public key (did:key Method 0.9)."""

from __future__ import annotations

from functools import lru_cache

from legation.crypto.keys import PublicKey
from legation.errors import InvalidKeyError, LegationError, MalformedError, ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, DIDDocument, build_single_key_document
from legation.standards.multiformats import (
    Curve,
    decode_base58,
    decode_multikey,
    decode_public_key,
    encode_multikey,
    encode_public_key,
)

_PREFIX = "did:key:"
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
# did:key Method 0.9, Document Creation Algorithm: the key of a DID signs; one that cannot agrees on keys, no more
_AGREEMENT = ("keyAgreement",)
_RELATIONSHIPS = dict.fromkeys(Curve, SIGNING_RELATIONSHIPS) | {Curve.X25519: _AGREEMENT}
# multicodec table, as unsigned varints: what others put into a did:key and this version does not know
_OTHER_TYPES = {
    b"\xea\x01": "BLS12-381 G1",
    b"\xee\x01": "BLS12-381 G1 and G2",
    b"\x83\x24": "Ed448",
    b"\x84\x24": "X448",
    b"\x85\x24": "RSA",
}
_RSA_PREFIXES = ("z4MX", "zgghB")  # did:key Method 0.9 §5: RSA of 2048 and 4096 bits, longer than we decode


@lru_cache(maxsize=4096)
def resolve_did_key(did: str) -> DIDDocument:
    """Return the document of a did:key; its one method is the key, and no key agreement key is derived from it.

    Deriving one is an option of the specification (``enableEncryptionKeyDerivation``) that nobody is bound to: who
    encrypts to a key that its holder never had in mind encrypts to nobody. A key of secp256k1 or BLS12-381 G2 is listed
    as one that signs, one of X25519 for key agreement alone; neither verifies anything here.

    Raises:
        ResolutionError: another key type, a key that its type refuses, or not a did:key.
    """
    if not did.startswith(_PREFIX):
        raise ResolutionError("this is not a did:key")
    return describe_key(did, did[len(_PREFIX) :])


def describe_key(did: str, multibase: str) -> DIDDocument:
    """Return the document of a DID that is the key ``multibase``. Raises ResolutionError as :func:`resolve_did_key`."""
    curve, key = _read(multibase)
    return build_single_key_document(did, multibase, key, _RELATIONSHIPS[curve])


def build_did_key(key: PublicKey) -> str:
    """Return the did:key of a public key that signs."""
    return _PREFIX + encode_multikey(key)


def build_did_key_of(curve: Curve, raw: bytes) -> str:
    """Return the did:key of a public key of any known curve; ``raw`` as in :func:`encode_public_key`.

    Raises:
        InvalidKeyError: a key that its curve refuses.
    """
    return _PREFIX + encode_public_key(curve, raw)


def build_did_key_document(did: str) -> dict[str, object]:
    """Return the JSON form of a did:key's document (Multikey). Raises ResolutionError as :func:`resolve_did_key`."""
    resolve_did_key(did)
    return build_key_document(did, did[len(_PREFIX) :])


def build_key_document(did: str, multibase: str) -> dict[str, object]:
    """Return the JSON form of what :func:`describe_key` says. Raises ResolutionError as there."""
    curve, _ = _read(multibase)
    method_id = f"{did}#{multibase}"
    method = {"id": method_id, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    relationships = {name: [method_id] for name in _RELATIONSHIPS[curve]}
    return {"@context": list(_CONTEXTS), "id": did, "verificationMethod": [method], **relationships}


def _read(multibase: str) -> tuple[Curve, PublicKey | None]:
    try:
        # what nearly all are, and what is remembered
        key = decode_multikey(multibase)
    except LegationError:
        return _read_other(multibase), None
    return Curve(key.type.value), key


def _read_other(multibase: str) -> Curve:
    try:
        return decode_public_key(multibase)[0]
    except (InvalidKeyError, MalformedError) as error:
        raise ResolutionError(_explain(multibase, error)) from error


def _explain(multibase: str, error: InvalidKeyError | MalformedError) -> str:
    name = "RSA" if multibase.startswith(_RSA_PREFIXES) else _find_type(multibase)
    if name is None:
        return f"the DID's key is not usable: {error.detail}"
    known = ", ".join(curve.value for curve in Curve)
    return f"the DID's key is of type {name}; this version knows {known}"


def _find_type(multibase: str) -> str | None:
    try:
        return _OTHER_TYPES.get(decode_base58(multibase[1:])[:2])
    except MalformedError:
        return None
