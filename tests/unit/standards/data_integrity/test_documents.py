"""Proofs on documents of any kind: sets, chains, what is expected of them, and whatever is changed afterwards."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.crypto.keys import KeyType
from legation.errors import (
    InvalidKeyError,
    LegationError,
    MalformedError,
    ProofError,
    TooLargeError,
    UnknownTermError,
)
from legation.standards.data_integrity.documents import SECURITY_CONTEXT, SuiteOptions, add_proof, derive
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import SECOND
from tests.support.data_integrity import (
    AT,
    CONTEXTS,
    CREATED,
    SUITES,
    caller,
    credential_of,
    places,
    secure,
    verify,
)

ANA, BOB = caller(), caller(name="bob")
JCS, RDFC = "eddsa-jcs-2022", "eddsa-rdfc-2022"
OPTIONS = {
    "challenge": "c",
    "domain": ["d.example", "e.example"],
    "expires": "2027-01-01T00:00:00+02:00",
    "id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544",
    "nonce": "n \u00e9",
}
SECURED = {pair: secure(credential_of(caller(pair[1])), caller(pair[1]), pair[0], **OPTIONS) for pair in SUITES}


@pytest.mark.parametrize(("cryptosuite", "key_type"), SUITES)
def test_document_signed_by_any_suite_and_key_verifies(cryptosuite: str, key_type: KeyType) -> None:
    signer = caller(key_type)
    for created in (CREATED, None):
        made = secure(credential_of(signer), signer, cryptosuite, created=created)
        (proof,) = verify(made)
        assert (proof.cryptosuite, proof.did, proof.method) == (cryptosuite, signer.did, signer.method)
        assert {name: value for name, value in made.items() if name != "proof"} == credential_of(signer)
    verify(json.loads(json.dumps(SECURED[cryptosuite, key_type], sort_keys=True)))


@pytest.mark.parametrize(("cryptosuite", "key_type"), SUITES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_change_to_document_or_proof_is_refused(cryptosuite: str, key_type: KeyType, data: st.DataObject) -> None:
    changed = deepcopy(SECURED[cryptosuite, key_type])
    container, key = data.draw(st.sampled_from(list(places(changed))))
    value = container[key]
    how = data.draw(st.sampled_from(["remove", "alter", "null", "add"]))
    if how == "remove":
        del container[key]
    elif how == "alter" and isinstance(value, str):
        at = data.draw(st.integers(0, len(value) - 1))
        character = data.draw(st.sampled_from([other for other in "1a:Z\u00e9" if other != value[at]]))
        container[key] = value[:at] + character + value[at + 1 :]
    elif how == "add" and isinstance(container, dict):
        container["added"] = "x"
    else:
        container[key] = None
    with pytest.raises(LegationError):
        verify(changed)


@pytest.mark.parametrize(("cryptosuite", "key_type"), SUITES)
def test_key_of_another_type_or_holder_neither_signs_nor_verifies(cryptosuite: str, key_type: KeyType) -> None:
    made = SECURED[cryptosuite, key_type]
    verify(made)
    for other in (KeyType.ED25519, KeyType.P256, KeyType.P384, KeyType.P521):
        stranger = caller(other, "eve")
        with pytest.raises(ProofError) as refused:
            verify(made, find_key=lambda _, key=stranger.key.public_key: key)
        assert refused.value.code == "proof_invalid"
        takes = {pair[1] for pair in SUITES if pair[0] == cryptosuite}
        if other not in takes:
            with pytest.raises(InvalidKeyError):
                secure(credential_of(stranger), stranger, cryptosuite)


@pytest.mark.parametrize(("cryptosuite", "key_type"), SUITES)
def test_value_is_base58_of_exactly_one_signature(cryptosuite: str, key_type: KeyType) -> None:
    made = SECURED[cryptosuite, key_type]
    value = made["proof"]["proofValue"]
    bad = ["z", "", value[1:], "u" + value[1:], "m" + value[1:], "Z" + value[1:], value[:-1], value + "1"]
    bad += ["z1" + value[1:], value[:-1] + "0", value[:-1] + "\u00e9", "z" + "1" * key_type.signature_bytes]
    for text in [*bad, "z" + "2" * 5000]:
        with pytest.raises(ProofError) as refused:
            verify({**made, "proof": {**made["proof"], "proofValue": text}})
        assert refused.value.code == "proof_invalid"


def test_hash_is_that_of_the_curve_alone() -> None:
    """A P-384 key with the hash of P-256 is another suite's signature."""
    from hashlib import sha256

    from legation.standards.data_integrity.suites import encode_signature

    signer = caller(KeyType.P384)
    made = secure(credential_of(signer), signer, "ecdsa-jcs-2019")
    config = {name: value for name, value in made["proof"].items() if name != "proofValue"}
    unsecured = {name: value for name, value in made.items() if name != "proof"}
    data = sha256(rfc8785.dumps(config)).digest() + sha256(rfc8785.dumps(unsecured)).digest()
    with pytest.raises(ProofError):
        verify({**made, "proof": {**config, "proofValue": encode_signature(signer.key.sign(data))}})


