"""Issuing, narrowing, presenting: what our builders make our verifier accepts, and they sign nothing wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, default_format, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.domain.presentation import present
from legation.errors import (
    AttenuationError,
    InvalidKeyError,
    LegationError,
    MalformedError,
    TooLargeError,
    UnknownTermError,
)
from tests.support.chains import (
    AT,
    CHALLENGE,
    DETAILS,
    DOMAIN,
    PRINCIPAL,
    REQUEST,
    STATUS,
    copy,
    delegation_of,
    digest_of,
    forge_chain,
    honest_chain,
    judged_bare,
    judged_presented,
    parties,
    read,
    wires,
)
from tests.support.keys import signer_of

ACME, PLANNER, WORKER, TOOL = parties(3)
BEGIN, END = datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
ROOT = Terms("urn:uuid:root", PLANNER.did, BEGIN, END, DETAILS, 3)


def root(terms: Terms = ROOT, **changes: Any) -> SecuredCredential:
    return issue_root(ACME, terms, **{"principal": PRINCIPAL, "at": AT, **changes})


def narrowed(terms: Terms, *, signer: Any = PLANNER, at: datetime = AT, parent: Terms = ROOT) -> dict[str, Any]:
    return read(attenuate([root(parent)], signer, terms, at=at).wire)  # type: ignore[arg-type]  # dict or token


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.EDDSA_RDFC_2022, Format.JWT, Format.VC_SD_JWT])
def test_root_says_what_its_terms_say(form: Format) -> None:
    terms = replace(ROOT, usage_ledger="did:web:ledger.example", status=STATUS)
    made = read(root(terms, form=form).wire)  # type: ignore[arg-type]  # dict or token
    assert made["issuer"] == ACME.did
    assert (made["validFrom"], made["validUntil"]) == ("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z")
    assert made["credentialStatus"] == STATUS
    assert made["credentialSubject"]["id"] == PLANNER.did
    assert delegation_of(made) == {
        "principal": PRINCIPAL,
        "maxDepth": 3,
        "authorizationDetails": DETAILS,
        "usageLedger": "did:web:ledger.example",
    }


def test_several_status_entries_are_carried_as_an_array() -> None:
    made = read(root(replace(ROOT, status=[STATUS, {**STATUS, "statusPurpose": "suspension"}])).wire)  # type: ignore[arg-type]  # a wire is either
    assert [entry["statusPurpose"] for entry in made["credentialStatus"]] == ["revocation", "suspension"]


def test_attenuation_without_terms_passes_everything_on_one_hop_deeper() -> None:
    made = narrowed(Terms("urn:uuid:1", WORKER.did))
    own = delegation_of(made)
    assert (own["principal"], own["maxDepth"], own["authorizationDetails"]) == (PRINCIPAL, 2, DETAILS)
    assert own["parent"] == {"id": "urn:uuid:root", "digestMultibase": digest_of(root().wire)}  # type: ignore[arg-type]  # a wire is either
    assert (made["validFrom"], made["validUntil"]) == ("2026-11-23T08:30:00Z", "2026-11-23T09:00:00Z")


def test_attenuation_before_the_parent_begins_begins_with_the_parent() -> None:
    made = narrowed(Terms("urn:uuid:1", WORKER.did), at=datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert made["validFrom"] == "2026-11-23T08:00:00Z"


def test_attenuation_takes_its_terms() -> None:
    details = copy(DETAILS)
    details[0]["actions"] = ["adjust_bid"]
    terms = Terms("urn:uuid:1", WORKER.did, BEGIN + timedelta(minutes=5), END - timedelta(minutes=5), details, 0)
    made = narrowed(terms)
    assert delegation_of(made)["authorizationDetails"] == details
    assert delegation_of(made)["maxDepth"] == 0
    assert (made["validFrom"], made["validUntil"]) == ("2026-11-23T08:05:00Z", "2026-11-23T08:55:00Z")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"details": [{**DETAILS[0], "actions": ["*"]}]}, "widened"),
        ({"valid_until": END + timedelta(seconds=1)}, "widened"),
        ({"valid_from": BEGIN - timedelta(seconds=1)}, "widened"),
        ({"max_depth": 3}, "depth_exceeded"),
    ],
)
def test_nothing_wider_is_signed(change: dict[str, Any], code: str) -> None:
    with pytest.raises(AttenuationError) as refused:
        narrowed(replace(Terms("urn:uuid:1", WORKER.did), **change))
    assert refused.value.code == code


def test_parent_that_leaves_no_depth_cannot_be_passed_on() -> None:
    with pytest.raises(AttenuationError) as refused:
        narrowed(Terms("urn:uuid:1", WORKER.did), parent=replace(ROOT, max_depth=0))
    assert refused.value.code == "depth_exceeded"


def test_only_the_subject_of_the_last_hop_can_pass_it_on_or_present_it() -> None:
    narrowed(Terms("urn:uuid:1", WORKER.did))
    for signer in (ACME, WORKER, TOOL):
        with pytest.raises(LegationError) as refused:
            narrowed(Terms("urn:uuid:1", "did:web:other.example"), signer=signer)
        assert refused.value.code == "holder_mismatch"
        with pytest.raises(LegationError) as refused:
            present([root()], signer, challenge=CHALLENGE, domain=DOMAIN, at=AT)
        assert refused.value.code == "holder_mismatch"
    with pytest.raises(LegationError):
        present([], PLANNER, challenge=CHALLENGE, domain=DOMAIN, at=AT)


def test_expired_hop_cannot_be_passed_on() -> None:
    narrowed(Terms("urn:uuid:1", WORKER.did), at=END - timedelta(seconds=1))
    with pytest.raises(LegationError) as refused:
        narrowed(Terms("urn:uuid:1", WORKER.did), at=END)
    assert refused.value.code == "expired"


def test_chain_of_16_hops_is_full() -> None:
    chain = honest_chain(16)
    assert judged_bare(wires(chain)).accepted
    with pytest.raises(TooLargeError):
        attenuate(chain.hops, parties(16)[16], Terms("urn:uuid:1", TOOL.did), at=AT)


@pytest.mark.parametrize(
    "terms",
    [
        replace(ROOT, id="no uri"),
        replace(ROOT, subject="planner"),
        replace(ROOT, subject=ACME.did),
        replace(ROOT, details=[]),
        replace(ROOT, details=None),
        replace(ROOT, details=[{"type": "t", "actions": ["a"], "constraints": {"maxUses": 1.5}}]),
        replace(ROOT, max_depth=17),
        replace(ROOT, max_depth=None),
        replace(ROOT, valid_from=None),
        replace(ROOT, valid_until=None),
        replace(ROOT, valid_until=BEGIN),
        replace(ROOT, valid_until=BEGIN - timedelta(hours=1)),
        replace(ROOT, valid_from=BEGIN.replace(tzinfo=None)),
        replace(ROOT, usage_ledger="https://ledger.example"),
        replace(ROOT, status=[]),
        replace(ROOT, status={"id": "x"}),
    ],
)
def test_malformed_terms_are_not_signed(terms: Terms) -> None:
    with pytest.raises(MalformedError):
        root(terms)


@pytest.mark.parametrize(
    "detail",
    [{"type": "t", "actions": ["a"], "maxSpend": 1}, {"type": "t", "actions": ["a"], "constraints": {"until": 1}}],
)
def test_unknown_terms_are_not_signed(detail: dict[str, Any]) -> None:
    with pytest.raises(UnknownTermError):
        root(replace(ROOT, details=[detail]))


@pytest.mark.parametrize("principal", ["ana", "", "https://idp.acme.example"])
def test_malformed_principal_is_not_signed(principal: str) -> None:
    with pytest.raises(MalformedError):
        root(principal=principal)


@pytest.mark.parametrize("subject", [ACME.did, PLANNER.did])
def test_loop_is_not_signed(subject: str) -> None:
    with pytest.raises(MalformedError):
        narrowed(Terms("urn:uuid:1", subject))


def test_identifier_of_a_hop_above_is_not_signed_again() -> None:
    with pytest.raises(MalformedError):
        narrowed(Terms("urn:uuid:root", WORKER.did))


def test_p256_key_secures_as_a_token() -> None:
    signer = signer_of("p256", p256=True)
    assert default_format(signer) is Format.JWT
    assert default_format(ACME) is Format.DATA_INTEGRITY
    assert isinstance(issue_root(signer, ROOT, principal=PRINCIPAL, at=AT).wire, str)
    with pytest.raises(InvalidKeyError):
        issue_root(signer, ROOT, principal=PRINCIPAL, at=AT, form=Format.DATA_INTEGRITY)


@pytest.mark.parametrize("forms", [[], [Format.JWT], [Format.DATA_INTEGRITY, Format.JWT]])
@pytest.mark.parametrize("form", [None, Format.DATA_INTEGRITY, Format.EDDSA_RDFC_2022, Format.JWT])
def test_presentation_of_every_form_over_hops_of_every_form_is_accepted(
    forms: list[Format], form: Format | None
) -> None:
    chain = honest_chain(3, forms)
    text = present(chain.hops, TOOL, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=form)
    assert judged_presented(text, request=REQUEST).accepted
    assert text.startswith("{") == (form is not Format.JWT and (form is not None or forms != [Format.JWT]))


def test_parties_with_p256_keys_make_a_chain_that_is_accepted() -> None:
    people = parties(3, p256={1, 3})
    chain = honest_chain(3, p256={1, 3})
    assert [isinstance(wire, str) for wire in wires(chain)] == [False, True, False]
    text = present(chain.hops, people[3], challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert judged_presented(text, request=REQUEST).accepted


def test_presentation_keeps_texts_outside_ascii() -> None:
    details = [{"type": "caf\u00e9", "actions": ["\u8aad\u3080"]}]
    chain = honest_chain(1, details=details)
    for form in (Format.DATA_INTEGRITY, Format.EDDSA_RDFC_2022, Format.JWT):
        text = present(chain.hops, PLANNER, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=form)
        assert judged_presented(text, request={"type": "caf\u00e9", "action": "\u8aad\u3080"}).accepted


def test_chain_by_foreign_code_is_passed_on() -> None:
    foreign = forge_chain(1)
    chain = Chain.parse(json.dumps(foreign))
    longer = chain.extended(attenuate(chain.hops, PLANNER, Terms("urn:uuid:1", WORKER.did), at=AT))
    assert judged_bare(wires(longer)).accepted
