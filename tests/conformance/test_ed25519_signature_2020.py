"""w3c/vc-di-ed25519signature2020-test-suite: the verifiers. This node issues no proof of that type, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from legation.standards.multiformats import decode_base58, encode_base58
from tests.support.suites import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    ED25519_2020,
    Document,
    Endpoints,
    Prover,
    canonize_jcs,
    changed,
    earlier_credential,
    fresh,
    sha512_digest,
    valid_credential,
    without,
)

SUITE = "Ed25519Signature2020"
EXAMPLES_V1 = "https://www.w3.org/2018/credentials/examples/v1"


def unsigned(version: str = "1.1") -> Document:
    if version == "2.0":
        return valid_credential(**{"@context": [CREDENTIALS_V2, ED25519_2020]})
    return earlier_credential(
        **{"@context": [CREDENTIALS_V1, EXAMPLES_V1, ED25519_2020]},
        type=["VerifiableCredential", "UniversityDegreeCredential"],
        credentialSubject={
            "id": "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b",
            "degree": {"type": "BachelorDegree", "name": "Bachelor of Science and Arts"},
        },
    )


def foreign(version: str = "1.1", **more: Any) -> Document:
    made = Prover(SUITE, **more)
    return made(fresh(unsigned(version), made.signer.did))


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_valid_credential_verifies(node: Endpoints, version: str) -> None:
    credential = foreign(version)
    assert node.accepts(credential)
    assert not node.accepts(changed(credential, "did:example:mallory", "credentialSubject", "id"))


def test_proof_value_that_is_too_long_is_an_error(node: Endpoints) -> None:
    credential = foreign()
    longer = "z" + encode_base58(decode_base58(credential["proof"]["proofValue"][1:]) + bytes(range(32)))
    assert node.accepts(credential)
    assert not node.accepts(changed(credential, longer, "proof", "proofValue"))


def test_canonicalization_other_than_that_of_rdf_is_an_error(node: Endpoints) -> None:
    assert not node.accepts(foreign(canonize=canonize_jcs))


def test_hash_other_than_sha_256_is_an_error(node: Endpoints) -> None:
    assert not node.accepts(foreign(digest=sha512_digest))


@pytest.mark.parametrize("name", ["type", "verificationMethod", "proofPurpose", "proofValue", "created"])
def test_missing_member_of_the_proof_is_an_error(node: Endpoints, name: str) -> None:
    assert not node.accepts(without(foreign(), "proof", name))


@pytest.mark.parametrize("name", ["verificationMethod", "proofPurpose"])
def test_missing_member_that_was_signed_is_an_error(node: Endpoints, name: str) -> None:
    assert not node.accepts(foreign(drop=frozenset({name})))


@pytest.mark.parametrize("kind", ["UnknownProofType", "DataIntegrityProof", "RsaSignature2018"])
def test_proof_of_another_type_is_an_error(node: Endpoints, kind: str) -> None:
    assert not node.accepts(changed(foreign(), kind, "proof", "type"))


def test_issuing_such_a_proof_is_refused(node: Endpoints) -> None:
    assert not node.issues(unsigned(), options={"type": SUITE})
    assert node.issues(unsigned(), options={"type": "DataIntegrityProof"})
