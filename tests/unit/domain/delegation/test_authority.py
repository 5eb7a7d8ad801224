"""One authorization object: its members, what it admits, and when another is narrower."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.authority import parse_detail, parse_details
from legation.domain.delegation.request import Circumstances, parse_request
from legation.errors import MalformedError, UnknownTermError
from tests.support.chains import AT, DETAILS, REQUEST
from tests.support.oracle import narrower as should_be_narrower

FULL: dict[str, Any] = {
    "type": "mcp_tool",
    "actions": ["read", "write"],
    "locations": ["https://a.example/mail/", "https://b.example"],
    "datatypes": ["mail", "file"],
    "identifier": "inbox",
    "privileges": ["user"],
}
ASKED: dict[str, Any] = {
    "type": "mcp_tool",
    "action": "read",
    "location": "https://a.example/mail/x",
    "datatypes": ["mail"],
    "identifier": "inbox",
    "privileges": ["user"],
}


def admits(detail: dict[str, Any], request: dict[str, Any]) -> bool:
    return parse_detail(detail, "").find_objection(parse_request(request), Circumstances(AT)) is None


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name not in names}


def test_request_within_every_member_is_admitted() -> None:
    assert admits(FULL, ASKED)
    assert admits(DETAILS[0], REQUEST)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "MCP_tool"},
        {"type": "api"},
        {"action": "delete"},
        {"action": "READ"},
        {"location": "https://a.example/mail"},
        {"location": "https://a.example/mailbox"},
        {"location": "https://c.example"},
        {"identifier": "Inbox"},
        {"datatypes": ["mail", "calendar"]},
        {"privileges": ["admin"]},
    ],
)
def test_request_outside_one_member_is_not_admitted(change: dict[str, Any]) -> None:
    assert not admits(FULL, {**ASKED, **change})


@pytest.mark.parametrize("name", ["location", "identifier", "datatypes", "privileges"])
def test_what_an_object_limits_and_the_request_leaves_out_is_not_admitted(name: str) -> None:
    assert not admits(FULL, without(ASKED, name))


@pytest.mark.parametrize("name", ["locations", "identifier", "datatypes", "privileges"])
def test_absent_member_does_not_constrain(name: str) -> None:
    anything: dict[str, Any] = {
        "location": "https://elsewhere.example",
        "identifier": "other",
        "datatypes": ["calendar"],
        "privileges": ["admin"],
    }
    asked = name.removesuffix("s") if name == "locations" else name
    assert admits(without(FULL, name), {**ASKED, asked: anything[asked]})
    assert admits(without(FULL, name), without(ASKED, asked))


def test_star_stands_for_every_action_and_nothing_else_is_a_wildcard() -> None:
    assert admits({"type": "t", "actions": ["*"]}, {"type": "t", "action": "anything"})
    assert admits({"type": "t", "actions": ["read", "*"]}, {"type": "t", "action": "write"})
    assert not admits({"type": "t", "actions": ["rea*"]}, {"type": "t", "action": "read"})
    assert not admits({"type": "*", "actions": ["*"]}, {"type": "t", "action": "read"})
    assert not admits(
        {"type": "t", "actions": ["*"], "identifier": "*"}, {"type": "t", "action": "a", "identifier": "x"}
    )


@pytest.mark.parametrize(
    "child",
    [
        FULL,
        {**FULL, "actions": ["write", "read"]},
        {**FULL, "actions": ["read"]},
        {**FULL, "locations": ["https://b.example/x", "https://a.example/mail/"]},
        {**FULL, "datatypes": ["file"]},
        {**FULL, "constraints": {"maxUses": 1}},
    ],
)
def test_narrower_object_is_covered(child: dict[str, Any]) -> None:
    assert should_be_narrower(FULL, child)
    assert parse_detail(FULL, "").covers(parse_detail(child, ""))


@pytest.mark.parametrize(
    "child",
    [
        {**FULL, "type": "api"},
        {**FULL, "actions": ["read", "delete"]},
        {**FULL, "actions": ["*"]},
        {**FULL, "actions": ["READ"]},
        {**FULL, "locations": ["https://a.example/"]},
        {**FULL, "locations": ["https://a.example/mail/", "https://c.example"]},
        {**FULL, "datatypes": ["mail", "calendar"]},
        {**FULL, "identifier": "outbox"},
        {**FULL, "privileges": ["user", "admin"]},
        without(FULL, "locations"),
        without(FULL, "datatypes"),
        without(FULL, "identifier"),
        without(FULL, "privileges"),
    ],
)
def test_wider_object_is_not_covered(child: dict[str, Any]) -> None:
    assert not should_be_narrower(FULL, child)
    assert not parse_detail(FULL, "").covers(parse_detail(child, ""))


def test_object_without_members_covers_one_with_them() -> None:
    parent = {"type": "mcp_tool", "actions": ["*"]}
    assert parse_detail(parent, "").covers(parse_detail(FULL, ""))
    assert parse_detail(parent, "").covers(parse_detail({**parent, "actions": ["*", "x"]}, ""))
    assert not parse_detail(FULL, "").covers(parse_detail(parent, ""))


@pytest.mark.parametrize("name", ["resources", "Actions", "", "action", "limits/x"])
def test_unknown_member_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTermError) as refused:
        parse_detail({**FULL, name: ["x"]}, "/d")
    assert refused.value.pointer == "/d/" + name.replace("/", "~1")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": ""}, "/d/type"),
        ({"type": 1}, "/d/type"),
        ({"type": "a\u200b"}, "/d/type"),
        ({"actions": []}, "/d/actions"),
        ({"actions": "read"}, "/d/actions"),
        ({"actions": ["read", "read"]}, "/d/actions"),
        ({"actions": ["re\u0301ad"]}, "/d/actions"),
        ({"actions": [None]}, "/d/actions"),
        ({"actions": None}, "/d/actions"),
        ({"locations": []}, "/d/locations"),
        ({"locations": None}, "/d/locations"),
        ({"locations": "https://a.example"}, "/d/locations"),
        ({"locations": ["https://a.example", "https://a.example"]}, "/d/locations"),
        ({"locations": ["https://a.example", "x"]}, "/d/locations/1"),
        ({"datatypes": []}, "/d/datatypes"),
        ({"datatypes": None}, "/d/datatypes"),
        ({"datatypes": ["a", "a"]}, "/d/datatypes"),
        ({"identifier": ""}, "/d/identifier"),
        ({"identifier": None}, "/d/identifier"),
        ({"identifier": 7}, "/d/identifier"),
        ({"privileges": []}, "/d/privileges"),
        ({"privileges": {}}, "/d/privileges"),
        ({"constraints": {}}, "/d/constraints"),
        ({"constraints": []}, "/d/constraints"),
        ({"constraints": None}, "/d/constraints"),
    ],
)
def test_malformed_member_is_refused(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_detail({**FULL, **change}, "/d")
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("name", ["type", "actions"])
def test_object_without_a_required_member_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        parse_detail(without(FULL, name), "/d")


def objects(count: int) -> list[dict[str, Any]]:
    return [{"type": "t", "actions": [f"a{number}"]} for number in range(count)]


def test_one_to_32_objects_are_read_and_none_twice() -> None:
    assert len(parse_details(objects(1), "")) == 1
    assert len(parse_details(objects(32), "")) == 32
    for bad in (objects(33), [], {}, None, objects(1) * 2, [*objects(1), "x"], [[]]):
        with pytest.raises(MalformedError):
            parse_details(bad, "/d")


def test_many_distinct_constraints_do_not_change_what_a_constraint_means() -> None:
    first = parse_detail({"type": "t", "actions": ["a"], "constraints": {"maxUses": 1}}, "")
    for uses in range(1, 4200):
        parse_detail({"type": "t", "actions": ["a"], "constraints": {"maxUses": uses}}, "")
    again = parse_detail({"type": "t", "actions": ["a"], "constraints": {"maxUses": 1}}, "")
    assert again == first
