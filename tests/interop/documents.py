"""Credentials and presentations for both sides: who issues them, how they are secured, and what a forger changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha512
from typing import Any

import legation
from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.errors import LegationError
from legation.standards.did.key import build_did_key
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import encode_base64url
from tests.interop.foreign import AT, AT_TEXT, CHALLENGE, DOMAIN, Foreign

CREDENTIALS_V2, CREDENTIALS_V1 = "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
VOCABULARY = {"@vocab": "https://terms.example/#"}
DIGITAL_BAZAAR = "@digitalbazaar/vc"
KEY_TYPES = {"ed25519": KeyType.ED25519, "p256": KeyType.P256, "p384": KeyType.P384}
KEY_NAMES = {"ed25519": "Ed25519", "p256": "P-256", "p384": "P-384"}
_SECRET_BYTES = {"ed25519": 32, "p256": 32, "p384": 48}

# with each cryptosuite the keys that it takes; ecdsa-sd-2023 has tests of its own
SUITES = [
    ("eddsa-rdfc-2022", "ed25519"),
    ("eddsa-jcs-2022", "ed25519"),
    ("ecdsa-rdfc-2019", "p256"),
    ("ecdsa-rdfc-2019", "p384"),
    ("ecdsa-jcs-2019", "p256"),
    ("ecdsa-jcs-2019", "p384"),
]

Document = dict[str, Any]
Change = Callable[[Document], object]

# what a carrier may do to a credential; all of it leaves the form as it should be
CHANGES: dict[str, Change] = {
    "claim_altered": lambda it: it["credentialSubject"].update(name="Eve"),
    "claim_added": lambda it: it["credentialSubject"].update(description="whatever one likes"),
    "claim_dropped": lambda it: it["credentialSubject"].pop("name"),
    "member_added": lambda it: it.update(description="that nobody signed"),
    "for_another": lambda it: it["credentialSubject"].update(id="did:example:eve"),
    "dated_otherwise": lambda it: it["proof"].update(created="2026-11-23T08:59:59Z"),
    "other_signature": lambda it: it["proof"].update(proofValue="z" + it["proof"]["proofValue"][:0:-1]),
}


def suite_packages(cryptosuite: str) -> tuple[str, str]:
    """Return npm's packages for a cryptosuite."""
    return (DIGITAL_BAZAAR, f"@digitalbazaar/{cryptosuite}-cryptosuite")


def our_key(kind: str, name: str = "issuer") -> dict[str, str]:
    """Return a private key of ours as a JWK, of the type ``ed25519``, ``p256`` or ``p384``."""
    secret = b"\1" + sha512(f"ours: {name}".encode()).digest()[: _SECRET_BYTES[kind] - 1]
    return {**build_public_jwk(PrivateKey(KEY_TYPES[kind], secret).public_key), "d": encode_base64url(secret)}


def our_did(kind: str, name: str = "issuer") -> str:
    """Return the did:key of that key."""
    secret = b"\1" + sha512(f"ours: {name}".encode()).digest()[: _SECRET_BYTES[kind] - 1]
    return build_did_key(PrivateKey(KEY_TYPES[kind], secret).public_key)


def credential(issuer: str, *, version: str = CREDENTIALS_V2, vocabulary: bool = True) -> Document:
    """Return a credential that nobody has secured; JCS is tried without an inline context."""
    document: Document = {
        "@context": [version, *([VOCABULARY] if vocabulary else [])],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:abc", "name": "Zo\u00eb \u00a9 \U0001f600"},
    }
    begin, end = ("issuanceDate", "expirationDate") if version == CREDENTIALS_V1 else ("validFrom", "validUntil")
    document |= {begin: "2026-11-01T00:00:00Z", end: "2026-12-01T00:00:00Z"}
    if vocabulary:
        document["credentialSubject"] |= {
            "boards": [{"boardName": "one", "year": 2020}, {"boardName": "two", "year": 2021}],
            "length": 7.5,
            "insured": True,
        }
    return document


def presentation(holder: str, *credentials: object, version: str = CREDENTIALS_V2) -> Document:
    """Return a presentation that nobody has secured."""
    return {
        "@context": [version],
        "id": "urn:uuid:3a1ad8d0-3d4a-4a42-a1a1-2c2b1c2f4f11",
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": list(credentials),
    }


def changed(document: Mapping[str, Any], change: Change) -> Document:
    """Return a document as a forger leaves it."""
    copied = copy.deepcopy(dict(document))
    change(copied)
    return copied


def fault_here(
    secured: Document | str, *, at: datetime = AT, contexts: Mapping[str, bytes] | None = None
) -> str | None:
    """Return why a credential does not hold here, as a code, or None."""
    try:
        legation.verify_credential(secured, at=at, contexts=contexts)
    except LegationError as error:
        return error.code
    return None


def presentation_fault_here(secured: Document | str, **expected: Any) -> str | None:
    """Return why a presentation does not hold here, as a code, or None."""
    try:
        legation.verify_presentation(secured, **{"at": AT, "challenge": CHALLENGE, "domain": DOMAIN, **expected})
    except LegationError as error:
        return error.code
    return None


def fault_there(foreign: Foreign, document: Document, at: str = AT_TEXT) -> str | None:
    """Return why a credential does not hold there, or None."""
    found: str | None = foreign.ask("faultOfCredential", document=document, at=at)
    return found


def presentation_fault_there(foreign: Foreign, document: Document, **expected: Any) -> str | None:
    """Return why a presentation does not hold there, or None."""
    asked = {"at": AT_TEXT, "challenge": CHALLENGE, "domain": DOMAIN, **expected}
    found: str | None = foreign.ask("faultOfPresentation", document=document, **asked)
    return found
