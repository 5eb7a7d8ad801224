"""The node's own identity, and the documents that it serves."""

from __future__ import annotations

import asyncio

import pytest

from legation.crypto.keys import KeyType
from legation.domain.agents import describe_agent
from legation.errors import NotFoundError, SettingsError
from legation.usecases.hosting import Hosting, ensure_node
from tests.support.nodes import MemoryAgents

ORIGIN = "https://node.example"
PLANNER = "did:web:node.example:agents:planner"


async def build() -> tuple[Hosting, MemoryAgents]:
    agents = MemoryAgents()
    return Hosting(agents, await ensure_node(agents, public_url=ORIGIN), public_url=ORIGIN), agents


async def host(agents: MemoryAgents, name: str, did: str | None) -> None:
    await agents.add(name, KeyType.ED25519, lambda key: describe_agent(name, key, did))


def test_node_is_made_once_and_stays_who_it_is() -> None:
    async def run() -> None:
        agents = MemoryAgents()
        first = await ensure_node(agents, public_url=ORIGIN)
        assert first.did == "did:web:node.example"
        assert await ensure_node(agents, public_url=ORIGIN) == first

    asyncio.run(run())


def test_node_of_another_origin_is_refused() -> None:
    async def run() -> None:
        agents = MemoryAgents()
        await ensure_node(agents, public_url=ORIGIN)
        with pytest.raises(SettingsError):
            await ensure_node(agents, public_url="https://other.example")

    asyncio.run(run())


def test_nodes_that_start_together_agree_on_one_key() -> None:
    class Late(MemoryAgents):
        """Somebody else makes the node's agent just after it was found missing."""

        async def get(self, name_or_did: str) -> object:  # type: ignore[override]  # the same, told later
            try:
                return await super().get(name_or_did)
            except NotFoundError:
                await host(self, "node", "did:web:node.example")
                raise

    node = asyncio.run(ensure_node(Late(), public_url=ORIGIN))  # type: ignore[arg-type]  # as above
    assert node.did == "did:web:node.example"


def test_hosted_agent_has_a_document() -> None:
    async def run() -> None:
        hosting, agents = await build()
        await host(agents, "planner", PLANNER)
        assert (await hosting.agent_document("planner"))["id"] == PLANNER
        assert hosting.node_document()["id"] == "did:web:node.example"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "did"),
    [
        ("worker", None),
        ("guest", "did:web:other.example:agents:guest"),
        ("deep", "did:web:node.example:agents:deep:deeper"),
        ("ported", "did:web:node.example%3A8443:agents:ported"),
    ],
)
def test_agent_whose_did_is_not_under_this_origin_has_no_document_here(name: str, did: str | None) -> None:
    async def run() -> None:
        hosting, agents = await build()
        await host(agents, name, did)
        with pytest.raises(NotFoundError):
            await hosting.agent_document(name)

    asyncio.run(run())


@pytest.mark.parametrize(
    "name", ["", "planner2", "Planner", "..", "planner:x", "did:web:node.example", "node", "é", "%70"]
)
def test_name_under_which_nobody_is_hosted_is_not_found(name: str) -> None:
    async def run() -> None:
        hosting, agents = await build()
        await host(agents, "planner", PLANNER)
        with pytest.raises(NotFoundError):
            await hosting.agent_document(name)

    asyncio.run(run())
