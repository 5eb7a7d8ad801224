"""Documents with proofs for tests: signers in this process, and every suite with every key that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha512
from typing import Any

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import ProofError
from legation.standards.data_integrity.documents import ProofExpectation, add_proof, verify_proofs
from legation.standards.data_integrity.proofs import Proof
from legation.standards.did.key import build_did_key, resolve_did_key
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import parse_timestamp

CREATED = "2026-11-23T08:30:00Z"
AT = parse_timestamp(CREATED)
CONTEXTS = bundled_contexts()
SUITES = [
    ("eddsa-jcs-2022", KeyType.ED25519),
    ("eddsa-rdfc-2022", KeyType.ED25519),
    ("ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-jcs-2019", KeyType.P384),
    ("ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019", KeyType.P384),
]
_SEED_BYTES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}
Document = dict[str, Any]


def caller(key_type: KeyType = KeyType.ED25519, name: str = "ana") -> Signer:
    """Return somebody with a key of that type, a did:key."""
    seed = sha512(name.encode()).digest()[: _SEED_BYTES[key_type]]
    key = PrivateKey(key_type, b"\0" * (_SEED_BYTES[key_type] - len(seed)) + seed)
    did = build_did_key(key.public_key)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


def credential_of(signer: Signer) -> Document:
    """Return a small credential, unsigned."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": signer.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abc", "name": "Ana", "description": "caf\u00e9"},
    }


def secure(document: Document, signer: Signer, cryptosuite: str, **options: Any) -> Document:
    """Add a proof; ``purpose`` and ``created`` as usual, all else is an option. The result is fresh JSON."""
    purpose, created = options.pop("purpose", "assertionMethod"), options.pop("created", CREATED)
    made = add_proof(
        document,
        signer,
        cryptosuite=cryptosuite,
        purpose=purpose,
        created=created,
        contexts=CONTEXTS,
        options=options,
    )
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]  # an object, as it was one


def find_key(proof: Proof) -> PublicKey:
    """Return the key of a did:key that its document lists for the proof's purpose."""
    method = resolve_did_key(proof.did).find_method(proof.method, proof.purpose)
    if method is None or method.key is None:
        raise ProofError("not listed", code="method_not_authorized")
    return method.key


def find_key_of(author: str) -> Callable[[Proof], PublicKey]:
    """Return the same for the keys of one DID alone."""

    def find(proof: Proof) -> PublicKey:
        if proof.did != author:
            raise ProofError("another's", code="method_not_authorized")
        return find_key(proof)

    return find


def verify(document: Document, **expected: Any) -> tuple[Proof, ...]:
    """Verify every proof; ``at``, ``purpose`` as usual unless said otherwise."""
    find = expected.pop("find_key", find_key)
    expect = ProofExpectation(**{"at": AT, "purpose": "assertionMethod", **expected})
    return verify_proofs(document, find_key=find, expect=expect, contexts=CONTEXTS)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container within a JSON value with each of its keys or indexes."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(children):
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)
