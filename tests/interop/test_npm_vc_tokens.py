"""Credentials of any kind as `vc+jwt`, presentations as `vp+jwt`: ours hold in jose, those of jose here."""

from __future__ import annotations

from typing import Any

import pytest

import legation
from legation.standards.vc.enveloping import envelop
from tests.interop.documents import (
    Document,
    credential,
    fault_here,
    our_did,
    our_key,
    presentation,
    presentation_fault_here,
)
from tests.interop.foreign import AT, CHALLENGE, DOMAIN, JWT, VP_JWT, Foreign, altered_token, read_token
from tests.interop.table import Way, tries

ALGORITHMS = {"ed25519": "EdDSA", "p256": "ES256", "p384": "ES384"}
# what becomes of a forged token, by name; those of `forgeries` in tokens.mjs
REFUSALS = {
    "another_key_under_the_kid": "proof_invalid",
    "kid_of_another": "method_not_authorized",
    "key_in_the_header": "unknown_term",
    "algorithm_none": "unknown_term",
    "public_key_as_secret": "unknown_term",
    "type_of_another_token": "unknown_term",
    "critical_extension": "unknown_term",
    "claim_that_contradicts": "malformed",
    "other_payload_under_the_signature": "proof_invalid",
    "signature_cut_short": "proof_invalid",
    "signature_of_another_encoding": "proof_invalid",
}
TIMES = {"iat": int(AT.timestamp())}


def kinds(typ: str, way: Way) -> list[Any]:
    return [
        pytest.param(kind, id=algorithm, marks=tries(f"`{typ}`, {algorithm}", way, "jose"))
        for kind, algorithm in ALGORITHMS.items()
    ]


def our_token(kind: str) -> str:
    document = credential(our_did(kind))
    return str(legation.secure_credential(document, our_key(kind), cryptosuite=JWT, created=AT))


def our_presentation(kind: str, *tokens: str) -> str:
    document = presentation(our_did(kind, "holder"), *map(enveloped, tokens or [our_token(kind)]))
    asked: dict[str, Any] = {"challenge": CHALLENGE, "domain": DOMAIN, "created": AT}
    return str(legation.secure_presentation(document, our_key(kind, "holder"), cryptosuite=VP_JWT, **asked))


def enveloped(token: str) -> Document:
    return envelop(token, "EnvelopedVerifiableCredential", f"application/{JWT}")


def their_token(foreign: Foreign, kind: str, **claims: object) -> str:
    party = f"{kind}:issuer"
    document = credential(foreign.did(party))
    return str(foreign.ask("token", document=document, by=party, typ=JWT, claims=TIMES | claims))


def their_presentation(foreign: Foreign, kind: str, *tokens: str, holder: str = "holder", **claims: object) -> str:
    document = presentation(foreign.did(f"{kind}:holder"), *map(enveloped, tokens or [their_token(foreign, kind)]))
    given = {**TIMES, "nonce": CHALLENGE, "aud": DOMAIN, **claims}
    return str(foreign.ask("token", document=document, by=f"{kind}:{holder}", typ=VP_JWT, claims=given))


@pytest.mark.parametrize("kind", kinds(JWT, Way.OURS))
def test_our_credential_holds_there_and_altered_or_of_another_issuer_nowhere(foreign: Foreign, kind: str) -> None:
    token = our_token(kind)
    assert foreign.holds(token, our_did(kind))
    altered = altered_token(token, id="urn:example:another")
    assert not foreign.holds(altered, our_did(kind))
    assert fault_here(altered) == "proof_invalid"
    assert not foreign.holds(token, our_did(kind, "another"))


@pytest.mark.parametrize("kind", kinds(VP_JWT, Way.OURS))
def test_our_presentation_holds_there_for_its_verifier_alone(foreign: Foreign, kind: str) -> None:
    token, holder = our_presentation(kind), our_did(kind, "holder")
    assert foreign.holds(token, holder, challenge=CHALLENGE, domain=DOMAIN)
    assert not foreign.holds(token, holder, challenge="another", domain=DOMAIN)
    assert not foreign.holds(token, holder, challenge=CHALLENGE, domain="https://other.example")
    altered = altered_token(token, nonce="another")
    assert not foreign.holds(altered, holder, challenge="another", domain=DOMAIN)
    assert presentation_fault_here(altered, challenge="another") == "proof_invalid"


@pytest.mark.parametrize("kind", kinds(JWT, Way.THEIRS))
def test_their_credential_holds_here_and_forged_does_not(foreign: Foreign, kind: str) -> None:
    token = their_token(foreign, kind)
    assert fault_here(token) is None
    assert fault_here(dict(enveloped(token))) is None
    parties = {"victim": f"{kind}:issuer", "thief": f"{kind}:thief"}
    forged = foreign.ask("forgedTokens", document=read_token(token), typ=JWT, **parties)
    assert {name: fault_here(each) for name, each in forged.items()} == REFUSALS


@pytest.mark.parametrize("kind", kinds(JWT, Way.THEIRS))
def test_their_credential_with_claims_that_agree_holds_here_and_with_one_that_contradicts_does_not(
    foreign: Foreign, kind: str
) -> None:
    document = credential(foreign.did(f"{kind}:issuer"))
    claims = {"iss": document["issuer"], "sub": document["credentialSubject"]["id"], "jti": document["id"]}
    assert fault_here(their_token(foreign, kind, **claims)) is None
    for name in claims:
        assert fault_here(their_token(foreign, kind, **{**claims, name: "did:example:another"})) == "malformed", name
    assert fault_here(their_token(foreign, kind, **claims, exp=TIMES["iat"] - 1)) == "expired"
    assert fault_here(their_token(foreign, kind, **claims, vc={})) == "malformed"


@pytest.mark.parametrize("kind", kinds(VP_JWT, Way.THEIRS))
def test_their_presentation_holds_here_for_its_verifier_alone(foreign: Foreign, kind: str) -> None:
    token = their_presentation(foreign, kind)
    assert presentation_fault_here(token) is None
    assert presentation_fault_here(token, challenge="another") == "challenge_mismatch"
    assert presentation_fault_here(token, domain="https://other.example") == "domain_mismatch"
    forged_hop = altered_token(their_token(foreign, kind), id="urn:example:another")
    assert presentation_fault_here(their_presentation(foreign, kind, forged_hop)) == "proof_invalid"
    assert presentation_fault_here(their_presentation(foreign, kind, holder="thief")) is not None


@pytest.mark.parametrize("kind", kinds(VP_JWT, Way.THEIRS))
def test_their_forged_presentation_does_not_hold_here(foreign: Foreign, kind: str) -> None:
    token = their_presentation(foreign, kind)
    assert presentation_fault_here(token) is None
    parties = {"victim": f"{kind}:holder", "thief": f"{kind}:thief"}
    forged = foreign.ask("forgedTokens", document=read_token(token), typ=VP_JWT, **parties)
    found = {name: presentation_fault_here(each) for name, each in forged.items()}
    assert found | {"kid_of_another": "method_not_authorized"} == REFUSALS
    assert found["kid_of_another"] is not None
