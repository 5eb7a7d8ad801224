"""The DID documents that a node serves: its own, and those of the agents that it hosts (DID Core 1.0, did:web)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from legation.domain.agent_keys import AgentKey, Purpose
from legation.domain.hosted_agents import HostedAgent, Life
from legation.standards.timestamps import format_timestamp

NODE_SERVICE = "LegationNode"
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
# an agent signs credentials, and presentations and calls; the keys that it holds itself prove who calls, or presents
_SERVES: Mapping[str, frozenset[Purpose]] = MappingProxyType(
    {
        "assertionMethod": frozenset({Purpose.SIGNING, Purpose.BBS}),
        "authentication": frozenset({Purpose.SIGNING, Purpose.ACCESS}),
        "keyAgreement": frozenset({Purpose.AGREEMENT}),
    }
)


def build_agent_document(agent: HostedAgent) -> dict[str, object]:
    """Return the document of a hosted agent: its keys as Multikeys, and what each of them serves.

    A suspended agent's document is without the keys that it holds itself, so that it presents nothing either; what the
    node signed for it stays verifiable. That a retired agent has no document is for the caller to see to.
    """
    suspended = agent.life is Life.SUSPENDED
    keys = [key for key in agent.keys if key.is_published and not (suspended and key.purpose is Purpose.ACCESS)]
    return {
        "@context": list(_CONTEXTS),
        "id": agent.did,
        "verificationMethod": [_build_method(agent, key) for key in keys],
        **{
            name: [agent.method_of(key) for key in keys if key.purpose in purposes]
            for name, purposes in _SERVES.items()
        },
    }


def build_node_document(node: HostedAgent, *, public_url: str) -> dict[str, object]:
    """Return the node's own document, in which peers find where it answers."""
    service = {"id": f"{node.did}#node", "type": NODE_SERVICE, "serviceEndpoint": public_url}
    return {**build_agent_document(node), "service": [service]}


def _build_method(agent: HostedAgent, key: AgentKey) -> dict[str, object]:
    method: dict[str, object] = {
        "id": agent.method_of(key),
        "type": "Multikey",
        "controller": agent.did,
        "publicKeyMultibase": key.multikey,
    }
    if key.expires_at is not None:
        # Controlled Identifiers 1.0 §2.2: a dateTimeStamp; end_of() made it a whole second
        method["expires"] = format_timestamp(key.expires_at)
    return method
