"""Callers, and what they may do at all."""

from __future__ import annotations

import pytest

from legation.domain.callers import LOCAL, Caller, CallerKind, Scope
from legation.errors import AccessError

ADMIN = Caller(CallerKind.OPERATOR, "a" * 32, Scope())
LIMITED = Caller(CallerKind.OPERATOR, "b" * 32, Scope(owner="ana"))
AGENT = Caller(CallerKind.AGENT, "did:web:node.example:agents:planner", Scope("ana", "c" * 32))
UNBOUND = Caller(CallerKind.AGENT, "did:web:node.example:agents:planner", Scope())


def test_only_who_is_unbound_and_no_agent_manages_the_whole_node() -> None:
    for caller in (ADMIN, LOCAL):
        caller.check_admin()
    for caller in (LIMITED, AGENT, UNBOUND):
        with pytest.raises(AccessError):
            caller.check_admin()


def test_agents_are_no_operators() -> None:
    for caller in (ADMIN, LIMITED, LOCAL):
        caller.check_operator()
    for caller in (AGENT, UNBOUND):
        with pytest.raises(AccessError):
            caller.check_operator()


def test_actor_tells_operators_from_agents() -> None:
    assert [caller.actor for caller in (ADMIN, AGENT, LOCAL)] == [f"operator:{'a' * 32}", AGENT.id, "local:node"]
