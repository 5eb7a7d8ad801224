"""Attacks on embedded proofs; each name carries the id of its case."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import Any

import pytest

from legation.adapters.fetch import Fetcher
from legation.adapters.resolvers import NetworkResolver
from legation.crypto.keys import KeyType
from legation.crypto.signing import Signer
from legation.domain.delegation.issuance import Terms, issue_root
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError, UnknownTermError
from legation.standards.did.document import parse_did_document
from legation.standards.multiformats import encode_multikey
from legation.verifier import Verifier
from tests.support.chains import (
    AT,
    CHALLENGE,
    CONTEXT,
    DETAILS,
    DOMAIN,
    PRINCIPAL,
    copy,
    credential,
    delegation_of,
    detail_of,
    forge_chain,
    forge_hop,
    forge_presentation,
    forge_proof,
    judged_bare,
    judged_presented,
    parties,
)
from tests.support.clock import FakeClock
from tests.support.data_integrity import SUITES, caller, credential_of, find_key, find_key_of, secure, verify
from tests.support.hosts import listen, say
from tests.support.keys import Ed25519Key

ACME, PLANNER, WORKER = parties(2)
DOCUMENT = credential(0, ACME, PLANNER)
HOSTED = "did:web:acme.example"


def secured(**options: Any) -> dict[str, Any]:
    return {**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, **options)}


def test_d01_proof_of_another_purpose_is_refused() -> None:
    assert judged_bare([secured()]).accepted
    for purpose in ("authentication", "capabilityDelegation", "capabilityInvocation", "keyAgreement", ""):
        assert judged_bare([secured(proofPurpose=purpose)]).code == "proof_invalid"
    assert judged_presented(forge_presentation([secured()], PLANNER)).accepted
    for purpose in ("assertionMethod", "capabilityDelegation"):
        with pytest.raises(LegationError) as refused:
            judged_presented(forge_presentation([secured()], PLANNER, proofPurpose=purpose))
        assert refused.value.code == "presentation_invalid"


def test_d01_method_that_is_listed_for_another_purpose_alone_is_refused() -> None:
    signer = Signer(HOSTED, f"{HOSTED}#key", Ed25519Key("hosted"))
    method = {
        "id": signer.method,
        "type": "Multikey",
        "controller": HOSTED,
        "publicKeyMultibase": encode_multikey(signer.key.public_key),
    }
    chain = forge_chain(1, signers=[signer, PLANNER])
    for purposes, code in (
        (["assertionMethod"], None),
        (["authentication"], "method_not_authorized"),
        (["capabilityDelegation", "keyAgreement"], "method_not_authorized"),
    ):
        document = {"id": HOSTED, "verificationMethod": [method], **{name: [signer.method] for name in purposes}}
        documents = {HOSTED: parse_did_document(document, did=HOSTED)}
        assert judged_bare(chain, trust=TrustAnchors.of(HOSTED), documents=documents).code == code


def test_d02_method_of_another_did_is_refused_though_the_signature_is_good() -> None:
    assert judged_bare([secured()]).accepted
    for stranger in (PLANNER, WORKER):
        wire = {**DOCUMENT, "proof": forge_proof(DOCUMENT, stranger)}
        assert judged_bare([wire]).code == "method_not_authorized"
    assert judged_bare([{**DOCUMENT, "proof": [secured()["proof"], forge_proof(DOCUMENT, WORKER)]}]).code == (
        "method_not_authorized"
    )


@pytest.mark.parametrize(
    "context",
    [
        [*CONTEXT, {"maxUses": "https://evil.example/nothing"}],
        [*CONTEXT, "https://evil.example/v1"],
        [{"@vocab": "https://evil.example/"}, *CONTEXT],
        [CONTEXT[0]],
        CONTEXT[::-1],
        CONTEXT[0],
    ],
)
def test_d04_context_that_is_not_exactly_the_known_one_is_refused(context: Any) -> None:
    good = forge_hop(DOCUMENT, ACME)
    assert isinstance(good, dict)
    assert judged_bare([good]).accepted
    assert judged_bare([{**good, "@context": context}]).code == "malformed"
    assert judged_bare([forge_hop({**DOCUMENT, "@context": context}, ACME)]).code == "malformed"
    assert judged_bare([{**good, "proof": {**good["proof"], "@context": context}}]).code == "malformed"


@pytest.mark.parametrize(
    "place",
    [
        lambda made: made,
        lambda made: made["credentialSubject"],
        delegation_of,
        detail_of,
        lambda made: detail_of(made)["constraints"],
        lambda made: detail_of(made)["constraints"]["maxCost"],
        lambda made: detail_of(made)["constraints"]["arguments"]["percent"],
    ],
)
def test_d05_undefined_term_is_neither_signed_nor_accepted(place: Any) -> None:
    made = copy(DOCUMENT)
    place(made)["maxSpend"] = 5
    assert judged_bare([forge_hop(made, ACME)]).code in ("unknown_term", "malformed")
    # nor can one be added or removed after signing
    good = copy(forge_hop(DOCUMENT, ACME))
    assert judged_bare([good]).accepted
    place(good)["maxSpend"] = 5
    assert not judged_bare([good]).verified
    details = copy(DETAILS)
    details[0]["maxSpend"] = 5
    terms = Terms("urn:uuid:1", PLANNER.did, AT, AT.replace(hour=9), details, 1)
    with pytest.raises(UnknownTermError):
        issue_root(ACME, terms, principal=PRINCIPAL, at=AT)


def test_d05_constraint_removed_after_signing_breaks_the_proof() -> None:
    good = copy(forge_hop(DOCUMENT, ACME))
    detail_of(good)["constraints"].pop("maxCost")
    assert judged_bare([good]).code == "proof_invalid"


def test_d07_unknown_context_is_refused_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    async def attack() -> list[str]:
        async with listen(say(b"{}")) as host, Fetcher(dangerously_allow_loopback=True) as fetcher:
            resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
            verifier = Verifier(trust=[ACME.did], domain=DOMAIN, resolver=resolver)
            for url in (f"http://localhost:{host.port}/v1", "http://169.254.169.254/latest", "https://evil.example/v1"):
                for context in ([*CONTEXT, url], [CONTEXT[0], url], [url]):
                    hop = forge_hop({**DOCUMENT, "@context": context}, ACME)
                    presented = forge_presentation(
                        [forge_hop(DOCUMENT, ACME)], PLANNER, edit=lambda made, c=context: made.update({"@context": c})
                    )
                    for submitted in ([hop], presented):
                        verdict = await verifier.verify(
                            json.dumps(submitted), holder=PLANNER.did, challenge=CHALLENGE, at=AT
                        )
                        assert verdict.code == "malformed"
            good = json.dumps(forge_presentation([forge_hop(DOCUMENT, ACME)], PLANNER))
            assert (await verifier.verify(good, challenge=CHALLENGE, at=AT)).accepted
            return host.requests

    def no_lookup(*_: object, **__: object) -> list[object]:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    assert asyncio.run(attack()) == []


def test_d09_poison_graph_in_a_hop_is_refused_quickly() -> None:
    clique = [{"@id": f"_:b{one}", "knows": [{"@id": f"_:b{other}"} for other in range(10)]} for one in range(10)]
    begin = time.perf_counter()
    for document in ({**DOCUMENT, "evidence": clique}, {**DOCUMENT, "@graph": clique}):
        for suite in ("eddsa-rdfc-2022", "ecdsa-rdfc-2019", "bbs-2023"):
            wire = {**document, "proof": forge_proof(document, ACME, cryptosuite=suite)}
            assert judged_bare([wire]).code in ("unknown_term", "malformed", "too_large", "proof_invalid")
    # the same evidence under the suite that we know is only text
    assert judged_bare([forge_hop({**DOCUMENT, "evidence": clique}, ACME)]).accepted
    assert time.perf_counter() - begin < 20


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"expires": "2026-11-23T08:30:00Z"}, "presentation_invalid"),
        ({"created": "2026-11-23T08:31:01Z"}, "presentation_invalid"),
        ({"created": "2026-11-23T08:24:59Z"}, "presentation_invalid"),
        ({"created": "not a date"}, "malformed"),
        ({"created": "2026-11-23"}, "malformed"),
        ({"expires": "soon"}, "malformed"),
        ({"domain": None}, "domain_mismatch"),
        ({"domain": "https://other.example"}, "domain_mismatch"),
        ({"challenge": None}, "challenge_mismatch"),
        ({"challenge": "other"}, "challenge_mismatch"),
    ],
)
def test_d13_expired_future_or_misdirected_proof_is_refused(options: dict[str, Any], code: str) -> None:
    chain = forge_chain(2)
    assert judged_presented(forge_presentation(chain, WORKER)).accepted
    verifier = Verifier(trust=[ACME.did], domain=DOMAIN)
    text = json.dumps(forge_presentation(chain, WORKER, **options))
    verdict = verifier.verify_offline(text, challenge=CHALLENGE, at=AT)
    assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, code)


def test_d13_expired_proof_of_a_hop_is_refused_and_a_bad_date_is_malformed() -> None:
    assert judged_bare([secured(expires="2026-11-23T08:30:01Z")]).accepted
    assert judged_bare([secured(expires="2026-11-23T08:30:00Z")]).code == "expired"
    for name in ("created", "expires"):
        assert judged_bare([secured(**{name: "yesterday"})]).code == "malformed"


# ------------------------------------------------------------------ documents of any kind, every suite

every_suite = pytest.mark.parametrize(("cryptosuite", "key_type"), SUITES)


def presentation_of(signer: Signer) -> dict[str, Any]:
    """Return a presentation that holds nothing, unsigned."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": signer.did,
    }


