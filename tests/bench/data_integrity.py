"""Data Integrity on a document of 1.5 KB: what each cryptosuite adds to its raw signature operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256, sha512
from typing import Any

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.standards.data_integrity.documents import ProofExpectation, add_proof, verify_proofs
from legation.standards.did.key import build_did_key
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.multiformats import decode_base58
from legation.standards.strict_json import parse_json, write_json
from legation.standards.timestamps import parse_timestamp
from tests.bench import json_ld
from tests.bench.measure import Figure, time_in_turn

CREATED = "2026-11-23T08:30:00Z"
EXPECTED = ProofExpectation(at=parse_timestamp(CREATED), purpose="assertionMethod")
SUITES = (
    ("eddsa-jcs-2022", KeyType.ED25519, 1.7),
    ("eddsa-rdfc-2022", KeyType.ED25519, None),
    ("ecdsa-jcs-2019", KeyType.P256, None),
    ("ecdsa-jcs-2019", KeyType.P384, None),
    ("ecdsa-rdfc-2019", KeyType.P256, None),
    ("ecdsa-rdfc-2019", KeyType.P384, None),
)
_SEED_BYTES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48}


def signer_of(key_type: KeyType) -> Signer:
    """Return a signer in this process with a key of that type, a did:key."""
    key = PrivateKey(key_type, sha512(b"bench").digest()[: _SEED_BYTES[key_type]])
    did = build_did_key(key.public_key)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


def credential(issuer: str) -> dict[str, Any]:
    """Return a credential that has about 1.5 KB with its proof."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "name": "Delivery note",
        "issuer": issuer,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": [
            {
                "id": f"urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc{number}",
                "name": f"Parcel {number}",
                "description": "Left at the door",
            }
            for number in range(40, 46)
        ],
    }


def jobs(cryptosuite: str, key_type: KeyType) -> dict[str, Callable[[], object]]:
    """Return what is timed: a document signed and verified, and the same signature operations alone."""
    signer, contexts = signer_of(key_type), bundled_contexts()
    document = credential(signer.did)
    sign = partial(
        add_proof,
        document,
        signer,
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=CREATED,
        contexts=contexts,
    )
    received: Any = parse_json(write_json(sign()))
    key, message = signer.key.public_key, b"m" * 2 * len(signer.key.public_key.raw)
    signature = signer.key.sign(message)
    return {
        "raw sign": partial(signer.key.sign, message),
        "sign": sign,
        "raw verify": partial(key.verify, message, signature),
        "verify": partial(verify_proofs, received, find_key=lambda _: key, expect=EXPECTED, contexts=contexts),
    }


def pyld_verification(cryptosuite: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the verification of a proof with an Ed25519 key, and the same with PyLD for the canonical forms."""
    ours = jobs(cryptosuite, KeyType.ED25519)["verify"]
    signer = signer_of(KeyType.ED25519)
    document = credential(signer.did)
    secured: Any = add_proof(
        document,
        signer,
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=CREATED,
        contexts=bundled_contexts(),
    )
    config = {name: value for name, value in secured["proof"].items() if name != "proofValue"}
    canonical = json_ld.pyld_job({**config, "@context": document["@context"]}, document)

    def verify() -> None:
        digests = [sha256(text.encode()).digest() for text in canonical()]
        signature = decode_base58(secured["proof"]["proofValue"][1:])
        signer.key.public_key.verify(b"".join(digests), signature)

    return ours, verify


def figures() -> Iterator[Figure]:
    """Time every suite with every key that it takes."""
    ours, theirs = pyld_verification("eddsa-rdfc-2022")
    times = time_in_turn({"ours": ours, "PyLD": theirs}, rounds=20, burst=3)
    yield Figure("verify, eddsa-rdfc-2022 over PyLD", times["PyLD"], "Legation", times["ours"], 4.0, at_least=True)
    for cryptosuite, key_type, bound in SUITES:
        slow = "rdfc" in cryptosuite
        times = time_in_turn(jobs(cryptosuite, key_type), rounds=20 if slow else 60, burst=4 if slow else 8)
        name = f"{cryptosuite} with {key_type.value}"
        yield Figure(f"sign, {name}", times["sign"], "1 signature", times["raw sign"])
        yield Figure(f"verify, {name}", times["verify"], "1 verification", times["raw verify"], bound)
