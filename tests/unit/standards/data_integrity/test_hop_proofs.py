"""Data Integrity proofs by eddsa-jcs-2022: their shape, and what they are made over."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import InvalidKeyError, LegationError, MalformedError, ProofError, UnknownTermError
from legation.standards.data_integrity.hop_proofs import build_proof, parse_proofs, verify_proof
from legation.standards.timestamps import parse_timestamp
from tests.support.chains import copy, forge_proof
from tests.support.keys import signer_of

ANA, BOB, EVE = signer_of("ana"), signer_of("bob"), signer_of("eve", p256=True)
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:1",
    "n": [1, 1.5, -0.0, 1e30, None, True],
    "t": {"\u20ac": "caf\u00e9", "\U0001f600": 1, "\ufb33": 2},
}
PLAIN: dict[str, Any] = {"@context": DOCUMENT["@context"], "id": "urn:uuid:1", "n": [1, "x", {"b": True, "a": -5}]}


def verify(document: dict[str, Any], signer: Any = ANA, **options: Any) -> None:
    for proof in parse_proofs(document):
        verify_proof(document, proof, signer.key.public_key, **options)


def ours(document: dict[str, Any], **options: Any) -> dict[str, Any]:
    proof = build_proof(document, signer=ANA, purpose="assertionMethod", created="2026-11-23T08:00:00Z", **options)
    return {**document, "proof": proof}


@pytest.mark.parametrize("document", [DOCUMENT, PLAIN])
def test_proof_that_we_make_holds_and_is_what_other_code_makes(document: dict[str, Any]) -> None:
    secured = ours(document, options={"challenge": "c", "domain": "d", "expires": "2027-01-01T00:00:00Z"})
    verify(secured)
    options = {"challenge": "c", "domain": "d", "expires": "2027-01-01T00:00:00Z"}
    assert secured["proof"] == forge_proof(document, ANA, created="2026-11-23T08:00:00Z", **options)


@pytest.mark.parametrize("document", [DOCUMENT, PLAIN])
def test_proof_by_other_code_holds(document: dict[str, Any]) -> None:
    for options in ({}, {"created": None}, {"@context": None}, {"id": "urn:uuid:p", "nonce": "n"}):
        secured = {**document, "proof": forge_proof(document, ANA, **options)}
        verify(secured)
        verify({**secured, "proof": [secured["proof"]]})


def test_cheap_way_holds_for_a_plain_document() -> None:
    secured = {**PLAIN, "proof": forge_proof(PLAIN, ANA)}
    verify(secured, plain=True)
    with pytest.raises(ProofError):
        verify({**secured, "id": "urn:uuid:2"}, plain=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.update(id="urn:uuid:2"),
        lambda made: made["n"].append(1),
        lambda made: made.update(extra=1),
        lambda made: made.pop("id"),
        lambda made: made["proof"].update(created="2026-11-23T08:00:01Z"),
        lambda made: made["proof"].update(proofPurpose="authentication"),
        lambda made: made["proof"].update(verificationMethod=BOB.method),
        lambda made: made["proof"].update(expires="2027-01-01T00:00:00Z"),
        lambda made: made["proof"].update(challenge="x"),
        lambda made: made["proof"].pop("created"),
        lambda made: made["proof"].pop("@context"),
        lambda made: made["proof"].update(nonce="x"),
    ],
)
def test_anything_changed_after_signing_breaks_the_proof(change: Any) -> None:
    secured = copy({**PLAIN, "proof": forge_proof(PLAIN, ANA)})
    verify(secured)
    change(secured)
    with pytest.raises(ProofError):
        verify(secured)


def test_order_and_spelling_of_members_do_not_break_the_proof() -> None:
    secured = {**DOCUMENT, "proof": forge_proof(DOCUMENT, ANA)}
    reordered = {name: secured[name] for name in reversed(secured)}
    reordered["n"] = [1.0, *DOCUMENT["n"][1:]]
    verify(reordered)


def test_key_of_another_holder_or_type_does_not_verify() -> None:
    secured = {**PLAIN, "proof": forge_proof(PLAIN, ANA)}
    for signer in (BOB, EVE):
        with pytest.raises(ProofError):
            verify(secured, signer)


@pytest.mark.parametrize(
    "value",
    ["", "z", "u" + "A" * 86, "f" + "00" * 64, "z" + "1" * 64, "z" + "1" * 88, "Z" + "1" * 87, "z" + "2" * 200],
)
def test_value_that_is_no_base58_signature_does_not_hold(value: str) -> None:
    with pytest.raises(ProofError):
        verify({**PLAIN, "proof": {**forge_proof(PLAIN, ANA), "proofValue": value}})


def test_value_with_a_character_outside_base58_is_malformed() -> None:
    value = forge_proof(PLAIN, ANA)["proofValue"]
    for bad in ("0", "l", "\u00e9"):
        with pytest.raises(MalformedError):
            verify({**PLAIN, "proof": {**forge_proof(PLAIN, ANA), "proofValue": value[:-1] + bad}})


@pytest.mark.parametrize("name", ["type", "cryptosuite", "proofPurpose", "verificationMethod", "proofValue"])
def test_proof_without_a_required_member_is_malformed(name: str) -> None:
    proof = {key: value for key, value in forge_proof(PLAIN, ANA).items() if key != name}
    with pytest.raises(MalformedError):
        parse_proofs({**PLAIN, "proof": proof})


@pytest.mark.parametrize(
    "change",
    [
        {"proofPurpose": 7},
        {"proofPurpose": ["assertionMethod"]},
        {"proofValue": 7},
        {"created": 7},
        {"created": "2026-11-23"},
        {"created": None},
        {"expires": "never"},
        {"challenge": 7},
        {"nonce": {}},
        {"id": 7},
        {"domain": {}},
        {"domain": []},
        {"domain": ["a", "b"]},
        {"domain": [7]},
        {"verificationMethod": 7},
        {"verificationMethod": "key-1"},
        {"verificationMethod": ANA.did},
        {"verificationMethod": {"id": ANA.method}},
        {"@context": ["https://w3id.org/security/data-integrity/v2"]},
        {"@context": None},
    ],
)
def test_malformed_member_of_a_proof_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_proofs({**PLAIN, "proof": {**forge_proof(PLAIN, ANA), **change}})


@pytest.mark.parametrize(
    "change",
    [
        {"previousProof": "urn:uuid:p"},
        {"proofChain": []},
        {"jws": "x"},
        {"cryptosuite": "bbs-2023"},
        {"cryptosuite": "Eddsa-jcs-2022"},
        {"cryptosuite": None},
        {"type": "Ed25519Signature2020"},
        {"type": ["DataIntegrityProof"]},
    ],
)
def test_proof_of_another_kind_is_an_unknown_term(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownTermError):
        parse_proofs({**PLAIN, "proof": {**forge_proof(PLAIN, ANA), **change}})


def test_document_has_one_to_four_proofs() -> None:
    proof = forge_proof(PLAIN, ANA)
    for count in (1, 2, 4):
        assert len(parse_proofs({**PLAIN, "proof": [proof] * count})) == count
    for bad in ([], [proof] * 5, None, "proof", 7, [None], [proof, "x"]):
        with pytest.raises(MalformedError):
            parse_proofs({**PLAIN, "proof": bad})
    with pytest.raises(MalformedError):
        parse_proofs(PLAIN)


def test_proof_is_read_with_its_members() -> None:
    options = {"challenge": "c", "domain": ["d"], "expires": "2027-01-01T00:00:00Z"}
    (proof,) = parse_proofs({**PLAIN, "proof": forge_proof(PLAIN, ANA, **options)})
    assert (proof.did, proof.method, proof.purpose) == (ANA.did, ANA.method, "assertionMethod")
    assert (proof.challenge, proof.domain) == ("c", "d")
    assert proof.created == parse_timestamp("2026-11-23T08:00:00Z")
    assert proof.expires == parse_timestamp("2027-01-01T00:00:00Z")


def test_document_without_a_canonical_form_is_malformed() -> None:
    secured = {**PLAIN, "proof": forge_proof(PLAIN, ANA), "n": 2**60}
    with pytest.raises(LegationError) as refused:
        verify(secured)
    assert refused.value.code == "malformed"


def test_p256_key_makes_no_eddsa_proof() -> None:
    with pytest.raises(InvalidKeyError):
        build_proof(PLAIN, signer=EVE, purpose="assertionMethod", created="2026-11-23T08:00:00Z")
