"""Chains that pass between implementations: hops of npm's and ours under each other, embedded and enveloped."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.domain.presentation import present
from legation.errors import AttenuationError
from tests.interop.foreign import (
    AT,
    AT_TEXT,
    CHALLENGE,
    DATA_INTEGRITY,
    DETAILS,
    DOMAIN,
    JWT,
    LATER_TEXT,
    PRINCIPAL,
    TERMS,
    VP_JWT,
    Foreign,
    Wire,
    altered_token,
    judge_chain,
    judge_presentation,
)
from tests.interop.table import Way, tries
from tests.support.keys import signer_of

pytestmark = tries("delegation chains with hops of both sides", Way.THEIRS, "jsonld-signatures", "jose")

PLANNER, BIDDER = signer_of("planner"), signer_of("bidder", p256=True)
# each form with a key that it takes
SIGNERS = {form: signer_of("planner", p256=form.value.startswith("ecdsa-")) for form in Format}
WIDER = [{"type": "mcp_tool", "actions": ["*"]}]


def their_root(foreign: Foreign, form: str = DATA_INTEGRITY, *, to: str = PLANNER.did, **terms: object) -> Wire:
    made: Wire = foreign.ask("root", by="ed25519:acme", to=to, form=form, at=AT_TEXT, **(TERMS | terms))
    return made


def under(parent: Wire, to: str, form: Format) -> SecuredCredential:
    terms = Terms("urn:example:second", to)
    return attenuate([SecuredCredential(parent)], SIGNERS[form], terms, at=AT, form=form)


@pytest.mark.parametrize("above", [DATA_INTEGRITY, JWT])
@pytest.mark.parametrize("form", Format)
def test_our_hop_under_theirs_is_accepted(foreign: Foreign, above: str, form: Format) -> None:
    root = their_root(foreign, above, to=SIGNERS[form].did)
    verdict = judge_chain([root, under(root, BIDDER.did, form)], trust=foreign.did("ed25519:acme"), holder=BIDDER.did)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize("above", [DATA_INTEGRITY, JWT])
@pytest.mark.parametrize("form", Format)
def test_our_hop_under_another_root_of_theirs_is_refused(foreign: Foreign, above: str, form: Format) -> None:
    to = SIGNERS[form].did
    child = under(their_root(foreign, above, to=to), BIDDER.did, form)
    verdict = judge_chain(
        [their_root(foreign, above, to=to), child], trust=foreign.did("ed25519:acme"), holder=BIDDER.did
    )
    assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "link_broken")


def test_we_do_not_sign_more_than_their_root_allows(foreign: Foreign) -> None:
    root = SecuredCredential(their_root(foreign))
    narrower = copy.deepcopy(DETAILS)
    narrower[0]["actions"] = ["pause"]
    assert attenuate([root], PLANNER, Terms("urn:example:second", BIDDER.did, details=narrower), at=AT)
    with pytest.raises(AttenuationError):
        attenuate([root], PLANNER, Terms("urn:example:second", BIDDER.did, details=WIDER), at=AT)


def test_their_root_altered_above_our_token_is_refused(foreign: Foreign) -> None:
    root: Any = their_root(foreign)
    child = under(root, BIDDER.did, Format.JWT)
    for member, value, code in (
        ("maxDepth", 4, "proof_invalid"),
        ("authorizationDetails", WIDER, "proof_invalid"),
        ("remark", "x", "unknown_term"),
    ):
        altered = copy.deepcopy(root)
        altered["credentialSubject"]["delegation"][member] = value
        verdict = judge_chain([altered, child], trust=foreign.did("ed25519:acme"), holder=BIDDER.did)
        assert (verdict.verified, verdict.code) == (False, code)
        assert verdict.refusal is not None
        assert verdict.refusal.hop == 0


def test_proof_added_to_their_root_after_we_signed_below_it_breaks_the_link(foreign: Foreign) -> None:
    # design page §2: a parent is named as it travels, with its proof or proofs
    root: Any = their_root(foreign)
    # made a second later: the same proof twice would be an element twice in a set
    both = foreign.ask("anotherProof", document=root, by="ed25519:acme", at=LATER_TEXT)
    trust = foreign.did("ed25519:acme")
    assert judge_chain([both], trust=trust, holder=PLANNER.did).accepted
    assert judge_chain([both, under(both, BIDDER.did, Format.JWT)], trust=trust, holder=BIDDER.did).accepted
    verdict = judge_chain([both, under(root, BIDDER.did, Format.JWT)], trust=trust, holder=BIDDER.did)
    assert (verdict.verified, verdict.code) == (False, "link_broken")


def relay(foreign: Foreign, *, details: object = None) -> list[Wire]:
    """Make a chain whose second hop is ours, the others theirs: proof, token, proof."""
    root = their_root(foreign)
    middle = under(root, foreign.did("ed25519:worker"), Format.JWT).wire
    to = foreign.did("jwk:clerk")
    options = {} if details is None else {"details": details}
    leaf = foreign.ask("child", over=middle, by="ed25519:worker", to=to, form=DATA_INTEGRITY, at=AT_TEXT, **options)
    return [root, middle, leaf]


def test_their_hop_under_ours_under_theirs_is_accepted_and_presented_there(foreign: Foreign) -> None:
    hops, trust = relay(foreign), foreign.did("ed25519:acme")
    assert judge_chain(hops, trust=trust, holder=foreign.did("jwk:clerk")).accepted
    token = foreign.ask(
        "presentation", hops=hops, by="jwk:clerk", form=VP_JWT, challenge=CHALLENGE, domain=DOMAIN, at=AT_TEXT
    )
    verdict = judge_presentation(token, trust=trust)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


def test_their_hop_that_widens_ours_or_stands_under_an_altered_one_is_refused(foreign: Foreign) -> None:
    trust, holder = foreign.did("ed25519:acme"), foreign.did("jwk:clerk")
    widened = judge_chain(relay(foreign, details=WIDER), trust=trust, holder=holder)
    assert (widened.verified, widened.code) == (False, "widened")
    assert widened.refusal is not None
    assert widened.refusal.hop == 2
    root, middle, leaf = relay(foreign)
    altered = judge_chain(
        [root, altered_token(str(middle), validUntil="2026-11-23T09:29:59Z"), leaf], trust=trust, holder=holder
    )
    assert (altered.verified, altered.code) == (False, "proof_invalid")
    other = under(root, foreign.did("ed25519:worker"), Format.DATA_INTEGRITY)
    spliced = judge_chain([root, other, leaf], trust=trust, holder=holder)
    assert (spliced.verified, spliced.code) == (False, "link_broken")


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.JWT])
def test_our_presentation_of_a_chain_that_is_half_theirs_is_accepted_here_and_holds_there(
    foreign: Foreign, form: Format
) -> None:
    root = their_root(foreign)
    bidder = signer_of("bidder")
    hops = [SecuredCredential(root), under(root, bidder.did, Format.JWT)]
    presented = present(hops, bidder, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=form)
    assert judge_presentation(presented, trust=foreign.did("ed25519:acme")).accepted
    secured = presented if form is Format.JWT else json.loads(presented)
    assert foreign.holds(secured, bidder.did, challenge=CHALLENGE, domain=DOMAIN)
    assert not foreign.holds(secured, bidder.did, challenge="another", domain=DOMAIN)


@pytest.mark.parametrize("form", Format)
def test_their_hop_under_our_root_is_accepted_and_under_another_root_refused(foreign: Foreign, form: Format) -> None:
    acme = signer_of("acme", p256=form.value.startswith("ecdsa-"))
    begin, end = AT - timedelta(minutes=30), AT + timedelta(minutes=30)
    roots = [
        issue_root(
            acme,
            Terms(name, foreign.did("p256:planner"), begin, end, DETAILS, max_depth=1),
            principal=PRINCIPAL,
            at=AT,
            form=form,
        )
        for name in ("urn:example:one", "urn:example:two")
    ]
    holder = foreign.did("ed25519:worker")
    child = foreign.ask("child", over=roots[0].wire, by="p256:planner", to=holder, form=JWT, at=AT_TEXT)
    assert judge_chain([roots[0], child], trust=acme.did, holder=holder).accepted
    assert judge_chain([roots[1], child], trust=acme.did, holder=holder).code == "link_broken"


def test_chain_of_their_tokens_survives_our_compact_form(foreign: Foreign) -> None:
    root = their_root(foreign, JWT)
    chain = Chain((SecuredCredential(root), under(root, BIDDER.did, Format.JWT)))
    again = Chain.parse(chain.to_compact())
    assert again == chain
    assert judge_chain(again.hops, trust=foreign.did("ed25519:acme"), holder=BIDDER.did).accepted
    assert not judge_chain(again.hops[1:], trust=foreign.did("ed25519:acme"), holder=BIDDER.did).accepted
