"""The did:jwk method: a DID that is its own public JWK (did:jwk Method Specification)."""

from __future__ import annotations

from functools import lru_cache

from legation.crypto.keys import PublicKey
from legation.errors import LegationError, ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, DIDDocument, build_single_key_document
from legation.standards.jcs import canonicalize_plain
from legation.standards.jwk import build_public_jwk, parse_public_jwk
from legation.standards.multiformats import decode_base64url, encode_base64url
from legation.standards.strict_json import parse_json

_PREFIX = "did:jwk:"
_MAX_CHARS = 1024
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1")


@lru_cache(maxsize=1024)
def resolve_did_jwk(did: str) -> DIDDocument:
    """Return the document of a did:jwk of an Ed25519 or P-256 key that may sign; its one method is ``#0``.

    Raises:
        ResolutionError: not a did:jwk, not canonical base64url of a strict JSON object, or a JWK that does not verify
            signatures (``use`` ``enc`` included: it would have no relationship but keyAgreement).
    """
    return build_single_key_document(did, "0", _read(did)[1])


def build_did_jwk(key: PublicKey) -> str:
    """Return the did:jwk of a public key, its members in JCS order."""
    return _PREFIX + encode_base64url(canonicalize_plain(build_public_jwk(key)))


def build_did_jwk_document(did: str) -> dict[str, object]:
    """Return the JSON form of a did:jwk's document. Raises ResolutionError as :func:`resolve_did_jwk`."""
    jwk, _ = _read(did)
    method = {"id": f"{did}#0", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk}
    relationships = {name: [method["id"]] for name in SIGNING_RELATIONSHIPS}
    return {"@context": list(_CONTEXTS), "id": did, "verificationMethod": [method], **relationships}


def _read(did: str) -> tuple[object, PublicKey]:
    if not did.startswith(_PREFIX) or len(did) > _MAX_CHARS:
        raise ResolutionError(f"this is not a did:jwk of at most {_MAX_CHARS} characters")
    try:
        jwk = parse_json(decode_base64url(did[len(_PREFIX) :]))
        return jwk, parse_public_jwk(jwk)
    except LegationError as error:
        raise ResolutionError(f"the did:jwk is not usable: {error.detail}") from error
