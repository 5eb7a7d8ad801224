"""The JSON of a verdict: both answers, every hop's checks, and the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.domain.trust import TrustAnchors
from legation.domain.verdict import HOP_CHECKS, Refusal, Step, Verdict
from legation.errors import MalformedError
from tests.support.chains import (
    DETAILS,
    FROM,
    PRINCIPAL,
    REQUEST,
    UNTIL,
    delegation_of,
    detail_of,
    forge_chain,
    forge_presentation,
    hop_id,
    judged_bare,
    judged_presented,
    parties,
)

ACME, PLANNER, WORKER, TOOL = parties(3)


def shown(verdict: Verdict) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(verdict.to_json()))
    return value


def test_verdict_on_a_sound_chain_says_all_of_it() -> None:
    value = shown(judged_presented(forge_presentation(forge_chain(2), WORKER), request=REQUEST))
    assert (value["verified"], value["accepted"], value["error"]) == (True, True, None)
    assert (value["principal"], value["holder"]) == (PRINCIPAL, WORKER.did)
    assert value["authorizationDetails"] == DETAILS
    assert [hop["hop"] for hop in value["hops"]] == [0, 1]
    first = value["hops"][0]
    assert (first["id"], first["issuer"], first["subject"]) == (hop_id(0), ACME.did, PLANNER.did)
    assert (first["validFrom"], first["validUntil"], first["maxDepth"]) == (FROM, UNTIL, 16)
    assert first["checks"] == dict.fromkeys(HOP_CHECKS, "passed")


def test_verdict_says_who_counts() -> None:
    chain = forge_chain(2, {1: lambda made: delegation_of(made).update(usageLedger="did:web:ledger.example")})
    first, second = shown(judged_bare(chain))["hops"]
    assert second["usageLedger"] == "did:web:ledger.example"
    assert first["usageLedger"] != second["usageLedger"]
    assert first["usageLedger"]


def test_verdict_on_a_widened_chain_names_hop_pointer_and_both_sides() -> None:
    chain = forge_chain(3, {1: lambda made: detail_of(made).update(actions=["*"])})
    value = shown(judged_bare(chain))
    assert (value["verified"], value["accepted"]) == (False, False)
    assert (value["principal"], value["holder"], value["authorizationDetails"]) == (None, None, [])
    error = value["error"]
    assert (error["code"], error["hop"]) == ("widened", 1)
    assert error["pointer"] == "/credentialSubject/delegation/authorizationDetails/0/actions"
    assert (error["allowed"], error["claimed"]) == (["adjust_bid", "transfer_budget"], ["*"])
    assert error["message"]
    checks = [hop["checks"] for hop in value["hops"]]
    assert [check["attenuation"] for check in checks] == ["passed", "failed", "not_reached"]
    assert [check["validity"] for check in checks] == ["passed"] * 3
    assert [check["status"] for check in checks] == ["not_reached"] * 3


def test_constraint_left_out_is_claimed_as_null() -> None:
    chain = forge_chain(2, {1: lambda made: detail_of(made)["constraints"].pop("maxCost")})
    error = shown(judged_bare(chain))["error"]
    assert (error["allowed"], error["claimed"]) == ({"amount": "5000.00", "currency": "EUR"}, None)


def test_hop_that_cannot_be_read_is_shown_without_what_it_says() -> None:
    chain = forge_chain(2, {1: lambda made: made.update(extra=1)})
    value = shown(judged_bare(chain, holder=WORKER.did))
    assert set(value["hops"][1]) == {"hop", "checks"}
    assert [hop["checks"]["proof"] for hop in value["hops"]] == ["passed", "failed"]
    assert (value["error"]["hop"], value["error"]["pointer"]) == (1, "/extra")


def test_refused_presentation_reaches_no_hop() -> None:
    value = shown(judged_presented(forge_presentation(forge_chain(2), WORKER, challenge="other")))
    assert (value["error"]["code"], value["error"]["hop"]) == ("challenge_mismatch", None)
    assert all(set(hop["checks"].values()) == {"not_reached"} for hop in value["hops"])
    assert value["holder"] is None


def test_verified_chain_that_is_not_accepted_keeps_its_checks() -> None:
    value = shown(judged_bare(forge_chain(2), trust=TrustAnchors()))
    assert (value["verified"], value["accepted"], value["error"]["code"]) == (True, False, "untrusted_root")
    assert value["principal"] == PRINCIPAL
    assert all(set(hop["checks"].values()) == {"passed"} for hop in value["hops"])


def test_reason_is_shown_with_what_to_do_where_there_is_something() -> None:
    assert "fix" not in Refusal("expired", "x").to_json()
    assert Refusal("expired", "x", fix="Ask anew.").to_json()["fix"] == "Ask anew."
    made = Refusal.of(MalformedError("x", pointer="/a"), 3)
    assert (made.code, made.hop, made.pointer) == ("malformed", 3, "/a")
    assert "allowed" not in made.to_json()


@pytest.mark.parametrize("failed", [None, *Step])
def test_verdict_on_nothing_is_written_too(failed: Step | None) -> None:
    value = shown(Verdict(False, False, Refusal("malformed", "x"), failed=failed))
    assert value["hops"] == []
    assert (value["verified"], value["accepted"]) == (False, False)
