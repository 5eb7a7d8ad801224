"""A document that its holder may show in part, and what signs it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.standards.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from legation.standards.data_integrity.suites import SuiteOptions
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.standards.multiformats import encode_multikey

ISSUER_KEY = PrivateKey(KeyType.P256, sha256(b"issuer of what is disclosed in part").digest())
ISSUER = f"did:key:{encode_multikey(ISSUER_KEY.public_key)}"
CONTEXT = "https://sails.example/v1"
_TERMS = {
    "@context": {
        "@version": 1.1,
        "SailCredential": "https://sails.example/terms#SailCredential",
        "Sailor": "https://sails.example/terms#Sailor",
        "Board": "https://sails.example/terms#Board",
        "sailNumber": "https://sails.example/terms#sailNumber",
        "nickname": "https://sails.example/terms#nickname",
        "boards": {"@id": "https://sails.example/terms#boards", "@type": "@id"},
        "boardName": "https://sails.example/terms#boardName",
        "year": {"@id": "https://sails.example/terms#year", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
        "maker": {"@id": "https://sails.example/terms#maker", "@type": "@id"},
        "route": {"@id": "https://sails.example/terms#route", "@container": "@list"},
        "greeting": {"@id": "https://sails.example/terms#greeting", "@container": "@language"},
        "settings": {"@id": "https://sails.example/terms#settings", "@type": "@json"},
    }
}
_DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT],
    "id": "urn:uuid:00000000-0000-4000-8000-00000000005a",
    "type": ["VerifiableCredential", "SailCredential"],
    "issuer": ISSUER,
    "name": "Sail number",
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "type": "Sailor",
        "sailNumber": "Earth101",
        "nickname": ["Skip", "Salty ~/ dog"],
        "boards": [
            {"type": "Board", "boardName": "CompFoil170", "year": 2022, "maker": {"boardName": "Smith & Sons"}},
            {"type": "Board", "boardName": "Kanaha Custom", "year": 2019},
            {"id": "https://boards.example/3", "boardName": "Wave 83"},
        ],
        "route": [{"boardName": "first leg"}, {"boardName": "second leg"}],
        "greeting": {"en": "ahoy", "de": "ahoi"},
        "settings": {"type": "private", "numbers": [1, 2, {"id": 3}]},
    },
}
CONFIG = {
    "type": "DataIntegrityProof",
    "cryptosuite": "ecdsa-sd-2023",
    "created": "2026-02-02T00:00:00Z",
    "verificationMethod": f"{ISSUER}#{ISSUER.removeprefix('did:key:')}",
    "proofPurpose": "assertionMethod",
}


@cache
def contexts() -> Contexts:
    """Return the bundled contexts and that of the document."""
    return bundled_contexts().extended({CONTEXT: json.dumps(_TERMS).encode()})


def document() -> dict[str, Any]:
    """Return the document without a proof, to be changed as one likes."""
    return copy.deepcopy(_DOCUMENT)


def entropy(seed: bytes = b"seed") -> Callable[[int], bytes]:
    """Return what gives the same bytes again to every test."""
    state = [seed]

    def draw(size: int) -> bytes:
        state[0] = sha256(state[0]).digest()
        return sha256(b"drawn" + state[0]).digest()[:size]

    return draw


def base(
    secured: dict[str, Any] | None = None, mandatory: tuple[str, ...] = ("/issuer", "/validFrom")
) -> dict[str, Any]:
    """Return a document with a base proof."""
    secured = document() if secured is None else secured
    options = SuiteOptions(mandatory, entropy())
    value = ECDSA_SD_2023.sign(secured, CONFIG, ISSUER_KEY, contexts(), options=options)
    return {**secured, "proof": {**CONFIG, "proofValue": value}}


@cache
def _base_text() -> str:
    return json.dumps(base())


def standard_base() -> dict[str, Any]:
    """Return the document with its base proof, made once: issuer and beginning are mandatory."""
    found: dict[str, Any] = json.loads(_base_text())
    return found


def derived(*pointers: str, of: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what is derived from a base proof with pointers."""
    whole = standard_base() if of is None else of
    return ECDSA_SD_2023.derive(whole, whole["proof"], pointers, contexts())


def verify(shown: dict[str, Any]) -> None:
    """Verify the one proof of a document with the issuer's key."""
    unsecured = {name: value for name, value in shown.items() if name != "proof"}
    ECDSA_SD_2023.verify(unsecured, shown["proof"], ISSUER_KEY.public_key, contexts())