# ------------------------------------------------------------------ sets and chains


@pytest.mark.parametrize(("first", "second"), [(JCS, JCS), (RDFC, RDFC), (JCS, RDFC), (RDFC, JCS)])
def test_set_of_proofs_is_verified_whole(first: str, second: str) -> None:
    one = secure(credential_of(ANA), ANA, first)
    both = secure(one, BOB, second)
    assert both["proof"][0] == one["proof"]
    assert [proof.did for proof in verify(both)] == [ANA.did, BOB.did]
    verify({**both, "proof": both["proof"][::-1]})
    verify({**both, "proof": [both["proof"][1]]})
    for number in (0, 1):
        broken = deepcopy(both)
        broken["proof"][number]["created"] = "2026-11-23T08:29:59Z"
        with pytest.raises(ProofError):
            verify(broken)


@pytest.mark.parametrize("cryptosuite", [JCS, RDFC])
@pytest.mark.parametrize("as_list", [False, True])
def test_chained_proof_signs_the_proofs_before_it(cryptosuite: str, as_list: bool) -> None:
    one = secure(credential_of(ANA), ANA, cryptosuite, id="urn:uuid:1")
    previous: Any = ["urn:uuid:1"] if as_list else "urn:uuid:1"
    chain = secure(one, BOB, cryptosuite, previousProof=previous)
    assert [proof.previous for proof in verify(chain)] == [(), ("urn:uuid:1",)]
    verify({**chain, "proof": chain["proof"][::-1]})
    # the first proof may be replaced by an equally good one in a set, not in a chain
    other = secure(credential_of(ANA), ANA, cryptosuite, id="urn:uuid:1", created="2026-11-23T08:29:00Z")["proof"]
    verify({**credential_of(ANA), "proof": other})
    in_set = secure(one, BOB, cryptosuite)
    verify({**in_set, "proof": [other, in_set["proof"][1]]})
    with pytest.raises(ProofError) as refused:
        verify({**chain, "proof": [other, chain["proof"][1]]})
    assert refused.value.code == "proof_invalid"


@pytest.mark.parametrize("cryptosuite", [JCS, RDFC])
def test_chain_without_a_proof_before_it_is_refused(cryptosuite: str) -> None:
    one = secure(credential_of(ANA), ANA, cryptosuite, id="urn:uuid:1")
    chain = secure(one, BOB, cryptosuite, previousProof="urn:uuid:1", id="urn:uuid:2")
    verify(chain)
    for proofs in (
        chain["proof"][1],
        [chain["proof"][1]],
        [{**chain["proof"][0], "id": "urn:uuid:3"}, chain["proof"][1]],
    ):
        with pytest.raises(ProofError) as refused:
            verify({**chain, "proof": proofs})
        assert refused.value.code == "proof_invalid"
    for missing in ("urn:uuid:9", ["urn:uuid:1", "urn:uuid:9"]):
        with pytest.raises(ProofError):
            secure(one, BOB, cryptosuite, previousProof=missing)


