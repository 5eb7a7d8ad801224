"""Presentations: their shape in both forms, and step 2 of the verification, check by check."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.submission import parse_submission
from legation.errors import LegationError
from tests.support.chains import (
    AT,
    CHALLENGE,
    CONTEXT,
    DOMAIN,
    EMBEDDED,
    REQUEST,
    TOKEN,
    forge_chain,
    forge_presentation,
    forge_presentation_token,
    judged_presented,
    parties,
)

CHAIN = forge_chain(3, forms=(EMBEDDED, TOKEN))
HOLDER, THIEF = parties(3)[3], parties(7)[7]
NOW = int(AT.timestamp())
MALFORMED, INVALID, UNKNOWN = "malformed", "presentation_invalid", "unknown_term"


def code(submitted: Any, **expected: Any) -> str | None:
    """Return the code of the verdict, or of the refusal to read it."""
    try:
        verdict = judged_presented(submitted, **expected)
    except LegationError as error:
        return error.code
    assert verdict.accepted == (verdict.code is None)
    return verdict.code


def embedded(**options: Any) -> dict[str, Any]:
    return forge_presentation(CHAIN, HOLDER, **options)


def token(**claims: Any) -> str:
    return forge_presentation_token(CHAIN, HOLDER, **claims)


def test_presentation_in_either_form_is_accepted() -> None:
    assert code(embedded()) is None
    assert code(token()) is None
    assert code(embedded(), request=REQUEST) is None
    assert code(token(), request=REQUEST) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"@context": [CONTEXT[0]]}, None),
        ({"@context": CONTEXT}, None),
        ({"@context": CONTEXT[0]}, MALFORMED),
        ({"@context": [CONTEXT[0], "https://evil.example/v1"]}, MALFORMED),
        ({"@context": [CONTEXT[0], {"holder": "https://evil.example/holder"}]}, MALFORMED),
        ({"type": "VerifiablePresentation"}, None),
        ({"type": ["VerifiablePresentation", "Other"]}, MALFORMED),
        ({"id": "urn:uuid:1"}, None),
        ({"id": "no uri"}, MALFORMED),
        ({"id": None}, MALFORMED),
        ({"holder": {"id": HOLDER.did}}, None),
        ({"holder": {"id": HOLDER.did, "name": "x"}}, MALFORMED),
        ({"holder": [HOLDER.did]}, MALFORMED),
        ({"holder": None}, MALFORMED),
        ({"holder": "tool"}, MALFORMED),
        ({"verifiableCredential": []}, MALFORMED),
        ({"verifiableCredential": CHAIN[0]}, MALFORMED),
        ({"verifiableCredential": None}, MALFORMED),
        ({"verifiableCredential": [None]}, MALFORMED),
        ({"termsOfUse": {}}, UNKNOWN),
        ({"name": "x"}, UNKNOWN),
        ({"a/b": 1}, UNKNOWN),
    ],
)
def test_shape_of_a_presentation(change: dict[str, Any], expected: str | None) -> None:
    assert code(embedded(edit=lambda made: made.update(change))) == expected
    assert code(token(edit=lambda made: made.update(change))) == expected


@pytest.mark.parametrize("name", ["@context", "type", "holder", "verifiableCredential"])
def test_presentation_without_a_required_member_is_refused(name: str) -> None:
    # without its type it is no presentation, but a credential with unknown members
    assert code(embedded(edit=lambda made: made.pop(name))) == (UNKNOWN if name == "type" else MALFORMED)
    assert code(token(edit=lambda made: made.pop(name))) == MALFORMED


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"challenge": "other"}, "challenge_mismatch"),
        ({"challenge": CHALLENGE.lower()}, "challenge_mismatch"),
        ({"challenge": ""}, "challenge_mismatch"),
        ({"challenge": None}, "challenge_mismatch"),
        ({"challenge": 7}, MALFORMED),
        ({"domain": "https://ads.acme.example.evil.example"}, "domain_mismatch"),
        ({"domain": DOMAIN + "/"}, "domain_mismatch"),
        ({"domain": None}, "domain_mismatch"),
        ({"domain": [DOMAIN]}, None),
        ({"domain": [DOMAIN, "https://other.example"]}, MALFORMED),
        ({"domain": []}, MALFORMED),
        ({"domain": 7}, MALFORMED),
        ({"proofPurpose": "assertionMethod"}, INVALID),
        ({"proofPurpose": "capabilityInvocation"}, INVALID),
        ({"created": None}, INVALID),
        ({"created": "yesterday"}, MALFORMED),
        ({"created": "2026-11-23T08:25:00Z"}, None),
        ({"created": "2026-11-23T08:24:59.999999999Z"}, INVALID),
        ({"created": "2026-11-23T08:31:00Z"}, None),
        ({"created": "2026-11-23T08:31:00.000000001Z"}, INVALID),
        ({"expires": "2026-11-23T08:30:00.000000001Z"}, None),
        ({"expires": "2026-11-23T08:30:00Z"}, INVALID),
        ({"expires": 7}, MALFORMED),
        ({"nonce": "x"}, None),
        ({"previousProof": "urn:uuid:1"}, UNKNOWN),
        ({"cryptosuite": "bbs-2023"}, UNKNOWN),
        ({"type": "Ed25519Signature2020"}, UNKNOWN),
        ({"@context": CONTEXT}, MALFORMED),
        ({"@context": None}, None),
        ({"verificationMethod": THIEF.method}, "method_not_authorized"),
        ({"verificationMethod": HOLDER.did}, MALFORMED),
        ({"verificationMethod": HOLDER.did + "#other"}, "method_not_authorized"),
    ],
)
def test_embedded_proof_of_a_presentation(options: dict[str, Any], expected: str | None) -> None:
    assert code(embedded(**options)) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"nonce": "other"}, "challenge_mismatch"),
        ({"nonce": None}, "challenge_mismatch"),
        ({"nonce": 7}, MALFORMED),
        ({"aud": "https://other.example"}, "domain_mismatch"),
        ({"aud": None}, "domain_mismatch"),
        ({"aud": [DOMAIN]}, None),
        ({"aud": [DOMAIN, "https://other.example"]}, MALFORMED),
        ({"aud": {}}, MALFORMED),
        ({"iat": None}, INVALID),
        ({"iat": NOW - 300}, None),
        ({"iat": NOW - 301}, INVALID),
        ({"iat": NOW + 60}, None),
        ({"iat": NOW + 61}, INVALID),
        ({"iat": str(NOW)}, MALFORMED),
        ({"iat": NOW + 0.5}, MALFORMED),
        ({"iat": True}, MALFORMED),
        ({"exp": NOW + 1}, None),
        ({"exp": NOW}, INVALID),
        ({"exp": "soon"}, MALFORMED),
        ({"nbf": NOW + 60}, None),
        ({"nbf": NOW + 61}, INVALID),
        ({"iss": HOLDER.did}, None),
        ({"iss": THIEF.did}, MALFORMED),
        ({"jti": "urn:uuid:1"}, None),
        ({"vp": {}}, UNKNOWN),
        ({"sub": HOLDER.did}, UNKNOWN),
        ({"header": {"typ": "JWT"}}, MALFORMED),
        ({"header": {"cty": "vp"}}, None),
        ({"header": {"cty": "vc"}}, MALFORMED),
        ({"header": {"kid": THIEF.method}}, "method_not_authorized"),
        ({"header": {"kid": "key-1"}}, MALFORMED),
        ({"header": {"kid": None}}, MALFORMED),
        ({"header": {"alg": "ES256"}}, INVALID),
    ],
)
def test_token_of_a_presentation(claims: dict[str, Any], expected: str | None) -> None:
    assert code(token(**claims)) == expected


def test_presentation_without_a_proof_or_with_two_is_invalid() -> None:
    made = embedded()
    assert code({name: value for name, value in made.items() if name != "proof"}) == INVALID
    assert code({**made, "proof": [made["proof"]]}) is None
    assert code({**made, "proof": [made["proof"], made["proof"]]}) == INVALID
    assert code({**made, "proof": None}) == MALFORMED
    assert code({**made, "proof": []}) == MALFORMED


def test_presentation_whose_signature_does_not_hold_is_invalid_while_every_hop_is_good() -> None:
    for made in (forge_presentation(CHAIN, HOLDER), forge_presentation(forge_chain(3), HOLDER)):
        assert code(made) is None
        assert code({**made, "id": "urn:uuid:1"}) == INVALID
    head, body, signature = token().split(".")
    assert code(f"{head}.{body}.{signature[:-8]}AAAAAAAA") == INVALID


def test_presentation_signed_by_another_key_under_the_holders_name_is_refused() -> None:
    assert code(forge_presentation(CHAIN, HOLDER, signer=THIEF)) == "method_not_authorized"
    assert code(forge_presentation(CHAIN, HOLDER, signer=THIEF, verificationMethod=HOLDER.method)) == INVALID
    assert code(forge_presentation_token(CHAIN, HOLDER, signer=THIEF, header={"kid": HOLDER.method})) == INVALID


def test_presentation_by_another_holder_is_a_mismatch() -> None:
    for made in (forge_presentation(CHAIN, THIEF), forge_presentation_token(CHAIN, THIEF)):
        assert code(made) == "holder_mismatch"
    for middle in parties(3)[:3]:
        assert code(forge_presentation(CHAIN, middle)) == "holder_mismatch"


@pytest.mark.parametrize("expected", [{"challenge": None}, {"domain": None}, {"challenge": "other"}, {"domain": "x"}])
def test_verifier_that_gave_no_challenge_or_has_no_name_accepts_no_presentation(expected: dict[str, Any]) -> None:
    for made in (embedded(), token()):
        assert code(made, **expected) in ("challenge_mismatch", "domain_mismatch")


def test_freshness_is_judged_at_the_moment_given() -> None:
    made = embedded()
    assert code(made, at=AT + timedelta(minutes=5)) is None
    assert code(made, at=AT + timedelta(minutes=5, microseconds=1)) == INVALID
    assert code(made, at=AT - timedelta(minutes=1)) is None
    assert code(made, at=AT - timedelta(minutes=1, microseconds=1)) == INVALID


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (("signature", "challenge", "domain", "age", "holder"), INVALID),
        (("challenge", "domain", "age", "holder"), "challenge_mismatch"),
        (("domain", "age", "holder"), "domain_mismatch"),
        (("age", "holder"), INVALID),
        (("holder",), "holder_mismatch"),
    ],
)
def test_of_several_failures_the_first_check_tells(broken: tuple[str, ...], expected: str) -> None:
    options: dict[str, Any] = {}
    if "challenge" in broken:
        options["challenge"] = "other"
    if "domain" in broken:
        options["domain"] = "https://other.example"
    if "age" in broken:
        options["created"] = "2026-11-23T08:00:00Z"
    made = forge_presentation(CHAIN, THIEF if "holder" in broken else HOLDER, **options)
    if "signature" in broken:
        made["id"] = "urn:uuid:1"
    assert code(made) == expected


def test_challenge_that_a_presentation_answers_is_told_to_who_must_spend_it() -> None:
    for made in (json.dumps(embedded()), token()):
        presentation = parse_submission(made).presentation
        assert presentation is not None
        assert (presentation.challenge, presentation.domain, presentation.holder) == (CHALLENGE, DOMAIN, HOLDER.did)
