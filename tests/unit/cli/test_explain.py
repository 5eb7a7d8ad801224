"""``legation explain``: why, in words, for every kind of refusal and every term of the vocabulary."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.cli.plain_words import add_detail, describe_constraint, describe_member
from legation.cli.terminal import Branch
from legation.domain.delegation.authority import parse_detail
from legation.domain.delegation.constraints import CONSTRAINTS
from legation.domain.delegation.predicates import PREDICATES
from legation.domain.verdict import HOP_CHECKS
from tests.support.chains import (
    CHALLENGE,
    DOMAIN,
    PRINCIPAL,
    REQUEST,
    STATUS,
    detail_of,
    forge_chain,
    forge_presentation,
    honest_chain,
    parties,
    read,
)
from tests.support.commands import Outcome, invoke

ROOT = parties(1)[0].did
NOW = "2026-11-23T08:30:00Z"
FULL: dict[str, Any] = {
    "type": "mcp_tool",
    "actions": ["pay"],
    "locations": ["https://bank.example/"],
    "datatypes": ["invoices"],
    "identifier": "account-7",
    "privileges": ["clerk"],
    "constraints": {
        "maxUses": 25,
        "budget": {"amount": "5000.00", "currency": "EUR"},
        "maxCost": {"amount": "70", "currency": "EUR"},
        "rate": {"uses": 3, "seconds": 60},
        "hours": {"from": "08:00", "to": "18:00", "timezone": "UTC", "days": [1, 5]},
        "audience": [DOMAIN],
        "purpose": ["payroll"],
        "approval": {"threshold": 1, "approvers": [PRINCIPAL], "above": {"amount": "50", "currency": "EUR"}},
        "arguments": {
            "a": {"equals": "x"},
            "b": {"in": ["x", "y"], "notIn": ["z"]},
            "c": {"min": 1, "max": 9},
            "d": {"prefix": "/data"},
            "e": {"cidr": "10.0.0.0/8"},
            "f": {"url": "https://a.example/"},
            "g": {"contains": ["p"], "subsetOf": ["p", "q"]},
        },
        "closedArguments": True,
    },
}


def explain(
    data: object, *options: str, trust: str = ROOT, command: str = "explain", encoding: str = "utf-8"
) -> Outcome:
    raw = data.encode() if isinstance(data, str) else json.dumps(data).encode()
    return invoke(command, "-", "--trust", trust, "--at", NOW, *options, stdin=raw, encoding=encoding)


def holder_of(chain: list[Any]) -> tuple[str, str]:
    return "--holder", read(chain[-1])["credentialSubject"]["id"]


def lines_of(branch: Branch) -> list[str]:
    return [branch.text, *(line for inner in branch.branches for line in lines_of(inner))]


def line_with(outcome: Outcome, text: str) -> str:
    (line,) = [line for line in outcome.out.splitlines() if text in line]
    return line


# ------------------------------------------------------------------ words


def test_every_constraint_and_predicate_is_in_the_example() -> None:
    parse_detail(FULL, "")
    assert FULL["constraints"].keys() == CONSTRAINTS.keys()
    used = {name for predicates in FULL["constraints"]["arguments"].values() for name in predicates}
    assert used == PREDICATES.keys()


def test_every_member_and_term_is_told_in_words_and_none_as_json() -> None:
    root = Branch("")
    add_detail(root, FULL)
    told = lines_of(root)
    for value in ("pay", "mcp_tool", "https://bank.example/", "invoices", "account-7", "clerk", "25", "5000.00 EUR"):
        assert any(value in line for line in told), value
    for value in ("70 EUR", "3", "60 seconds", "08:00", "Mon, Fri", DOMAIN, "payroll", PRINCIPAL, "50 EUR"):
        assert any(value in line for line in told), value
    assert not any("{" in line or name in line for line in told for name in ("maxUses", "notIn", "subsetOf"))


def test_star_is_told_as_anything() -> None:
    root = Branch("")
    add_detail(root, {"type": "t", "actions": ["*"]})
    assert "anything" in root.branches[0].text


def test_term_without_words_is_told_as_json() -> None:
    assert describe_constraint("brandNew", {"a": 1}) == 'brandNew {"a": 1}'


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/x/constraints/maxUses", 25, "25 times"),
        ("/x/constraints/arguments/percent", {"min": -15}, "at least -15"),
        ("/x/constraints/arguments/percent/min", -15, "-15"),
        ("/x/actions", ["a"], '["a"]'),
        ("", "x", '"x"'),
    ],
)
def test_member_that_a_refusal_points_to_is_told(pointer: str, value: object, words: str) -> None:
    assert words in describe_member(pointer, value)


def test_absent_member_is_told_as_nothing() -> None:
    assert "nothing" in describe_member("/x/constraints/maxUses", None)


# ------------------------------------------------------------------ trees


@pytest.mark.parametrize("command", ["verify", "explain"])
def test_accepted_chain_is_told_as_accepted_and_exits_with_0(command: str) -> None:
    chain = forge_chain(3)
    outcome = explain(chain, *holder_of(chain), command=command)
    assert outcome.code == 0
    assert outcome.out.startswith("✓ ACCEPTED")
    assert "✗" not in outcome.out


def test_explanation_tells_of_each_hop_parties_authority_validity_and_every_check() -> None:
    chain = forge_chain(3)
    outcome = explain(chain, *holder_of(chain))
    for signer in parties(3):
        assert signer.did in outcome.out
    assert outcome.out.count("adjust_bid, transfer_budget") == 3
    assert outcome.out.count("valid from 2026-11-23T08:00:00Z until 2026-11-23T09:00:00Z") == 3
    for name in HOP_CHECKS:
        assert outcome.out.count(f"✓ {name}: ") == 3


@pytest.mark.parametrize("command", ["verify", "explain"])
def test_widening_is_told_with_place_both_sides_and_what_to_do(command: str) -> None:
    chain = forge_chain(3, {2: lambda document: detail_of(document)["constraints"]["maxCost"].update(amount="9000")})
    outcome = explain(chain, *holder_of(chain), command=command)
    assert outcome.code == 5
    assert outcome.out.startswith("✗ REFUSED widened")
    assert "hop 2 /credentialSubject/delegation/authorizationDetails/0/constraints/maxCost" in outcome.out
    assert "5000.00 EUR" in line_with(outcome, "the parent allows:")
    assert "9000 EUR" in line_with(outcome, "the child claims:")
    assert "what to do: " in outcome.out
    assert "✗ hop 2" in outcome.out


def test_refusal_by_the_verifier_says_that_the_chain_itself_holds() -> None:
    chain = forge_chain(1)
    outcome = explain(chain, *holder_of(chain), "--request", json.dumps({**REQUEST, "action": "erase"}))
    assert outcome.code == 6
    assert "what it says, but" in outcome.out.splitlines()[0]
    assert "adjust_bid" in line_with(outcome, "asked is erase")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "payment"}, "asked is the type payment"),
        ({"location": "https://ads.acme.example/other"}, "asked is https://ads.acme.example/other"),
        ({"location": None}, "asked is no location"),
        ({"arguments": {"campaign": "A"}}, "argument percent"),
        ({"arguments": {"campaign": "Z", "percent": 1}}, 'and "Z" is not'),
        ({"cost": {"amount": "5000.000000001", "currency": "EUR"}}, "asked: 5000.000000001 EUR"),
        ({"cost": None}, "asked: no cost"),
    ],
)
def test_request_that_is_not_covered_is_told_what_the_object_allows(change: dict[str, Any], told: str) -> None:
    chain = forge_chain(1)
    request = {name: value for name, value in {**REQUEST, **change}.items() if value is not None}
    outcome = explain(chain, *holder_of(chain), "--request", json.dumps(request))
    assert outcome.code == 6
    assert told in outcome.out


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("identifier", "account-7", "asked is no identifier, allowed: account-7"),
        ("datatypes", ["invoices"], "asked are no datatypes, allowed: invoices"),
        ("privileges", ["clerk"], "asked are no privileges, allowed: clerk"),
    ],
)
def test_member_that_the_request_leaves_out_is_told(member: str, value: object, told: str) -> None:
    chain = forge_chain(1, {0: lambda document: detail_of(document).update({member: value})})
    assert told in explain(chain, *holder_of(chain), "--request", json.dumps(REQUEST)).out


@pytest.mark.parametrize(
    ("constraint", "value", "told", "code"),
    [
        ("purpose", ["payroll"], "asked: no purpose", 6),
        ("audience", ["https://other.example"], "asked: this verifier", 6),
        ("closedArguments", True, "given is more", 6),
        ("hours", {"from": "12:00", "to": "13:00", "timezone": "UTC"}, "asked: now", 6),
        ("approval", {"threshold": 1, "approvers": [PRINCIPAL]}, "with the consent of 1 of", 9),
        ("maxUses", 3, "hop 0 counts: at most 3 times", 6),
    ],
)
def test_limit_that_objects_is_told(constraint: str, value: object, told: str, code: int) -> None:
    chain = forge_chain(1, {0: lambda document: detail_of(document)["constraints"].update({constraint: value})})
    request = {
        **REQUEST,
        "arguments": {**REQUEST["arguments"], **({"more": 1} if constraint == "closedArguments" else {})},
    }
    outcome = explain(chain, *holder_of(chain), "--domain", DOMAIN, "--request", json.dumps(request))
    assert outcome.code == code
    assert told in outcome.out


def test_request_that_makes_no_sense_is_told_as_such() -> None:
    chain = forge_chain(1)
    outcome = explain(chain, *holder_of(chain), "--request", "[]")
    assert outcome.code == 6
    assert "✗ request_not_covered" in outcome.out


def test_status_that_was_passed_over_is_told() -> None:
    chain = forge_chain(1, {0: lambda document: document.update(credentialStatus=STATUS)})
    outcome = explain(chain, *holder_of(chain), "--status", "dangerously-skip")
    assert outcome.code == 0
    assert "– status" in outcome.out
    assert "passed over" in outcome.out


def test_presentation_that_fails_is_told_before_the_hops() -> None:
    hops = forge_chain(1)
    data = forge_presentation(hops, parties(1)[1], challenge="other")
    outcome = explain(data, "--challenge", CHALLENGE, "--domain", DOMAIN)
    assert outcome.code == 5
    assert outcome.out.index("✗ presentation") < outcome.out.index("hop 0")
    good = explain(forge_presentation(hops, parties(1)[1]), "--challenge", CHALLENGE, "--domain", DOMAIN)
    assert "✓ presentation" in good.out


def test_root_that_nobody_trusts_is_told_as_a_matter_of_trust() -> None:
    chain = forge_chain(1)
    outcome = explain(chain, *holder_of(chain), trust=parties(1)[1].did)
    assert outcome.code == 6
    assert "✗ trust" in outcome.out


def test_hop_that_cannot_be_read_is_told_as_such() -> None:
    chain = forge_chain(2, {1: lambda document: document.pop("validUntil")})
    outcome = explain(chain, "--holder", parties(2)[2].did)
    assert outcome.code == 5
    assert "hop 1 cannot be read" in outcome.out


def test_bytes_that_are_no_credential_are_told_as_input() -> None:
    outcome = explain("nonsense")
    assert outcome.code == 5
    assert "✗ input" in outcome.out


def test_l08_hostile_strings_of_an_invalid_document_do_not_reach_the_terminal() -> None:
    hostile = "\u202e\x1b[2J[red]\u200b"
    chain = forge_chain(1, {0: lambda document: document.update({hostile: hostile, "name": hostile})})
    for command in ("verify", "explain", "inspect"):
        options = [] if command == "inspect" else ["--trust", ROOT]
        outcome = invoke(command, "-", *options, stdin=json.dumps(chain).encode())
        assert outcome.code == 5
        assert not {"\u202e", "\x1b", "\u200b"} & set(outcome.out + outcome.err)


def test_explanation_is_drawn_in_ascii_where_there_is_no_more() -> None:
    chain = forge_chain(1)
    assert explain(chain, *holder_of(chain), encoding="ascii").out.isascii()


def test_json_of_explain_is_the_verdict() -> None:
    data = honest_chain(1).to_json()
    holder = ("--holder", parties(1)[1].did)
    assert (
        explain(data, *holder, "--format", "json").json
        == explain(data, *holder, "--format", "json", command="verify").json
    )
