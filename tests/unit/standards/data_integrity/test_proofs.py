"""Reading the proofs of a document of any kind."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import MalformedError, UnknownTermError
from legation.standards.data_integrity.proofs import covers_context, list_contexts, read_proofs
from legation.standards.timestamps import parse_timestamp
from tests.support.data_integrity import CREATED, caller

ANA = caller()
CONTEXT = ["https://www.w3.org/ns/credentials/v2"]
PROOF: dict[str, Any] = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": CREATED,
    "verificationMethod": ANA.method,
    "proofPurpose": "assertionMethod",
    "proofValue": "z1",
}


def read(proof: Any, **document: Any) -> Any:
    return read_proofs({"@context": CONTEXT, "proof": proof, **document})


def test_proof_is_read_with_its_members() -> None:
    more = {
        "id": "urn:uuid:1",
        "expires": "2027-01-01T00:00:00+01:00",
        "challenge": "c",
        "domain": ["d", "e"],
        "previousProof": "urn:uuid:2",
        "nonce": "n",
    }
    (proof,) = read({**PROOF, **more})
    assert (proof.type, proof.cryptosuite, proof.purpose) == ("DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod")
    assert (proof.method, proof.did, proof.value, proof.id) == (ANA.method, ANA.did, "z1", "urn:uuid:1")
    assert (proof.created, proof.expires) == (parse_timestamp(CREATED), parse_timestamp("2026-12-31T23:00:00Z"))
    assert (proof.challenge, proof.domains, proof.previous) == ("c", ("d", "e"), ("urn:uuid:2",))
    assert proof.raw == {**PROOF, **more}


def test_absent_members_are_none_or_empty() -> None:
    (proof,) = read({name: value for name, value in PROOF.items() if name != "created"})
    assert (proof.created, proof.expires, proof.challenge, proof.id) == (None, None, None, None)
    assert (proof.domains, proof.previous) == ((), ())


def test_proof_type_of_its_own_needs_no_cryptosuite() -> None:
    legacy = {name: value for name, value in PROOF.items() if name != "cryptosuite"}
    (proof,) = read({**legacy, "type": "Ed25519Signature2020"})
    assert (proof.type, proof.cryptosuite) == ("Ed25519Signature2020", None)
    with pytest.raises(MalformedError):
        read(legacy)


@pytest.mark.parametrize("name", ["type", "proofPurpose", "verificationMethod", "proofValue", "cryptosuite"])
def test_proof_without_a_required_member_is_malformed(name: str) -> None:
    read(PROOF)
    with pytest.raises(MalformedError):
        read({key: value for key, value in PROOF.items() if key != name})


@pytest.mark.parametrize(
    "change",
    [
        *({name: bad} for name in PROOF for bad in (None, 7, [PROOF[name]], {})),
        *({name: bad} for name in ("challenge", "nonce", "id") for bad in (None, 7, ["x"])),
        *({name: bad} for name in ("created", "expires") for bad in ("", "now", "2026-11-23", "2026-11-23T08:30:00")),
        *(
            {name: bad}
            for name in ("domain", "previousProof")
            for bad in (None, 7, [], [7], {}, ["a", "a"], ["a"] * 17)
        ),
        *({"id": bad} for bad in ("", "x", "#x", "urn:a b", "urn:", "u:" + "x" * 2048)),
        *({"verificationMethod": bad} for bad in ("", ANA.did, "#key", "https://x.example/#key", ANA.did + "#")),
    ],
)
def test_malformed_member_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        read({**PROOF, **change})


def test_member_that_could_be_signed_is_left_to_the_cryptosuite() -> None:
    extended = {**PROOF, "capability": "urn:zcap:1"}
    assert read(extended)
    for bad in ({"@id": "urn:x:1"}, {"@graph": []}, {"@type": "x"}, {"capability": None}):
        with pytest.raises(UnknownTermError):
            read({**PROOF, **bad})
    # VC Data Integrity §2.4.2: without a context there are no extensions
    read_proofs({"proof": PROOF})
    with pytest.raises(UnknownTermError):
        read_proofs({"proof": extended})


def test_document_has_one_to_sixteen_proofs() -> None:
    for count in (1, 2, 16):
        assert len(read([PROOF] * count)) == count
    for bad in (None, 7, "proof", [], [PROOF] * 17, [None], [PROOF, "x"], [[PROOF]]):
        with pytest.raises(MalformedError):
            read(bad)
    with pytest.raises(MalformedError):
        read_proofs({})


def test_two_proofs_do_not_share_an_id() -> None:
    one, other = {**PROOF, "id": "urn:uuid:1"}, {**PROOF, "id": "urn:uuid:2"}
    assert len(read([one, other, PROOF])) == 3
    with pytest.raises(MalformedError):
        read([one, PROOF, one])


def test_proof_covers_the_context_that_it_names_or_all() -> None:
    cases: list[tuple[Any, Any, bool]] = [
        (CONTEXT, CONTEXT, True),
        (CONTEXT[0], CONTEXT, True),
        (CONTEXT, CONTEXT[0], True),
        (CONTEXT, [*CONTEXT, {}], False),
        ([], CONTEXT, False),
        ([*CONTEXT, {}], CONTEXT, False),
    ]
    for named, whole, covered in cases:
        document = {"@context": whole, "proof": {**PROOF, "@context": named}}
        assert covers_context(read_proofs(document)[0], document) is covered
    bare = {"@context": CONTEXT, "proof": PROOF}
    assert covers_context(read_proofs(bare)[0], bare)


def test_contexts_are_listed() -> None:
    assert (list_contexts(None), list_contexts("a"), list_contexts(["a", {}])) == ([], ["a"], ["a", {}])
