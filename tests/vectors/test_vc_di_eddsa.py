"""vc-di-eddsa: both suites with every value in between, proof sets, signed and verified.

No vector of this folder is wrong or out of date.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from legation.crypto.keys import PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import ProofError
from legation.standards.data_integrity.configurations import canonicalize_config
from legation.standards.data_integrity.documents import ProofExpectation, add_proof, verify_proofs
from legation.standards.data_integrity.hop_proofs import build_proof, parse_proofs, verify_proof
from legation.standards.data_integrity.proofs import Proof
from legation.standards.did.key import resolve_did_key
from legation.standards.jcs import canonicalize
from legation.standards.jsonld.canonical import canonicalize as canonicalize_graph
from legation.standards.key_pairs import load_key_pair
from legation.standards.multiformats import decode_base58, decode_multikey, encode_base58
from legation.standards.timestamps import parse_timestamp
from tests.support.contexts import suite_contexts
from tests.support.data_integrity import find_key
from tests.support.vectors import load_vectors, vector_path

EXPECTED = ProofExpectation(at=parse_timestamp("2023-02-25T00:00:00Z"), purpose="assertionMethod")
SUITES = {"eddsa-jcs-2022": "JCS", "eddsa-rdfc-2022": "DataInt"}


def text(name: str, suite: str = "eddsa-jcs-2022") -> str:
    return vector_path("vc-di-eddsa", suite, name).read_text(encoding="utf-8").strip()


def signed(suite: str = "eddsa-jcs-2022") -> dict[str, Any]:
    found: dict[str, Any] = load_vectors("vc-di-eddsa", suite, f"signed{SUITES[suite]}.json")
    return found


def unsigned() -> dict[str, Any]:
    found: dict[str, Any] = load_vectors("vc-di-eddsa", "unsigned.json")
    return found


def public_key() -> PublicKey:
    return decode_multikey(load_vectors("vc-di-eddsa", "keyPair.json")["publicKeyMultibase"])


def private_key() -> PrivateKey:
    return load_key_pair(load_vectors("vc-di-eddsa", "keyPair.json"))


def canonical_forms(suite: str) -> tuple[bytes, bytes]:
    """Return the document and the proof's configuration as the suite writes them."""
    document, config = unsigned(), load_vectors("vc-di-eddsa", suite, f"proofConfig{SUITES[suite]}.json")
    if suite == "eddsa-jcs-2022":
        return canonicalize(document), canonicalize(config)
    contexts = suite_contexts()
    written = canonicalize_config(config, document["@context"], contexts, algorithm="sha256")
    assert written == canonicalize_graph(config, contexts)
    return canonicalize_graph(document, contexts), written


@pytest.mark.parametrize(("suite", "ending"), SUITES.items())
def test_document_and_proof_configuration_have_the_official_forms_and_hashes(suite: str, ending: str) -> None:
    document, config = canonical_forms(suite)
    assert document == vector_path("vc-di-eddsa", suite, f"canonDoc{ending}.txt").read_bytes()
    assert config == vector_path("vc-di-eddsa", suite, f"proofCanon{ending}.txt").read_bytes()
    assert sha256(document).hexdigest() == text(f"docHash{ending}.txt", suite)
    assert sha256(config).hexdigest() == text(f"proofHash{ending}.txt", suite)
    combined = text(f"proofHash{ending}.txt", suite) + text(f"docHash{ending}.txt", suite)
    assert text(f"combinedHash{ending}.txt", suite) == combined


@pytest.mark.parametrize(("suite", "ending"), SUITES.items())
def test_signature_is_the_official_one_in_hex_and_base58(suite: str, ending: str) -> None:
    signature = bytes.fromhex(text(f"sigHex{ending}.txt", suite))
    base58 = text(f"sigBTC58{ending}.txt", suite)
    assert "z" + encode_base58(signature) == base58 == signed(suite)["proof"]["proofValue"]
    assert decode_base58(base58[1:]) == signature
    combined = bytes.fromhex(text(f"combinedHash{ending}.txt", suite))
    public_key().verify(combined, signature)
    assert private_key().sign(combined) == signature


