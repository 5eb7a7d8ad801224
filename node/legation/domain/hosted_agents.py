"""Hosted agents: agents whose DID documents and keys a node keeps for their owners, and the life that they lead."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum

from legation.domain.agent_keys import AgentKey, KeyState, Purpose
from legation.errors import NotFoundError


class Life(Enum):
    """The states of an agent; ``RETIRED`` is final."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an agent is, in the claims of OpenID Connect for Agents (OIDC-A); each a short text or None."""

    agent_model: str | None = None
    agent_provider: str | None = None
    agent_version: str | None = None
    agent_instance_id: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return those that are there."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class HostedAgent:
    """An agent of a node.

    ``id`` (32 hex digits) never changes and names its profile in the vault; ``name`` is unique on the node and stands
    in ``did``. ``owner`` is the tenant, ``sponsor`` a URI of who answers for the agent. ``version`` counts its changes.
    """

    id: str
    name: str
    did: str
    owner: str
    life: Life
    keys: tuple[AgentKey, ...]
    created_at: datetime
    updated_at: datetime
    sponsor: str | None = None
    claims: Claims = Claims()
    version: int = 1

    def current_key(self, purpose: Purpose) -> AgentKey:
        """Return the key in use for a purpose. Raises NotFoundError."""
        for key in self.keys:
            if key.purpose is purpose and key.state is KeyState.CURRENT:
                return key
        raise NotFoundError(f"the agent has no key for {purpose.value}")

    def method_of(self, key: AgentKey) -> str:
        """Return the DID URL of a key's verification method."""
        return f"{self.did}#{key.multikey}"
