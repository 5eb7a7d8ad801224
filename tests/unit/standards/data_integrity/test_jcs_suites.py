"""Suites over JSON as it stands, against JCS by code that is not ours."""

from __future__ import annotations

from hashlib import sha256, sha384
from typing import Any

import pytest
import rfc8785

from legation.crypto.keys import KeyType
from legation.errors import ProofError
from legation.standards.data_integrity.jcs_suites import ECDSA_JCS_2019, EDDSA_JCS_2022
from tests.support.chains import base58
from tests.support.data_integrity import CONTEXTS, CREATED, SUITES, caller, credential_of, secure, verify

JCS = [pair for pair in SUITES if "jcs" in pair[0]]
NUMBERS = {"n": [1.0, 1e30, -0.0, 2.5, None, True], "\u20ac": {"\U0001f600": 1, "\ufb33": 2}}


def forge(document: dict[str, Any], key_type: KeyType, **members: Any) -> dict[str, Any]:
    """Return a proof by other code; ``members`` change it before it is signed, None leaves out."""
    digest = sha384 if key_type is KeyType.P384 else sha256
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022" if key_type is KeyType.ED25519 else "ecdsa-jcs-2019",
        "created": CREATED,
        "verificationMethod": caller(key_type).method,
        "proofPurpose": "assertionMethod",
        "@context": document.get("@context"),
        **members,
    }
    proof = {name: value for name, value in proof.items() if value is not None}
    data = digest(rfc8785.dumps(proof)).digest() + digest(rfc8785.dumps(document)).digest()
    return {**proof, "proofValue": "z" + base58(caller(key_type).key.sign(data))}


@pytest.mark.parametrize(("cryptosuite", "key_type"), JCS)
@pytest.mark.parametrize("more", [{}, NUMBERS])
def test_proof_by_other_code_is_ours(cryptosuite: str, key_type: KeyType, more: dict[str, Any]) -> None:
    document = {**credential_of(caller(key_type)), **more}
    proof = forge(document, key_type)
    verify({**document, "proof": proof})
    assert secure(document, caller(key_type), cryptosuite)["proof"] == proof
    verify({**document, "proof": forge(document, key_type, **{"@context": None})})


@pytest.mark.parametrize(("cryptosuite", "key_type"), JCS)
def test_chained_proof_by_other_code_is_ours(cryptosuite: str, key_type: KeyType) -> None:
    one = secure(credential_of(caller(key_type)), caller(key_type), cryptosuite, id="urn:uuid:1")
    proof = forge({**one, "proof": [one["proof"]]}, key_type, previousProof="urn:uuid:1")
    verify({**one, "proof": [one["proof"], proof]})
    assert secure(one, caller(key_type), cryptosuite, previousProof="urn:uuid:1")["proof"][1] == proof


def test_any_member_of_a_proof_is_signed() -> None:
    document = credential_of(caller())
    proof = forge(document, KeyType.ED25519, caveat={"limit": 5})
    verify({**document, "proof": proof})
    for caveat in ({"limit": 6}, "none"):
        with pytest.raises(ProofError):
            verify({**document, "proof": {**proof, "caveat": caveat}})


def test_proof_is_verified_over_the_contexts_that_it_names() -> None:
    document = credential_of(caller())
    proof = forge(document, KeyType.ED25519)
    key = caller().key.public_key
    longer = {**document, "@context": [*document["@context"], {"x": "https://x.example/"}]}
    for suitable in (document, longer):
        EDDSA_JCS_2022.verify(suitable, proof, key, CONTEXTS)
    for context in ([{"x": "https://x.example/"}, *document["@context"]], [], None, "x"):
        with pytest.raises(ProofError):
            EDDSA_JCS_2022.verify({**document, "@context": context}, proof, key, CONTEXTS)


def test_suites_say_which_keys_they_take() -> None:
    assert (EDDSA_JCS_2022.name, EDDSA_JCS_2022.key_types) == ("eddsa-jcs-2022", {KeyType.ED25519})
    assert (ECDSA_JCS_2019.name, ECDSA_JCS_2019.key_types) == ("ecdsa-jcs-2019", {KeyType.P256, KeyType.P384})
