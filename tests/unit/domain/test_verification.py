"""Verification: the steps of design page §4, their order, and the first failure by step and then by hop."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.domain.reading import needed_material, read_submission_hops
from legation.domain.submission import parse_submission
from legation.domain.trust import TrustAnchors, parse_trust_anchors
from legation.domain.verdict import Step
from legation.domain.verification import StatusPolicy
from legation.errors import MalformedError, ResolutionError
from legation.standards.did.document import parse_did_document
from legation.standards.multiformats import encode_multikey
from tests.support.chains import (
    AT,
    CHALLENGE,
    DETAILS,
    DOMAIN,
    EMBEDDED,
    PRINCIPAL,
    REQUEST,
    STATUS,
    TOKEN,
    copy,
    credential,
    delegation_of,
    detail_of,
    forge_chain,
    forge_hop,
    forge_presentation,
    forge_presentation_token,
    forge_proof,
    forge_token,
    judged,
    judged_bare,
    judged_presented,
    parties,
    read,
    reason,
)
from tests.support.keys import Ed25519Key, signer_of

ACME, PLANNER, WORKER, TOOL = parties(3)
FORMS = pytest.mark.parametrize("forms", [(EMBEDDED,), (TOKEN,), (EMBEDDED, TOKEN), (TOKEN, EMBEDDED)])
HOSTED = "did:web:acme.example"


def hosted(name: str = "hosted", *, fragment: str = "key-1", did: str = HOSTED) -> Signer:
    return Signer(did, f"{did}#{fragment}", Ed25519Key(name))


def document_of(*signers: Signer, purposes: tuple[str, ...] = ("assertionMethod",), **members: Any) -> dict[str, Any]:
    methods = [
        {
            "id": signer.method,
            "type": "Multikey",
            "controller": signer.did,
            "publicKeyMultibase": encode_multikey(signer.key.public_key),
            **members,
        }
        for signer in signers
    ]
    did = signers[0].did
    return {"id": did, "verificationMethod": methods, **{p: [s.method for s in signers] for p in purposes}}


def documents(*made: dict[str, Any]) -> dict[str, Any]:
    return {document["id"]: parse_did_document(document, did=document["id"]) for document in made}


def hosted_chain(signer: Signer, forms: tuple[str, ...] = (EMBEDDED,), **changes: Any) -> list[Any]:
    def edit(made: dict[str, Any]) -> None:
        made.update(changes)

    return forge_chain(2, {0: edit}, forms=forms, signers=[signer, PLANNER, WORKER])


HOSTED_TRUST = TrustAnchors.of(HOSTED)


# ------------------------------------------------------------------ the whole


@FORMS
def test_sound_chain_is_verified_and_accepted(forms: tuple[str, ...]) -> None:
    for request in (None, REQUEST):
        verdict = judged_bare(forge_chain(3, forms=forms), request=request)
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)
        assert verdict.principal == PRINCIPAL
        assert verdict.holder == TOOL.did


def test_single_hop_and_sixteen_are_accepted() -> None:
    for hops in (1, 16):
        assert judged_bare(forge_chain(hops), request=REQUEST).accepted


def test_bare_chain_proves_nobodys_possession() -> None:
    chain = forge_chain(3)
    verdict = judged(chain)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "presentation_invalid")
    verdict = judged(chain, holder=WORKER.did)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "holder_mismatch")
    assert judged(chain, holder=TOOL.did).accepted


# ------------------------------------------------------------------ one failure at a time, and the order of all

EARLY, LATE = "2026-11-23T08:29:59Z", "2026-11-23T08:30:01Z"


def bad_link(made: dict[str, Any]) -> None:
    delegation_of(made)["parent"]["id"] = "urn:uuid:other"


def bad_validity(made: dict[str, Any]) -> None:
    made["validUntil"] = EARLY


def bad_attenuation(made: dict[str, Any]) -> None:
    detail_of(made)["actions"] = ["*"]


def bad_status(made: dict[str, Any]) -> None:
    made["credentialStatus"] = dict(STATUS)


def bad_shape(made: dict[str, Any]) -> None:
    made["termsOfUse"] = {}


FAILURES: list[tuple[Any, str, Step]] = [
    (bad_shape, "unknown_term", Step.PROOF),
    (bad_link, "link_broken", Step.LINK),
    (bad_validity, "expired", Step.VALIDITY),
    (bad_attenuation, "widened", Step.ATTENUATION),
    (bad_status, "status_unknown", Step.STATUS),
]


@FORMS
@pytest.mark.parametrize(("edit", "code", "step"), FAILURES)
@pytest.mark.parametrize("hop", [1, 2])
def test_failure_names_its_hop_and_step(forms: tuple[str, ...], edit: Any, code: str, step: Step, hop: int) -> None:
    verdict = judged_bare(forge_chain(3, {hop: edit}, forms=forms), holder=TOOL.did)
    assert (verdict.verified, verdict.accepted) == (False, False)
    assert reason(verdict) == (code, hop)
    assert verdict.failed is step


@pytest.mark.parametrize("first", range(5))
@pytest.mark.parametrize("second", range(5))
def test_earlier_step_tells_first_and_within_a_step_the_earlier_hop(first: int, second: int) -> None:
    one, other = FAILURES[first], FAILURES[second]
    chain = forge_chain(3, {1: one[0], 2: other[0]})
    expected = (one[1], 1) if first <= second else (other[1], 2)
    assert reason(judged_bare(chain, holder=TOOL.did)) == expected


def test_all_steps_in_their_order() -> None:
    """Break everything at once, then mend it step by step."""
    edits: list[Any] = [bad_shape, bad_link, bad_validity, bad_attenuation, bad_status]
    codes = ["unknown_term", "link_broken", "expired", "widened", "status_unknown"]
    for done in range(len(edits) + 1):

        def edit(made: dict[str, Any], left: list[Any] = edits[done:]) -> None:
            for broken in left:
                broken(made)

        chain = forge_chain(2, {1: edit})
        verdict = judged_bare(chain, holder=WORKER.did, trust=TrustAnchors())
        assert verdict.code == [*codes, "untrusted_root"][done]


def test_loop_is_told_before_anything_else() -> None:
    people = [ACME, PLANNER, WORKER, PLANNER]
    for edit in (bad_shape, bad_validity):
        chain = forge_chain(3, {1: edit}, signers=people)
        verdict = judged_bare(chain)
        assert (verdict.code, verdict.failed) == ("malformed", Step.BOUNDS)
    presented = judged_presented(forge_presentation(chain, PLANNER, challenge="other"))
    assert (presented.code, presented.failed) == ("malformed", Step.BOUNDS)


def test_presentation_is_judged_before_the_hops() -> None:
    chain = forge_chain(3, {1: bad_shape})
    verdict = judged_presented(forge_presentation(chain, TOOL, challenge="other"))
    assert (verdict.code, verdict.failed) == ("challenge_mismatch", Step.PRESENTATION)
    verdict = judged_presented(forge_presentation(chain, TOOL))
    assert (reason(verdict), verdict.failed) == (("unknown_term", 1), Step.PROOF)
    assert verdict.holder is None or not verdict.verified


@pytest.mark.parametrize("hops", [1, 2])
def test_hop_that_cannot_be_read_is_told_even_if_no_other_can(hops: int) -> None:
    chain = forge_chain(hops, dict.fromkeys(range(hops), bad_shape))
    assert reason(judged_bare(chain, holder=TOOL.did)) == ("unknown_term", 0)


def test_root_below_another_root_is_a_broken_link() -> None:
    chain = forge_chain(3, links=False)
    assert reason(judged_bare(chain)) == ("link_broken", 1)
    assert reason(judged_bare(forge_chain(3)[1:], trust=TrustAnchors.of(PLANNER.did))) == ("link_broken", 0)


# ------------------------------------------------------------------ step 1


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@FORMS
def test_nesting_of_32_is_judged_and_more_is_malformed(forms: tuple[str, ...]) -> None:
    # a presentation encloses a hop by two levels, the hop the evidence by one
    def edit(levels: int) -> Any:
        return {0: lambda made: made.update(evidence=nested(levels))}

    presented = forge_presentation(forge_chain(2, edit(29), forms=(EMBEDDED,)), WORKER)
    assert judged_presented(presented).accepted
    for levels in (30, 100):
        presented = forge_presentation(forge_chain(2, edit(levels), forms=(EMBEDDED,)), WORKER)
        verdict = judged_presented(presented)
        assert (verdict.code, verdict.verified) == ("malformed", False)
    presented = forge_presentation(forge_chain(2, edit(400), forms=(EMBEDDED,)), WORKER)
    with pytest.raises(MalformedError):
        judged_presented(presented)
    tokens = forge_chain(2, edit(31), forms=(TOKEN,))
    assert judged_bare(tokens).accepted
    assert judged_bare(forge_chain(2, edit(32), forms=(TOKEN,))).code == "malformed"


# ------------------------------------------------------------------ step 3


@pytest.mark.parametrize("form", [EMBEDDED, TOKEN])
@pytest.mark.parametrize("hop", [0, 1, 2])
def test_signature_that_does_not_hold_is_told_with_its_hop(form: str, hop: int) -> None:
    chain = forge_chain(3, forms=(form,))
    wire = chain[hop]
    if isinstance(wire, str):
        head, body, signature = wire.split(".")
        chain[hop] = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    else:
        chain[hop] = {**wire, "name": "changed after signing"}
    verdict = judged_bare(chain)
    assert reason(verdict) == ("proof_invalid", hop)
    assert verdict.failed is Step.PROOF


def test_every_proof_of_a_hop_must_hold() -> None:
    made = credential(0, ACME, PLANNER)
    good = [forge_proof(made, ACME, created=f"2026-11-23T08:0{n}:00Z") for n in range(4)]
    assert judged_bare([{**made, "proof": good}]).accepted
    for position in range(4):
        proofs = copy(good)
        proofs[position]["created"] = "2026-11-23T08:09:00Z"
        assert reason(judged_bare([{**made, "proof": proofs}])) == ("proof_invalid", 0)
    other = forge_proof(made, PLANNER)
    assert reason(judged_bare([{**made, "proof": [good[0], other]}])) == ("method_not_authorized", 0)


def test_method_of_somebody_else_is_not_authorized_though_its_signature_holds() -> None:
    made = credential(0, ACME, PLANNER)
    for wire in ({**made, "proof": forge_proof(made, WORKER)}, forge_token(made, WORKER)):
        assert reason(judged_bare([wire])) == ("method_not_authorized", 0)
    for wire in (
        {**made, "proof": forge_proof(made, WORKER, verificationMethod=ACME.method)},
        forge_token(made, WORKER, kid=ACME.method),
    ):
        assert reason(judged_bare([wire])) == ("proof_invalid", 0)


@pytest.mark.parametrize("form", [EMBEDDED, TOKEN])
def test_hosted_issuer_is_judged_by_its_document(form: str) -> None:
    signer = hosted()
    chain = hosted_chain(signer, (form,))
    good = documents(document_of(signer))
    assert judged_bare(chain, trust=HOSTED_TRUST, documents=good).accepted
    for bad in (
        document_of(signer, purposes=("authentication",)),
        document_of(signer, purposes=("capabilityDelegation", "capabilityInvocation", "keyAgreement")),
        document_of(signer, purposes=()),
        document_of(signer, controller="did:web:other.example"),
        document_of(signer, revoked="2026-11-23T09:00:00Z"),
        document_of(hosted("other", fragment="key-2")),
        {"id": HOSTED},
    ):
        verdict = judged_bare(chain, trust=HOSTED_TRUST, documents=documents(bad))
        assert reason(verdict) == ("method_not_authorized", 0), bad
    other_key = documents(document_of(hosted("other")))
    assert reason(judged_bare(chain, trust=HOSTED_TRUST, documents=other_key)) == ("proof_invalid", 0)
    unusable = documents(document_of(signer, publicKeyMultibase="z6Mkno"))
    assert reason(judged_bare(chain, trust=HOSTED_TRUST, documents=unusable)) == ("proof_invalid", 0)


def test_method_that_expires_serves_what_is_dated_before_it() -> None:
    signer = hosted()

    def code(expires: str, wire: Any) -> str | None:
        held = documents(document_of(signer, expires=expires))
        return judged_bare([wire], trust=HOSTED_TRUST, documents=held).code

    made = credential(0, signer, PLANNER)
    created = "2026-11-23T08:10:00Z"
    for wire in (
        {**made, "proof": forge_proof(made, signer, created=created)},
        forge_token({**made, "iat": int(datetime(2026, 11, 23, 8, 10, tzinfo=UTC).timestamp())}, signer),
    ):
        assert code("2026-11-23T08:10:01Z", wire) is None
        assert code("2026-11-23T08:10:00Z", wire) == "method_not_authorized"
        assert code("2026-11-23T08:05:00Z", wire) == "method_not_authorized"
    for wire in ({**made, "proof": forge_proof(made, signer, created=None)}, forge_token(made, signer)):
        assert code("2026-11-23T08:00:01Z", wire) is None
        assert code("2026-11-23T08:00:00Z", wire) == "method_not_authorized"


def test_document_that_is_not_at_hand_is_told() -> None:
    chain = hosted_chain(hosted())
    assert reason(judged_bare(chain, trust=HOSTED_TRUST)) == ("did_unresolvable", 0)
    failed = {HOSTED: ResolutionError("it did not answer")}
    assert reason(judged_bare(chain, trust=HOSTED_TRUST, documents=failed)) == ("did_unresolvable", 0)
    unknown = forge_chain(1, signers=[hosted(did="did:example:acme"), PLANNER])
    assert reason(judged_bare(unknown, trust=TrustAnchors.of("did:example:acme"))) == ("did_unresolvable", 0)


def test_material_does_not_overrule_a_did_that_says_it_all_itself() -> None:
    thief = signer_of("thief")
    document = document_of(Signer(ACME.did, ACME.method, thief.key))
    made = credential(0, ACME, PLANNER)
    forged = {**made, "proof": forge_proof(made, thief, verificationMethod=ACME.method)}
    assert judged_bare([forged], documents=documents(document)).code == "proof_invalid"
    assert judged_bare([forge_hop(made, ACME)], documents=documents(document)).accepted


def test_p256_hop_is_judged_as_a_token_and_not_as_eddsa() -> None:
    people = parties(1, p256={0})
    trust = TrustAnchors.of(people[0].did)
    made = credential(0, *people)
    assert judged_bare([forge_token(made, people[0])], trust=trust).accepted
    assert reason(judged_bare([{**made, "proof": forge_proof(made, people[0])}], trust=trust)) == ("proof_invalid", 0)
    assert reason(judged_bare([forge_token(made, people[0], alg="EdDSA")], trust=trust)) == ("proof_invalid", 0)


# ------------------------------------------------------------------ step 5


@pytest.mark.parametrize(
    ("begin", "end", "code", "pointer"),
    [
        ("2026-11-23T08:30:00Z", "2026-11-23T08:45:00Z", None, None),
        ("2026-11-23T08:30:00.000000001Z", "2026-11-23T08:45:00Z", "not_yet_valid", "/validFrom"),
        ("2026-11-23T08:10:00Z", "2026-11-23T08:30:00.000000001Z", None, None),
        ("2026-11-23T08:10:00Z", "2026-11-23T08:30:00Z", "expired", "/validUntil"),
        ("2026-11-23T09:30:00+01:00", "2026-11-23T09:45:00+01:00", None, None),
    ],
)
@pytest.mark.parametrize("hop", [0, 1, 2])
def test_validity_holds_from_its_first_moment_to_before_its_last(
    begin: str, end: str, code: str | None, pointer: str | None, hop: int
) -> None:
    def edit(made: dict[str, Any]) -> None:
        made.update(validFrom=begin, validUntil=end)

    verdict = judged_bare(forge_chain(3, dict.fromkeys(range(hop, 3), edit)))
    assert verdict.code == code
    if code is not None:
        assert verdict.refusal is not None
        assert (verdict.refusal.hop, verdict.refusal.pointer) == (hop, pointer)


def test_expires_of_a_proof_is_judged_at_the_moment() -> None:
    made = credential(0, ACME, PLANNER)
    for expires, code in (("2026-11-23T08:30:00.000000001Z", None), ("2026-11-23T08:30:00Z", "expired")):
        assert judged_bare([{**made, "proof": forge_proof(made, ACME, expires=expires)}]).code == code


def test_when_a_hop_was_signed_is_not_judged() -> None:
    for created in ("1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z", None):
        made = credential(0, ACME, PLANNER)
        assert judged_bare([{**made, "proof": forge_proof(made, ACME, created=created)}]).accepted


# ------------------------------------------------------------------ step 6


@pytest.mark.parametrize(
    ("edit", "code", "pointer"),
    [
        (
            lambda made: delegation_of(made).update(principal="did:web:evil.example"),
            "principal_changed",
            "/credentialSubject/delegation/principal",
        ),
        (
            lambda made: delegation_of(made).update(maxDepth=16),
            "depth_exceeded",
            "/credentialSubject/delegation/maxDepth",
        ),
        (lambda made: made.update(validUntil="2026-11-23T09:00:01Z"), "widened", "/validUntil"),
        (
            lambda made: detail_of(made)["constraints"].pop("maxCost"),
            "widened",
            "/credentialSubject/delegation/authorizationDetails/0/constraints/maxCost",
        ),
    ],
)
def test_widening_is_told_with_hop_pointer_and_both_sides(edit: Any, code: str, pointer: str) -> None:
    for hop in (1, 2):
        verdict = judged_bare(forge_chain(3, {hop: edit}))
        assert reason(verdict) == (code, hop)
        assert verdict.refusal is not None
        assert verdict.refusal.pointer == pointer
        assert verdict.refusal.allowed is not None


# ------------------------------------------------------------------ step 7


def test_status_entry_refuses_unless_it_is_dangerously_skipped() -> None:
    for entries in (STATUS, [STATUS, {**STATUS, "statusPurpose": "suspension"}], {"type": "Unknown"}):
        for hop in (0, 2):

            def edit(made: dict[str, Any], entries: Any = entries) -> None:
                made["credentialStatus"] = entries

            chain = forge_chain(3, {hop: edit})
            assert reason(judged_bare(chain)) == ("status_unknown", hop)
            skipped = judged_bare(chain, status=StatusPolicy.DANGEROUSLY_SKIP)
            assert skipped.accepted
            assert skipped.check(hop, "status") == "skipped"


@pytest.mark.parametrize("policy", list(StatusPolicy))
def test_hop_that_lives_longer_than_the_limit_needs_a_revocation_entry(policy: StatusPolicy) -> None:
    def longer(**members: Any) -> Any:
        return lambda made: made.update(validUntil="2026-11-23T09:00:00.000000001Z", **members)

    def code(edit: Any, **expected: Any) -> tuple[str | None, int | None]:
        return reason(judged_bare(forge_chain(1, {0: edit}), status=policy, **expected))

    kept = "status_unknown" if policy is StatusPolicy.REQUIRE else None
    assert code(lambda made: None) == (None, None)
    assert code(longer()) == ("status_missing", 0)
    assert code(longer(), max_unrevocable=timedelta(hours=2)) == (None, None)
    assert code(lambda made: None, max_unrevocable=timedelta(minutes=59)) == ("status_missing", 0)
    assert code(longer(credentialStatus=STATUS))[0] == kept
    assert code(longer(credentialStatus=[{**STATUS, "statusPurpose": "suspension"}])) == ("status_missing", 0)
    assert code(longer(credentialStatus={**STATUS, "type": "Other"})) == ("status_missing", 0)


# ------------------------------------------------------------------ steps 8 and 9


def anchors(**members: Any) -> TrustAnchors:
    return parse_trust_anchors({"anchors": [{"issuer": ACME.did, **members}]})


MCP = "https://ads.acme.example/mcp"


@pytest.mark.parametrize(
    ("members", "without", "with_"),
    [
        ({}, None, None),
        ({"grants": [{"type": "mcp_tool"}]}, None, None),
        ({"grants": [{"type": "mcp_tool", "locations": [MCP]}]}, None, None),
        ({"grants": [{"type": "mcp_tool", "locations": [MCP + "/"]}]}, "untrusted_root", "untrusted_root"),
        ({"grants": [{"type": "api"}]}, "untrusted_root", "untrusted_root"),
        ({"principals": [PRINCIPAL]}, None, None),
        ({"principals": ["https://idp.acme.example"]}, None, None),
        ({"principals": ["https://idp.acme.example#bob"]}, "untrusted_root", "untrusted_root"),
    ],
)
def test_root_is_an_anchor_for_this_principal_type_and_location(
    members: dict[str, Any], without: str | None, with_: str | None
) -> None:
    chain = forge_chain(2)
    for request, expected in ((None, without), (REQUEST, with_)):
        verdict = judged_bare(chain, trust=anchors(**members), request=request)
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, expected is None, expected)


def test_without_a_request_every_type_and_location_of_the_leaf_must_be_trusted() -> None:
    two = [*copy(DETAILS), {"type": "api", "actions": ["read"]}]

    def edit(made: dict[str, Any]) -> None:
        delegation_of(made)["authorizationDetails"] = two

    chain = forge_chain(2, {0: edit, 1: edit})
    assert judged_bare(chain, trust=anchors(grants=[{"type": "mcp_tool"}, {"type": "api"}])).accepted
    only_one = anchors(grants=[{"type": "mcp_tool"}])
    assert judged_bare(chain, trust=only_one).code == "untrusted_root"
    assert judged_bare(chain, trust=only_one, request=REQUEST).accepted
    assert judged_bare(forge_chain(2, {0: edit}), trust=only_one).accepted
    somewhere = anchors(grants=[{"type": "mcp_tool"}, {"type": "api", "locations": [MCP]}])
    assert judged_bare(chain, trust=somewhere).code == "untrusted_root"


def test_root_that_is_trusted_only_further_down_is_not_trusted() -> None:
    chain = forge_chain(3)
    for middle in (PLANNER, WORKER, TOOL):
        assert judged_bare(chain, trust=TrustAnchors.of(middle.did)).code == "untrusted_root"


def test_without_a_request_one_object_must_admit_this_verifier() -> None:
    def edit(*audiences: list[str]) -> Any:
        objects = []
        for number, audience in enumerate(audiences):
            objects.append(copy(DETAILS[0]))
            objects[-1]["constraints"]["audience"] = audience
            objects[-1]["constraints"]["maxUses"] = number + 1
        return {0: lambda made: delegation_of(made).update(authorizationDetails=objects)}

    own, other = ["https://ads.acme.example"], ["did:web:other.example"]
    for audiences, expected in (([own], None), ([other], "request_not_covered"), ([other, own], None)):
        verdict = judged_bare(forge_chain(1, edit(*audiences)), domain=DOMAIN)
        assert (verdict.verified, verdict.code) == (True, expected)
    chain = forge_chain(1, edit(own))
    assert judged_bare(chain).code == "request_not_covered"
    assert judged_bare(chain, names=frozenset({"HTTPS://ads.acme.example:443"})).accepted
    assert judged_bare(chain, names=frozenset({"not a name"})).code == "request_not_covered"
    token = forge_presentation_token(chain, PLANNER)
    assert judged_presented(token).accepted


def with_objects(*objects: dict[str, Any]) -> list[Any]:
    def edit(made: dict[str, Any]) -> None:
        delegation_of(made)["authorizationDetails"] = list(objects)

    return forge_chain(2, {0: edit, 1: edit})


def detail(action: str = "adjust_bid", **constraints: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "mcp_tool", "actions": [action]}
    return {**made, "constraints": constraints} if constraints else made


CLOSED = {"from": "00:00", "to": "24:00", "timezone": "UTC", "days": [7]}
PEOPLE = {"threshold": 1, "approvers": ["https://idp.acme.example#ana"]}
CHEAP = {"amount": "1", "currency": "EUR"}


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([detail()], None),
        ([detail("other")], "request_not_covered"),
        ([detail(hours=CLOSED)], "outside_hours"),
        ([detail(approval=PEOPLE)], "approval_required"),
        ([detail(maxUses=1)], "charge_required"),
        ([detail(budget=CHEAP)], "budget_exhausted"),
        ([detail(rate={"uses": 1, "seconds": 60})], "charge_required"),
        ([detail(hours=CLOSED, approval=PEOPLE, maxUses=1)], "outside_hours"),
        ([detail(approval=PEOPLE, maxUses=1)], "approval_required"),
        ([detail(hours=CLOSED, maxCost=CHEAP)], "request_not_covered"),
        # any object that covers is enough, and what keeps another one from it does not count
        ([detail(hours=CLOSED), detail()], None),
        ([detail("other"), detail()], None),
        ([detail(approval=PEOPLE), detail(hours=CLOSED)], "outside_hours"),
        ([detail(hours=CLOSED), detail(maxUses=1)], "charge_required"),
        ([detail(budget=CHEAP), detail(maxUses=1)], "charge_required"),
        ([detail(budget=CHEAP), detail()], None),
        # it is charged to the first that covers it
        ([detail(), detail(maxUses=1)], None),
        ([detail(maxUses=1), detail()], "charge_required"),
    ],
)
def test_request_is_covered_by_one_object(objects: list[dict[str, Any]], expected: str | None) -> None:
    verdict = judged_bare(with_objects(*objects), request={**REQUEST, "arguments": {}})
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, expected is None, expected)
    assert verdict.failed is (None if expected is None else Step.REQUEST)


def test_count_of_a_hop_above_is_charged_though_the_leaf_counts_otherwise() -> None:
    def edit(*objects: dict[str, Any]) -> Any:
        return lambda made: delegation_of(made).update(authorizationDetails=list(objects))

    chain = forge_chain(2, {0: edit(detail(maxUses=9), detail(approval=PEOPLE)), 1: edit(detail(maxUses=1))})
    assert judged_bare(chain, request=REQUEST).code == "charge_required"
    # above, an object that does not count covers it too, but the first one that covers it is charged
    chain = forge_chain(2, {0: edit(detail(maxUses=9), detail()), 1: edit(detail())})
    assert judged_bare(chain, request=REQUEST).code == "charge_required"
    chain = forge_chain(2, {0: edit(detail(), detail(maxUses=9)), 1: edit(detail())})
    assert judged_bare(chain, request=REQUEST).accepted
    chain = forge_chain(2, {0: edit(detail("other", maxUses=9), detail()), 1: edit(detail())})
    assert judged_bare(chain, request=REQUEST).accepted


@pytest.mark.parametrize(
    "request_",
    [
        {**REQUEST, "action": "*"},
        {**REQUEST, "action": "delete"},
        {**REQUEST, "location": "https://ads.acme.example/mcp/"},
        {**REQUEST, "arguments": {"campaign": "D", "percent": 5}},
        {**REQUEST, "arguments": {"campaign": "A"}},
        {**REQUEST, "cost": {"amount": "5000.01", "currency": "EUR"}},
        {name: value for name, value in REQUEST.items() if name != "cost"},
        {name: value for name, value in REQUEST.items() if name != "location"},
        {**REQUEST, "tenant": "x"},
        {**REQUEST, "location": "nowhere"},
        {},
        [],
        "adjust_bid",
    ],
)
def test_request_that_is_not_covered_or_not_well_formed_is_not_accepted(request_: Any) -> None:
    chain = forge_chain(2)
    assert judged_bare(chain, request=REQUEST).accepted
    verdict = judged_bare(chain, request=request_)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "request_not_covered")


def test_hours_are_judged_at_the_moment_given() -> None:
    monday = detail(hours={"from": "09:00", "to": "10:00", "timezone": "Europe/Berlin", "days": [1]})
    chain = with_objects(monday)
    assert judged_bare(chain, request={**REQUEST, "arguments": {}}, at=AT).accepted
    early = datetime(2026, 11, 23, 7, 59, tzinfo=UTC)
    assert judged_bare(chain, request={**REQUEST, "arguments": {}}, at=early).code == "not_yet_valid"
    office = with_objects(detail(hours={"from": "09:00", "to": "09:31", "timezone": "Europe/Berlin"}))
    later = AT + timedelta(minutes=1)
    assert judged_bare(office, request={**REQUEST, "arguments": {}}, at=AT).accepted
    assert judged_bare(office, request={**REQUEST, "arguments": {}}, at=later).code == "outside_hours"


# ------------------------------------------------------------------ what a chain needs


def test_needed_material_is_the_hosted_dids_and_the_status_lists() -> None:
    def edit(made: dict[str, Any]) -> None:
        made["credentialStatus"] = [dict(STATUS), {"type": "Other"}, {"type": "Other", "statusListCredential": 7}]

    people = [hosted(), PLANNER, hosted(did="did:web:agents.example:worker"), TOOL]
    chain = forge_chain(3, {0: edit, 2: edit}, signers=people)
    needs = needed_material(parse_submission(json.dumps(chain)))
    assert needs.dids == (HOSTED, "did:web:agents.example:worker")
    assert needs.status_lists == (STATUS["statusListCredential"],)
    holder = hosted(did="did:web:holder.example")
    needs = needed_material(parse_submission(json.dumps(forge_presentation(forge_chain(1), holder))))
    assert needs.dids == ("did:web:holder.example",)


def test_nothing_is_needed_for_dids_that_say_it_all_or_are_of_no_known_method() -> None:
    unknown = [hosted(did="did:example:x"), PLANNER]
    for chain in (forge_chain(2), forge_chain(1, signers=unknown), ["no.token.here"], [{"type": "x"}]):
        needs = needed_material(parse_submission(json.dumps(chain)))
        assert (needs.dids, needs.status_lists) == ((), ())


def test_method_of_a_stranger_is_not_needed_whatever_a_proof_names() -> None:
    made = credential(0, ACME, PLANNER)
    stranger = hosted(did="did:web:internal.example")
    chain = [{**made, "proof": forge_proof(made, stranger)}]
    assert needed_material(parse_submission(json.dumps(chain))).dids == ()


def test_reading_names_the_root_issuer_where_it_can_be_read() -> None:
    assert read_submission_hops(parse_submission(json.dumps(forge_chain(2)))).root_issuer() == ACME.did
    assert read_submission_hops(parse_submission('["no.token.here"]')).root_issuer() is None


def test_leaf_is_judged_as_it_was_received_and_not_as_it_was_read() -> None:
    chain = forge_chain(1, {0: lambda made: made.update(name="caf\u00e9", evidence=[{"n": 1e30}])})
    assert judged_bare(chain).accepted
    assert judged_bare([dict(reversed(read(chain[0]).items()))]).accepted
    assert judged_presented(forge_presentation(chain, PLANNER), challenge=CHALLENGE).accepted