def test_hop_proofs_verify_the_signed_document_with_the_key_of_its_did() -> None:
    document = signed()
    (proof,) = parse_proofs(document)
    method = resolve_did_key(proof.did).find_method(proof.method, proof.purpose)
    assert method is not None
    assert method.key == public_key()
    verify_proof(document, proof, public_key())
    document["name"] = "Another Credential"
    with pytest.raises(ProofError):
        verify_proof(document, proof, public_key())


def test_hop_proof_over_the_unsigned_document_is_the_official_one() -> None:
    expected = signed()["proof"]
    method = expected["verificationMethod"]
    signer = Signer(method.partition("#")[0], method, private_key())
    proof = build_proof(unsigned(), signer=signer, purpose="assertionMethod", created=expected["created"])
    assert proof == expected
    assert json.dumps({**unsigned(), "proof": proof}, sort_keys=True) == json.dumps(signed(), sort_keys=True)


def secure(document: dict[str, Any], key: PrivateKey, proof: dict[str, Any]) -> dict[str, Any]:
    """Add a proof as an official one is, its value apart."""
    method = proof["verificationMethod"]
    return add_proof(
        document,
        Signer(method.partition("#")[0], method, key),
        cryptosuite=proof["cryptosuite"],
        purpose=proof["proofPurpose"],
        created=proof["created"],
        contexts=suite_contexts(),
        options={"id": proof.get("id")},
    )


def verify(document: dict[str, Any]) -> tuple[Proof, ...]:
    return verify_proofs(document, find_key=find_key, expect=EXPECTED, contexts=suite_contexts())


@pytest.mark.parametrize("suite", SUITES)
def test_signed_document_verifies_and_no_other(suite: str) -> None:
    assert [proof.cryptosuite for proof in verify(signed(suite))] == [suite]
    with pytest.raises(ProofError):
        verify({**signed(suite), "name": "Another Credential"})


@pytest.mark.parametrize("suite", SUITES)
def test_document_that_we_sign_is_the_official_one(suite: str) -> None:
    assert secure(unsigned(), private_key(), signed(suite)["proof"]) == signed(suite)


# ------------------------------------------------------------------ proof-set-chain


def of_set(name: str) -> Any:
    return load_vectors("vc-di-eddsa", "proof-set-chain", name)


def test_proof_set_that_we_make_is_the_official_one_at_every_step() -> None:
    document, pairs = of_set("unsigned.json"), of_set("multiKeyPairs.json")
    for number in (1, 2):
        config, expected = of_set(f"proofSetConfig{number}.json"), of_set(f"proofSetConfigSigned{number}.json")
        document = secure(document, load_key_pair(pairs[f"keyPair{number}"]), config)
        proofs = document["proof"] if number > 1 else [document["proof"]]
        assert proofs[-1] == expected
        assert {name: value for name, value in expected.items() if name != "proofValue"} == config
        assert document == of_set(f"signedProofSet{number}.json")


@pytest.mark.parametrize(("name", "count"), [("signedProofSet1.json", 1), ("signedProofSet2.json", 2)])
def test_proof_set_verifies_and_none_of_its_proofs_may_be_bad(name: str, count: int) -> None:
    document = of_set(name)
    assert len(verify(document)) == count
    for number in range(count):
        broken = of_set(name)
        proof = broken["proof"][number] if count > 1 else broken["proof"]
        proof["created"] = "2023-02-24T23:36:37Z"
        with pytest.raises(ProofError):
            verify(broken)


def test_all_key_pairs_of_the_set_load() -> None:
    for pair in of_set("multiKeyPairs.json").values():
        assert load_key_pair(pair).public_key == decode_multikey(pair["publicKeyMultibase"])


def test_other_unsigned_document_is_signed_by_both_suites() -> None:
    """Its signed forms are not among the vectors."""
    for suite in SUITES:
        document = load_vectors("vc-di-eddsa", "employmentAuth.json")
        proof = {name: value for name, value in signed(suite)["proof"].items() if name != "id"}
        made = secure(document, private_key(), proof)
        assert len(verify(json.loads(json.dumps(made)))) == 1
