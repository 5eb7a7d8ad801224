"""vc-di-ecdsa: ecdsa-rdfc-2019 and ecdsa-jcs-2019 with every value in between, signed and verified.

No vector of these folders is wrong or out of date. The signatures are those of RFC 6979, so ours are the same bytes.
"""

from __future__ import annotations

import json
from hashlib import sha256, sha384
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import ProofError
from legation.standards.data_integrity.configurations import HASH_NAMES, canonicalize_config
from legation.standards.data_integrity.documents import ProofExpectation, add_proof, verify_proofs
from legation.standards.data_integrity.proofs import Proof
from legation.standards.jcs import canonicalize
from legation.standards.jsonld.canonical import canonicalize as canonicalize_graph
from legation.standards.key_pairs import load_key_pair
from legation.standards.multiformats import decode_base58, decode_multikey, encode_base58
from legation.standards.timestamps import parse_timestamp
from tests.support.contexts import suite_contexts
from tests.support.data_integrity import find_key
from tests.support.vectors import load_vectors, vector_path

EXPECTED = ProofExpectation(at=parse_timestamp("2023-02-25T00:00:00Z"), purpose="assertionMethod")
# the folder, how its files end, its suite, its key
CASES = [
    ("ecdsa-jcs-2019-p256", "JCSECDSAP256", "ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-rdfc-2019-p256", "ECDSAP256", "ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019-p384", "ECDSAP384", "ecdsa-rdfc-2019", KeyType.P384),
]
DIGESTS = {KeyType.P256: sha256, KeyType.P384: sha384}
PAIRS = {KeyType.P256: "p256KeyPair.json", KeyType.P384: "p384KeyPair.json"}
every_case = pytest.mark.parametrize(("folder", "ending", "suite", "key_type"), CASES)


def text(folder: str, name: str) -> str:
    return vector_path("vc-di-ecdsa", folder, name).read_text(encoding="utf-8").strip()


def load(*parts: str) -> Any:
    return load_vectors("vc-di-ecdsa", *parts)


def private_key(key_type: KeyType) -> PrivateKey:
    return load_key_pair(load(PAIRS[key_type]))


def secure(document: dict[str, Any], key_type: KeyType, proof: dict[str, Any]) -> dict[str, Any]:
    """Add a proof as an official one is, its value apart."""
    method = proof["verificationMethod"]
    return add_proof(
        document,
        Signer(method.partition("#")[0], method, private_key(key_type)),
        cryptosuite=proof["cryptosuite"],
        purpose=proof["proofPurpose"],
        created=proof["created"],
        contexts=suite_contexts(),
    )


def verify(document: dict[str, Any]) -> tuple[Proof, ...]:
    return verify_proofs(document, find_key=find_key, expect=EXPECTED, contexts=suite_contexts())


@pytest.mark.parametrize("key_type", PAIRS)
def test_key_pairs_load_and_their_parts_belong_together(key_type: KeyType) -> None:
    key = private_key(key_type)
    assert key.public_key.type is key_type
    assert key.public_key == decode_multikey(load(PAIRS[key_type])["publicKeyMultibase"])


@every_case
def test_document_and_proof_configuration_have_the_official_forms_and_hashes(
    folder: str, ending: str, suite: str, key_type: KeyType
) -> None:
    document, config = load("unsigned.json"), load(folder, f"proofConfig{ending}.json")
    if "jcs" in suite:
        forms = canonicalize(document), canonicalize(config)
    else:
        contexts, algorithm = suite_contexts(), HASH_NAMES[key_type]
        written = canonicalize_config(config, document["@context"], contexts, algorithm=algorithm)
        assert written == canonicalize_graph(config, contexts, algorithm=algorithm)
        forms = canonicalize_graph(document, contexts, algorithm=algorithm), written
    assert forms[0] == vector_path("vc-di-ecdsa", folder, f"canonDoc{ending}.txt").read_bytes()
    assert forms[1] == vector_path("vc-di-ecdsa", folder, f"proofCanon{ending}.txt").read_bytes()
    hashes = [DIGESTS[key_type](form).hexdigest() for form in forms]
    assert hashes == [text(folder, f"docHash{ending}.txt"), text(folder, f"proofHash{ending}.txt")]
    assert text(folder, f"combinedHash{ending}.txt") == hashes[1] + hashes[0]


@every_case
def test_signature_is_the_official_one_in_hex_and_base58(
    folder: str, ending: str, suite: str, key_type: KeyType
) -> None:
    signature = bytes.fromhex(text(folder, f"sigHex{ending}.txt"))
    base58 = text(folder, f"sigBTC58{ending}.txt")
    assert "z" + encode_base58(signature) == base58 == load(folder, f"signed{ending}.json")["proof"]["proofValue"]
    assert decode_base58(base58[1:]) == signature
    combined = bytes.fromhex(text(folder, f"combinedHash{ending}.txt"))
    private_key(key_type).public_key.verify(combined, signature)
    assert private_key(key_type).sign(combined) == signature


@every_case
def test_signed_document_verifies_and_no_other(folder: str, ending: str, suite: str, key_type: KeyType) -> None:
    document = load(folder, f"signed{ending}.json")
    assert [proof.cryptosuite for proof in verify(document)] == [suite]
    with pytest.raises(ProofError):
        verify({**document, "name": "Another Credential"})


@every_case
def test_document_that_we_sign_is_the_official_one(folder: str, ending: str, suite: str, key_type: KeyType) -> None:
    expected = load(folder, f"signed{ending}.json")
    assert secure(load("unsigned.json"), key_type, expected["proof"]) == expected


@pytest.mark.parametrize("name", ["employmentAuth.json", "prCredUnsigned.json"])
@every_case
def test_other_unsigned_documents_are_signed_by_every_suite(
    folder: str, ending: str, suite: str, key_type: KeyType, name: str
) -> None:
    """Their signed forms are not among the vectors."""
    made = secure(load(name), key_type, load(folder, f"signed{ending}.json")["proof"])
    assert len(verify(json.loads(json.dumps(made)))) == 1
