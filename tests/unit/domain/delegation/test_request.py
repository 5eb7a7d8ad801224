"""Requests: the members that they may have, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.amount import Money
from legation.domain.delegation.request import parse_request
from legation.errors import MalformedError

FULL: dict[str, Any] = {
    "type": "t",
    "action": "a",
    "location": "HTTPS://A.example",
    "identifier": "i",
    "datatypes": ["d"],
    "privileges": ["p"],
    "arguments": {"x": None},
    "cost": {"amount": "1.5", "currency": "EUR"},
    "purpose": "audit",
}


def test_request_is_read_with_every_member() -> None:
    request = parse_request(FULL)
    assert (request.type, request.action, str(request.location)) == ("t", "a", "https://a.example/")
    assert (request.identifier, request.datatypes, request.privileges) == ("i", {"d"}, {"p"})
    assert (request.arguments, request.cost, request.purpose) == ({"x": None}, Money(1_500_000_000, "EUR"), "audit")


def test_request_needs_type_and_action_only() -> None:
    request = parse_request({"type": "t", "action": "a"})
    assert (request.location, request.cost, dict(request.arguments)) == (None, None, {})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": None}, "/type"),
        ({"action": "*"}, "/action"),
        ({"action": ""}, "/action"),
        ({"action": ["a"]}, "/action"),
        ({"location": "https://a.example/x/../y"}, "/location"),
        ({"location": None}, "/location"),
        ({"identifier": 7}, "/identifier"),
        ({"datatypes": "d"}, "/datatypes"),
        ({"datatypes": []}, "/datatypes"),
        ({"privileges": ["p", "p"]}, "/privileges"),
        ({"arguments": []}, "/arguments"),
        ({"arguments": None}, "/arguments"),
        ({"cost": "1.5"}, "/cost"),
        ({"cost": {"amount": 1, "currency": "EUR"}}, "/cost/amount"),
        ({"purpose": ["audit"]}, "/purpose"),
        ({"actions": ["a"]}, "/actions"),
        ({"approvals": []}, "/approvals"),
        ({"": 1}, "/"),
    ],
)
def test_malformed_request_is_refused(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_request({**FULL, **change})
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("value", [None, [], "x", 7, {"type": "t"}, {"action": "a"}])
def test_what_is_no_request_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_request(value)
