"""What can become of an agent's keys: replaced, condemned as compromised, or, for access keys, added and removed.

A document holds a bounded number of methods, so an agent's record does too: of more than ``MAX_KEYS``, the keys leave
it first that stand in no document any more, then those that expired first. What such a key signed falls.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from legation.domain.agent_keys import (
    MAX_ACCESS_KEYS,
    MAX_FIRST_KEYS,
    UPDATE_PURPOSES,
    AgentKey,
    KeyState,
    Purpose,
    parse_access_key,
    write_key_id,
)
from legation.domain.hosted_agents import HostedAgent
from legation.errors import ConflictError, MalformedError

# below the 64 methods that a reader of documents takes; at most 13 are in use at a time
MAX_KEYS = 48
_SECOND = timedelta(seconds=1)


def end_of(at: datetime) -> datetime:
    """Return the moment from which on nothing counts that a key signed which is taken out of use at ``at``.

    Proofs are dated in whole seconds, rounded down: what was signed just before ``at`` may bear the very second of
    ``at``, and has to count. So the end is the beginning of the next second.
    """
    return at.replace(microsecond=0) + _SECOND


def reserve_key(agent: HostedAgent) -> tuple[HostedAgent, str]:
    """Return the agent, changed in nothing but its version, and the id of a key that is to be made for it.

    No id is given twice, also where no key comes of it: who finds one left over in the vault may destroy it any time.
    """
    reserved = replace(agent, version=agent.version + 1)
    return reserved, _key_id(agent, reserved.version)


def check_replaceable(agent: HostedAgent, key: AgentKey, *, compromised: bool) -> bool:
    """Say whether replacing a key takes a new one; one that has expired is only marked as compromised.

    Raises:
        ConflictError: ``agent_retired``; ``did_fixed``; ``access_key``, which is not the node's to replace;
            ``update_key``; ``key_compromised``; or ``key_expired`` where it was replaced before and is not said to be
            compromised.
    """
    agent.check_not_retired()
    agent.check_changeable()
    if key.purpose in UPDATE_PURPOSES:
        raise ConflictError(
            "an update key is replaced with every entry of the agent's log",
            code="update_key",
            fix="Rotate another key of the agent, and its update key goes with it.",
        )
    if key.purpose is Purpose.ACCESS:
        raise ConflictError(
            "an access key is the agent's own, and this node cannot make another one",
            code="access_key",
            fix="Add a new access key, then remove this one.",
        )
    if key.state is KeyState.COMPROMISED:
        raise ConflictError("the key is known to be compromised", code="key_compromised")
    if key.state is KeyState.EXPIRED and not compromised:
        raise ConflictError(
            "the key was replaced before",
            code="key_expired",
            fix="Say that it is compromised, if nothing that it signed shall count.",
        )
    return key.state is KeyState.CURRENT


def put_in_place(
    agent: HostedAgent, old: AgentKey, new: AgentKey, *, at: datetime, compromised: bool
) -> tuple[HostedAgent, AgentKey]:
    """Return the agent with ``new`` in the place of ``old``, and ``old`` as it is now."""
    ended = replace(old, expires_at=end_of(at), compromised_at=at if compromised else None)
    return _with(agent, [ended if key.id == old.id else key for key in agent.keys] + [new], at), ended


def condemn(agent: HostedAgent, key: AgentKey, *, at: datetime) -> tuple[HostedAgent, AgentKey]:
    """Return the agent with an expired key marked as compromised, and that key."""
    ended = replace(key, compromised_at=at)
    return _with(agent, [ended if other.id == key.id else other for other in agent.keys], at), ended


def add_access_key(agent: HostedAgent, multikey: object, *, at: datetime) -> tuple[HostedAgent, AgentKey]:
    """Return the agent with a key of its own more, and that key.

    Raises:
        MalformedError, InvalidKeyError: as :func:`parse_access_key`.
        ConflictError: ``agent_retired``; ``did_fixed``; ``node_agent``; ``key_known`` where the agent has, or had, this
            key; ``access_keys_full`` where it has as many as it may.
    """
    agent.check_not_retired()
    agent.check_changeable()
    if agent.is_node:
        raise ConflictError("the node itself has no access keys", code="node_agent")
    text, kind = parse_access_key(multikey)
    if any(key.multikey == text for key in agent.keys):
        raise ConflictError("the agent has, or had, this key", code="key_known", fix="Make a new key pair.")
    own = [key for key in agent.keys if key.purpose is Purpose.ACCESS and key.state is KeyState.CURRENT]
    if len(own) >= MAX_ACCESS_KEYS:
        raise ConflictError(
            f"the agent has {MAX_ACCESS_KEYS} access keys, and no more",
            code="access_keys_full",
            fix="Remove one of them first.",
        )
    added = AgentKey(_key_id(agent, agent.version + 1), Purpose.ACCESS, kind, text, created_at=at)
    return _with(agent, [*agent.keys, added], at), added


def remove_access_key(agent: HostedAgent, key: AgentKey, *, at: datetime) -> HostedAgent:
    """Return the agent without an access key in use.

    Raises:
        ConflictError: ``agent_retired``; ``key_expired`` where it was removed before; ``node_key`` for any other key.
    """
    agent.check_not_retired()
    if key.purpose is not Purpose.ACCESS:
        raise ConflictError("only access keys can be removed", code="node_key", fix="Rotate the key instead.")
    if key.state is not KeyState.CURRENT:
        raise ConflictError("the access key was removed before", code="key_expired")
    ended = replace(key, expires_at=end_of(at))
    return _with(agent, [ended if other.id == key.id else other for other in agent.keys], at)


def check_access_keys(multikeys: tuple[str, ...]) -> None:
    """Refuse access keys that a new agent cannot have.

    Raises:
        MalformedError, InvalidKeyError: as :func:`parse_access_key`, too many, or one that stands twice.
    """
    if len(multikeys) > MAX_ACCESS_KEYS:
        raise MalformedError(f"an agent has at most {MAX_ACCESS_KEYS} access keys", pointer="/accessKeys")
    if len({parse_access_key(multikey)[0] for multikey in multikeys}) != len(multikeys):
        raise MalformedError("an access key stands twice", pointer="/accessKeys")


def _key_id(agent: HostedAgent, version: int) -> str:
    return write_key_id(agent.id, MAX_FIRST_KEYS + version)


def _with(agent: HostedAgent, keys: list[AgentKey], at: datetime) -> HostedAgent:
    past = sorted((key for key in keys if key.state is not KeyState.CURRENT), key=_standing)
    dropped = {key.id for key in past[: max(len(keys) - MAX_KEYS, 0)]}
    kept = tuple(key for key in keys if key.id not in dropped)
    return replace(agent, keys=kept, updated_at=at, version=agent.version + 1)


def _standing(key: AgentKey) -> tuple[bool, datetime, int]:
    return key.is_published, key.expires_at or key.created_at, key.number