def refusal(document: dict[str, Any], **expected: Any) -> str:
    """Return the code with which a document is refused."""
    with pytest.raises(LegationError) as refused:
        verify(document, **expected)
    return refused.value.code


@every_suite
def test_d01_document_with_a_proof_for_another_purpose_is_refused(cryptosuite: str, key_type: KeyType) -> None:
    signer = caller(key_type)
    for document, right in ((credential_of(signer), "assertionMethod"), (presentation_of(signer), "authentication")):
        verify(secure(document, signer, cryptosuite, purpose=right), purpose=right)
        for wrong in ("assertionMethod", "authentication", "capabilityDelegation", "keyAgreement"):
            if wrong != right:
                made = secure(document, signer, cryptosuite, purpose=wrong)
                assert refusal(made, purpose=right) == "proof_invalid"
        # nor may the purpose be changed, or be left out
        made = secure(document, signer, cryptosuite, purpose="capabilityInvocation")
        assert refusal({**made, "proof": {**made["proof"], "proofPurpose": right}}, purpose=right) == "proof_invalid"
        del made["proof"]["proofPurpose"]
        assert refusal(made, purpose=right) == "malformed"


@every_suite
def test_d02_document_with_a_proof_by_another_did_is_refused(cryptosuite: str, key_type: KeyType) -> None:
    issuer, stranger = caller(key_type), caller(key_type, "eve")
    find = find_key_of(issuer.did)
    good, forged = (
        secure(credential_of(issuer), issuer, cryptosuite),
        secure(credential_of(issuer), stranger, cryptosuite),
    )
    verify(good, find_key=find)
    verify(forged, find_key=find_key)  # the signature is good, and the key is the stranger's
    assert refusal(forged, find_key=find) == "method_not_authorized"
    assert refusal({**good, "proof": [good["proof"], forged["proof"]]}, find_key=find) == "method_not_authorized"
    # the stranger's proof under the issuer's name
    renamed = {**forged["proof"], "verificationMethod": issuer.method}
    assert refusal({**forged, "proof": renamed}, find_key=find) == "proof_invalid"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"expires": "2026-11-23T08:30:00Z"}, "expired"),
        ({"expires": "2026-11-23T09:30:00+01:00"}, "expired"),
        ({"created": "2026-11-23T08:31:01Z"}, "not_yet_valid"),
        ({"created": "2126-11-23T08:30:00Z"}, "not_yet_valid"),
        ({"challenge": None}, "challenge_mismatch"),
        ({"challenge": "other"}, "challenge_mismatch"),
        ({"challenge": ""}, "challenge_mismatch"),
        ({"domain": None}, "domain_mismatch"),
        ({"domain": "https://other.example"}, "domain_mismatch"),
        ({"domain": [DOMAIN, "https://other.example"]}, "domain_mismatch"),
    ],
)
@every_suite
def test_d13_document_with_an_expired_future_or_misdirected_proof_is_refused(
    cryptosuite: str, key_type: KeyType, options: dict[str, Any], code: str
) -> None:
    signer = caller(key_type)
    usual = {"purpose": "authentication", "challenge": CHALLENGE, "domain": DOMAIN, "expires": "2026-11-23T08:30:01Z"}
    expected = {"purpose": "authentication", "challenge": CHALLENGE, "domain": DOMAIN}
    verify(secure(presentation_of(signer), signer, cryptosuite, **usual), **expected)
    made = secure(presentation_of(signer), signer, cryptosuite, **{**usual, **options})
    assert refusal(made, **expected) == code


