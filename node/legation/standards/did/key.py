"""The did:key method: a DID that is its own public key (did:key Method 0.9)."""

from __future__ import annotations

from functools import lru_cache

from legation.crypto.keys import PublicKey
from legation.errors import InvalidKeyError, MalformedError, ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, DIDDocument, build_single_key_document
from legation.standards.multiformats import decode_base58, decode_multikey, encode_multikey

_PREFIX = "did:key:"
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
# multicodec table, as unsigned varints: what others put into a did:key and this version does not verify with
_OTHER_TYPES = {
    b"\xec\x01": "X25519",
    b"\xe7\x01": "secp256k1",
    b"\xea\x01": "BLS12-381 G1",
    b"\xeb\x01": "BLS12-381 G2",
    b"\xee\x01": "BLS12-381 G1 and G2",
    b"\x81\x24": "P-384",
    b"\x82\x24": "P-521",
    b"\x83\x24": "Ed448",
    b"\x84\x24": "X448",
    b"\x85\x24": "RSA",
}
_RSA_PREFIXES = ("z4MX", "zgghB")  # did:key Method 0.9 §5: RSA of 2048 and 4096 bits, longer than we decode


@lru_cache(maxsize=4096)
def resolve_did_key(did: str) -> DIDDocument:
    """Return the document of a did:key of an Ed25519 or P-256 key; no key agreement key is derived from it.

    Raises:
        ResolutionError: another key type, a key that its type refuses, or not a did:key.
    """
    if not did.startswith(_PREFIX):
        raise ResolutionError("this is not a did:key")
    multibase = did[len(_PREFIX) :]
    try:
        key = decode_multikey(multibase)
    except (InvalidKeyError, MalformedError) as error:
        raise ResolutionError(_explain(multibase, error)) from error
    return build_single_key_document(did, multibase, key)


def build_did_key(key: PublicKey) -> str:
    """Return the did:key of a public key."""
    return _PREFIX + encode_multikey(key)


def build_did_key_document(did: str) -> dict[str, object]:
    """Return the JSON form of a did:key's document (Multikey). Raises ResolutionError as :func:`resolve_did_key`."""
    (method,) = resolve_did_key(did).methods.values()
    multikey = {
        "id": method.id,
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": did.removeprefix(_PREFIX),
    }
    relationships = {name: [method.id] for name in SIGNING_RELATIONSHIPS}
    return {"@context": list(_CONTEXTS), "id": did, "verificationMethod": [multikey], **relationships}


def _explain(multibase: str, error: InvalidKeyError | MalformedError) -> str:
    name = "RSA" if multibase.startswith(_RSA_PREFIXES) else _find_type(multibase)
    if name is None:
        return f"the did:key is not usable: {error.detail}"
    return f"the did:key holds a key of type {name}; this version verifies with Ed25519 and P-256"


def _find_type(multibase: str) -> str | None:
    try:
        return _OTHER_TYPES.get(decode_base58(multibase[1:])[:2])
    except MalformedError:
        return None