@pytest.mark.parametrize("cryptosuite", [JCS, RDFC])
def test_proof_after_several_signs_all_of_them(cryptosuite: str) -> None:
    made = secure(credential_of(ANA), ANA, cryptosuite, id="urn:uuid:1")
    made = secure(made, BOB, cryptosuite, id="urn:uuid:2")
    made = secure(made, ANA, cryptosuite, previousProof=["urn:uuid:2", "urn:uuid:1"], id="urn:uuid:3")
    made = secure(made, BOB, cryptosuite, previousProof=["urn:uuid:3"])
    assert len(verify(made)) == 4
    lacking = [proof for proof in made["proof"] if proof.get("id") != "urn:uuid:2"]
    with pytest.raises(ProofError):
        verify({**made, "proof": lacking})


def test_proofs_that_follow_each_other_in_a_circle_are_refused() -> None:
    one = secure(credential_of(ANA), ANA, JCS, id="urn:uuid:1")
    verify(one)
    proof = one["proof"]
    circles = [
        {**proof, "previousProof": "urn:uuid:1"},
        [{**proof, "previousProof": "urn:uuid:2"}, {**proof, "id": "urn:uuid:2", "previousProof": "urn:uuid:1"}],
    ]
    for circle in circles:
        with pytest.raises(ProofError) as refused:
            verify({**one, "proof": circle})
        assert refused.value.code == "proof_invalid"


def test_document_has_at_most_sixteen_proofs() -> None:
    made = secure(credential_of(ANA), ANA, JCS)
    full = {**made, "proof": [made["proof"]] * 15}
    full = secure(full, BOB, JCS)
    assert len(verify(full)) == 16
    with pytest.raises(TooLargeError):
        secure(full, BOB, JCS)
    with pytest.raises(MalformedError):
        verify({**full, "proof": [made["proof"]] * 17})


def test_second_proof_with_an_id_that_is_taken_is_not_made() -> None:
    made = secure(credential_of(ANA), ANA, JCS, id="urn:uuid:1")
    verify(secure(made, BOB, JCS, id="urn:uuid:2"))
    with pytest.raises(MalformedError):
        secure(made, BOB, JCS, id="urn:uuid:1")


# ------------------------------------------------------------------ expectations


@pytest.mark.parametrize("cryptosuite", [JCS, RDFC])
def test_proof_must_be_what_is_expected(cryptosuite: str) -> None:
    made = secure(credential_of(ANA), ANA, cryptosuite, challenge="c", domain="d", expires="2026-11-23T09:30:00Z")
    hour = 3600 * SECOND
    for expected in ({}, {"challenge": "c"}, {"domain": "d"}, {"domain": ("d",)}, {"at": AT + hour - 1}):
        verify(made, **expected)
    verify(made, at=AT - 60 * SECOND)
    for expected, code in (
        ({"purpose": "authentication"}, "proof_invalid"),
        ({"challenge": "x"}, "challenge_mismatch"),
        ({"domain": "x"}, "domain_mismatch"),
        ({"domain": ("d", "x")}, "domain_mismatch"),
        ({"at": AT - 60 * SECOND - 1}, "not_yet_valid"),
        ({"at": AT + hour}, "expired"),
    ):
        with pytest.raises(ProofError) as refused:
            verify(made, **expected)
        assert refused.value.code == code


def test_domain_of_several_is_that_set_in_any_order() -> None:
    made = secure(credential_of(ANA), ANA, JCS, domain=["d", "e"])
    for order in (("d", "e"), ("e", "d")):
        verify(made, domain=order)
    for other in ("d", ("d",), ("d", "e", "f")):
        with pytest.raises(ProofError):
            verify(made, domain=other)


