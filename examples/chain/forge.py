"""Credentials and presentations of an attacker's own making: nothing here is Legation's code, and nothing is checked.

An attacker who holds a key signs whatever he likes. So this module builds JSON by hand, canonicalises it (RFC 8785,
which for ASCII without fractions is sorted members without spaces), hashes it and has it signed, as `eddsa-jcs-2022`
says.
"""

from __future__ import annotations

import base64
import copy
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

JSON = dict[str, Any]
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
CONTEXT = [CREDENTIALS, "https://w3id.org/legation/v1"]
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Hand:
    """Who signs: a DID, the DID URL of its key, and the raw signature of that key over any bytes."""

    did: str
    method: str
    sign: Callable[[bytes], bytes]


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def digest(credential: JSON) -> str:
    """Return how a child names its parent: the hash of the parent with its proof, as multihash and multibase."""
    hashed = b"\x12\x20" + sha256(canonical(credential)).digest()
    return "u" + base64.urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def moment(seconds_from_now: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(document: JSON, hand: Hand, purpose: str, *, created: str | None = None, **options: str) -> JSON:
    """Return the document with a Data Integrity proof."""
    proof: JSON = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": created or moment(0),
        "verificationMethod": hand.method,
        "proofPurpose": purpose,
        **options,
    }
    hashed = sha256(canonical(proof)).digest() + sha256(canonical(document)).digest()
    return {**document, "proof": {**proof, "proofValue": "z" + base58(hand.sign(hashed))}}


def root(hand: Hand, to: str, *, principal: str, details: list[JSON], begin: int, end: int) -> JSON:
    """Sign a root; `begin` and `end` are seconds from now."""
    delegation = {"principal": principal, "maxDepth": 3, "authorizationDetails": details}
    return _credential(hand, to, delegation, moment(begin), moment(end))


def child(hand: Hand, parent: JSON, to: str, *, details: list[JSON] | None = None, end: str | None = None) -> JSON:
    """Sign a child that says whatever it is told to, or else what the parent says."""
    above = parent["credentialSubject"]["delegation"]
    delegation = {
        "principal": above["principal"],
        "maxDepth": above["maxDepth"] - 1,
        "authorizationDetails": copy.deepcopy(above["authorizationDetails"] if details is None else details),
        "parent": {"id": parent["id"], "digestMultibase": digest(parent)},
    }
    return _credential(hand, to, delegation, parent["validFrom"], end or parent["validUntil"])


def _credential(hand: Hand, to: str, delegation: JSON, begin: str, end: str) -> JSON:
    document = {
        "@context": CONTEXT,
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "DelegationCredential"],
        "issuer": hand.did,
        "validFrom": begin,
        "validUntil": end,
        "credentialSubject": {"id": to, "delegation": delegation},
    }
    return sign(document, hand, "assertionMethod", created=begin)


def presentation(hand: Hand, hops: list[JSON], *, challenge: str, domain: str) -> str:
    """Sign a presentation of these hops, whoever they were issued to."""
    document = {
        "@context": [CREDENTIALS],
        "type": ["VerifiablePresentation"],
        "holder": hand.did,
        "verifiableCredential": hops,
    }
    return json.dumps(sign(document, hand, "authentication", challenge=challenge, domain=domain))
