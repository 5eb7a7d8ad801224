"""What is said of a widening: principal, depth, validity, authority, in this order, and the member that widens."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.attenuation import check_attenuation
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.errors import AttenuationError
from tests.support.chains import DETAILS, UNTIL, copy, delegation_of, detail_of, forge_chain

OBJECT = "/credentialSubject/delegation/authorizationDetails/0"


def widening(child: Any, parent: Any = lambda made: None) -> AttenuationError:
    chain = forge_chain(2, {0: parent, 1: child})
    above, below = (read_hop(SecuredCredential(wire)).hop for wire in chain)
    with pytest.raises(AttenuationError) as refused:
        check_attenuation(above, below)
    return refused.value


def test_equal_child_is_narrower() -> None:
    above, below = (read_hop(SecuredCredential(wire)).hop for wire in forge_chain(2))
    check_attenuation(above, below)


def test_other_principal_is_told() -> None:
    error = widening(lambda made: delegation_of(made).update(principal="did:web:evil.example"))
    assert (error.code, error.pointer) == ("principal_changed", "/credentialSubject/delegation/principal")
    assert (error.allowed, error.claimed) == ("https://idp.acme.example#ana", "did:web:evil.example")


@pytest.mark.parametrize(("above", "below"), [(3, 3), (3, 16), (0, 0), (1, 1)])
def test_depth_that_is_not_left_is_told(above: int, below: int) -> None:
    error = widening(
        lambda made: delegation_of(made).update(maxDepth=below), lambda made: delegation_of(made).update(maxDepth=above)
    )
    assert (error.code, error.pointer) == ("depth_exceeded", "/credentialSubject/delegation/maxDepth")
    assert (error.allowed, error.claimed) == (above - 1, below)


@pytest.mark.parametrize(
    ("member", "parent", "child"),
    [
        ("validFrom", "2026-11-23T08:00:00Z", "2026-11-23T07:59:59.999999999Z"),
        ("validFrom", "2026-11-23T08:00:00.000000001Z", "2026-11-23T08:00:00Z"),
        ("validUntil", UNTIL, "2026-11-23T09:00:00.000000001Z"),
        ("validUntil", UNTIL, "2026-11-23T10:00:00Z"),
        ("validUntil", UNTIL, "2026-11-23T09:00:00-00:01"),
    ],
)
def test_validity_outside_the_parents_is_told(member: str, parent: str, child: str) -> None:
    error = widening(lambda made: made.update({member: child}), lambda made: made.update({member: parent}))
    assert (error.code, error.pointer) == ("widened", f"/{member}")
    assert (error.allowed, error.claimed) == (parent, child)


def test_same_moment_in_another_offset_is_not_outside() -> None:
    chain = forge_chain(2, {1: lambda made: made.update(validUntil="2026-11-23T10:00:00+01:00")})
    above, below = (read_hop(SecuredCredential(wire)).hop for wire in chain)
    check_attenuation(above, below)


CASES: list[tuple[str, Any, Any, Any]] = [
    ("/type", "mcp_tool", "api", lambda detail: detail.update(type="api")),
    (
        "/actions",
        ["adjust_bid", "transfer_budget"],
        ["adjust_bid", "delete"],
        lambda detail: detail.update(actions=["adjust_bid", "delete"]),
    ),
    (
        "/locations",
        ["https://ads.acme.example/mcp"],
        ["https://ads.acme.example/"],
        lambda detail: detail.update(locations=["https://ads.acme.example/"]),
    ),
    ("/locations", ["https://ads.acme.example/mcp"], None, lambda detail: detail.pop("locations")),
    (
        "/constraints/maxCost",
        {"amount": "5000.00", "currency": "EUR"},
        {"amount": "5000.01", "currency": "EUR"},
        lambda detail: detail["constraints"]["maxCost"].update(amount="5000.01"),
    ),
    (
        "/constraints/maxCost",
        {"amount": "5000.00", "currency": "EUR"},
        None,
        lambda detail: detail["constraints"].pop("maxCost"),
    ),
    (
        "/constraints/arguments/campaign/in",
        ["A", "B", "C"],
        ["A", "D"],
        lambda detail: detail["constraints"]["arguments"]["campaign"].update({"in": ["A", "D"]}),
    ),
    (
        "/constraints/arguments/percent/max",
        15,
        16,
        lambda detail: detail["constraints"]["arguments"]["percent"].update(max=16),
    ),
    (
        "/constraints/arguments/percent",
        {"min": -15, "max": 15},
        None,
        lambda detail: detail["constraints"]["arguments"].pop("percent"),
    ),
    (
        "/constraints/arguments",
        DETAILS[0]["constraints"]["arguments"],
        None,
        lambda detail: detail["constraints"].pop("arguments"),
    ),
]


@pytest.mark.parametrize(("pointer", "allowed", "claimed", "change"), CASES)
def test_member_that_widens_is_told_with_both_sides(pointer: str, allowed: Any, claimed: Any, change: Any) -> None:
    error = widening(lambda made: change(detail_of(made)))
    assert (error.code, error.pointer) == ("widened", OBJECT + pointer)
    assert (error.allowed, error.claimed) == (allowed, claimed)


@pytest.mark.parametrize(
    ("name", "own", "claimed"),
    [("datatypes", ["mail"], ["mail", "file"]), ("privileges", ["user"], ["admin"]), ("identifier", "one", "two")],
)
def test_further_members_that_widen_are_told(name: str, own: Any, claimed: Any) -> None:
    error = widening(
        lambda made: detail_of(made).update({name: claimed}), lambda made: detail_of(made).update({name: own})
    )
    assert (error.pointer, error.allowed, error.claimed) == (f"{OBJECT}/{name}", own, claimed)


def test_argument_added_under_closed_arguments_is_told_by_its_name() -> None:
    def close(made: Any) -> None:
        detail_of(made)["constraints"]["closedArguments"] = True

    def add(made: Any) -> None:
        close(made)
        detail_of(made)["constraints"]["arguments"]["a/b"] = {"equals": 1}

    error = widening(add, close)
    assert error.pointer == OBJECT + "/constraints/arguments/a~1b"
    assert (error.allowed, error.claimed) == (None, {"equals": 1})


def test_names_in_a_pointer_are_escaped() -> None:
    def name(predicate: Any) -> Any:
        return lambda made: detail_of(made)["constraints"].update(arguments={"a/b~c": predicate})

    error = widening(name({"max": 2}), name({"max": 1}))
    assert error.pointer == OBJECT + "/constraints/arguments/a~1b~0c/max"
    assert (error.allowed, error.claimed) == (1, 2)


def test_widening_is_told_against_the_parents_object_that_comes_closest() -> None:
    two = [{"type": "api", "actions": ["x"]}, copy(DETAILS[0])]

    def child(made: Any) -> None:
        widened = copy(DETAILS[0])
        widened["constraints"]["maxCost"]["amount"] = "6000"
        delegation_of(made)["authorizationDetails"] = [copy(DETAILS[0]), widened]

    error = widening(child, lambda made: delegation_of(made).update(authorizationDetails=two))
    assert error.pointer == OBJECT.replace("/0", "/1") + "/constraints/maxCost"
    assert error.allowed == {"amount": "5000.00", "currency": "EUR"}


def test_object_that_two_of_the_parents_cover_only_together_is_a_widening() -> None:
    split = [{"type": "t", "actions": ["a"]}, {"type": "t", "actions": ["b"]}]
    error = widening(
        lambda made: delegation_of(made).update(authorizationDetails=[{"type": "t", "actions": ["a", "b"]}]),
        lambda made: delegation_of(made).update(authorizationDetails=split),
    )
    assert error.code == "widened"


def test_of_several_failures_principal_comes_first_then_depth_then_validity() -> None:
    def all_wrong(*names: str) -> Any:
        def edit(made: Any) -> None:
            if "principal" in names:
                delegation_of(made)["principal"] = "did:web:x.example"
            if "depth" in names:
                delegation_of(made)["maxDepth"] = 16
            if "validity" in names:
                made["validUntil"] = "2026-11-24T09:00:00Z"
            detail_of(made)["actions"] = ["*"]

        return edit

    assert widening(all_wrong("principal", "depth", "validity")).code == "principal_changed"
    assert widening(all_wrong("depth", "validity")).code == "depth_exceeded"
    assert widening(all_wrong("validity")).pointer == "/validUntil"
    assert widening(all_wrong()).pointer == OBJECT + "/actions"
