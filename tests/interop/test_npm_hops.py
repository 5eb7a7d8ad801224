"""Delegation hops in every form: ours hold in software that knows nothing of delegations, and npm's in our verifier."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.delegation.issuance import Format, Terms, issue_root
from tests.interop.documents import Document, changed, fault_there, suite_packages
from tests.interop.foreign import AT, AT_TEXT, DETAILS, PRINCIPAL, TERMS, Foreign, altered_token, judge_chain
from tests.interop.table import Way, tries
from tests.support.keys import signer_of

PROOFS = [
    (Format.EDDSA_RDFC_2022, "ed25519"),
    (Format.ECDSA_RDFC_2019, "p256"),
    (Format.ECDSA_JCS_2019, "p256"),
    (Format.ECDSA_RDFC_2019, "p384"),
    (Format.ECDSA_JCS_2019, "p384"),
]
TOKENS = {Format.VC_SD_JWT: "@sd-jwt/core", Format.DC_SD_JWT: "@sd-jwt/sd-jwt-vc"}
HOLDER = signer_of("planner").did


def proofs(way: Way) -> list[Any]:
    return [
        pytest.param(
            form, kind, id=f"{form.value}-{kind}", marks=tries(f"delegation hop, {form.value}", way, *packages)
        )
        for form, kind in PROOFS
        for packages in [suite_packages(form.value)]
        if kind != "p384" or way is Way.THEIRS
    ]


def tokens(way: Way) -> list[Any]:
    return [
        pytest.param(form, id=form.value, marks=tries(f"delegation hop, `{form.value}`", way, package))
        for form, package in TOKENS.items()
    ]


def our_hop(form: Format, *, p256: bool) -> Any:
    issuer = signer_of("acme", p256=p256)
    minutes = timedelta(minutes=30)
    terms = Terms("urn:example:root", HOLDER, AT - minutes, AT + minutes, DETAILS, max_depth=3)
    wire = issue_root(issuer, terms, principal=PRINCIPAL, at=AT, form=form).wire
    return wire if isinstance(wire, str) else json.loads(json.dumps(wire))


def their_hop(foreign: Foreign, form: str, kind: str) -> Any:
    return foreign.ask("root", by=f"{kind}:acme", to=HOLDER, form=form, at=AT_TEXT, **TERMS)


def widen(document: Document) -> None:
    document["credentialSubject"]["delegation"]["authorizationDetails"][0]["actions"].append("transfer")


@pytest.mark.parametrize(("form", "kind"), proofs(Way.OURS))
def test_our_hop_holds_there_and_widened_neither_there_nor_here(foreign: Foreign, form: Format, kind: str) -> None:
    issuer = signer_of("acme", p256=kind == "p256").did
    hop = our_hop(form, p256=kind == "p256")
    assert fault_there(foreign, hop) is None
    assert judge_chain([hop], trust=issuer, holder=HOLDER).accepted
    widened = changed(hop, widen)
    assert fault_there(foreign, widened) is not None
    assert judge_chain([widened], trust=issuer, holder=HOLDER).code == "proof_invalid"


@pytest.mark.parametrize(("form", "kind"), proofs(Way.THEIRS))
def test_their_hop_is_accepted_here_and_widened_holds_nowhere(foreign: Foreign, form: Format, kind: str) -> None:
    issuer, hop = foreign.did(f"{kind}:acme"), their_hop(foreign, form.value, kind)
    assert judge_chain([hop], trust=issuer, holder=HOLDER).accepted
    widened = changed(hop, widen)
    assert judge_chain([widened], trust=issuer, holder=HOLDER).code == "proof_invalid"
    assert fault_there(foreign, widened) is not None


@pytest.mark.parametrize("form", tokens(Way.OURS))
def test_our_token_holds_there_and_widened_does_not(foreign: Foreign, form: Format) -> None:
    issuer, hop = signer_of("acme"), our_hop(form, p256=False)
    found = foreign.ask("openSelective", text=hop, typ=form.value, at=AT_TEXT)
    delegation = found["claims"].get("delegation") or found["claims"]["credentialSubject"]["delegation"]
    assert delegation["authorizationDetails"] == DETAILS
    token, tilde, _ = hop.partition("~")
    widened = altered_token(token, exp=int(AT.timestamp()) + 7200) + tilde
    assert "fault" in foreign.ask("openSelective", text=widened, typ=form.value, at=AT_TEXT)
    assert judge_chain([hop], trust=issuer.did, holder=HOLDER).accepted
    assert not judge_chain([widened], trust=issuer.did, holder=HOLDER).accepted


@pytest.mark.parametrize("form", tokens(Way.THEIRS))
@pytest.mark.parametrize("kind", ["ed25519", "p256", "p384"])
def test_their_token_is_accepted_here_whole_and_refused_with_anything_hidden(
    foreign: Foreign, form: Format, kind: str
) -> None:
    issuer, hop = foreign.did(f"{kind}:acme"), their_hop(foreign, form.value, kind)
    issued, *disclosures, nothing = hop.split("~")
    assert disclosures
    assert judge_chain([hop], trust=issuer, holder=HOLDER).accepted
    assert judge_chain(["~".join([issued, *disclosures[1:], nothing])], trust=issuer, holder=HOLDER).code == "malformed"
    altered = altered_token(issued, jti="urn:example:another", id="urn:example:another")
    assert not judge_chain(["~".join([altered, *disclosures, nothing])], trust=issuer, holder=HOLDER).verified
