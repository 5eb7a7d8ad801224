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


def test_d09_poison_graph_is_refused_quickly_for_no_graph_is_ever_canonicalised() -> None:
    clique = [{"@id": f"_:b{one}", "knows": [{"@id": f"_:b{other}"} for other in range(10)]} for one in range(10)]
    begin = time.perf_counter()
    for document in ({**DOCUMENT, "evidence": clique}, {**DOCUMENT, "@graph": clique}):
        for suite in ("eddsa-rdfc-2022", "ecdsa-rdfc-2019", "bbs-2023"):
            wire = {**document, "proof": forge_proof(document, ACME, cryptosuite=suite)}
            assert judged_bare([wire]).code == "unknown_term"
    # the same evidence under the suite that we know is only text
    assert judged_bare([forge_hop({**DOCUMENT, "evidence": clique}, ACME)]).accepted
    assert time.perf_counter() - begin < 1


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