def test_every_proof_of_a_set_must_be_what_is_expected() -> None:
    one = secure(credential_of(ANA), ANA, JCS, challenge="c")
    verify(secure(one, BOB, JCS, challenge="c"), challenge="c")
    for wrong in ({"challenge": "x"}, {}, {"challenge": "c", "purpose": "authentication"}):
        with pytest.raises(ProofError):
            verify(secure(one, BOB, JCS, **wrong), challenge="c")


def test_error_of_who_finds_the_key_reaches_the_caller() -> None:
    made = secure(credential_of(ANA), ANA, JCS, purpose="authentication")

    def find(_: object) -> Any:
        raise ProofError("no", code="method_not_authorized")

    verify(made, purpose="authentication")
    with pytest.raises(ProofError) as refused:
        verify(made, purpose="authentication", find_key=find)
    assert refused.value.code == "method_not_authorized"


# ------------------------------------------------------------------ contexts


def test_context_added_after_signing_is_refused_unless_a_later_proof_covers_it() -> None:
    made = secure(credential_of(ANA), ANA, JCS)
    more = {**made, "@context": [*made["@context"], "https://w3id.org/security/suites/ed25519-2020/v1"]}
    with pytest.raises(ProofError):
        verify(more)
    both = secure(more, BOB, JCS)
    assert [len(proof["@context"]) for proof in both["proof"]] == [1, 2]
    assert len(verify(both)) == 2
    verify(secure(more, BOB, RDFC))
    with pytest.raises(ProofError):
        verify({**both, "proof": both["proof"][0]})


@pytest.mark.parametrize(
    "context",
    [
        [],
        ["https://w3id.org/security/suites/ed25519-2020/v1"],
        ["https://w3id.org/security/suites/ed25519-2020/v1", "https://www.w3.org/ns/credentials/v2"],
        "https://www.w3.org/2018/credentials/v1",
    ],
)
def test_document_whose_context_does_not_begin_with_that_of_the_proof_is_refused(context: Any) -> None:
    made = secure(credential_of(ANA), ANA, JCS)
    both = secure(made, BOB, JCS)
    verify(both)
    with pytest.raises(ProofError):
        verify({**both, "@context": context})
    with pytest.raises(ProofError):
        verify({**both, "proof": [both["proof"][0], {**both["proof"][1], "@context": context}]})


def test_jcs_proof_without_a_context_signs_that_of_the_document() -> None:
    from legation.standards.data_integrity.jcs_suites import EDDSA_JCS_2022

    made = secure(credential_of(ANA), ANA, JCS)
    config = {name: value for name, value in made["proof"].items() if name not in ("proofValue", "@context")}
    value = EDDSA_JCS_2022.sign(credential_of(ANA), config, ANA.key, CONTEXTS, options=SuiteOptions())
    bare = {**made, "proof": {**config, "proofValue": value}}
    verify(bare)
    with pytest.raises(ProofError):
        verify({**bare, "@context": [*bare["@context"], {"x": "https://x.example/"}]})


def test_rdfc_proof_names_no_context_or_that_of_the_document() -> None:
    made = secure(credential_of(ANA), ANA, RDFC)
    assert "@context" not in made["proof"]
    verify({**made, "proof": {**made["proof"], "@context": made["@context"]}})
    for context in ([], [SECURITY_CONTEXT], [*made["@context"], SECURITY_CONTEXT]):
        with pytest.raises(ProofError):
            verify({**made, "proof": {**made["proof"], "@context": context}})
        both = secure(made, BOB, RDFC)
        verify(both)
        with pytest.raises(ProofError):
            verify({**both, "proof": [{**both["proof"][0], "@context": context}, both["proof"][1]]})


