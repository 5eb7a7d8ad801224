"""The node's own identity, and the documents that it serves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from legation.domain.agent_keys import KeyKind
from legation.errors import GoneError, NotFoundError, SettingsError, UnavailableError
from legation.ports.state import Intent
from legation.standards.did.document import parse_did_document
from legation.usecases import hosting
from legation.usecases.hosting import ensure_node
from tests.support.lives import ADMIN, ORIGIN, LivesWorld, key_of, within
from tests.support.memory import Crash, unavailable


async def ensure(world: LivesWorld, origin: str = ORIGIN):  # type: ignore[no-untyped-def]  # of tests only
    return await ensure_node(world.state, world.vault, world.clock, public_url=origin)


def test_node_is_made_once_and_stays_who_it_is() -> None:
    async def act(world: LivesWorld) -> None:
        first = await ensure(world)
        assert (first.id, first.did, first.owner, first.trail) == ("node", "did:web:node.example", "", None)
        assert await ensure(world) == first
        assert world.audited() == [("agent.create", "node", None)]
        await world.check_whole()

    within(act)


def test_node_of_another_origin_is_refused() -> None:
    async def act(world: LivesWorld) -> None:
        await ensure(world)
        with pytest.raises(SettingsError):
            await ensure(world, "https://other.example")

    within(act)


def test_nodes_that_start_together_agree_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_PAUSE_SECONDS", 0)

    async def act(world: LivesWorld) -> None:
        nodes = await asyncio.gather(*(ensure(world) for _ in range(6)))
        assert len(set(nodes)) == 1
        assert len(world.audited()) == 1
        await world.check_whole()

    within(act)


def test_start_waits_no_longer_than_it_says_for_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(hosting, "_PATIENCE_SECONDS", 0.05)

    async def act(world: LivesWorld) -> None:
        world.state.tables.intents["node"] = Intent("node", world.clock.now())
        with pytest.raises(UnavailableError):
            await ensure(world)
        # one that is a minute old is nobody's any more
        world.clock.advance(timedelta(minutes=1))
        assert (await ensure(world)).did == "did:web:node.example"
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_start_that_dies_over_making_the_node_is_made_good_by_the_next(call: int, before: bool) -> None:
    async def act(world: LivesWorld) -> None:
        world.calls.plan(call, before=before)
        with pytest.raises(Crash):
            await ensure(world)
        world.calls.revive()
        await world.recover()
        await ensure(world)
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_start_that_a_store_fails_leaves_nothing(call: int) -> None:
    async def act(world: LivesWorld) -> None:
        world.calls.plan(call, error=unavailable)
        with pytest.raises(UnavailableError):
            await ensure(world)
        await ensure(world)
        await world.check_whole()

    within(act)


def test_wallet_of_another_state_is_refused_and_loses_nothing() -> None:
    async def act(world: LivesWorld) -> None:
        await ensure(world)
        profiles = {name: dict(keys) for name, keys in world.vault.profiles.items()}
        other = LivesWorld()
        other.vault.profiles = world.vault.profiles
        with pytest.raises(SettingsError):
            await ensure(other)
        await other.recover()
        assert other.vault.profiles == profiles
        assert other.state.tables.agents == other.state.tables.intents == {}

    within(act)


def test_wallet_that_lacks_the_nodes_signing_key_is_refused() -> None:
    async def act(world: LivesWorld) -> None:
        node = await ensure(world)
        await world.vault.remove_keys("node", [key_of(node).id])
        with pytest.raises(SettingsError):
            await ensure(world)
        await world.vault.remove("node")
        with pytest.raises(SettingsError):
            await ensure(world)
        await world.vault.create("node", {key_of(node).id: KeyKind.ED25519})
        assert await ensure(world) == node

    within(act)


def test_hosted_agents_and_the_node_have_documents_that_verifiers_read() -> None:
    async def act(world: LivesWorld) -> None:
        await ensure(world)
        agent = await world.create()
        document = await world.hosting.agent_document("planner")
        assert parse_did_document(document, did=agent.did).id == "did:web:node.example:agents:planner"
        node = await world.hosting.node_document()
        assert parse_did_document(node, did="did:web:node.example").id == node["id"]
        assert node["service"] == [
            {"id": "did:web:node.example#node", "type": "LegationNode", "serviceEndpoint": ORIGIN}
        ]

    within(act)


def test_suspended_agent_keeps_its_document_and_a_retired_one_is_gone() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        document = await world.hosting.agent_document("planner")
        await world.agents.suspend(ADMIN, "planner")
        assert await world.hosting.agent_document("planner") == document
        await world.agents.retire(ADMIN, "planner")
        with pytest.raises(GoneError):
            await world.hosting.agent_document("planner")

    within(act)


@pytest.mark.parametrize(
    "name", ["", "planner2", "Planner", "..", "planner:x", "did:web:node.example", "node", "é", "%70", "\0", "\ud800"]
)
def test_name_under_which_nobody_is_hosted_is_not_found(name: str) -> None:
    async def act(world: LivesWorld) -> None:
        await ensure(world)
        await world.create()
        with pytest.raises(NotFoundError):
            await world.hosting.agent_document(name)

    within(act)


def test_node_that_was_never_made_has_no_document() -> None:
    async def act(world: LivesWorld) -> None:
        with pytest.raises(NotFoundError):
            await world.hosting.node_document()

    within(act)
