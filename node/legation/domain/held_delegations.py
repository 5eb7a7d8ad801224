"""Held delegations: a chain that a node keeps for its agents, with what lists and trees show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Role(Enum):
    """An agent's part in a delegation."""

    ISSUER = "issuer"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Party:
    """A party to a delegation; ``agent_id`` and ``owner`` are None for who is not an agent of this node."""

    did: str
    agent_id: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class HeldDelegation:
    """A chain under the id of its last hop, of which everything but ``chain`` describes that last hop.

    ``id`` is the node's (a UUID in its usual form); ``credential_id`` and ``digest`` are the hop's own; ``parent`` is
    the id of the held chain that it extends, if the node has that. ``chain`` is its JSON array, exactly as the hops
    were signed, root first; None in lists and trees. Whoever's agent issued or received it can reach it.
    """

    id: str
    credential_id: str
    digest: str
    parent: str | None
    hops: int
    issuer: Party
    subject: Party
    principal: str
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    chain: str | None = None
