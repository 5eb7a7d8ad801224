"""Adversaries at the VC API: credentials and presentations that are almost good, each beside the one that is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.standards.data_integrity.documents import add_proof
from legation.standards.jose import sign_jws
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.vc.enveloping import envelop
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, Answer, Client, World, ask, build_world, serving
from tests.support.secured import ACME, HOLDER, credential, issued, presentation, presented

MALLORY = signer_of("mallory")
SECURITY = "https://w3id.org/security#"
PAST, SOON = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"
MECHANISMS = ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "vc+sd-jwt"]


def world() -> World:
    there = asyncio.run(build_world())
    asyncio.run(there.host("planner"))
    return there


@cache
def verifier() -> World:
    """Return a node that is asked for verdicts alone, which leave nothing behind."""
    return asyncio.run(build_world())


def post(there: World, target: str, body: object) -> Answer:
    return ask("POST", target, world=there, body=body, headers=AUTHORIZED)


def check(document: object, **options: Any) -> Answer:
    return post(verifier(), "/credentials/verify", {"verifiableCredential": document, "options": options})


def judge(document: object, **options: Any) -> Answer:
    return post(verifier(), "/presentations/verify", {"verifiablePresentation": document, "options": options})


def code_of(answer: Answer) -> str:
    """Return why a document was refused: 400, and never anything else."""
    assert answer.status == 400, answer.body
    assert answer.json["verified"] is False
    return str(answer.json["code"])


def proved(document: dict[str, Any], purpose: str, signer: Signer = ACME) -> dict[str, Any]:
    """Return a document with a proof for any purpose, whatever a proof of such a document is for."""
    return add_proof(
        document, signer, cryptosuite="eddsa-jcs-2022", purpose=purpose, created=None, contexts=bundled_contexts()
    )


# ------------------------------------------------------------------ V01: time


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize(
    ("period", "code"), [({"validFrom": SOON}, "not_yet_valid"), ({"validUntil": PAST}, "expired")]
)
def test_v01_credential_out_of_its_period_does_not_hold_alone_or_presented(
    mechanism: str, period: dict[str, str], code: str
) -> None:
    good = credential(validFrom=PAST, validUntil=SOON)
    bad = credential(**period)
    assert check(issued(good, mechanism=mechanism)).status == 200
    assert code_of(check(issued(bad, mechanism=mechanism))) == code
    assert judge(presented(presentation(issued(good, mechanism=mechanism)))).status == 200
    shown = presentation(issued(good, mechanism=mechanism), issued(bad, mechanism=mechanism))
    assert code_of(judge(presented(shown))) == code


def test_v01_end_before_the_beginning_is_refused_at_issue_and_nothing_is_signed_or_kept() -> None:
    there = world()
    before = len(there.state.tables.audit)
    target = "/agents/planner/credentials/issue"
    answer = post(there, target, {"credential": credential(validFrom=SOON, validUntil=PAST)})
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert [entry.outcome.value for entry in there.state.tables.audit[before:]] == ["refused"]
    assert post(there, target, {"credential": credential(validFrom=PAST, validUntil=SOON)}).status == 201


# ------------------------------------------------------------------ V04: the holder


def test_v04_holder_that_somebody_else_signs_for_is_refused() -> None:
    good = presented()
    assert judge(good).status == 200
    claimed = proved({**presentation(issued()), "holder": HOLDER.did}, "authentication", MALLORY)
    assert code_of(judge(claimed)) == "holder_mismatch"
    token = sign_jws({**presentation(issued()), "holder": HOLDER.did}, typ="vp+jwt", signer=MALLORY)
    enveloped = envelop(token, "EnvelopedVerifiablePresentation", "application/vp+jwt")
    assert code_of(judge(enveloped)) == "holder_mismatch"


def test_v04_holder_cannot_present_as_its_own_what_another_should_have_issued() -> None:
    own = presentation(credential(issuer=HOLDER.did), holder=HOLDER.did)
    assert judge(proved(own, "authentication", HOLDER)).status == 200
    others = presentation(credential(issuer=ACME.did), holder=HOLDER.did)
    assert code_of(judge(proved(others, "authentication", HOLDER))) == "holder_mismatch"
    nobodys = presentation(credential(issuer=HOLDER.did))
    assert code_of(judge(proved(nobodys, "authentication", HOLDER))) == "holder_mismatch"
    assert code_of(judge(own)) == "proof_missing"


# ------------------------------------------------------------------ V06: all of it


@pytest.mark.parametrize("outer", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
@pytest.mark.parametrize("inner", MECHANISMS)
def test_v06_good_credentials_do_not_make_a_bad_presentation_good(outer: str, inner: str) -> None:
    good = presented(presentation(issued(mechanism=inner)), mechanism=outer)
    assert judge(good).status == 200
    other = presented(presentation(issued(mechanism=inner), id="urn:uuid:1"), mechanism=outer)
    bad = {**good, "proof": {**good["proof"], "proofValue": other["proof"]["proofValue"]}}
    assert code_of(judge(bad)) == "proof_invalid"
    assert code_of(judge({**bad, "proof": [good["proof"], bad["proof"]]})) == "proof_invalid"


def test_v06_bad_token_does_not_become_good_by_what_is_in_it() -> None:
    good = presented(presentation(issued(mechanism="vc+jwt")), mechanism="vp+jwt")
    assert judge(good).status == 200
    head, payload, _ = good["id"].split(".")
    assert code_of(judge({**good, "id": f"{head}.{payload}.{'A' * 86}"})) == "proof_invalid"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_v06_one_bad_credential_makes_the_presentation_bad(mechanism: str) -> None:
    forged = issued(credential(issuer=None), signer=MALLORY, mechanism=mechanism)
    if "proof" in forged:
        forged = {**forged, "credentialSubject": {"id": "did:example:other"}}
    else:
        head, payload, rest = forged["id"].split(".", 2)
        forged = {**forged, "id": f"{head}.{payload}.{'A' * 86}{rest[86:]}"}
    for shown in (presentation(issued(), forged), presentation(forged, issued())):
        assert code_of(judge(presented(shown))) == "proof_invalid"
        assert code_of(judge(shown)) == "proof_invalid"
    assert judge(presented(presentation(issued(), issued()))).status == 200


def test_v06_presentation_loses_nothing_by_losing_its_proof_but_its_holder() -> None:
    shown = presented(challenge="c", domain="d")
    assert judge(shown, challenge="c", domain="d").status == 200
    stripped = {name: value for name, value in shown.items() if name != "proof"}
    assert code_of(judge(stripped, challenge="c", domain="d")) == "proof_missing"
    assert judge(stripped).json["problemDetails"][0]["title"] == "proof_missing"
    assert code_of(judge({**stripped, "proof": []})) == "malformed"
    assert code_of(judge({**stripped, "proof": None}, challenge="c")) == "malformed"


# ------------------------------------------------------------------ D01: purposes


def test_d01_proof_for_another_purpose_is_no_proof_of_a_credential() -> None:
    document = credential(issuer=ACME.did)
    assert check(proved(document, "assertionMethod")).status == 200
    for purpose in ("authentication", "capabilityDelegation", "capabilityInvocation", "keyAgreement", "x"):
        answer = check(proved(document, purpose))
        assert code_of(answer) == "proof_invalid"
        assert answer.json["type"] == SECURITY + "PROOF_VERIFICATION_ERROR"


def test_d01_proof_for_another_purpose_is_no_proof_of_a_presentation() -> None:
    document = presentation(issued(), holder=HOLDER.did)
    assert judge(proved(document, "authentication", HOLDER)).status == 200
    answer = judge(proved(document, "assertionMethod", HOLDER))
    assert code_of(answer) == "proof_invalid"
    assert answer.json["type"] == SECURITY + "PROOF_VERIFICATION_ERROR"


def test_d01_presentation_is_no_credential_and_a_credential_no_presentation() -> None:
    assert check(issued()).status == 200
    assert judge(presented()).status == 200
    assert code_of(check(presented())) in ("malformed", "unknown_term")
    assert code_of(judge(issued())) in ("malformed", "unknown_term")
    for mechanism, kind in (("vc+jwt", "EnvelopedVerifiablePresentation"), ("vp+jwt", "EnvelopedVerifiableCredential")):
        secured = issued(mechanism=mechanism) if mechanism == "vc+jwt" else presented(mechanism=mechanism)
        renamed = envelop(secured["id"].partition(",")[2], kind, f"application/{mechanism}")
        ask_for = judge if kind.endswith("Presentation") else check
        assert code_of(ask_for(renamed)) in ("malformed", "unknown_term")


# ------------------------------------------------------------------ D02: parties


@pytest.mark.parametrize("mechanism", ["eddsa-jcs-2022", "vc+jwt"])
def test_d02_good_signature_of_somebody_else_is_not_the_issuers(mechanism: str) -> None:
    document = credential(issuer=ACME.did)
    if mechanism == "vc+jwt":
        token = sign_jws(document, typ="vc+jwt", signer=MALLORY)
        forged: object = envelop(token, "EnvelopedVerifiableCredential", "application/vc+jwt")
    else:
        forged = proved(document, "assertionMethod", MALLORY)
    assert check(issued(mechanism=mechanism)).status == 200
    answer = check(forged)
    assert code_of(answer) == "method_not_authorized"
    assert answer.json["type"] == "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
    assert code_of(judge(presented(presentation(forged)))) == "method_not_authorized"


def test_d02_method_of_the_issuer_that_its_document_does_not_list_is_nobodys() -> None:
    elsewhere = Signer(ACME.did, f"{ACME.did}#{MALLORY.did.removeprefix('did:key:')}", MALLORY.key)
    assert code_of(check(proved(credential(issuer=ACME.did), "assertionMethod", elsewhere))) == "method_not_authorized"


def test_d02_issuer_that_is_no_did_has_no_keys() -> None:
    document = credential(issuer="https://acme.example/issuers/1")
    assert code_of(check(proved(document, "assertionMethod"))) == "method_not_authorized"


# ------------------------------------------------------------------ whatever is sent


def _names(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place] if place else []
    if isinstance(value, dict):
        return found + [step for name in value for step in _names(value[name], (*place, name))]
    if isinstance(value, list):
        return found + [step for index, item in enumerate(value) for step in _names(item, (*place, index))]
    return found


def _changed(document: Any, place: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    copy = json.loads(json.dumps(document))
    holder = copy
    for step in place[:-1]:
        holder = holder[step]
    change(holder, place[-1])
    return copy


def test_no_member_of_a_presentation_can_be_taken_away_or_replaced() -> None:
    good = presented(
        presentation(issued(credential(id="urn:uuid:1", validFrom=PAST))), created=None, challenge="c", domain="d"
    )
    replacements: list[Any] = [None, 5, "x", [], {}, True, "did:example:other", [None], {"id": 5}]

    async def run() -> None:
        async with serving(verifier()) as client:
            assert (await _judged(client, good)).status == 200
            for place in _names(good):
                without = _changed(good, place, lambda holder, step: holder.pop(step))
                assert (await _judged(client, without)).status == 400, ("without", place)
                for value in replacements:
                    bad = _changed(good, place, lambda holder, step, new=value: holder.__setitem__(step, new))
                    assert (await _judged(client, bad)).status == 400, (value, place)

    asyncio.run(run())


async def _judged(client: Client, document: object) -> Answer:
    body = {"verifiablePresentation": document, "options": {"challenge": "c", "domain": "d"}}
    return await client.ask("POST", "/presentations/verify", body=body, headers=AUTHORIZED)


def test_d09_graph_that_is_meant_to_take_for_ever_is_refused_while_others_are_answered() -> None:
    clique = [
        {"id": f"_:b{one}", "knows": [{"id": f"_:b{two}"} for two in range(10) if two != one]} for one in range(10)
    ]
    context = ["https://www.w3.org/ns/credentials/v2", {"knows": "https://acme.example/#knows"}]
    document = {**credential(credentialSubject={"knows": clique}), "issuer": ACME.did, "@context": context}
    poison = proved(document, "assertionMethod")
    poison["proof"]["cryptosuite"] = "eddsa-rdfc-2022"

    async def run() -> None:
        async with serving(verifier()) as client, asyncio.timeout(20):
            body = {"verifiableCredential": poison}
            judged, healthy = await asyncio.gather(
                client.ask("POST", "/credentials/verify", body=body, headers=AUTHORIZED),
                client.ask("GET", "/healthz"),
            )
        assert (judged.status, judged.json["code"], healthy.status) == (400, "too_large", 200)

    asyncio.run(run())