@every_suite
def test_d13_document_with_a_proof_whose_date_is_none_is_malformed(cryptosuite: str, key_type: KeyType) -> None:
    signer = caller(key_type)
    made = secure(credential_of(signer), signer, cryptosuite)
    verify(made)
    for name in ("created", "expires"):
        for bad in ("", "not a date", "2026-11-23", "2026-11-23T08:30:00", "2026-02-30T08:30:00Z", 1795422600, None):
            assert refusal({**made, "proof": {**made["proof"], name: bad}}) == "malformed"
            with pytest.raises(LegationError):
                secure(credential_of(signer), signer, cryptosuite, **{name: bad or ""})


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("validUntil", {"validUntil": "https://evil.example/nothing"}),
        ("end", {"end": "https://www.w3.org/2018/credentials#validUntil"}),
        ("c:validUntil", {"c": "https://www.w3.org/2018/credentials#"}),
        ("https://www.w3.org/2018/credentials#validUntil", {}),
    ],
)
@every_suite
def test_d04_context_entry_that_hides_a_term_from_the_verifier_is_refused(
    cryptosuite: str, key_type: KeyType, name: str, entry: dict[str, str]
) -> None:
    signer = caller(key_type)
    until = "2026-11-23T08:29:00Z"
    made = secure({**credential_of(signer), "validUntil": until}, signer, cryptosuite)
    verify(made)
    moved = {key: value for key, value in made.items() if key != "validUntil"}
    moved[name] = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": until}
    # the same statements, and no validUntil to be found
    assert refusal({**moved, "@context": [*made["@context"], entry]}) in ("proof_invalid", "unknown_term", "malformed")
