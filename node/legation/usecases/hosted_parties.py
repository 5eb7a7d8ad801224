"""Which parties to a delegation are agents of this node, and which of its delegations a hop extends."""

from __future__ import annotations

from legation.domain.callers import Scope
from legation.domain.delegation.credential import Hop
from legation.domain.held_delegations import Party
from legation.domain.hosted_agents import HostedAgent
from legation.errors import NotFoundError
from legation.ports.state import Records


def party_of(agent: HostedAgent) -> Party:
    """Return an agent of this node as a party."""
    return Party(agent.did, agent.id, agent.owner)


async def find_party(records: Records, did: str, neighbour: HostedAgent) -> Party:
    """Return who goes by a DID: an agent of this node, of any owner, or somebody else.

    Only a DID that begins as that of ``neighbour``, an agent of this node, can be one, so that for others nothing is
    looked up.
    """
    if not did.startswith(neighbour.did.removesuffix(f":{neighbour.name}")):
        return Party(did)
    try:
        return party_of(await records.agents.get_by_did(Scope(), did))
    except NotFoundError:
        return Party(did)


async def find_parent(records: Records, hop: Hop) -> str | None:
    """Return the id under which the node holds the chain that a hop extends, if it does.

    Whoever it belongs to: who holds the hop holds the whole chain, and the id opens nothing to who may not see it.
    """
    if hop.parent is None:
        return None
    held = await records.delegations.find_by_digest(Scope(), hop.parent.digest)
    return None if held is None else held.id
