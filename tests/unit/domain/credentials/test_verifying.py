"""Verifying: form, time, status, parties and every signature; each refusal beside the same document unbroken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.domain.credentials.methods import needed_documents
from legation.domain.credentials.reading import read_credential, read_presentation
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION, Expectation
from legation.domain.credentials.verifying import (
    Notice,
    VerifiedCredential,
    VerifiedPresentation,
    verify_credential,
    verify_presentation,
)
from legation.domain.methods import Documents
from legation.errors import LegationError, ResolutionError, TooLargeError
from legation.standards.did.document import parse_did_document
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import nanoseconds
from tests.support.keys import signer_of
from tests.support.secured import ACME, HOLDER, credential, issued, presentation, presented

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT = nanoseconds(NOON)
WEB = Signer("did:web:acme.example", "did:web:acme.example#key", ACME.key)
STRANGER = signer_of("stranger")
MECHANISMS = ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "vc+sd-jwt"]


def verified(
    secured: object, *, at: int = AT, documents: Documents | None = None, **expected: Any
) -> VerifiedCredential:
    read = read_credential(secured, bundled_contexts())
    return verify_credential(read, documents or {}, Expectation(at, ASSERTION, **expected), bundled_contexts())


def presents(
    secured: object, *, at: int = AT, documents: Documents | None = None, **expected: Any
) -> VerifiedPresentation:
    read = read_presentation(secured, bundled_contexts())
    return verify_presentation(read, documents or {}, Expectation(at, AUTHENTICATION, **expected), bundled_contexts())


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LegationError) as found:
        act()
    return found.value.code


def document_of(signer: Signer, relationship: str = "assertionMethod", **more: Any) -> Documents:
    """Return the document of a did:web with one method, at hand."""
    method = {
        "id": signer.method,
        "type": "Multikey",
        "controller": signer.did,
        "publicKeyMultibase": ACME.did.removeprefix("did:key:"),
        **more,
    }
    raw = {"id": signer.did, "verificationMethod": [method], relationship: [signer.method]}
    return {signer.did: parse_did_document(raw, did=signer.did)}


# ------------------------------------------------------------------ signatures


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_other_signature_is_refused(mechanism: str) -> None:
    good = issued(mechanism=mechanism, created=NOON)
    assert verified(good).form.issuer == ACME.did
    if "proof" in good:
        bad = {**good, "credentialSubject": {**good["credentialSubject"], "name": "Mallory"}}
    else:
        head, payload, rest = good["id"].split(".", 2)
        bad = {**good, "id": f"{head}.{payload}.{'A' * 20}{rest[20:]}"}
    assert code_of(lambda: verified(bad)) == "proof_invalid"


def test_text_of_a_token_is_judged_as_the_object_that_envelops_it() -> None:
    for mechanism in ("vc+jwt", "vc+sd-jwt"):
        secured = issued(mechanism=mechanism, created=NOON)
        assert verified(secured["id"].partition(",")[2]).document == verified(secured).document


@pytest.mark.parametrize(
    "received",
    [
        None,
        5,
        [],
        "",
        "x",
        "a.b.c",
        {"type": "EnvelopedVerifiableCredential", "@context": "https://www.w3.org/ns/credentials/v2", "id": "data:,x"},
        {"type": "EnvelopedVerifiableCredential", "@context": [], "id": "data:application/vc+jwt,a.b.c"},
        {
            "type": ["EnvelopedVerifiableCredential"],
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": "data:application/vc+cose,AAAA",
        },
    ],
)
def test_what_is_no_credential_is_refused(received: object) -> None:
    assert code_of(lambda: verified(received)) in ("malformed", "unknown_term")


def test_credential_without_anything_that_secures_it_is_refused() -> None:
    assert code_of(lambda: verified(credential(issuer=ACME.did))) == "proof_missing"


def test_token_within_which_a_proof_stands_is_refused() -> None:
    from legation.standards.jose import sign_jws

    token = sign_jws({**credential(issuer=ACME.did), "proof": issued()["proof"]}, typ="vc+jwt", signer=ACME)
    assert code_of(lambda: verified(token)) == "malformed"
    assert verified(sign_jws(credential(issuer=ACME.did), typ="vc+jwt", signer=ACME)).notices == ()


# ------------------------------------------------------------------ whose key it is


def test_issuer_has_to_be_the_one_that_signed() -> None:
    forged = json.loads(json.dumps(issued(signer=STRANGER, mechanism="eddsa-jcs-2022")))
    assert verified(forged).form.issuer == STRANGER.did
    forged["issuer"] = ACME.did
    assert code_of(lambda: verified(forged)) == "method_not_authorized"


def test_proof_of_somebody_else_beside_the_issuers_is_verified_too() -> None:
    from legation.standards.data_integrity.documents import add_proof

    both = add_proof(
        issued(mechanism="eddsa-jcs-2022"),
        STRANGER,
        cryptosuite="eddsa-jcs-2022",
        purpose="assertionMethod",
        created=None,
        contexts=bundled_contexts(),
    )
    assert verified(both).form.issuer == ACME.did
    proofs: Any = both["proof"]
    proofs[1]["proofValue"] = proofs[0]["proofValue"]
    assert code_of(lambda: verified(both)) == "proof_invalid"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_method_is_looked_up_in_the_issuers_document(mechanism: str) -> None:
    secured = issued(signer=WEB, mechanism=mechanism, created=NOON)
    assert verified(secured, documents=document_of(WEB)).form.issuer == WEB.did
    assert code_of(lambda: verified(secured)) == "did_unresolvable"
    gone = {WEB.did: ResolutionError("gone")}
    assert code_of(lambda: verified(secured, documents=gone)) == "did_unresolvable"
    for documents in (
        document_of(WEB, "authentication"),
        document_of(WEB, revoked="2026-12-01T00:00:00Z"),
        document_of(WEB, expires="2026-11-01T12:00:00Z"),
        document_of(WEB, controller="did:web:other.example"),
    ):
        assert code_of(lambda given=documents: verified(secured, documents=given)) == "method_not_authorized"  # type: ignore[misc]  # a lambda's default
    assert verified(secured, documents=document_of(WEB, expires="2026-11-01T12:00:01Z")).notices == ()
    unusable = document_of(WEB, publicKeyMultibase="z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc")
    assert code_of(lambda: verified(secured, documents=unusable)) == "proof_invalid"


def test_signature_without_a_date_is_as_old_as_what_it_secures() -> None:
    ends = document_of(WEB, expires="2026-11-01T11:00:00Z")
    before = issued(credential(validFrom="2026-11-01T10:00:00Z"), signer=WEB, mechanism="eddsa-jcs-2022")
    assert verified(before, documents=ends).form.issuer == WEB.did
    never = issued(signer=WEB, mechanism="eddsa-jcs-2022")
    assert code_of(lambda: verified(never, documents=ends)) == "method_not_authorized"


def test_only_documents_that_have_to_be_fetched_are_asked_for_and_not_too_many() -> None:
    assert needed_documents({ACME.did, WEB.did, "did:unknown:x", "nonsense"}) == (WEB.did,)
    with pytest.raises(TooLargeError):
        needed_documents(f"did:web:{number}.example" for number in range(17))


# ------------------------------------------------------------------ time, status, schema


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_credential_holds_from_its_beginning_to_its_end(mechanism: str) -> None:
    period = {"validFrom": "2026-11-01T11:00:00Z", "validUntil": "2026-11-01T13:00:00Z"}
    secured = issued(credential(**period), mechanism=mechanism)
    hour = 3600 * 10**9
    assert verified(secured).form.valid_from == AT - hour
    assert code_of(lambda: verified(secured, at=AT - hour - 1)) == "not_yet_valid"
    assert code_of(lambda: verified(secured, at=AT + hour + 1)) == "expired"


def test_expired_proof_is_refused() -> None:
    secured = issued(expires="2026-11-01T12:00:00Z")
    assert verified(secured, at=AT - 1).notices == ()
    assert code_of(lambda: verified(secured)) == "expired"


@pytest.mark.parametrize("kind", ["BitstringStatusListEntry", ["Other", "BitstringStatusListEntry"]])
def test_status_that_this_version_cannot_check_means_no(kind: Any) -> None:
    entry = {
        "type": kind,
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": "https://acme.example/status/1",
    }
    if isinstance(kind, list):
        context = ["https://www.w3.org/ns/credentials/v2", {"Other": "https://other.example/#Other"}]
        secured = issued(credential(credentialStatus=entry, **{"@context": context}), mechanism="vc+jwt")
    else:
        secured = issued(credential(credentialStatus=entry))
    assert code_of(lambda: verified(secured)) == "status_unknown"


def test_status_that_says_nothing_to_us_is_told_and_no_failure() -> None:
    context = ["https://www.w3.org/ns/credentials/v2", {"Other": "https://other.example/#Other"}]
    entry = {"type": "Other", "id": "https://other.example/1"}
    secured = issued(credential(credentialStatus=entry, **{"@context": context}))
    (notice,) = verified(secured).notices
    assert (notice.code, notice.pointer) == ("status_unknown", "/credentialStatus")


def test_schema_that_is_not_at_hand_is_told() -> None:
    schema = {"type": "JsonSchema", "id": "https://acme.example/schema.json"}
    (notice,) = verified(issued(credential(credentialSchema=schema))).notices
    assert isinstance(notice, Notice)
    assert notice.code == "schema_unknown"


# ------------------------------------------------------------------ challenges


@pytest.mark.parametrize("mechanism", ["eddsa-jcs-2022", "vp+jwt"])
def test_presentation_answers_the_challenge_and_names_the_verifier(mechanism: str) -> None:
    secured = presented(mechanism=mechanism, created=NOON, challenge="c", domain="https://v.example")
    assert presents(secured, challenge="c", domain="https://v.example").holder == HOLDER.did
    assert presents(secured).holder == HOLDER.did
    assert code_of(lambda: presents(secured, challenge="d")) == "challenge_mismatch"
    assert code_of(lambda: presents(secured, domain="https://w.example")) == "domain_mismatch"
    silent = presented(mechanism=mechanism, created=NOON)
    assert code_of(lambda: presents(silent, challenge="c")) == "challenge_mismatch"
    assert code_of(lambda: presents(silent, domain="d")) == "domain_mismatch"


def test_selective_credential_is_bound_to_its_holder_where_a_challenge_is_given() -> None:
    secured = issued(mechanism="vc+sd-jwt", created=NOON)
    assert code_of(lambda: verified(secured, challenge="c", domain="d")) == "presentation_invalid"


# ------------------------------------------------------------------ presentations


def test_presentation_that_nothing_secures_is_judged_by_its_form_and_its_credentials() -> None:
    found = presents(presentation(issued()))
    assert (found.holder, [notice.code for notice in found.notices]) == (None, ["proof_missing"])
    assert presents(presentation()).credentials == ()
    assert code_of(lambda: presents(presentation(issued(), type=["Other"]))) == "unknown_term"
    assert code_of(lambda: presents(presentation(issued(), credential(issuer=ACME.did)))) == "proof_missing"


@pytest.mark.parametrize("expected", [{"challenge": "c"}, {"domain": "d"}, {"challenge": "c", "domain": "d"}])
def test_presentation_that_nothing_secures_answers_no_challenge(expected: dict[str, str]) -> None:
    assert code_of(lambda: presents(presentation(issued()), **expected)) == "proof_missing"


@pytest.mark.parametrize("inner", MECHANISMS)
@pytest.mark.parametrize("outer", ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vp+jwt"])
def test_every_credential_of_a_presentation_has_to_hold(outer: str, inner: str) -> None:
    period = {"validUntil": "2026-11-01T13:00:00Z"}
    good, ends = issued(mechanism=inner, created=NOON), issued(credential(**period), mechanism=inner, created=NOON)
    secured = presented(presentation(good, ends), mechanism=outer, created=NOON)
    assert len(presents(secured).credentials) == 2
    with pytest.raises(LegationError) as found:
        presents(secured, at=AT + 2 * 3600 * 10**9)
    assert (found.value.code, found.value.pointer) == ("expired", "/verifiableCredential/1/validUntil")


def test_presentation_without_a_holder_proves_nobody_in_particular() -> None:
    from legation.standards.data_integrity.documents import add_proof

    secured = add_proof(
        presentation(issued()),
        HOLDER,
        cryptosuite="eddsa-jcs-2022",
        purpose="authentication",
        created=None,
        contexts=bundled_contexts(),
    )
    assert presents(secured).holder is None


def test_holder_is_the_one_that_signed() -> None:
    secured = json.loads(json.dumps(presented(mechanism="eddsa-jcs-2022")))
    secured["holder"] = STRANGER.did
    assert code_of(lambda: presents(secured)) == "holder_mismatch"


def test_presentation_of_a_token_in_an_envelope_is_verified_with_what_it_holds() -> None:
    secured = presented(presentation(issued(mechanism="vc+jwt", created=NOON)), mechanism="vp+jwt", created=NOON)
    assert presents(secured).credentials[0].form.issuer == ACME.did
    head, payload, _ = secured["id"].split(".")
    assert code_of(lambda: presents({**secured, "id": f"{head}.{payload}.{'A' * 86}"})) == "proof_invalid"
