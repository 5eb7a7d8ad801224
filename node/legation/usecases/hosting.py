"""The node's own identity, and the DID documents that it serves for itself and for the agents that it hosts."""

from __future__ import annotations

from legation.crypto.keys import KeyType
from legation.domain.agents import Agent, describe_agent, parse_agent_name
from legation.domain.documents import build_agent_document, build_node_document
from legation.errors import ConflictError, MalformedError, NotFoundError, SettingsError
from legation.ports.wallet import AgentStore
from legation.standards.did.web import build_did_web

NODE_AGENT = "node"


async def ensure_node(agents: AgentStore, *, public_url: str) -> Agent:
    """Return the node's own agent, the did:web of its origin; at the first start it is made, with a new key.

    Raises:
        SettingsError: the store belongs to a node of another origin.
    """
    did = build_did_web(public_url)
    try:
        node = await agents.get(NODE_AGENT)
    except NotFoundError:
        try:
            return await agents.add(NODE_AGENT, KeyType.ED25519, lambda key: describe_agent(NODE_AGENT, key, did))
        except ConflictError:
            # another process was first
            node = await agents.get(NODE_AGENT)
    if node.did != did:
        raise SettingsError(
            f"the wallet belongs to the node {node.did}, and public_url makes this one {did}",
            fix="Give the public_url of that node, or another data_dir.",
        )
    return node


class Hosting:
    """Documents under one origin. Methods raise WalletError and UnavailableError as the port ``AgentStore``."""

    def __init__(self, agents: AgentStore, node: Agent, *, public_url: str):
        self._agents = agents
        self._node = node
        self._public_url = public_url

    def node_document(self) -> dict[str, object]:
        """Return the document of the node itself."""
        return build_node_document(self._node, public_url=self._public_url)

    async def agent_document(self, name: str) -> dict[str, object]:
        """Return the document of the agent hosted under that name.

        Raises:
            NotFoundError: no agent is hosted under it.
        """
        try:
            did = build_did_web(self._public_url, "agents", parse_agent_name(name))
        except MalformedError as error:
            raise NotFoundError("no agent is hosted under this name") from error
        # by DID: an agent of that name whose DID is another's, or a did:key, is not hosted here
        try:
            return build_agent_document(await self._agents.get(did))
        except NotFoundError as error:
            raise NotFoundError("no agent is hosted under this name") from error
