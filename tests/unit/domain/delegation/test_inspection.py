"""What a chain shows by itself: each check with a chain that passes it and one that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.inspection import check_chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.errors import LegationError
from legation.standards.data_integrity.hop_proofs import build_proof
from tests.support.keys import signer_of
from tests.support.wallets import DETAILS, NARROWER, WIDER

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FORMS = [Format.DATA_INTEGRITY, Format.JWT]
HOSTED = Signer("did:web:acme.example", "did:web:acme.example#key-1", signer_of("acme").key)


def make_root(signer: Signer, *, to: str = "ben", form: Format | None = None, name: str = "root") -> SecuredCredential:
    terms = Terms(f"urn:example:{name}", signer_of(to).did, AT, AT + HOUR, DETAILS, max_depth=3)
    return issue_root(signer, terms, principal="did:web:acme.example", at=AT, form=form)


def make_chain(signer: Signer | None = None, *, form: Format | None = None) -> Chain:
    root = make_root(signer or signer_of("ana"), form=form)
    terms = Terms("urn:example:leaf", signer_of("eva").did, details=NARROWER)
    return Chain((root, attenuate([root], signer_of("ben"), terms, at=AT, form=form)))


def forge(hop: SecuredCredential, signer: Signer, **members: object) -> SecuredCredential:
    """Change members of an embedded credential and sign it again, without asking whether it may be."""
    assert isinstance(hop.wire, dict)
    document = json.loads(json.dumps({name: value for name, value in hop.wire.items() if name != "proof"}))
    subject = document["credentialSubject"]
    for name, value in members.items():
        (subject["delegation"] if name in subject["delegation"] else document)[name] = value
    proof = build_proof(document, signer=signer, purpose="assertionMethod", created="2026-11-01T12:00:00Z")
    return SecuredCredential({**document, "proof": proof})


def code_of(*hops: SecuredCredential) -> str:
    with pytest.raises(LegationError) as refusal:
        check_chain(hops)
    return refusal.value.code


@pytest.mark.parametrize("form", FORMS)
def test_honest_chain_passes(form: Format) -> None:
    chain = make_chain(form=form)
    check_chain(chain.hops)
    check_chain(chain.hops[:1])


def test_mixed_chain_passes() -> None:
    root = make_root(signer_of("ana"), form=Format.JWT)
    check_chain([root, attenuate([root], signer_of("ben"), Terms("urn:example:leaf", signer_of("eva").did), at=AT)])


def test_no_hop_at_all_and_too_many_are_refused() -> None:
    assert code_of() == "malformed"
    assert code_of(*(make_root(signer_of("ana"), name=str(index)) for index in range(17))) == "too_large"


def test_what_is_no_delegation_is_refused() -> None:
    assert code_of(SecuredCredential({})) == "malformed"
    assert code_of(SecuredCredential("eyJhbGciOiJFZERTQSJ9.e30.AA")) == "malformed"


def test_member_nested_deeper_than_any_verifier_reads_is_refused() -> None:
    (root,) = make_chain().hops[:1]
    deep: object = "x"
    for _ in range(40):
        deep = [deep]
    assert code_of(forge(root, signer_of("ana"), evidence=deep)) == "malformed"
    check_chain([forge(root, signer_of("ana"), evidence=[["x"]])])


@pytest.mark.parametrize("form", FORMS)
def test_signature_of_a_did_key_that_does_not_hold_is_refused(form: Format) -> None:
    impostor = replace(signer_of("ana"), key=signer_of("mallory").key)
    assert code_of(make_root(impostor, form=form)) == "proof_invalid"


def test_changed_document_is_refused() -> None:
    (root,) = make_chain().hops[:1]
    assert isinstance(root.wire, dict)
    assert code_of(SecuredCredential({**root.wire, "validUntil": "2026-11-01T14:00:00Z"})) == "proof_invalid"


def test_method_of_somebody_else_is_not_authorized() -> None:
    mallory = signer_of("mallory")
    assert code_of(make_root(replace(mallory, did=signer_of("ana").did))) == "method_not_authorized"


def test_method_of_somebody_else_is_not_authorized_for_a_hosted_did_either() -> None:
    assert code_of(make_root(replace(HOSTED, method=signer_of("acme").method))) == "method_not_authorized"
    check_chain([make_root(HOSTED)])


def test_method_that_the_did_does_not_list_is_not_authorized() -> None:
    ana = signer_of("ana")
    assert code_of(make_root(replace(ana, method=ana.did + "#other"))) == "method_not_authorized"


def test_signature_of_a_hosted_did_is_left_to_the_verifier() -> None:
    check_chain(make_chain(HOSTED).hops)
    check_chain(make_chain(replace(HOSTED, key=signer_of("mallory").key)).hops)


def test_unknown_did_method_is_refused() -> None:
    stranger = Signer("did:nosuch:x", "did:nosuch:x#key", signer_of("ana").key)
    assert code_of(make_root(stranger)) == "did_unresolvable"


def test_leaf_alone_is_not_a_chain() -> None:
    assert code_of(make_chain().hops[1]) == "link_broken"


def test_hop_of_another_parent_is_refused() -> None:
    chain = make_chain()
    assert code_of(make_root(signer_of("ana"), name="sibling"), chain.hops[1]) == "link_broken"
    # same id, other bytes
    assert code_of(forge(chain.hops[0], signer_of("ana"), maxDepth=4), chain.hops[1]) == "link_broken"


def test_hop_by_somebody_who_is_not_the_parents_subject_is_refused() -> None:
    root, leaf = make_chain().hops
    eve = signer_of("eve")
    assert code_of(root, forge(leaf, eve, issuer=eve.did)) == "link_broken"


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("authorizationDetails", WIDER, "widened"),
        ("validUntil", "2026-11-01T14:00:00Z", "widened"),
        ("maxDepth", 3, "depth_exceeded"),
        ("principal", "did:web:other.example", "principal_changed"),
        ("id", "urn:example:root", "malformed"),
    ],
)
def test_child_that_takes_more_is_refused(member: str, value: object, code: str) -> None:
    root, leaf = make_chain().hops
    assert code_of(root, forge(leaf, signer_of("ben"), **{member: value})) == code


def test_child_that_takes_as_much_passes() -> None:
    root, leaf = make_chain().hops
    check_chain([root, forge(leaf, signer_of("ben"), authorizationDetails=DETAILS)])


def test_expired_chain_passes_for_time_is_the_verifiers() -> None:
    past = make_root(signer_of("ana"))
    check_chain([past])
