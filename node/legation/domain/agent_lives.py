"""What can become of a hosted agent: suspended, resumed, retired for good, or described anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime

from legation.domain.agent_keys import KeyState
from legation.domain.hosted_agents import Claims, HostedAgent, Life, parse_claim, parse_sponsor
from legation.domain.key_lives import end_of
from legation.errors import ConflictError, UnknownTermError

_CLAIMS = frozenset(field.name for field in fields(Claims))


def suspend(agent: HostedAgent, *, at: datetime) -> HostedAgent:
    """Return it suspended: its document stays, and the node signs nothing for it.

    Raises:
        ConflictError: ``agent_suspended``, ``agent_retired``, or ``node_agent`` for the node itself.
    """
    _check_not_node(agent)
    agent.check_active()
    return replace(agent, life=Life.SUSPENDED, updated_at=at, version=agent.version + 1)


def resume(agent: HostedAgent, *, at: datetime) -> HostedAgent:
    """Return it active again. Raises ConflictError: agent_active, agent_retired."""
    agent.check_not_retired()
    if agent.life is Life.ACTIVE:
        raise ConflictError("the agent is active", code="agent_active")
    return replace(agent, life=Life.ACTIVE, updated_at=at, version=agent.version + 1)


def retire(agent: HostedAgent, *, at: datetime) -> HostedAgent:
    """Return it retired, with all its keys at their end. Raises ConflictError: agent_retired, node_agent."""
    _check_not_node(agent)
    agent.check_not_retired()
    end = end_of(at)
    keys = tuple(replace(key, expires_at=end) if key.state is KeyState.CURRENT else key for key in agent.keys)
    return replace(agent, life=Life.RETIRED, keys=keys, updated_at=at, version=agent.version + 1)


def describe_anew(agent: HostedAgent, members: Mapping[str, object], *, at: datetime) -> HostedAgent:
    """Return it with another sponsor or other claims; None takes one away.

    Raises:
        UnknownTermError: a member that is neither.
        MalformedError: a value that such a member cannot have.
        ConflictError: ``agent_retired``.
    """
    unknown = members.keys() - _CLAIMS - {"sponsor"}
    if unknown:
        raise UnknownTermError(f"of an agent, {', '.join(sorted(_CLAIMS))} and sponsor can be changed", pointer="")
    agent.check_not_retired()
    claims = {
        name: None if value is None else parse_claim(name, value) for name, value in members.items() if name in _CLAIMS
    }
    sponsor = agent.sponsor
    if "sponsor" in members:
        sponsor = None if members["sponsor"] is None else parse_sponsor(members["sponsor"])
    return replace(
        agent,
        sponsor=sponsor,
        claims=replace(agent.claims, **claims),
        updated_at=at,
        version=agent.version + 1,
    )


def _check_not_node(agent: HostedAgent) -> None:
    if agent.is_node:
        raise ConflictError("the node itself is no agent that can be suspended or retired", code="node_agent")
