"""Credentials and presentations as tokens: the payload is the document, and nothing contradicts it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError, ProofError, UnknownTermError
from legation.standards.timestamps import SECOND, nanoseconds
from legation.standards.vc.enveloping import envelop
from legation.standards.vc.tokens import (
    check_audience,
    find_credentials,
    read_credential_token,
    read_presentation_token,
    sign_credential,
    sign_presentation,
)
from tests.support.chains import AT, forge_token, unbase64url
from tests.support.keys import signer_of

ANA, BOB = signer_of("ana"), signer_of("bob", p256=True)
CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential"],
    "issuer": ANA.did,
    "credentialSubject": {"id": BOB.did, "name": "Bob"},
}
PRESENTATION: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:2",
    "type": ["VerifiablePresentation"],
    "holder": BOB.did,
    "verifiableCredential": [
        envelop(sign_credential(CREDENTIAL, ANA), "EnvelopedVerifiableCredential", "application/vc+jwt")
    ],
}


@pytest.mark.parametrize("signer", [ANA, BOB], ids=["EdDSA", "ES256"])
def test_credential_is_the_payload_of_its_token(signer: Signer) -> None:
    token = sign_credential(CREDENTIAL, signer)
    head, body, _ = token.split(".")
    assert json.loads(unbase64url(body)) == CREDENTIAL
    assert json.loads(unbase64url(head))["typ"] == "vc+jwt"
    read = read_credential_token(token)
    assert (read.document, read.claims, read.method, read.did) == (CREDENTIAL, CREDENTIAL, signer.method, signer.did)
    read.verify(signer.key.public_key)
    with pytest.raises(ProofError):
        read.verify((BOB if signer is ANA else ANA).key.public_key)


def test_key_of_a_caller_needs_no_kid() -> None:
    token = sign_credential(CREDENTIAL, Signer("https://issuer.example", "", ANA.key))
    assert "kid" not in json.loads(unbase64url(token.split(".")[0]))
    read_credential_token(token, named=False).verify(ANA.key.public_key)
    with pytest.raises(MalformedError):
        read_credential_token(token)


def test_what_a_token_says_of_itself_is_no_member_of_its_document() -> None:
    claims = {
        **CREDENTIAL,
        "iss": ANA.did,
        "sub": BOB.did,
        "jti": "urn:uuid:1",
        "iat": 1_600_000_000,
        "nbf": 1_600_000_000,
        "exp": 1_900_000_000,
        "aud": "https://verifier.example",
        "nonce": "n",
        "cnf": {"kid": "x"},
    }
    read = read_credential_token(sign_credential(claims, ANA))
    assert (read.document, read.claims) == (CREDENTIAL, claims)
    read.period.check(nanoseconds(AT))
    for at, code in ((1_599_999_999, "not_yet_valid"), (1_900_000_000, "expired")):
        with pytest.raises(LegationError) as refused:
            read.period.check(at * SECOND)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"vc": {}},
        {"vp": None},
        {"iss": BOB.did},
        {"iss": [ANA.did]},
        {"sub": ANA.did},
        {"sub": 7},
        {"jti": "urn:uuid:2"},
        {"jti": None},
        {"nonce": 7},
    ],
)
def test_claim_that_contradicts_the_credential_is_refused_signing_and_reading(change: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        sign_credential({**CREDENTIAL, **change}, ANA)
    with pytest.raises(MalformedError):
        read_credential_token(forge_token({**CREDENTIAL, **change}, ANA, typ="vc+jwt"))
    read_credential_token(forge_token(CREDENTIAL, ANA, typ="vc+jwt"))


@pytest.mark.parametrize("change", [{"exp": "2030-01-01T00:00:00Z"}, {"nbf": True}, {"iat": "soon"}, {"exp": -1}])
def test_date_of_another_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        read_credential_token(forge_token({**CREDENTIAL, **change}, ANA, typ="vc+jwt"))


def test_issuer_and_subjects_may_be_objects_and_several() -> None:
    document = {
        **CREDENTIAL,
        "issuer": {"id": ANA.did, "name": "Ana"},
        "credentialSubject": [{"id": BOB.did}, {"id": ANA.did}],
    }
    for sub in (BOB.did, ANA.did):
        read_credential_token(sign_credential({**document, "iss": ANA.did, "sub": sub}, ANA))
    with pytest.raises(MalformedError):
        sign_credential({**document, "sub": "did:web:x.example"}, ANA)
    # a subject without an id repeats nothing
    read_credential_token(sign_credential({**CREDENTIAL, "credentialSubject": {"name": "x"}, "sub": "y"}, ANA))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "vp+jwt"},
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "VC+JWT"},
        {"typ": "vc-ld+jwt"},
        {"typ": "vc+sd-jwt"},
        {"cty": "vp"},
        {"cty": "bad"},
        {"crit": ["x"]},
        {"alg": "none"},
        {"jwk": {}},
        {"b64": True},
    ],
)
def test_token_of_another_type_or_with_a_header_that_asks_for_more_is_refused(header: dict[str, Any]) -> None:
    read_credential_token(forge_token(CREDENTIAL, ANA, typ="vc+jwt", cty="vc", extra="ignored"))
    with pytest.raises(MalformedError):
        read_credential_token(forge_token(CREDENTIAL, ANA, **{"typ": "vc+jwt", **header}))


def test_presentation_is_for_one_verifier_and_one_challenge() -> None:
    token = sign_presentation(PRESENTATION, BOB, nonce="n", audience="https://v.example", at=AT)
    read = read_presentation_token(token)
    assert read.document == PRESENTATION
    assert read.period.issued == nanoseconds(AT)
    read.verify(BOB.key.public_key)
    check_audience(read, nonce="n", audience="https://v.example")
    check_audience(read)
    for expected, code in (({"nonce": "m"}, "challenge_mismatch"), ({"audience": "https://v"}, "domain_mismatch")):
        with pytest.raises(LegationError) as refused:
            check_audience(read, **expected)
        assert refused.value.code == code
    unsaid = read_presentation_token(sign_presentation(PRESENTATION, BOB))
    check_audience(unsaid)
    for expected in ({"nonce": "n"}, {"audience": "https://v.example"}):
        with pytest.raises(LegationError):
            check_audience(unsaid, **expected)


def test_audience_is_a_string_or_an_array_of_strings() -> None:
    for aud in ("https://v.example", ["https://w.example", "https://v.example"]):
        token = forge_token({**PRESENTATION, "aud": aud}, BOB, typ="vp+jwt")
        check_audience(read_presentation_token(token), audience="https://v.example")
    for wrong in (7, {"a": 1}, [7], None):
        token = forge_token({**PRESENTATION, "aud": wrong}, BOB, typ="vp+jwt")
        with pytest.raises(MalformedError):
            check_audience(read_presentation_token(token), audience="https://v.example")


def test_presentation_that_says_otherwise_already_is_not_signed() -> None:
    for claims in ({"nonce": "m"}, {"aud": "https://w.example"}, {"iat": 1}):
        with pytest.raises(MalformedError):
            sign_presentation({**PRESENTATION, **claims}, BOB, nonce="n", audience="https://v.example", at=AT)
    sign_presentation({**PRESENTATION, "nonce": "n"}, BOB, nonce="n")


def enveloped(**change: object) -> dict[str, Any]:
    entry = {**PRESENTATION["verifiableCredential"][0], **change}
    return {**PRESENTATION, "verifiableCredential": [entry]}


@pytest.mark.parametrize(
    "document",
    [
        {**PRESENTATION, "vp": {}},
        {**PRESENTATION, "iss": ANA.did},
        {**PRESENTATION, "jti": "urn:uuid:x"},
        {**PRESENTATION, "verifiableCredential": "eyJ"},
        {**PRESENTATION, "verifiableCredential": [None]},
        enveloped(id="not-a-credential"),
        enveloped(id=None),
        enveloped(id="data:application/vc+jwt"),
        enveloped(**{"@context": "https://www.w3.org/2018/credentials/v1"}),
        enveloped(issuer="x"),
    ],
)
def test_presentation_that_contradicts_itself_or_envelops_nothing_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises((MalformedError, UnknownTermError)):
        sign_presentation(document, BOB)
    with pytest.raises((MalformedError, UnknownTermError)):
        read_presentation_token(forge_token(document, BOB, typ="vp+jwt"))
    read_presentation_token(forge_token({**PRESENTATION, "iss": BOB.did}, BOB, typ="vp+jwt"))


def test_credentials_of_a_presentation_are_found_as_they_stand() -> None:
    assert find_credentials(PRESENTATION) == PRESENTATION["verifiableCredential"]
    assert find_credentials({"verifiableCredential": CREDENTIAL}) == [CREDENTIAL]
    assert find_credentials({}) == []
    read_presentation_token(sign_presentation({**PRESENTATION, "verifiableCredential": [CREDENTIAL]}, BOB))