def test_document_gets_the_context_of_proofs_where_it_lacks_one() -> None:
    plain = {"name": "n"}
    made = secure(plain, ANA, JCS)
    assert "@context" not in made
    assert "@context" not in made["proof"]
    verify(made)
    old = {**credential_of(ANA), "@context": ["https://www.w3.org/2018/credentials/v1"]}
    # this context is not bundled: a suite that reads none does without, one that does asks for it
    assert CONTEXTS.find(SECURITY_CONTEXT) is None
    assert secure(old, ANA, JCS)["@context"] == old["@context"]
    with pytest.raises(UnknownTermError) as refused:
        secure({**old, "issuanceDate": "2026-01-01T00:00:00Z"}, ANA, RDFC)
    assert refused.value.code == "context_unknown"
    pinned = bundled_contexts().extended({SECURITY_CONTEXT: b'{"@context": {}}'})
    made = add_proof(old, ANA, cryptosuite=JCS, purpose="assertionMethod", created=CREATED, contexts=pinned)
    assert made["@context"] == [*old["@context"], SECURITY_CONTEXT]
    verify(made)


def test_undefined_term_is_not_signed_as_a_graph() -> None:
    for place in ("document", "subject"):
        made = credential_of(ANA)
        (made if place == "document" else made["credentialSubject"])["maxSpend"] = 5
        verify(secure(made, ANA, JCS))
        with pytest.raises(UnknownTermError):
            secure(made, ANA, RDFC)


# ------------------------------------------------------------------ what is not made


def test_unknown_suite_or_option_is_refused() -> None:
    for cryptosuite in ("eddsa-2022", "Ed25519Signature2020", "EDDSA-JCS-2022", "", "bbs-2023"):
        with pytest.raises(UnknownTermError):
            secure(credential_of(ANA), ANA, cryptosuite)
    for options in ({"jws": "x"}, {"type": "x"}, {"proofValue": "z"}, {"@context": []}):
        with pytest.raises(UnknownTermError):
            secure(credential_of(ANA), ANA, JCS, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"created": "yesterday"},
        {"created": "2026-11-23T08:30:00"},
        {"expires": "soon"},
        {"challenge": 7},
        {"domain": []},
        {"domain": 7},
        {"domain": ["d", "d"]},
        {"id": "no url"},
        {"id": 7},
        {"nonce": 7},
        {"previousProof": []},
        {"previousProof": 7},
        {"purpose": 7},
    ],
)
def test_proof_that_would_be_malformed_is_not_made(options: dict[str, Any]) -> None:
    for cryptosuite in (JCS, RDFC):
        with pytest.raises(MalformedError):
            secure(credential_of(ANA), ANA, cryptosuite, **options)


def test_option_that_is_null_is_left_out() -> None:
    made = secure(credential_of(ANA), ANA, JCS, challenge=None, domain="d")
    assert "challenge" not in made["proof"]
    verify(made, domain="d")


def test_document_without_a_canonical_form_is_not_signed() -> None:
    with pytest.raises(MalformedError):
        secure({**credential_of(ANA), "n": 2**60}, ANA, JCS)


def test_document_without_a_proof_is_refused() -> None:
    for proof in ({}, {"proof": None}, {"proof": []}, {"proof": "x"}, {"proof": [[]]}):
        with pytest.raises(MalformedError):
            verify({**credential_of(ANA), **proof})


# ------------------------------------------------------------------ derivation


def test_only_a_document_with_one_base_proof_is_derived_from() -> None:
    signer = caller(KeyType.P256)
    entropy = SuiteOptions(("/issuer",), lambda count: bytes(range(1, count + 1)))
    base = add_proof(
        credential_of(signer),
        signer,
        cryptosuite="ecdsa-sd-2023",
        purpose="assertionMethod",
        created=CREATED,
        contexts=CONTEXTS,
        suite_options=entropy,
    )
    derived = derive(base, ("/credentialSubject/name",), CONTEXTS)
    verify(derived)
    both = secure(base, ANA, RDFC)
    verify(derive(both, ("/credentialSubject/name",), CONTEXTS))
    for made in (derived, secure(credential_of(ANA), ANA, RDFC), {**base, "proof": [base["proof"], base["proof"]]}):
        with pytest.raises(ProofError):
            derive(made, ("/credentialSubject/name",), CONTEXTS)
    with pytest.raises(ProofError):
        verify(base)
