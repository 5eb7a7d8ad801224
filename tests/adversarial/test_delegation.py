"""Attacks on chains, made by code that bypasses our builders; each name carries the id of its case."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.domain.delegation.compact import PREFIX
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Step
from legation.domain.verification import StatusPolicy
from legation.standards.did.document import parse_did_document
from legation.standards.multiformats import encode_multikey
from legation.verifier import Verifier
from tests.support.chains import (
    AT,
    CHALLENGE,
    DOMAIN,
    EMBEDDED,
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
    forge_token,
    judged_bare,
    judged_presented,
    parties,
    reason,
)
from tests.support.keys import Ed25519Key, signer_of

ACME, PLANNER, WORKER, TOOL = parties(3)
THIEF = signer_of("thief")
FORMS = pytest.mark.parametrize("forms", [(EMBEDDED,), (TOKEN,), (EMBEDDED, TOKEN)])
OBJECT = "/credentialSubject/delegation/authorizationDetails/0"
PATIENCE = 20


def grant(**members: Any) -> Any:
    """Return an edit that changes the first authorization object."""
    return lambda made: detail_of(made).update(members)


def constrain(**constraints: Any) -> Any:
    """Return an edit that replaces the constraints."""
    return lambda made: detail_of(made).update(constraints=constraints)


def code(parent: Any, child: Any, *, form: str = EMBEDDED) -> str | None:
    """Judge a chain of two hops, the first changed by one edit and the second by another."""
    return judged_bare(forge_chain(2, {0: parent, 1: child}, forms=(form,))).code


# ------------------------------------------------------------------ who delegates


@FORMS
def test_l01_child_that_the_holder_did_not_issue_is_refused(forms: tuple[str, ...]) -> None:
    chain = forge_chain(2, forms=forms)
    assert judged_bare(chain).accepted
    for stranger in (THIEF, ACME, WORKER):
        child = credential(1, stranger, TOOL, parent=chain[0])
        if stranger is ACME:
            child["credentialSubject"]["id"] = TOOL.did
        forged = forge_hop(child, stranger, forms[-1])
        assert reason(judged_bare([chain[0], forged])) == ("link_broken", 1)
        # under the holder's name, with the stranger's key
        child = {**child, "issuer": PLANNER.did}
        assert judged_bare([chain[0], forge_hop(child, stranger, forms[-1])]).code == "method_not_authorized"
        signed_as = Signer(PLANNER.did, PLANNER.method, stranger.key)
        assert judged_bare([chain[0], forge_hop(child, signed_as, forms[-1])]).code == "proof_invalid"


@FORMS
def test_l02_hops_in_another_order_or_missing_are_refused(forms: tuple[str, ...]) -> None:
    chain = forge_chain(3, forms=forms)
    assert judged_bare(chain).accepted
    for other in ([chain[1], chain[0], chain[2]], [chain[0], chain[2]], chain[1:], chain[::-1], [chain[2]]):
        verdict = judged_bare(other, holder=TOOL.did)
        assert (verdict.verified, verdict.accepted) == (False, False)
        assert verdict.code in ("link_broken", "malformed")


@FORMS
def test_l02_chain_that_an_attacker_rooted_in_himself_is_not_accepted(forms: tuple[str, ...]) -> None:
    people = [THIEF, PLANNER, WORKER]
    verdict = judged_bare(forge_chain(2, forms=forms, signers=people), request=REQUEST)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "untrusted_root")
    # the issuer's name alone does not help
    root = {**credential(0, THIEF, PLANNER), "issuer": ACME.did}
    assert judged_bare([forge_hop(root, THIEF, forms[0])]).code == "method_not_authorized"


@FORMS
def test_l02_hop_spliced_from_a_sibling_chain_is_refused(forms: tuple[str, ...]) -> None:
    rich = forge_chain(2, {0: constrain(maxUses=100)}, forms=forms)
    poor = forge_chain(2, {0: constrain(maxUses=1), 1: constrain(maxUses=1)}, forms=forms)
    assert judged_bare(poor).verified
    assert reason(judged_bare([rich[0], poor[1]])) == ("link_broken", 1)


# ------------------------------------------------------------------ widening

WIDENINGS: list[tuple[str, Any, str, str]] = [
    ("action", grant(actions=["adjust_bid", "delete"]), "widened", OBJECT + "/actions"),
    ("every action", grant(actions=["*"]), "widened", OBJECT + "/actions"),
    ("resource", grant(locations=["https://ads.acme.example/"]), "widened", OBJECT + "/locations"),
    ("type", grant(type="api"), "widened", OBJECT + "/type"),
    (
        "budget",
        lambda made: detail_of(made)["constraints"]["maxCost"].update(amount="5000.000000001"),
        "widened",
        OBJECT + "/constraints/maxCost",
    ),
    (
        "currency",
        lambda made: detail_of(made)["constraints"]["maxCost"].update(currency="USD"),
        "widened",
        OBJECT + "/constraints/maxCost",
    ),
    (
        "argument",
        lambda made: detail_of(made)["constraints"]["arguments"]["percent"].update(max=16),
        "widened",
        OBJECT + "/constraints/arguments/percent/max",
    ),
    ("expiry", lambda made: made.update(validUntil="2026-11-23T09:00:00.000000001Z"), "widened", "/validUntil"),
    ("beginning", lambda made: made.update(validFrom="2026-11-23T07:59:59Z"), "widened", "/validFrom"),
    (
        "remaining depth",
        lambda made: delegation_of(made).update(maxDepth=16),
        "depth_exceeded",
        "/credentialSubject/delegation/maxDepth",
    ),
    (
        "principal",
        lambda made: delegation_of(made).update(principal="https://idp.acme.example#boss"),
        "principal_changed",
        "/credentialSubject/delegation/principal",
    ),
]


@FORMS
@pytest.mark.parametrize(
    ("edit", "expected", "pointer"), [case[1:] for case in WIDENINGS], ids=[case[0] for case in WIDENINGS]
)
def test_l05_child_that_widens_one_thing_is_refused_and_the_member_named(
    edit: Any, expected: str, pointer: str, forms: tuple[str, ...]
) -> None:
    for hop in (1, 2):
        verdict = judged_bare(forge_chain(3, {hop: edit}, forms=forms))
        assert (verdict.verified, reason(verdict)) == (False, (expected, hop))
        assert verdict.refusal is not None
        assert verdict.refusal.pointer == pointer
        assert verdict.refusal.allowed != verdict.refusal.claimed
    assert judged_bare(forge_chain(3, forms=forms), request=REQUEST).accepted


def test_l05_chain_longer_than_its_depth_is_refused() -> None:
    def depth(value: int) -> Any:
        return lambda made: delegation_of(made).update(maxDepth=value)

    assert judged_bare(forge_chain(2, {0: depth(1), 1: depth(0)})).accepted
    assert reason(judged_bare(forge_chain(2, {0: depth(0), 1: depth(0)}))) == ("depth_exceeded", 1)
    assert reason(judged_bare(forge_chain(3, {0: depth(1), 1: depth(0), 2: depth(0)}))) == ("depth_exceeded", 2)
    assert reason(judged_bare(forge_chain(2, {0: depth(0), 1: depth(-1)}))) == ("malformed", 1)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (grant(locations=["https://a.example/mail/"]), grant(locations=["https://a.example/mailbox"])),
        (grant(locations=["https://a.example/mail"]), grant(locations=["https://a.example/mail/x"])),
        (grant(locations=["https://a.example/crypto"]), grant(locations=["https://a.example/cryptocurrency"])),
        (grant(locations=["https://a.example/Mail/"]), grant(locations=["https://a.example/mail/x"])),
        (grant(actions=["READ"]), grant(actions=["read"])),
        (grant(identifier="A"), grant(identifier="a")),
        (grant(datatypes=["Mail"]), grant(datatypes=["mail"])),
        (constrain(arguments={"p": {"prefix": "/data"}}), constrain(arguments={"p": {"prefix": "/data-secret"}})),
        (constrain(arguments={"p": {"prefix": "/data"}}), constrain(arguments={"p": {"prefix": "/DATA"}})),
        (constrain(arguments={"p": {"prefix": "/data"}}), constrain(arguments={"p": {"equals": "/database"}})),
        (constrain(arguments={"P": {"min": 1}}), constrain(arguments={"p": {"min": 1}})),
        (constrain(purpose=["Audit"]), constrain(purpose=["audit"])),
    ],
)
def test_l06_prefix_and_case_tricks_are_widenings(parent: Any, child: Any) -> None:
    assert code(parent, child) == "widened"
    assert code(parent, parent) is None


@pytest.mark.parametrize(
    ("granted", "asked"),
    [
        ({"prefix": "/data"}, ["/data-secret", "/DATA/x", "/data/../etc", "/dat", "data/x"]),
        ({"url": "https://a.example/mail/"}, ["https://a.example/mailbox", "https://a.example/Mail/x"]),
        ({"equals": "read"}, ["READ", "Read", "read "]),
    ],
)
def test_l06_same_tricks_in_a_request_are_not_covered(granted: dict[str, Any], asked: list[str]) -> None:
    chain = forge_chain(1, {0: constrain(arguments={"p": granted})})
    good = {"prefix": "/data/x", "url": "https://a.example/mail/x", "equals": "read"}[next(iter(granted))]
    assert judged_bare(chain, request={**REQUEST, "arguments": {"p": good}}).accepted
    for value in asked:
        assert judged_bare(chain, request={**REQUEST, "arguments": {"p": value}}).code == "request_not_covered"


UNSEEN = {
    "Kelvin sign": "\u212aey",
    "NFD": "cafe\u0301",
    "zero-width space": "re\u200bad",
    "byte order mark": "\ufeffread",
    "right-to-left override": "\u202edaer",
    "soft hyphen": "re\u00adad",
    "NUL": "read\x00",
    "line separator": "read\u2028",
    "tag": "read\U000e0041",
}


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("form", [EMBEDDED, TOKEN])
def test_l08_text_that_is_not_what_it_looks_is_malformed_wherever_it_stands(text: str, form: str) -> None:
    edits = [
        grant(actions=[text]),
        grant(type=text),
        grant(identifier=text),
        grant(datatypes=[text]),
        grant(locations=[f"https://a.example/{text}"]),
        constrain(purpose=[text]),
        constrain(arguments={text: {"min": 1}}),
        constrain(arguments={"a": {"equals": text}}),
        constrain(arguments={"a": {"prefix": "/" + text}}),
        lambda made: delegation_of(made).update(principal=f"https://idp.acme.example#{text}"),
        lambda made: made.update(id=f"urn:x:{text}"),
        lambda made: made["credentialSubject"].update(id=f"did:web:{text}.example"),
    ]
    for edit in edits:
        verdict = judged_bare(forge_chain(1, {0: edit}, forms=(form,)), holder=PLANNER.did)
        assert reason(verdict) == ("malformed", 0)
    assert judged_bare(forge_chain(1, {0: grant(actions=["caf\u00e9"])}, forms=(form,))).accepted


def test_l08_look_alikes_are_other_names() -> None:
    for latin, other in (("a", "\u0430"), ("s", "\u017f"), ("a/b", "a\uff0fb"), ("read", "\uff52ead")):
        assert code(grant(actions=[latin]), grant(actions=[other])) == "widened"
        assert code(grant(actions=[latin]), grant(actions=[latin])) is None
        chain = forge_chain(1, {0: grant(actions=[latin])})
        assert judged_bare(chain, request={**REQUEST, "action": latin}).accepted
        assert judged_bare(chain, request={**REQUEST, "action": other}).code == "request_not_covered"


TRAVERSALS = [
    "/data/../etc",
    "/data/./x",
    "/data//x",
    "/data/%2e%2e/etc",
    "/data/%252e%252e/etc",
    "/data/..\\etc",
    "/data\\..\\etc",
    "/data/x\x00",
    "/data/%2Fetc",
    "/data/",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_l09_path_that_would_be_normalised_is_refused_and_never_compared(path: str) -> None:
    chain = forge_chain(1, {0: constrain(arguments={"p": {"prefix": "/data"}})})
    assert judged_bare(chain, request={**REQUEST, "arguments": {"p": "/data/x"}}).accepted
    assert judged_bare(chain, request={**REQUEST, "arguments": {"p": path}}).code == "request_not_covered"
    assert code(lambda made: None, constrain(arguments={"p": {"prefix": path}})) == "malformed"
    # also where the child names it as a value
    child = constrain(arguments={"p": {"equals": path}})
    assert code(constrain(arguments={"p": {"prefix": "/data"}}), child) in ("widened", "malformed")


@pytest.mark.parametrize(
    "path", [*TRAVERSALS[:-1], "/data/x;param", "/data/x?y", "/data/x#y", "/data/%2f", "/data/a b"]
)
def test_l09_location_that_would_be_normalised_is_refused_and_never_compared(path: str) -> None:
    root = "https://a.example"
    chain = forge_chain(1, {0: grant(locations=[f"{root}/data/"])})
    assert judged_bare(chain, request={**REQUEST, "location": f"{root}/data/x"}).accepted
    assert judged_bare(chain, request={**REQUEST, "location": root + path}).code == "request_not_covered"
    assert code(grant(locations=[f"{root}/data/"]), grant(locations=[root + path])) == "malformed"


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (grant(actions=["img-*"]), grant(actions=["*"])),
        (grant(actions=["*-safe"]), grant(actions=["*"])),
        (grant(actions=["img-*.png"]), grant(actions=["img-*"])),
        (grant(actions=["img-*"]), grant(actions=["img-a"])),
        (constrain(arguments={"a": {"in": ["x", "y"]}}), constrain(arguments={"a": {"notIn": ["z"]}})),
        (constrain(arguments={"a": {"notIn": ["x", "y"]}}), constrain(arguments={"a": {"notIn": ["x"]}})),
        (constrain(arguments={"a": {"notIn": ["x"]}}), constrain(arguments={"a": {"in": ["x", "y"]}})),
        (constrain(arguments={"a": {"notIn": ["x"]}}), constrain(arguments={"a": {"notIn": [1]}})),
        (constrain(arguments={"a": {"subsetOf": ["x"]}}), constrain(arguments={"a": {"contains": ["x"]}})),
        (constrain(arguments={"a": {"notIn": ["x"]}}), constrain(arguments={"b": {"equals": 1}})),
        (constrain(arguments={"a": {"equals": "*"}}), constrain(arguments={"a": {"equals": "x"}})),
    ],
)
def test_l11_wildcard_and_negation_tricks_are_widenings(parent: Any, child: Any) -> None:
    assert code(parent, child) == "widened"
    assert code(parent, parent) is None


def test_l11_exclusion_may_grow_and_an_allow_list_may_shrink() -> None:
    exclusion = constrain(arguments={"a": {"notIn": ["x"]}})
    assert code(exclusion, constrain(arguments={"a": {"notIn": ["x", "y"]}})) is None
    assert code(exclusion, constrain(arguments={"a": {"in": ["y", "z"]}})) is None
    assert code(grant(actions=["*"]), grant(actions=["img-*"])) is None


@FORMS
@pytest.mark.parametrize(
    "edit",
    [
        constrain(deadline="2027"),
        constrain(maxuses=5),
        constrain(arguments={"a": {"regex": ".*"}}),
        constrain(arguments={"a": {"min": 1, "step": 2}}),
        constrain(hours={"from": "00:00", "to": "24:00", "timezone": "Mars/Olympus"}),
        grant(resource="x"),
        lambda made: delegation_of(made).update(maxSpend=5),
        lambda made: made.update(termsOfUse=[]),
    ],
)
def test_l14_term_that_the_verifier_does_not_know_refuses_the_chain(edit: Any, forms: tuple[str, ...]) -> None:
    for hop in (0, 1, 2):
        verdict = judged_bare(forge_chain(3, {hop: edit}, forms=forms), holder=TOOL.did)
        assert (verdict.verified, reason(verdict)) == (False, ("unknown_term", hop))
    assert judged_bare(forge_chain(3, forms=forms)).accepted


EVERY: dict[str, Any] = {
    "maxUses": 5,
    "budget": {"amount": "5", "currency": "EUR"},
    "maxCost": {"amount": "5", "currency": "EUR"},
    "rate": {"uses": 1, "seconds": 60},
    "hours": {"from": "09:00", "to": "10:00", "timezone": "UTC"},
    "audience": ["did:web:a.example"],
    "purpose": ["audit"],
    "approval": {"threshold": 1, "approvers": ["did:web:a.example"]},
    "arguments": {"a": {"min": 1}},
    "closedArguments": True,
}


@pytest.mark.parametrize("name", EVERY)
def test_l16_constraint_that_the_child_leaves_out_is_a_widening(name: str) -> None:
    rest = {other: value for other, value in EVERY.items() if other != name}
    assert code(constrain(**EVERY), constrain(**EVERY)) != "widened"
    verdict = judged_bare(forge_chain(2, {0: constrain(**EVERY), 1: constrain(**rest)}))
    assert reason(verdict) == ("widened", 1)
    assert verdict.refusal is not None
    assert verdict.refusal.pointer == f"{OBJECT}/constraints/{name}"
    assert (verdict.refusal.allowed, verdict.refusal.claimed) == (EVERY[name], None)


@pytest.mark.parametrize("name", ["locations", "datatypes", "privileges", "identifier"])
def test_l16_member_that_the_child_leaves_out_is_a_widening(name: str) -> None:
    value: Any = "one" if name == "identifier" else ["https://a.example/"]
    assert code(grant(**{name: value}), grant(**{name: value})) is None
    assert code(grant(**{name: value}), lambda made: detail_of(made).pop(name, None)) == "widened"


def test_l16_all_constraints_left_out_is_a_widening() -> None:
    assert code(lambda made: None, lambda made: detail_of(made).pop("constraints")) == "widened"


def test_l18_shared_limit_is_never_accepted_by_who_cannot_charge_it() -> None:
    budget = {"amount": "100", "currency": "EUR"}
    cost = {"amount": "100", "currency": "EUR"}
    root = forge_chain(1, {0: constrain(budget=budget)})[0]
    for number in range(10):
        child = credential(1, PLANNER, signer_of(f"child-{number}"), parent=root)
        detail_of(child)["constraints"] = {"budget": budget}
        verdict = judged_bare([root, forge_hop(child, PLANNER)], request={**REQUEST, "arguments": {}, "cost": cost})
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "charge_required")
    # a limit for one execution alone needs no counter
    chain = forge_chain(2, {0: constrain(maxCost=budget), 1: constrain(maxCost=budget)})
    assert judged_bare(chain, request={**REQUEST, "arguments": {}, "cost": cost}).accepted


# ------------------------------------------------------------------ size and loops


def hostile() -> dict[str, str | bytes]:
    hop = forge_chain(1, forms=(TOKEN,))[0]
    return {
        "1,000 hops": json.dumps([{}] * 1000),
        "1,000 tokens": json.dumps(["e30.e30.AA"] * 1000),
        "17 hops": json.dumps(forge_chain(17, forms=(TOKEN,))),
        "10 MB": json.dumps([hop, "x" * 10_000_000]),
        "17 hops presented": json.dumps(forge_presentation([hop] * 17, PLANNER)),
        "10 MB compact": PREFIX + "A" * 10_000_000,
    }


def test_l20_chain_beyond_the_bounds_is_refused_before_any_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = hostile()
    assert judged_bare(forge_chain(16, forms=(TOKEN,))).accepted

    def never(*_: object) -> None:
        raise AssertionError("a signature was looked at")

    from legation.crypto.keys import PublicKey

    monkeypatch.setattr(PublicKey, "verify", never)
    verifier = Verifier(trust=[ACME.did], domain=DOMAIN)
    for name, submitted in inputs.items():
        begin = time.perf_counter()
        verdict = verifier.verify_offline(submitted, holder=TOOL.did, challenge=CHALLENGE, at=AT)
        assert time.perf_counter() - begin < 0.050 * PATIENCE, name
        assert verdict.code == "too_large", name


@FORMS
def test_l20_loop_or_identifier_twice_is_refused_before_any_signature(
    forms: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = [
        forge_chain(3, forms=forms, signers=[ACME, PLANNER, ACME, TOOL]),
        forge_chain(3, forms=forms, signers=[ACME, PLANNER, WORKER, PLANNER]),
        forge_chain(2, forms=forms, signers=[ACME, PLANNER, ACME]),
        forge_chain(1, forms=forms, signers=[ACME, ACME]),
        forge_chain(3, {2: lambda made: made.update(id="urn:uuid:2f0b6f0e-7c2e-4a3f-9c55-000000000001")}, forms=forms),
    ]
    assert judged_bare(forge_chain(3, forms=forms)).accepted

    def never(*_: object) -> None:
        raise AssertionError("a signature was looked at")

    from legation.crypto.keys import PublicKey

    monkeypatch.setattr(PublicKey, "verify", never)
    for chain in loops:
        begin = time.perf_counter()
        verdict = judged_bare(chain)
        assert time.perf_counter() - begin < 0.050 * PATIENCE
        assert (verdict.code, verdict.failed) == ("malformed", Step.BOUNDS)


# ------------------------------------------------------------------ later events


def test_l22_ancestor_whose_status_cannot_be_checked_refuses_the_leaf() -> None:
    chain = forge_chain(3, {1: lambda made: made.update(credentialStatus=STATUS)})
    assert reason(judged_bare(chain, request=REQUEST)) == ("status_unknown", 1)
    assert judged_bare(chain, request=REQUEST, status=StatusPolicy.DANGEROUSLY_SKIP).accepted
    assert judged_bare(forge_chain(3), request=REQUEST).accepted


def hosted_document(*methods: tuple[Signer, dict[str, Any]]) -> dict[str, Any]:
    did = methods[0][0].did
    entries = [
        {
            "id": signer.method,
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": encode_multikey(signer.key.public_key),
            **members,
        }
        for signer, members in methods
    ]
    made = {"id": did, "verificationMethod": entries, "assertionMethod": [entry["id"] for entry in entries]}
    return {did: parse_did_document(made, did=did)}


@FORMS
def test_l23_rotated_key_serves_what_was_signed_before_and_nothing_after(forms: tuple[str, ...]) -> None:
    did = "did:web:planner.example"
    old = Signer(did, f"{did}#key-1", Ed25519Key("old"))
    new = Signer(did, f"{did}#key-2", Ed25519Key("new"))
    rotation = "2026-11-23T08:10:00Z"
    root = forge_chain(1, forms=forms, signers=[ACME, old])[0]

    def chain(signer: Signer, begin: str) -> list[Any]:
        child = credential(1, signer, WORKER, parent=root)
        child["validFrom"] = begin
        if forms[-1] == TOKEN:
            return [root, forge_token(child, signer)]
        from tests.support.chains import forge_proof

        return [root, {**child, "proof": forge_proof(child, signer, created=begin)}]

    rotated = hosted_document((old, {"expires": rotation}), (new, {}))
    before, after = "2026-11-23T08:05:00Z", "2026-11-23T08:15:00Z"
    assert judged_bare(chain(old, before), documents=rotated).accepted
    assert reason(judged_bare(chain(old, after), documents=rotated)) == ("method_not_authorized", 1)
    assert judged_bare(chain(new, after), documents=rotated).accepted
    # a key that was compromised serves nothing, for a thief can antedate
    for gone in (hosted_document((old, {"revoked": rotation}), (new, {})), hosted_document((new, {}))):
        assert reason(judged_bare(chain(old, before), documents=gone)) == ("method_not_authorized", 1)


# ------------------------------------------------------------------ the whole, presented


@FORMS
def test_stolen_chain_is_of_no_use_to_another_holder(forms: tuple[str, ...]) -> None:
    chain = forge_chain(3, forms=forms)
    assert judged_presented(forge_presentation(chain, TOOL), request=REQUEST).accepted
    assert judged_presented(forge_presentation(chain, THIEF), request=REQUEST).code == "holder_mismatch"
    named = forge_presentation(chain, TOOL, signer=THIEF, verificationMethod=TOOL.method)
    assert judged_presented(named, request=REQUEST).code == "presentation_invalid"


def test_chain_cut_short_belongs_to_the_holder_above_and_not_to_the_leaf() -> None:
    chain = forge_chain(3)
    assert judged_presented(forge_presentation(chain[:2], WORKER)).accepted
    assert judged_presented(forge_presentation(chain[:2], TOOL)).code == "holder_mismatch"
    assert judged_bare(chain[:1], trust=TrustAnchors.of(ACME.did)).accepted
    assert copy(chain) == chain
