"""Hosted agents as values, with keys made from names and no store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from legation.domain.agent_keys import AgentKey, KeyKind, Purpose, describe_key
from legation.domain.agent_plans import AgentPlan
from legation.domain.hosted_agents import HostedAgent
from legation.domain.key_lives import reserve_key
from tests.support.lives import access_key
from tests.support.memory import public_bytes

AT = datetime(2026, 11, 1, 12, 0, 0, 500_000, tzinfo=UTC)
AGENT_ID = "0123456789abcdef" * 2


def build_plan(**members: Any) -> AgentPlan:
    """Return the plan of an agent with two access keys, changed by the given members."""
    did = "did:web:node.example:agents:planner"
    planned = {"id": AGENT_ID, "name": "planner", "did": did, "owner": "ana", "at": AT}
    keys = (access_key("first"), access_key("second", p256=True))
    return AgentPlan(**{**planned, "access_keys": keys, **members})


def build_agent(**members: Any) -> HostedAgent:
    """Return the agent of such a plan."""
    plan = build_plan(**members)
    return plan.build({key_id: public_bytes(kind, key_id) for key_id, kind in plan.kinds().items()})


def new_key(agent: HostedAgent, name: str, purpose: Purpose = Purpose.SIGNING) -> AgentKey:
    """Return a key made from a name, to take the place of one of the agent's."""
    kind: KeyKind = agent.current_key(purpose).kind
    return describe_key(reserve_key(agent)[1], purpose, kind, public_bytes(kind, name), at=AT)
