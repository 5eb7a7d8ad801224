"""Every constraint of design page §3.1: its value, what it says of a request, and which child is narrower."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from legation.domain.delegation.authority import parse_detail
from legation.domain.delegation.constraints import CONSTRAINTS
from legation.domain.delegation.request import Circumstances, parse_request
from legation.errors import MalformedError, UnknownTermError
from tests.support.chains import AT
from tests.support.oracle import narrower as should_be_narrower

NOT_COVERED = "request_not_covered"
EUR = {"amount": "10.00", "currency": "EUR"}
ANA = "https://idp.acme.example#ana"
BOB, CAT = "did:web:bob.example", "did:web:cat.example"
APPROVAL: dict[str, Any] = {"threshold": 1, "approvers": [ANA, BOB]}
OFFICE: dict[str, Any] = {"from": "09:00", "to": "17:00", "timezone": "Europe/Berlin", "days": [1, 2, 3, 4, 5]}
NIGHT: dict[str, Any] = {"from": "22:00", "to": "06:00", "timezone": "UTC", "days": [5]}


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def objection(
    constraints: dict[str, Any], request: dict[str, Any], *, at: datetime = AT, names: frozenset[str] = frozenset()
) -> str | None:
    detail = parse_detail({"type": "t", "actions": ["a"], "constraints": constraints}, "")
    asked = parse_request({"type": "t", "action": "a", **request})
    return detail.find_objection(asked, Circumstances(at, names))


def covers(parent: dict[str, Any], child: dict[str, Any]) -> bool:
    values = [{"type": "t", "actions": ["a"], "constraints": constraints} for constraints in (parent, child)]
    answer = parse_detail(values[0], "").covers(parse_detail(values[1], ""))
    assert answer == should_be_narrower(values[0], values[1])
    return answer


# ------------------------------------------------------------------ requests


@pytest.mark.parametrize(
    ("constraints", "request_", "expected"),
    [
        # a use of these must be charged
        ({"maxUses": 1}, {}, "charge_required"),
        ({"rate": {"uses": 1, "seconds": 1}}, {}, "charge_required"),
        ({"budget": EUR}, {"cost": euros("10")}, "charge_required"),
        ({"budget": EUR}, {"cost": euros("10.01")}, "budget_exhausted"),
        ({"budget": EUR}, {"cost": {"amount": "1", "currency": "USD"}}, NOT_COVERED),
        ({"budget": EUR}, {}, NOT_COVERED),
        ({"maxCost": EUR}, {"cost": euros("10")}, None),
        ({"maxCost": EUR}, {"cost": euros("10.000000001")}, NOT_COVERED),
        ({"maxCost": EUR}, {"cost": {"amount": "1", "currency": "USD"}}, NOT_COVERED),
        ({"maxCost": EUR}, {}, NOT_COVERED),
        ({"purpose": ["audit", "tests"]}, {"purpose": "tests"}, None),
        ({"purpose": ["audit"]}, {"purpose": "Audit"}, NOT_COVERED),
        ({"purpose": ["audit"]}, {}, NOT_COVERED),
        # a human decides: always, or when the cost is unknown, of another currency, or above
        ({"approval": APPROVAL}, {"cost": euros("0")}, "approval_required"),
        ({"approval": {**APPROVAL, "above": EUR}}, {"cost": euros("10.00")}, None),
        ({"approval": {**APPROVAL, "above": EUR}}, {"cost": euros("10.01")}, "approval_required"),
        ({"approval": {**APPROVAL, "above": EUR}}, {"cost": {"amount": "1", "currency": "USD"}}, "approval_required"),
        ({"approval": {**APPROVAL, "above": EUR}}, {}, "approval_required"),
        # arguments
        ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": 1}}, None),
        ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": 1, "y": 2}}, None),
        ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": 0}}, NOT_COVERED),
        ({"arguments": {"x": {"min": 1}}}, {"arguments": {"y": 1}}, NOT_COVERED),
        ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": None}}, NOT_COVERED),
        ({"arguments": {"x": {"min": 1}}}, {}, NOT_COVERED),
        ({"closedArguments": True}, {}, None),
        ({"closedArguments": True}, {"arguments": {}}, None),
        ({"closedArguments": True}, {"arguments": {"x": 1}}, NOT_COVERED),
        ({"closedArguments": True, "arguments": {"x": {"min": 1}}}, {"arguments": {"x": 1}}, None),
        ({"closedArguments": True, "arguments": {"x": {"min": 1}}}, {"arguments": {"x": 1, "y": 1}}, NOT_COVERED),
    ],
)
def test_constraint_says_of_a_request(
    constraints: dict[str, Any], request_: dict[str, Any], expected: str | None
) -> None:
    assert objection(constraints, request_) == expected


@pytest.mark.parametrize(
    ("audience", "names", "admits"),
    [
        (["https://a.example"], {"https://a.example"}, True),
        (["HTTPS://A.example:443"], {"https://a.example"}, True),
        (["did:web:a.example", "https://b.example"], {"https://a.example", "did:web:a.example"}, True),
        (["https://a.example"], {"https://a.example:8443"}, False),
        (["https://a.example"], {"http://a.example"}, False),
        (["did:web:a.example"], {"did:web:A.example"}, False),
        (["https://a.example"], set(), False),
    ],
)
def test_audience_is_one_of_the_verifiers_own_names(audience: list[str], names: set[str], admits: bool) -> None:
    assert objection({"audience": audience}, {}, names=frozenset(names)) == (None if admits else NOT_COVERED)


@pytest.mark.parametrize(
    ("hours", "at", "open_"),
    [
        # 23 November 2026 is a Monday; Berlin is one hour ahead
        (OFFICE, (23, 8, 0, 0), True),
        (OFFICE, (23, 7, 59, 59), False),
        (OFFICE, (23, 15, 59, 59), True),
        (OFFICE, (23, 16, 0, 0), False),
        (OFFICE, (22, 10, 0, 0), False),
        (OFFICE, (28, 10, 0, 0), False),
        # past midnight, into a day on which it does not open
        (NIGHT, (27, 21, 59, 59), False),
        (NIGHT, (27, 22, 0, 0), True),
        (NIGHT, (28, 5, 59, 59), True),
        (NIGHT, (28, 6, 0, 0), False),
        (NIGHT, (27, 3, 0, 0), False),
        # out of the week's end into its beginning
        ({**NIGHT, "days": [7]}, (23, 5, 0, 0), True),
        ({**NIGHT, "days": [7]}, (23, 6, 0, 0), False),
        ({"from": "00:00", "to": "24:00", "timezone": "UTC"}, (23, 0, 0, 0), True),
        ({"from": "00:00", "to": "24:00", "timezone": "UTC", "days": [1]}, (23, 23, 59, 59), True),
        ({"from": "00:00", "to": "24:00", "timezone": "UTC", "days": [1]}, (24, 0, 0, 0), False),
        ({"from": "00:00", "to": "24:00", "timezone": "Asia/Tokyo", "days": [1]}, (22, 15, 0, 0), True),
        ({"from": "00:00", "to": "24:00", "timezone": "America/New_York", "days": [1]}, (24, 4, 59, 0), True),
    ],
)
def test_window_of_the_local_week(hours: dict[str, Any], at: tuple[int, int, int, int], open_: bool) -> None:
    day, hour, minute, second = at
    moment = datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)
    assert objection({"hours": hours}, {}, at=moment) == (None if open_ else "outside_hours")


def test_window_follows_the_clocks_of_the_zone_in_summer_and_winter() -> None:
    at_nine = {"from": "09:00", "to": "09:01", "timezone": "Europe/Berlin"}
    assert objection({"hours": at_nine}, {}, at=datetime(2026, 7, 1, 7, 0, tzinfo=UTC)) is None
    assert objection({"hours": at_nine}, {}, at=datetime(2026, 12, 1, 8, 0, tzinfo=UTC)) is None
    assert objection({"hours": at_nine}, {}, at=datetime(2026, 12, 1, 7, 0, tzinfo=UTC)) == "outside_hours"


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ({"hours": {**OFFICE, "days": [7]}, "approval": APPROVAL, "maxUses": 1}, "outside_hours"),
        ({"approval": APPROVAL, "maxUses": 1, "budget": euros("1")}, "approval_required"),
        ({"maxUses": 1, "budget": euros("1")}, "budget_exhausted"),
        ({"maxUses": 1, "budget": euros("2")}, "charge_required"),
        ({"hours": {**OFFICE, "days": [7]}, "maxCost": euros("1")}, NOT_COVERED),
        ({"approval": APPROVAL, "purpose": ["audit"]}, NOT_COVERED),
    ],
)
def test_of_several_objections_hours_come_first_then_approval_then_the_counters(
    constraints: dict[str, Any], expected: str
) -> None:
    assert objection(constraints, {"cost": euros("2")}) == expected


# ------------------------------------------------------------------ narrower

NARROWER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"maxUses": 5}, {"maxUses": 5}),
    ({"maxUses": 5}, {"maxUses": 1}),
    ({"budget": EUR}, {"budget": euros("10")}),
    ({"budget": EUR}, {"budget": euros("0")}),
    ({"maxCost": EUR}, {"maxCost": euros("9.999999999")}),
    ({"rate": {"uses": 5, "seconds": 60}}, {"rate": {"uses": 4, "seconds": 60}}),
    ({"hours": OFFICE}, {"hours": {**OFFICE, "from": "10:00", "to": "12:00", "days": [3]}}),
    ({"hours": NIGHT}, {"hours": {"from": "00:00", "to": "06:00", "timezone": "UTC", "days": [6]}}),
    ({"hours": {"from": "00:00", "to": "24:00", "timezone": "UTC"}}, {"hours": NIGHT}),
    ({"audience": ["did:web:a.example", "https://b.example"]}, {"audience": ["https://B.example:443"]}),
    ({"purpose": ["audit", "tests"]}, {"purpose": ["tests"]}),
    ({"approval": APPROVAL}, {"approval": {**APPROVAL, "threshold": 2}}),
    ({"approval": APPROVAL}, {"approval": {"threshold": 1, "approvers": [BOB]}}),
    ({"approval": {**APPROVAL, "above": EUR}}, {"approval": APPROVAL}),
    ({"approval": {**APPROVAL, "above": EUR}}, {"approval": {**APPROVAL, "above": euros("9")}}),
    ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": {"min": 2}, "y": {"equals": 1}}}),
    ({"closedArguments": True}, {"closedArguments": True}),
    (
        {"closedArguments": True, "arguments": {"x": {"min": 1}}},
        {"closedArguments": True, "arguments": {"x": {"min": 1, "max": 2}}},
    ),
    ({"maxUses": 5}, {"maxUses": 5, "purpose": ["audit"]}),
]
WIDER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"maxUses": 5}, {"maxUses": 6}),
    ({"budget": EUR}, {"budget": euros("10.000000001")}),
    ({"budget": EUR}, {"budget": {"amount": "1", "currency": "USD"}}),
    ({"budget": EUR}, {"maxCost": EUR}),
    ({"maxCost": EUR}, {"maxCost": euros("11")}),
    ({"maxCost": EUR}, {"maxCost": {"amount": "1", "currency": "USD"}}),
    ({"rate": {"uses": 5, "seconds": 60}}, {"rate": {"uses": 6, "seconds": 60}}),
    ({"rate": {"uses": 5, "seconds": 60}}, {"rate": {"uses": 1, "seconds": 61}}),
    ({"rate": {"uses": 5, "seconds": 60}}, {"rate": {"uses": 1, "seconds": 59}}),
    ({"hours": OFFICE}, {"hours": {**OFFICE, "to": "17:01"}}),
    ({"hours": OFFICE}, {"hours": {**OFFICE, "days": [1, 6]}}),
    ({"hours": OFFICE}, {"hours": {**OFFICE, "timezone": "Europe/Vienna"}}),
    ({"hours": OFFICE}, {"hours": NIGHT}),
    ({"audience": ["did:web:a.example"]}, {"audience": ["did:web:a.example", "did:web:b.example"]}),
    ({"purpose": ["audit"]}, {"purpose": ["Audit"]}),
    ({"approval": {"threshold": 2, "approvers": [ANA, BOB]}}, {"approval": APPROVAL}),
    ({"approval": {"threshold": 1, "approvers": [ANA]}}, {"approval": APPROVAL}),
    ({"approval": {"threshold": 1, "approvers": [ANA]}}, {"approval": {"threshold": 1, "approvers": [CAT]}}),
    ({"approval": APPROVAL}, {"approval": {**APPROVAL, "above": euros("0")}}),
    ({"approval": {**APPROVAL, "above": EUR}}, {"approval": {**APPROVAL, "above": euros("11")}}),
    (
        {"approval": {**APPROVAL, "above": EUR}},
        {"approval": {**APPROVAL, "above": {"amount": "1", "currency": "USD"}}},
    ),
    ({"arguments": {"x": {"min": 1}}}, {"arguments": {"x": {"min": 0}}}),
    ({"arguments": {"x": {"min": 1}}}, {"arguments": {"y": {"min": 1}}}),
    ({"closedArguments": True}, {"arguments": {"x": {"min": 1}}}),
    ({"closedArguments": True}, {"closedArguments": True, "arguments": {"x": {"min": 1}}}),
    (
        {"closedArguments": True, "arguments": {"x": {"min": 1}}},
        {"closedArguments": True, "arguments": {"x": {"min": 1}, "y": {"equals": 1}}},
    ),
]


@pytest.mark.parametrize(("parent", "child"), NARROWER)
def test_narrower_constraint_is_covered(parent: dict[str, Any], child: dict[str, Any]) -> None:
    assert covers(parent, child)


@pytest.mark.parametrize(("parent", "child"), WIDER)
def test_wider_constraint_is_not_covered(parent: dict[str, Any], child: dict[str, Any]) -> None:
    assert not covers(parent, child)


@pytest.mark.parametrize("parent", [parent for parent, _ in NARROWER])
def test_constraint_that_the_child_leaves_out_is_a_widening(parent: dict[str, Any]) -> None:
    assert covers(parent, parent)
    for name in parent:
        rest = {other: value for other, value in parent.items() if other != name}
        values = [{"type": "t", "actions": ["a"], "constraints": parent}, {"type": "t", "actions": ["a"]}]
        if rest:
            values[1]["constraints"] = rest
        assert not parse_detail(values[0], "").covers(parse_detail(values[1], ""))


# ------------------------------------------------------------------ values

MALFORMED: list[tuple[str, Any]] = [
    *[("maxUses", value) for value in (0, -1, 1.0, True, "1", None, [], 2**53)],
    *[("budget", value) for value in (10, "10", {}, {"amount": "10"}, {**EUR, "x": 1}, None)],
    *[("maxCost", value) for value in ({"amount": 10, "currency": "EUR"}, {"amount": "10", "currency": "eur"}, [])],
    *[("rate", value) for value in ({}, {"uses": 1}, {"uses": 0, "seconds": 1}, {"uses": 1, "seconds": 0}, 5, None)],
    *[("rate", value) for value in ({"uses": 1, "seconds": 1, "burst": 2}, {"uses": 1.5, "seconds": 1})],
    *[
        ("hours", {**OFFICE, **change})
        for change in ({"from": "24:00"}, {"to": "00:00"}, {"to": "09:00"}, {"from": "9:00"})
    ],
    *[
        ("hours", {**OFFICE, **change})
        for change in ({"to": "24:01"}, {"from": "09:60"}, {"from": 9}, {"to": "17:00:00"})
    ],
    *[("hours", {**OFFICE, "days": days}) for days in ([], [0], [8], [1, 1], ["1"], [True], 1, None, [1.0])],
    *[
        ("hours", {**OFFICE, "timezone": zone})
        for zone in ("", "../etc/passwd", "/etc", 1, None, "Europe//Berlin", "a" * 65)
    ],
    *[("hours", value) for value in ({}, None, "09:00-17:00", {"from": "09:00", "to": "17:00"}, {**OFFICE, "x": 1})],
    *[("audience", value) for value in ([], "did:web:a.example", None, ["a.example"], ["https://a.example/x"], [1])],
    *[("audience", value) for value in (["did:web:a.example"] * 2, ["https://a.example", "https://A.example:443"])],
    *[("purpose", value) for value in ([], "audit", ["audit", "audit"], [""], [None], {})],
    *[
        ("approval", value)
        for value in ({}, None, {"threshold": 1}, {"threshold": 0, "approvers": [ANA]}, {**APPROVAL, "x": 1})
    ],
    *[("approval", value) for value in ({"threshold": 3, "approvers": [ANA, BOB]}, {"threshold": 1, "approvers": []})],
    *[
        ("approval", value)
        for value in ({"threshold": 1, "approvers": ["ana"]}, {"threshold": 2, "approvers": [ANA, ANA]})
    ],
    *[("approval", value) for value in ({"threshold": True, "approvers": [ANA]}, {**APPROVAL, "above": "10"})],
    *[
        ("arguments", value)
        for value in ({}, [], None, {"x": {}}, {"x": "a"}, {"": {"min": 1}}, {"\u200b": {"min": 1}})
    ],
    *[("closedArguments", value) for value in (False, None, 1, "true", [], {})],
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_malformed_value_of_a_constraint_is_refused(name: str, value: Any) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_detail({"type": "t", "actions": ["a"], "constraints": {name: value}}, "/d")
    assert refused.value.pointer is not None
    assert refused.value.pointer.startswith(f"/d/constraints/{name}")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "localtime", "posixrules", "posix/Europe/Berlin", "right/UTC"])
def test_zone_that_the_verifier_lacks_is_unknown(zone: str) -> None:
    with pytest.raises(UnknownTermError) as refused:
        objection({"hours": {**OFFICE, "timezone": zone}}, {})
    assert refused.value.pointer == "/constraints/hours/timezone"
    assert objection({"hours": {**OFFICE, "timezone": "Europe/Paris"}}, {}) is None


@pytest.mark.parametrize("name", ["maxuses", "MaxUses", "deadline", "", "arguments ", "max/Uses"])
def test_unknown_constraint_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTermError) as refused:
        parse_detail({"type": "t", "actions": ["a"], "constraints": {"maxUses": 1, name: 1}}, "/d")
    assert refused.value.pointer == "/d/constraints/" + name.replace("/", "~1")


def test_unknown_predicate_is_unknown_with_its_place() -> None:
    with pytest.raises(UnknownTermError) as refused:
        objection({"arguments": {"x/y": {"regex": ".*"}}}, {})
    assert refused.value.pointer == "/constraints/arguments/x~1y/regex"


def test_registry_holds_the_vocabulary_of_the_design_page() -> None:
    expected = "maxUses budget maxCost rate hours audience purpose approval arguments closedArguments"
    assert set(CONSTRAINTS) == set(expected.split())


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for parent, _ in NARROWER[:10] for name, value in parent.items()]
)
def test_constraint_covers_none_of_another_kind(name: str, value: Any) -> None:
    own = CONSTRAINTS[name].parse(value, "", {})
    other = CONSTRAINTS["purpose" if name != "purpose" else "audience"].parse(["did:web:a.example"], "", {})
    assert own.covers(own)
    assert not own.covers(other)
