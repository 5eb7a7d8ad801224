"""`vc+jwt` and `vp+jwt`: what we sign holds in jose, what jose signs holds here, and forgeries nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.presentation import present
from tests.interop.foreign import (
    AT,
    AT_TEXT,
    CHALLENGE,
    DETAILS,
    DOMAIN,
    JWT,
    PRINCIPAL,
    TERMS,
    VP_JWT,
    Foreign,
    altered_token,
    judge_chain,
    judge_presentation,
    read_token,
)
from tests.interop.table import tries_by_name
from tests.support.keys import signer_of

pytestmark = tries_by_name("delegation hops and presentations, `vc+jwt` and `vp+jwt`", "jose")

KINDS = ["ed25519", "p256", "jwk"]
OURS = {"EdDSA": False, "ES256": True}

# what becomes of a forged token, by name; those of `forgeries` in tokens.mjs
REFUSALS = {
    "another_key_under_the_kid": "proof_invalid",
    "kid_of_another": "method_not_authorized",
    "key_in_the_header": "malformed",
    "algorithm_none": "malformed",
    "public_key_as_secret": "malformed",
    "type_of_another_token": "malformed",
    "critical_extension": "malformed",
    "claim_that_contradicts": "malformed",
    "other_payload_under_the_signature": "proof_invalid",
    "signature_cut_short": "proof_invalid",
    "signature_of_another_encoding": "proof_invalid",
}


def our_chain(*, p256: bool) -> tuple[Signer, Signer, list[str]]:
    issuer, holder = signer_of("acme", p256=p256), signer_of("planner", p256=p256)
    begin, end = AT - timedelta(minutes=30), AT + timedelta(minutes=30)
    root = issue_root(
        issuer,
        Terms("urn:example:root", holder.did, begin, end, DETAILS, max_depth=3),
        principal=PRINCIPAL,
        at=AT,
        form=Format.JWT,
    )
    leaf = Terms("urn:example:child", signer_of("bidder", p256=p256).did)
    child = attenuate([root], holder, leaf, at=AT, form=Format.JWT)
    return issuer, holder, [str(root.wire), str(child.wire)]


def our_presentation(*, p256: bool) -> str:
    _, _, tokens = our_chain(p256=p256)
    hops = [hop for token in tokens for hop in Chain.parse(token)]
    holder = signer_of("bidder", p256=p256)
    return present(hops, holder, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.JWT)


def their_root(foreign: Foreign, kind: str) -> str:
    return str(foreign.ask("root", by=f"{kind}:acme", to=foreign.did(f"{kind}:planner"), form=JWT, at=AT_TEXT, **TERMS))


def their_presentation(foreign: Foreign, kind: str, **options: object) -> str:
    given = {"by": f"{kind}:planner", "form": VP_JWT, "challenge": CHALLENGE, "domain": DOMAIN, "at": AT_TEXT}
    return str(foreign.ask("presentation", hops=[their_root(foreign, kind)], **(given | options)))


@pytest.mark.parametrize("p256", OURS.values(), ids=OURS)
def test_our_hops_hold_there(foreign: Foreign, p256: bool) -> None:
    issuer, holder, (root, child) = our_chain(p256=p256)
    assert foreign.holds(root, issuer.did)
    assert foreign.holds(child, holder.did)


@pytest.mark.parametrize("p256", OURS.values(), ids=OURS)
def test_our_hop_altered_or_of_another_issuer_holds_neither_there_nor_here(foreign: Foreign, p256: bool) -> None:
    issuer, holder, (root, _) = our_chain(p256=p256)
    altered = altered_token(root, id="urn:example:other")
    assert not foreign.holds(altered, issuer.did)
    assert judge_chain([altered], trust=issuer.did, holder=holder.did).code == "proof_invalid"
    assert not foreign.holds(root, holder.did)


@pytest.mark.parametrize("p256", OURS.values(), ids=OURS)
def test_our_link_names_the_digest_that_they_compute_and_no_other(foreign: Foreign, p256: bool) -> None:
    _, _, (root, child) = our_chain(p256=p256)
    named = read_token(child)["credentialSubject"]["delegation"]["parent"]["digestMultibase"]
    assert named == foreign.ask("digest", wire=root)
    assert named != foreign.ask("digest", wire=altered_token(root, id="urn:example:other"))


@pytest.mark.parametrize("p256", OURS.values(), ids=OURS)
def test_our_presentation_holds_there(foreign: Foreign, p256: bool) -> None:
    holder = signer_of("bidder", p256=p256)
    assert foreign.holds(our_presentation(p256=p256), holder.did, challenge=CHALLENGE, domain=DOMAIN)


@pytest.mark.parametrize("p256", OURS.values(), ids=OURS)
def test_our_presentation_altered_or_for_another_holds_neither_there_nor_here(foreign: Foreign, p256: bool) -> None:
    issuer, holder = signer_of("acme", p256=p256), signer_of("bidder", p256=p256)
    presented = our_presentation(p256=p256)
    altered = altered_token(presented, nonce="another")
    assert not foreign.holds(altered, holder.did, challenge="another", domain=DOMAIN)
    assert judge_presentation(altered, trust=issuer.did, challenge="another").code == "presentation_invalid"
    assert not foreign.holds(presented, holder.did, challenge="another", domain=DOMAIN)
    assert judge_presentation(presented, trust=issuer.did, challenge="another").code == "challenge_mismatch"
    assert not foreign.holds(presented, holder.did, challenge=CHALLENGE, domain="https://other.example")
    other = judge_presentation(presented, trust=issuer.did, domain="https://other.example")
    assert other.code == "domain_mismatch"


@pytest.mark.parametrize("kind", KINDS)
def test_their_hop_is_accepted_here(foreign: Foreign, kind: str) -> None:
    issuer, holder = foreign.did(f"{kind}:acme"), foreign.did(f"{kind}:planner")
    verdict = judge_chain([their_root(foreign, kind)], trust=issuer, holder=holder)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize("kind", KINDS)
def test_their_hop_with_claims_that_agree_is_accepted_and_one_that_contradicts_refused(
    foreign: Foreign, kind: str
) -> None:
    document = read_token(their_root(foreign, kind))
    issuer, holder = foreign.did(f"{kind}:acme"), foreign.did(f"{kind}:planner")
    begin, end = int((AT - timedelta(minutes=30)).timestamp()), int((AT + timedelta(minutes=30)).timestamp())
    claims = {"iss": issuer, "sub": holder, "jti": document["id"], "nbf": begin, "exp": end, "iat": begin}
    token = foreign.ask("credentialToken", document=document, by=f"{kind}:acme", claims=claims)
    assert judge_chain([token], trust=issuer, holder=holder).accepted
    token = foreign.ask("credentialToken", document=document, by=f"{kind}:acme", claims=claims | {"exp": end + 1})
    assert judge_chain([token], trust=issuer, holder=holder).code == "malformed"


@pytest.mark.parametrize("kind", KINDS)
def test_their_forged_hop_is_refused_here(foreign: Foreign, kind: str) -> None:
    document = read_token(their_root(foreign, kind))
    parties = {"victim": f"{kind}:acme", "thief": f"{kind}:thief"}
    forged = foreign.ask("forgedTokens", document=document, typ=JWT, **parties)
    issuer, holder = foreign.did(f"{kind}:acme"), foreign.did(f"{kind}:planner")
    verdicts = {name: judge_chain([token], trust=issuer, holder=holder) for name, token in forged.items()}
    assert {name: verdict.code for name, verdict in verdicts.items()} == REFUSALS
    assert not any(verdict.verified or verdict.accepted for verdict in verdicts.values())


@pytest.mark.parametrize("kind", KINDS)
def test_their_presentation_is_accepted_here(foreign: Foreign, kind: str) -> None:
    verdict = judge_presentation(their_presentation(foreign, kind), trust=foreign.did(f"{kind}:acme"))
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize("kind", KINDS)
def test_their_presentation_for_another_or_later_is_refused_here(foreign: Foreign, kind: str) -> None:
    token, trust = their_presentation(foreign, kind), foreign.did(f"{kind}:acme")
    assert judge_presentation(token, trust=trust, challenge="another").code == "challenge_mismatch"
    assert judge_presentation(token, trust=trust, domain="https://other.example").code == "domain_mismatch"
    late = judge_presentation(token, trust=trust, at=AT + timedelta(minutes=5, seconds=1))
    assert late.code == "presentation_invalid"


@pytest.mark.parametrize("kind", KINDS)
def test_their_presentation_by_a_thief_is_refused_here(foreign: Foreign, kind: str) -> None:
    trust = foreign.did(f"{kind}:acme")
    stolen = their_presentation(foreign, kind, by=f"{kind}:thief")
    assert judge_presentation(stolen, trust=trust).code == "holder_mismatch"
    pretended = their_presentation(foreign, kind, by=f"{kind}:thief", holder=foreign.did(f"{kind}:planner"))
    assert judge_presentation(pretended, trust=trust).code == "method_not_authorized"


@pytest.mark.parametrize("kind", KINDS)
def test_their_forged_presentation_is_refused_here(foreign: Foreign, kind: str) -> None:
    document: dict[str, Any] = read_token(their_presentation(foreign, kind))
    parties = {"victim": f"{kind}:planner", "thief": f"{kind}:thief"}
    forged = foreign.ask("forgedTokens", document=document, typ=VP_JWT, **parties)
    trust = foreign.did(f"{kind}:acme")
    verdicts = {name: judge_presentation(token, trust=trust) for name, token in forged.items()}
    invalid = {name: "presentation_invalid" for name, code in REFUSALS.items() if code == "proof_invalid"}
    assert {name: verdict.code for name, verdict in verdicts.items()} == REFUSALS | invalid
    assert not any(verdict.verified or verdict.accepted for verdict in verdicts.values())
