"""Attacks on credentials and presentations; each name carries the id of its case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.domain.delegation.issuance import Terms, attenuate, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.errors import LegationError
from legation.standards.timestamps import parse_timestamp
from legation.standards.vc.credentials import check_period
from tests.support.chains import (
    AT,
    DETAILS,
    EMBEDDED,
    PRINCIPAL,
    TOKEN,
    forge_chain,
    forge_presentation,
    forge_presentation_token,
    judged_bare,
    judged_presented,
    parties,
    reason,
)
from tests.support.keys import signer_of
from tests.support.vcdm import credential, earlier_credential, formed, refusal

ACME, PLANNER, WORKER, TOOL = parties(3)


@pytest.mark.parametrize("form", [EMBEDDED, TOKEN])
@pytest.mark.parametrize("hop", [0, 1, 2])
def test_v01_expired_or_future_hop_anywhere_refuses_the_chain(form: str, hop: int) -> None:
    def narrowed(begin: str, end: str) -> Any:
        # hops below stay within the period, so that nothing but the moment is wrong
        return dict.fromkeys(range(hop, 3), lambda made: made.update(validFrom=begin, validUntil=end))

    good = forge_chain(3, narrowed("2026-11-23T08:30:00Z", "2026-11-23T08:30:01Z"), forms=(form,))
    assert judged_bare(good).accepted
    past = forge_chain(3, narrowed("2026-11-23T08:10:00Z", "2026-11-23T08:30:00Z"), forms=(form,))
    assert reason(judged_bare(past)) == ("expired", hop)
    future = forge_chain(3, narrowed("2026-11-23T08:30:01Z", "2026-11-23T08:40:00Z"), forms=(form,))
    assert reason(judged_bare(future)) == ("not_yet_valid", hop)


def test_v01_good_leaf_under_an_expired_ancestor_is_refused() -> None:
    chain = forge_chain(3, {0: lambda made: made.update(validUntil="2026-11-23T08:29:59Z")})
    assert reason(judged_bare(chain)) == ("expired", 0)
    assert judged_bare(forge_chain(3)).accepted


def test_v01_credential_that_ends_before_it_begins_is_not_issued() -> None:
    begin = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def issue(end: datetime) -> SecuredCredential:
        terms = Terms("urn:uuid:1", PLANNER.did, begin, end, DETAILS, 1)
        return issue_root(ACME, terms, principal=PRINCIPAL, at=AT)

    root = issue(begin + timedelta(hours=1))
    for end in (begin, begin - timedelta(seconds=1)):
        with pytest.raises(LegationError) as refused:
            issue(end)
        assert refused.value.code == "malformed"
        with pytest.raises(LegationError):
            attenuate([root], PLANNER, Terms("urn:uuid:2", WORKER.did, begin, end), at=AT)
    assert attenuate([root], PLANNER, Terms("urn:uuid:2", WORKER.did, begin), at=AT)


def test_v01_credential_of_any_kind_outside_of_its_period_is_refused() -> None:
    for make, begin, end in (
        (credential, "validFrom", "validUntil"),
        (earlier_credential, "issuanceDate", "expirationDate"),
    ):
        form = formed(make(**{begin: "2026-11-23T08:00:00Z", end: "2026-11-23T09:00:00Z"}))
        check_period(form, parse_timestamp("2026-11-23T08:30:00Z"))
        for moment, code in (("2026-11-23T07:59:59.999999999Z", "not_yet_valid"), ("2026-11-23T09:00:01Z", "expired")):
            with pytest.raises(LegationError) as refused:
                check_period(form, parse_timestamp(moment))
            assert (refused.value.code, refused.value.pointer) == (code, f"/{begin if code[0] == 'n' else end}")


def test_v01_credential_of_any_kind_that_ends_before_it_begins_has_no_form() -> None:
    # the same instant, written in two time zones, is no end before the beginning; a second earlier is
    assert formed(credential(validFrom="2026-11-23T08:00:00Z", validUntil="2026-11-23T09:00:00+01:00"))
    assert refusal(credential(validFrom="2026-11-23T08:00:00Z", validUntil="2026-11-23T08:59:59+01:00")) == (
        "malformed",
        "/validUntil",
    )


def test_v01_period_in_the_words_of_another_version_is_not_overlooked() -> None:
    past = {"expirationDate": "2020-01-01T00:00:00Z"}
    assert refusal(credential(**past)) == ("unknown_term", "/expirationDate")
    form = formed(earlier_credential(issuanceDate="2019-01-01T00:00:00Z", **past))
    with pytest.raises(LegationError) as refused:
        check_period(form, parse_timestamp("2026-11-23T08:30:00Z"))
    assert refused.value.code == "expired"


@pytest.mark.parametrize("present", [forge_presentation, forge_presentation_token])
def test_v04_holder_that_is_not_the_subject_is_refused(present: Any) -> None:
    chain = forge_chain(3)
    for thief in (signer_of("thief"), ACME, PLANNER, WORKER):
        assert judged_presented(present(chain, thief)).code == "holder_mismatch"
    assert judged_presented(present(chain, TOOL)).accepted


@pytest.mark.parametrize("present", [forge_presentation, forge_presentation_token])
def test_v06_bad_proof_over_good_credentials_is_refused_as_a_whole(present: Any) -> None:
    chain, thief = forge_chain(3), signer_of("thief")
    good = present(chain, TOOL)
    assert judged_presented(good).accepted
    assert judged_bare(chain).accepted
    if isinstance(good, str):
        bad = [present(chain, TOOL, signer=thief, header={"kid": TOOL.method}), good[:-6] + "AAAAAA"]
    else:
        bad = [present(chain, TOOL, signer=thief, verificationMethod=TOOL.method), {**good, "id": "urn:uuid:1"}]
    for made in bad:
        verdict = judged_presented(made)
        assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "presentation_invalid")
    if not isinstance(good, str):
        without = {name: value for name, value in good.items() if name != "proof"}
        with pytest.raises(LegationError) as refused:
            judged_presented(without)
        assert refused.value.code == "presentation_invalid"
