"""`eddsa-jcs-2022`: what we sign holds at Digital Bazaar, what they sign holds here, and forgeries nowhere."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.domain.presentation import present
from tests.interop.foreign import (
    AT,
    AT_TEXT,
    CHALLENGE,
    DATA_INTEGRITY,
    DETAILS,
    DOMAIN,
    PRINCIPAL,
    TERMS,
    Foreign,
    judge_chain,
    judge_presentation,
)
from tests.interop.table import tries_by_name
from tests.support.keys import signer_of

pytestmark = tries_by_name(
    "delegation hops and presentations, eddsa-jcs-2022",
    "jsonld-signatures",
    "@digitalbazaar/eddsa-jcs-2022-cryptosuite",
)

ACME, PLANNER, BIDDER = signer_of("acme"), signer_of("planner"), signer_of("bidder")
ISSUER, HOLDER = "ed25519:acme", "ed25519:planner"

Document = dict[str, Any]
Change = Callable[[Document], object]

# what a carrier may do to a credential
CREDENTIAL_CHANGES: dict[str, Change] = {
    "deeper": lambda it: it["credentialSubject"]["delegation"].update(maxDepth=2),
    "wider": lambda it: it["credentialSubject"]["delegation"]["authorizationDetails"][0]["actions"].append("transfer"),
    "unconstrained": lambda it: it["credentialSubject"]["delegation"]["authorizationDetails"][0].pop("constraints"),
    "longer": lambda it: it.update(validUntil="2026-11-23T09:29:59Z"),
    "for_another": lambda it: it["credentialSubject"].update(id=signer_of("thief").did),
    "named": lambda it: it.update(name="a name that nobody signed"),
    "proof_dated_otherwise": lambda it: it["proof"].update(created="2026-11-23T08:59:59Z"),
    "proof_expiring": lambda it: it["proof"].update(expires="2026-11-23T10:00:00Z"),
    "proof_without_context": lambda it: it["proof"].pop("@context"),
    "other_signature": lambda it: it["proof"].update(proofValue="z" + it["proof"]["proofValue"][:0:-1]),
}
PRESENTATION_CHANGES: dict[str, Change] = {
    "hop_left_out": lambda it: it["verifiableCredential"].pop(),
    "holder_as_object": lambda it: it.update(holder={"id": it["holder"]}),
    "id": lambda it: it.update(id="urn:example:presentation"),
    "dated_otherwise": lambda it: it["proof"].update(created="2026-11-23T08:59:00Z"),
}


def our_chain() -> list[SecuredCredential]:
    begin, end = AT - timedelta(minutes=30), AT + timedelta(minutes=30)
    root = issue_root(
        ACME,
        Terms("urn:example:root", PLANNER.did, begin, end, DETAILS, max_depth=3),
        principal=PRINCIPAL,
        at=AT,
        form=Format.DATA_INTEGRITY,
    )
    child = attenuate([root], PLANNER, Terms("urn:example:child", BIDDER.did), at=AT, form=Format.DATA_INTEGRITY)
    return [root, child]


def changed(document: Any, change: Change) -> Document:
    copied: Document = copy.deepcopy(document)
    change(copied)
    return copied


def named_digest(document: Any) -> object:
    return document["credentialSubject"]["delegation"]["parent"]["digestMultibase"]


@pytest.fixture(scope="module")
def root(foreign: Foreign) -> Document:
    """Return a hop that was made and signed in JavaScript."""
    signed: Document = foreign.ask("root", by=ISSUER, to=foreign.did(HOLDER), form=DATA_INTEGRITY, at=AT_TEXT, **TERMS)
    return signed


@pytest.fixture(scope="module")
def presentation(foreign: Foreign, root: Document) -> Document:
    """Return a presentation of two hops that was made and signed in JavaScript."""
    to = foreign.did("ed25519:bidder")
    child = foreign.ask("child", over=root, by=HOLDER, to=to, form=DATA_INTEGRITY, at=AT_TEXT)
    signed: Document = foreign.ask(
        "presentation", hops=[root, child], by="ed25519:bidder", challenge=CHALLENGE, domain=DOMAIN, at=AT_TEXT
    )
    return signed


def test_our_hops_hold_there(foreign: Foreign) -> None:
    root, child = our_chain()
    assert foreign.holds(root.wire, ACME.did)
    assert foreign.holds(child.wire, PLANNER.did)


def test_our_hop_does_not_hold_there_as_one_of_another_issuer(foreign: Foreign) -> None:
    assert not foreign.holds(our_chain()[0].wire, PLANNER.did)


@pytest.mark.parametrize("change", CREDENTIAL_CHANGES.values(), ids=CREDENTIAL_CHANGES)
def test_our_hop_altered_holds_neither_there_nor_here(foreign: Foreign, change: Change) -> None:
    altered = changed(our_chain()[0].wire, change)
    assert not foreign.holds(altered, ACME.did)
    assert judge_chain([altered], trust=ACME.did, holder=PLANNER.did).code == "proof_invalid"


def test_our_link_names_the_digest_that_they_compute(foreign: Foreign) -> None:
    root, child = our_chain()
    assert named_digest(child.wire) == foreign.ask("digest", wire=root.wire)


def test_our_link_does_not_name_the_digest_of_another_parent(foreign: Foreign) -> None:
    root, child = our_chain()
    other = changed(root.wire, CREDENTIAL_CHANGES["named"])
    assert named_digest(child.wire) != foreign.ask("digest", wire=other)


def test_our_presentation_holds_there(foreign: Foreign) -> None:
    presented = present(our_chain(), BIDDER, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.DATA_INTEGRITY)
    assert foreign.holds(json.loads(presented), BIDDER.did, challenge=CHALLENGE, domain=DOMAIN)


@pytest.mark.parametrize(
    "expected",
    [
        {"challenge": "another", "domain": DOMAIN},
        {"challenge": CHALLENGE, "domain": "https://other.example"},
        {"by": PLANNER.did, "challenge": CHALLENGE, "domain": DOMAIN},
        {},
    ],
    ids=["challenge", "domain", "holder", "purpose"],
)
def test_our_presentation_does_not_hold_there_for_anything_else(foreign: Foreign, expected: dict[str, str]) -> None:
    presented = present(our_chain(), BIDDER, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.DATA_INTEGRITY)
    assert not foreign.holds(json.loads(presented), **{"by": BIDDER.did, **expected})


@pytest.mark.parametrize("change", PRESENTATION_CHANGES.values(), ids=PRESENTATION_CHANGES)
def test_our_presentation_altered_holds_neither_there_nor_here(foreign: Foreign, change: Change) -> None:
    presented = present(our_chain(), BIDDER, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.DATA_INTEGRITY)
    altered = changed(json.loads(presented), change)
    assert not foreign.holds(altered, BIDDER.did, challenge=CHALLENGE, domain=DOMAIN)
    assert judge_presentation(altered, trust=ACME.did).code == "presentation_invalid"


def test_their_hop_is_accepted_here(foreign: Foreign, root: Document) -> None:
    verdict = judge_chain([root], trust=foreign.did(ISSUER), holder=foreign.did(HOLDER))
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize("change", CREDENTIAL_CHANGES.values(), ids=CREDENTIAL_CHANGES)
def test_their_hop_altered_holds_neither_here_nor_there(foreign: Foreign, root: Document, change: Change) -> None:
    altered = changed(root, change)
    verdict = judge_chain([altered], trust=foreign.did(ISSUER), holder=foreign.did(HOLDER))
    assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "proof_invalid")
    assert not foreign.holds(altered, foreign.did(ISSUER))


def test_their_set_of_two_proofs_is_accepted_here(foreign: Foreign, root: Document) -> None:
    both = foreign.ask("anotherProof", document=root, by=ISSUER, at="2026-11-23T08:45:00Z")
    assert len(both["proof"]) == 2
    assert judge_chain([both], trust=foreign.did(ISSUER), holder=foreign.did(HOLDER)).accepted


@pytest.mark.parametrize("broken", [0, 1])
def test_their_set_of_two_proofs_of_which_one_is_broken_is_refused_here(
    foreign: Foreign, root: Document, broken: int
) -> None:
    both = foreign.ask("anotherProof", document=root, by=ISSUER, at="2026-11-23T08:45:00Z")
    both["proof"][broken]["created"] = "2026-11-23T08:45:01Z"
    assert judge_chain([both], trust=foreign.did(ISSUER), holder=foreign.did(HOLDER)).code == "proof_invalid"


def test_their_set_of_two_proofs_of_which_one_is_a_strangers_is_refused_here(foreign: Foreign, root: Document) -> None:
    both = foreign.ask("anotherProof", document=root, by="ed25519:stranger", at=AT_TEXT)
    assert judge_chain([both], trust=foreign.did(ISSUER), holder=foreign.did(HOLDER)).code == "method_not_authorized"


def test_their_presentation_is_accepted_here(foreign: Foreign, presentation: Document) -> None:
    verdict = judge_presentation(presentation, trust=foreign.did(ISSUER))
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ({"challenge": "another"}, "challenge_mismatch"),
        ({"domain": "https://other.example"}, "domain_mismatch"),
        ({"at": AT + timedelta(minutes=5, seconds=1)}, "presentation_invalid"),
        ({"at": AT - timedelta(minutes=1, seconds=1)}, "presentation_invalid"),
    ],
    ids=["challenge", "domain", "late", "early"],
)
def test_their_presentation_is_refused_here_for_anything_else(
    foreign: Foreign, presentation: Document, expected: dict[str, Any], code: str
) -> None:
    assert judge_presentation(presentation, trust=foreign.did(ISSUER), **expected).code == code


@pytest.mark.parametrize("change", PRESENTATION_CHANGES.values(), ids=PRESENTATION_CHANGES)
def test_their_presentation_altered_is_refused_here(foreign: Foreign, presentation: Document, change: Change) -> None:
    altered = changed(presentation, change)
    assert judge_presentation(altered, trust=foreign.did(ISSUER)).code == "presentation_invalid"


def test_their_presentation_by_a_thief_is_refused_here(foreign: Foreign, root: Document) -> None:
    options = {"hops": [root], "by": "ed25519:thief", "challenge": CHALLENGE, "domain": DOMAIN, "at": AT_TEXT}
    stolen = foreign.ask("presentation", **options)
    assert judge_presentation(stolen, trust=foreign.did(ISSUER)).code == "holder_mismatch"
    pretended = foreign.ask("presentation", **options, holder=foreign.did(HOLDER))
    assert judge_presentation(pretended, trust=foreign.did(ISSUER)).code == "method_not_authorized"


def test_their_presentation_that_was_signed_as_an_assertion_is_refused_here(
    foreign: Foreign, presentation: Document
) -> None:
    unsigned = {name: value for name, value in presentation.items() if name != "proof"}
    asserted = foreign.ask("anotherProof", document=unsigned, by="ed25519:bidder", at=AT_TEXT)
    assert judge_presentation(asserted, trust=foreign.did(ISSUER)).code == "presentation_invalid"
