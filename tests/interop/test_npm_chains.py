"""Chains of three hops that JavaScript made from the design page alone: good ones, and every forgery by its code."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.verdict import Verdict
from tests.interop.foreign import (
    AT,
    AT_TEXT,
    CHALLENGE,
    DATA_INTEGRITY,
    DOMAIN,
    JWT,
    VP_JWT,
    Foreign,
    Wire,
    judge_chain,
    judge_presentation,
)
from tests.interop.table import tries_by_name

pytestmark = tries_by_name("delegation chains and their forgeries", "jsonld-signatures", "jose")

DELEGATION = "/credentialSubject/delegation"
DETAIL = DELEGATION + "/authorizationDetails/0"
PARENT_DIGEST = DELEGATION + "/parent/digestMultibase"

# form of each hop, and the four parties: three sign hops, the last holds the chain
KINDS: dict[str, tuple[list[str], list[str]]] = {
    "tokens": ([JWT] * 3, ["jwk:acme", "ed25519:planner", "p256:bidder", "ed25519:worker"]),
    "proofs": ([DATA_INTEGRITY] * 3, ["ed25519:acme", "ed25519:planner", "ed25519:bidder", "ed25519:worker"]),
    "mixed": ([DATA_INTEGRITY, JWT, DATA_INTEGRITY], ["ed25519:acme", "p256:planner", "ed25519:bidder", "jwk:worker"]),
}

# the member that a widening is found in, below the authorization object of the last hop; `widenings` in authority.mjs
WIDENED = {
    "type": "/type",
    "identifier": "/identifier",
    "identifier_dropped": "/identifier",
    "action_added": "/actions",
    "every_action": "/actions",
    "location_above": "/locations",
    "location_beside": "/locations",
    "location_elsewhere": "/locations",
    "locations_dropped": "/locations",
    "datatype_added": "/datatypes",
    "privileges_dropped": "/privileges",
    "constraints_dropped": "/constraints/maxUses",
    "max_uses": "/constraints/maxUses",
    "max_uses_dropped": "/constraints/maxUses",
    "budget": "/constraints/budget",
    "budget_in_another_currency": "/constraints/budget",
    "max_cost": "/constraints/maxCost",
    "rate": "/constraints/rate",
    "rate_in_a_shorter_window": "/constraints/rate",
    "hours_longer": "/constraints/hours",
    "hours_on_another_day": "/constraints/hours",
    "hours_past_midnight": "/constraints/hours",
    "hours_in_another_zone": "/constraints/hours",
    "audience": "/constraints/audience",
    "purpose": "/constraints/purpose",
    "approval_by_fewer": "/constraints/approval",
    "approval_by_another": "/constraints/approval",
    "approval_later": "/constraints/approval",
    "arguments_open": "/constraints/closedArguments",
    "argument_added": "/constraints/arguments/note",
    "argument_dropped": "/constraints/arguments/mode",
    "in": "/constraints/arguments/campaign/in",
    "equals": "/constraints/arguments/mode/equals",
    "equals_of_another_type": "/constraints/arguments/dryRun/equals",
    "not_in": "/constraints/arguments/region/notIn",
    "min": "/constraints/arguments/percent/min",
    "min_dropped": "/constraints/arguments/percent/min",
    "max_of_another_kind": "/constraints/arguments/ceiling/max",
    "max": "/constraints/arguments/ceiling/max",
    "prefix": "/constraints/arguments/file/prefix",
    "prefix_dotted": "/constraints/arguments/file/prefix",
    "cidr": "/constraints/arguments/host/cidr",
    "cidr_outside": "/constraints/arguments/host/cidr",
    "cidr_six": "/constraints/arguments/peer/cidr",
    "url": "/constraints/arguments/callback/url",
    "contains": "/constraints/arguments/tags/contains",
    "subset_of": "/constraints/arguments/tags/subsetOf",
    "integer_bound": "/constraints/arguments/~0a~1b/min",
}
WIDENED_ELSEWHERE = {
    "widened_in_the_middle": (1, DETAIL + "/constraints/maxUses"),
    "widened_by_a_second_object": (2, DELEGATION + "/authorizationDetails/1/identifier"),
}
# code, hop and, where it says where, pointer; `changes` in forgeries.mjs
WRITTEN: dict[str, tuple[str, int | None, str | None]] = {
    "another_principal": ("principal_changed", 2, DELEGATION + "/principal"),
    "too_deep": ("depth_exceeded", 2, DELEGATION + "/maxDepth"),
    "deeper_than_any": ("malformed", 0, DELEGATION + "/maxDepth"),
    "outlives": ("widened", 2, "/validUntil"),
    "begins_before": ("widened", 1, "/validFrom"),
    "leap_second": ("malformed", 2, "/validUntil"),
    "unknown_constraint": ("unknown_term", 2, DETAIL + "/constraints/weather"),
    "unknown_predicate": ("unknown_term", 2, DETAIL + "/constraints/arguments/mode/matches"),
    "unknown_detail_member": ("unknown_term", 1, DETAIL + "/scope"),
    "unknown_delegation_member": ("unknown_term", 1, DELEGATION + "/remark"),
    "terms_of_use": ("unknown_term", 2, "/termsOfUse"),
    "another_context": ("malformed", 2, "/@context"),
    "context_below": ("unknown_term", 2, "/credentialSubject/@context"),
    "another_type": ("malformed", 2, "/type"),
    "two_subjects": ("malformed", 2, "/credentialSubject"),
    "fraction": ("malformed", 2, DETAIL + "/constraints/arguments/percent/min"),
    "number_too_large": ("malformed", 1, DETAIL + "/constraints/arguments/~0a~1b/min"),
    "amount_as_number": ("malformed", 1, DETAIL + "/constraints/budget/amount"),
    "null_value": ("malformed", 2, DETAIL + "/datatypes"),
    "empty_array": ("malformed", 2, DETAIL + "/privileges"),
    "twice_in_a_set": ("malformed", 2, DETAIL + "/actions"),
    "decomposed_string": ("malformed", 2, DETAIL + "/constraints/purpose"),
    "invisible_character": ("malformed", 2, DETAIL + "/constraints/purpose"),
    "network_with_host_bits": ("malformed", 2, DETAIL + "/constraints/arguments/host/cidr"),
    "location_with_dots": ("malformed", 2, DETAIL + "/locations/0"),
    "unknown_time_zone": ("unknown_term", 2, DETAIL + "/constraints/hours/timezone"),
    "loop": ("malformed", None, "/credentialSubject/id"),
    "same_id_again": ("malformed", None, "/id"),
    "no_parent": ("link_broken", 2, DELEGATION),
    "parent_above_the_root": ("link_broken", 0, DELEGATION + "/parent"),
    "parent_of_another_id": ("link_broken", 1, DELEGATION + "/parent/id"),
    "digest_of_the_unsigned": ("link_broken", 2, PARENT_DIGEST),
    "digest_of_another_spelling": ("link_broken", 2, PARENT_DIGEST),
    "digest_in_hexadecimal": ("malformed", 2, PARENT_DIGEST),
}
# `thefts` in forgeries.mjs
STOLEN: dict[str, tuple[str, int | None, str | None]] = {
    "signed_by_a_stranger": ("method_not_authorized", 1, None),
    "signed_under_the_issuers_name": ("proof_invalid", 2, None),
    "spliced_from_a_sibling": ("link_broken", 2, DELEGATION + "/parent/id"),
    "parent_issued_again_wider": ("link_broken", 2, PARENT_DIGEST),
    "middle_left_out": ("link_broken", 1, "/issuer"),
    "leaf_first": ("malformed", None, "/credentialSubject/id"),
    "root_altered": ("proof_invalid", 0, None),
    "middle_altered": ("proof_invalid", 1, None),
    "leaf_altered": ("proof_invalid", 2, None),
}
REQUEST: dict[str, Any] = {
    "type": "mcp_tool",
    "action": "pause",
    "location": "https://ads.acme.example/mcp/bids",
    "identifier": "account-7",
    "datatypes": ["bids"],
    "privileges": ["operator"],
    "cost": {"amount": "12.50", "currency": "EUR"},
    "purpose": "bidding",
    "arguments": {
        "campaign": "A",
        "mode": "live",
        "dryRun": False,
        "region": "FR",
        "percent": -10,
        "ceiling": "19.90",
        "file": "/reports/2026/11/23.csv",
        "host": "10.1.2.3",
        "peer": "2001:db8:1::7",
        "callback": "https://ads.acme.example/hooks/bids",
        "tags": ["eu", "audited"],
        "\uff21": 'fullwidth \uff21, "quoted", back\\slash, caf\u00e9',
        "\U0001f600": 9007199254740991,
        "~a/b": -9007199254740991,
    },
}


@dataclass(frozen=True)
class Made:
    """A good chain, its forgeries by group and name, and how it is judged."""

    foreign: Foreign
    forms: list[str]
    parties: list[str]
    good: list[Wire]
    forged: dict[str, dict[str, list[Wire]]]

    def judge(self, hops: list[Wire], **expected: Any) -> Verdict:
        given = {"trust": self.foreign.did(self.parties[0]), "holder": self.foreign.did(self.parties[3])}
        return judge_chain(hops, **(given | expected))

    def codes(self, group: str) -> dict[str, tuple[str | None, int | None, str | None]]:
        """Return code, hop and pointer for each forgery of a group; one that is let through has no code."""
        found: dict[str, tuple[str | None, int | None, str | None]] = {}
        for name, hops in self.forged[group].items():
            verdict = self.judge(hops)
            refusal = verdict.refusal
            if verdict.verified or verdict.accepted or refusal is None:
                found[name] = (None, None, None)
            else:
                found[name] = (refusal.code, refusal.hop, refusal.pointer)
        return found


@pytest.fixture(scope="module", params=KINDS)
def made(foreign: Foreign, request: pytest.FixtureRequest) -> Made:
    forms, parties = KINDS[request.param]
    options = {"forms": forms, "names": parties, "at": AT_TEXT}
    good = foreign.ask("chain", **options)
    return Made(foreign, forms, parties, good, foreign.ask("forgedChains", **options))


def test_good_chain_is_accepted(made: Made) -> None:
    verdict = made.judge(made.good)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)
    assert [hop.subject for hop in verdict.hops if hop] == [made.foreign.did(party) for party in made.parties[1:]]


def test_every_root_part_of_a_good_chain_is_accepted_for_its_own_holder(made: Made) -> None:
    for length in (1, 2):
        assert made.judge(made.good[:length], holder=made.foreign.did(made.parties[length])).accepted


@pytest.mark.parametrize(
    ("expected", "code", "verified"),
    [
        ({"holder": None}, "presentation_invalid", True),
        ({"holder": "did:web:thief.example"}, "holder_mismatch", True),
        ({"trust": "did:web:other.example"}, "untrusted_root", True),
        ({"at": AT + timedelta(minutes=10)}, "expired", False),
        ({"at": AT - timedelta(minutes=40)}, "not_yet_valid", False),
    ],
)
def test_good_chain_is_refused_to_anybody_else_and_at_another_time(
    made: Made, expected: dict[str, Any], code: str, verified: bool
) -> None:
    verdict = made.judge(made.good, **expected)
    assert (verdict.code, verdict.verified, verdict.accepted) == (code, verified, False)


def test_widened_chain_is_refused_where_it_was_widened(made: Made) -> None:
    expected = {name: ("widened", 2, DETAIL + pointer) for name, pointer in WIDENED.items()}
    expected |= {name: ("widened", hop, pointer) for name, (hop, pointer) in WIDENED_ELSEWHERE.items()}
    assert made.codes("widened") == expected


def test_chain_that_the_design_page_does_not_allow_is_refused(made: Made) -> None:
    assert made.codes("written") == WRITTEN


def test_stolen_spliced_or_altered_chain_is_refused(made: Made) -> None:
    assert made.codes("stolen") == STOLEN


def test_request_that_must_be_counted_is_refused_until_something_counts(made: Made) -> None:
    verdict = made.judge(made.good, request=REQUEST)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "charge_required")


@pytest.fixture(scope="module")
def uncounted(foreign: Foreign, made: Made) -> list[Wire]:
    hops: list[Wire] = foreign.ask(
        "chain", forms=made.forms, names=made.parties, at=AT_TEXT, without=["maxUses", "budget", "rate"]
    )
    return hops


def test_request_within_the_chain_is_accepted(made: Made, uncounted: list[Wire]) -> None:
    verdict = made.judge(uncounted, request=REQUEST)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("type", "mcp_server", "request_not_covered"),
        ("action", "transfer_budget", "request_not_covered"),
        ("location", "https://ads.acme.example/mcp/bids/1", "request_not_covered"),
        ("identifier", "account-8", "request_not_covered"),
        ("datatypes", ["bids", "campaigns"], "request_not_covered"),
        ("privileges", None, "request_not_covered"),
        ("purpose", "reporting", "request_not_covered"),
        ("cost", {"amount": "50.51", "currency": "EUR"}, "request_not_covered"),
        ("cost", {"amount": "12.50", "currency": "USD"}, "request_not_covered"),
        ("cost", {"amount": "40.01", "currency": "EUR"}, "approval_required"),
        ("arguments/campaign", "B", "request_not_covered"),
        ("arguments/mode", "LIVE", "request_not_covered"),
        ("arguments/dryRun", 0, "request_not_covered"),
        ("arguments/region", "XX", "request_not_covered"),
        ("arguments/percent", 14, "request_not_covered"),
        ("arguments/percent", "-10", "request_not_covered"),
        ("arguments/ceiling", "19.91", "request_not_covered"),
        ("arguments/file", "/reports/2026/../2025/1.csv", "request_not_covered"),
        ("arguments/host", "10.1.2.4", "request_not_covered"),
        ("arguments/peer", "2001:db8:2::7", "request_not_covered"),
        ("arguments/callback", "https://ads.acme.example/hooks/bids/", "request_not_covered"),
        ("arguments/tags", ["eu"], "request_not_covered"),
        ("arguments/tags", ["audited", "eu", "test"], "request_not_covered"),
        ("arguments/\U0001f600", 1.5, "request_not_covered"),
        ("arguments/note", "x", "request_not_covered"),
        ("arguments/mode", None, "request_not_covered"),
    ],
)
def test_request_beyond_the_chain_is_refused(
    made: Made, uncounted: list[Wire], member: str, value: object, code: str
) -> None:
    request = copy.deepcopy(REQUEST)
    *above, name = member.split("/")
    target = request[above[0]] if above else request
    if value is None:
        del target[name]
    else:
        target[name] = value
    verdict = made.judge(uncounted, request=request)
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, code)


def present_there(made: Made, hops: list[Wire], by: str, **options: object) -> Wire:
    given = {"challenge": CHALLENGE, "domain": DOMAIN, "at": AT_TEXT}
    presented: Wire = made.foreign.ask("presentation", hops=hops, by=by, **(given | options))
    return presented


def test_good_chain_presented_by_its_holder_is_accepted(made: Made) -> None:
    holder, trust = made.parties[3], made.foreign.did(made.parties[0])
    forms = [VP_JWT, DATA_INTEGRITY] if holder.startswith("ed25519") else [VP_JWT]
    for form in forms:
        verdict = judge_presentation(present_there(made, made.good, holder, form=form), trust=trust)
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


def test_forged_chain_presented_by_its_holder_is_refused(made: Made) -> None:
    holder, trust = made.parties[3], made.foreign.did(made.parties[0])
    for group, name, code in (
        ("widened", "action_added", "widened"),
        ("widened", "constraints_dropped", "widened"),
        ("stolen", "spliced_from_a_sibling", "link_broken"),
        ("stolen", "leaf_altered", "proof_invalid"),
    ):
        verdict = judge_presentation(present_there(made, made.forged[group][name], holder, form=VP_JWT), trust=trust)
        assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, code)


def test_good_chain_presented_by_somebody_above_its_holder_is_refused(made: Made) -> None:
    presented = present_there(made, made.good, made.parties[2], form=VP_JWT)
    assert judge_presentation(presented, trust=made.foreign.did(made.parties[0])).code == "holder_mismatch"
