"""Showing less: what stays in sight, what is disclosed on its own, and what is derived from where."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.credentials.deriving import derive_credential
from legation.domain.credentials.disclosing import find_path
from legation.domain.credentials.reading import read_credential
from legation.domain.credentials.seals import ASSERTION, Expectation
from legation.domain.credentials.verifying import verify_credential
from legation.errors import LegationError, MalformedError, ProofError, UnknownTermError
from legation.standards.jsonld.contexts import bundled_contexts
from tests.support.keys import signer_of
from tests.support.secured import ACME, CREDENTIALS_V2, HOLDER, credential, issued

PEA = signer_of("pea", p256=True)
TERMS = {name: f"https://acme.example/#{name}" for name in ("degree", "grade", "title", "subjects")}
SUBJECT = {"id": HOLDER.did, "degree": {"title": "BSc", "grade": "1"}, "subjects": ["a", "b"]}


def degree(**more: Any) -> dict[str, Any]:
    return credential(credentialSubject=SUBJECT, **{"@context": [CREDENTIALS_V2, TERMS]}, **more)


def shown(secured: object) -> Any:
    read = read_credential(secured, bundled_contexts())
    found = verify_credential(read, {}, Expectation(0, ASSERTION), bundled_contexts())
    return found.document["credentialSubject"]


def derive(secured: object, *pointers: str) -> Any:
    derived = derive_credential(secured, pointers, bundled_contexts())
    return shown(derived)


def test_each_claim_of_a_subject_is_disclosed_on_its_own() -> None:
    secured = issued(degree(), mechanism="vc+sd-jwt")
    assert shown(secured) == SUBJECT
    assert derive(secured) == {"id": HOLDER.did}
    assert derive(secured, "/credentialSubject/degree") == {"id": HOLDER.did, "degree": SUBJECT["degree"]}
    assert derive(secured, "/credentialSubject/subjects") == {"id": HOLDER.did, "subjects": ["a", "b"]}


def test_what_is_mandatory_stays_in_sight_and_what_stands_beside_it_does_not() -> None:
    mandatory = ("/credentialSubject/degree/title", "/credentialSubject/subjects/1")
    secured = issued(degree(), mechanism="vc+sd-jwt", mandatory=mandatory)
    assert derive(secured) == {"id": HOLDER.did, "degree": {"title": "BSc"}, "subjects": ["b"]}
    assert derive(secured, "/credentialSubject/degree/grade")["degree"] == SUBJECT["degree"]


def test_each_of_several_subjects_is_one_to_disclose_claims_of() -> None:
    context = [CREDENTIALS_V2, TERMS]
    subjects = [{"id": HOLDER.did, "title": "a"}, {"id": ACME.did, "title": "b"}]
    secured = issued(credential(credentialSubject=subjects, **{"@context": context}), mechanism="vc+sd-jwt")
    assert derive(secured, "/credentialSubject/1/title") == [{"id": HOLDER.did}, {"id": ACME.did, "title": "b"}]


def test_base_proof_is_derived_from_and_verified_by_nobody() -> None:
    secured = issued(degree(), signer=PEA, mechanism="ecdsa-sd-2023")
    with pytest.raises(LegationError):
        shown(secured)
    derived = derive(secured, "/credentialSubject/degree/grade")
    assert derived == {"id": HOLDER.did, "degree": {"grade": "1"}}


@pytest.mark.parametrize(("signer", "mechanism"), [(PEA, "ecdsa-sd-2023"), (ACME, "vc+sd-jwt")])
def test_nothing_that_makes_a_credential_worse_can_be_left_out(signer: Any, mechanism: str) -> None:
    worse = {"validFrom": "1960-01-01T00:00:00Z", "validUntil": "2026-12-01T00:00:00Z"}
    status = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": "https://acme.example/status/1",
    }
    secured = issued(degree(credentialStatus=status, **worse), signer=signer, mechanism=mechanism)
    derived = derive_credential(secured, ["/credentialSubject/degree"], bundled_contexts())
    document = read_credential(derived, bundled_contexts()).document
    assert document["issuer"] == signer.did
    assert {name: document[name] for name in worse} == worse
    assert document["credentialStatus"] == status


@pytest.mark.parametrize("mechanism", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_nothing_is_derived_from_a_proof_over_the_whole(mechanism: str) -> None:
    with pytest.raises(ProofError):
        derive_credential(issued(mechanism=mechanism), (), bundled_contexts())


def test_nothing_is_derived_from_other_tokens_or_from_what_is_none() -> None:
    with pytest.raises(UnknownTermError):
        derive_credential(issued(mechanism="vc+jwt"), (), bundled_contexts())
    for received in (None, 5, [], {}, credential(issuer=ACME.did)):
        with pytest.raises(LegationError):
            derive_credential(received, (), bundled_contexts())


@pytest.mark.parametrize("signer", [PEA, ACME])
@pytest.mark.parametrize("pointer", ["/absent", "/credentialSubject/degree/absent", "credentialSubject", "/~2"])
def test_pointer_to_nothing_is_refused(signer: Any, pointer: str) -> None:
    mechanism = "ecdsa-sd-2023" if signer is PEA else "vc+sd-jwt"
    with pytest.raises(MalformedError):
        issued(degree(), signer=signer, mechanism=mechanism, mandatory=(pointer,))
    secured = issued(degree(), signer=signer, mechanism=mechanism)
    with pytest.raises(MalformedError):
        derive_credential(secured, (pointer,), bundled_contexts())


def test_pointers_lead_where_rfc_6901_says() -> None:
    document = {"a/b": {"m~n": [10, {"": 5}]}}
    assert find_path(document, "") == ()
    assert find_path(document, "/a~1b/m~0n/1/") == ("a/b", "m~n", 1, "")
    for pointer in ("/a~1b/m~0n/2", "/a~1b/m~0n/01", "/a~1b/m~0n/-", "/a~1b/m~0n/1/x", "/a~1b/m~0n/²"):
        with pytest.raises(MalformedError):
            find_path(document, pointer)
