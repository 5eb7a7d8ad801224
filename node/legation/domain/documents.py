"""The DID documents that a node serves: its own, and those of the agents that it hosts (DID Core 1.0, did:web)."""

from __future__ import annotations

from legation.domain.agents import Agent
from legation.standards.did.syntax import split_did_url

NODE_SERVICE = "LegationNode"
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
# an agent signs credentials, and presentations and calls; nothing else is its key for
_SERVES = ("assertionMethod", "authentication")


def build_agent_document(agent: Agent) -> dict[str, object]:
    """Return the document of a hosted agent: its one key as a Multikey, and what that key serves."""
    _, multikey = split_did_url(agent.method)
    method = {"id": agent.method, "type": "Multikey", "controller": agent.did, "publicKeyMultibase": multikey}
    return {
        "@context": list(_CONTEXTS),
        "id": agent.did,
        "verificationMethod": [method],
        **{name: [agent.method] for name in _SERVES},
    }


def build_node_document(node: Agent, *, public_url: str) -> dict[str, object]:
    """Return the node's own document, in which peers find where it answers."""
    service = {"id": f"{node.did}#node", "type": NODE_SERVICE, "serviceEndpoint": public_url}
    return {**build_agent_document(node), "service": [service]}
