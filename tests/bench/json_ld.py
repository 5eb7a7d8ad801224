"""Canonical forms of JSON-LD documents against PyLD on the same job."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyld import jsonld

from legation.standards.jsonld import compiled
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.contexts import bundled_contexts
from tests.bench.measure import Figure, time_in_turn

_V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL: dict[str, Any] = {
    "@context": [_V2, {"@vocab": "https://university.example/terms#"}],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni credential",
    "description": "Says where somebody has studied, what, and with which success.",
    "issuer": {"id": "did:web:university.example", "name": "Example University"},
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2031-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "did:example:ebfeb1f712ebc6f1c276e12ec21",
        "type": "Person",
        "name": "Ada Lovelace",
        "alumniOf": {
            "id": "did:web:university.example",
            "department": "Mathematics and the Analytical Engine",
            "address": {
                "type": "PostalAddress",
                "streetAddress": "1 St James's Square",
                "addressLocality": "London",
                "postalCode": "SW1Y 4JU",
                "addressCountry": "GB",
            },
        },
        "degree": {"type": "BachelorDegree", "name": "Bachelor of Science", "grade": 3.9, "credits": 180},
    },
    "credentialStatus": {
        "id": "https://university.example/status/3#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": "https://university.example/status/3",
    },
    "credentialSchema": {"id": "https://university.example/schemas/alumni.json", "type": "JsonSchema"},
}
OPTIONS: dict[str, Any] = {
    "@context": CREDENTIAL["@context"],
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-01-01T00:00:00Z",
    "verificationMethod": "did:web:university.example#key-1",
    "proofPurpose": "assertionMethod",
}


def figures() -> Iterator[Figure]:
    """Time what a proof with a suite over RDFC-1.0 canonicalises: the credential and the proof's options."""
    elsewhere = pyld_job(CREDENTIAL, OPTIONS)
    times = time_in_turn({"ours": _canonicalize, "PyLD": elsewhere}, rounds=20, burst=3)
    name = "canonicalising a 1.5 KB credential and its proof"
    yield Figure(f"{name} by PyLD", times["PyLD"], "Legation", times["ours"], 4.0, at_least=True)
    times = time_in_turn({"ours": _canonicalize, "PyLD": elsewhere}, rounds=10, burst=3, prepare=compiled._ROOTS.clear)
    yield Figure(f"{name}, contexts never met", times["ours"], "PyLD, contexts met", times["PyLD"])


def _canonicalize() -> None:
    for document in (CREDENTIAL, OPTIONS):
        canonicalize(document, bundled_contexts())


def pyld_job(*documents: Mapping[str, object]) -> Callable[[], list[str]]:
    """Return a job that has PyLD canonicalise documents with the same contexts."""
    contexts = {url: dict(document.value) for url, document in bundled_contexts().items()}

    def load(url: str, _: object) -> dict[str, Any]:
        document = copy.deepcopy(contexts[url])
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": document,
            "tag": "static",  # lets PyLD keep what it makes of a context
        }

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}

    def run() -> list[str]:
        return [jsonld.normalize(document, options) for document in documents]

    if run() != [canonicalize(document, bundled_contexts()).decode() for document in documents]:
        raise RuntimeError("the benchmark's documents have two forms")
    return run
