"""Keys of agents: replaced, condemned, added and removed, and what is left of each in the document."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from legation.domain.agent_keys import MAX_FIRST_KEYS, KeyKind, KeyState, Purpose, write_key_id
from legation.domain.callers import Caller
from legation.domain.hosted_agents import HostedAgent
from legation.domain.key_lives import MAX_KEYS, end_of
from legation.errors import InvalidKeyError, LegationError, MalformedError, NotFoundError, WalletError
from legation.errors import UnavailableError as Unavailable
from legation.usecases.hosting import ensure_node
from tests.support.lives import ADMIN, ANA, BEN, ORIGIN, LivesWorld, access_key, agent_caller, key_of, within
from tests.support.memory import unavailable

MADE = [Purpose.SIGNING, Purpose.BBS, Purpose.AGREEMENT]


async def refuse(work: Any, expected: str) -> None:
    with pytest.raises(LegationError) as refused:
        await work
    assert refused.value.code == expected


async def listed(world: LivesWorld, name: str = "planner") -> dict[str, dict[str, Any]]:
    """Return the methods of an agent's document by key."""
    document: Any = await world.hosting.agent_document(name)
    return {method["publicKeyMultibase"]: method for method in document["verificationMethod"]}


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
@pytest.mark.parametrize("purpose", MADE)
def test_replaced_key_stays_in_the_document_until_its_end(purpose: Purpose, kind: KeyKind) -> None:
    async def act(world: LivesWorld) -> None:
        old = key_of(await world.create(signing_kind=kind), purpose)
        rotation = await world.keys.rotate(ADMIN, old.id, compromised=False)
        assert (rotation.replaced.id, rotation.replaced.state) == (old.id, KeyState.EXPIRED)
        assert rotation.replaced.expires_at == end_of(world.clock.now())
        assert (rotation.key.purpose, rotation.key.kind) == (purpose, old.kind)
        assert rotation.key == key_of(rotation.agent, purpose)
        assert rotation.key.id == write_key_id(rotation.agent.id, MAX_FIRST_KEYS + 2)
        methods = await listed(world)
        assert methods[old.multikey]["expires"] == "2026-11-01T12:00:01Z"
        assert "expires" not in methods[rotation.key.multikey]
        assert world.audited()[-1] == ("key.rotate", old.id, "default")
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("purpose", MADE)
def test_compromised_key_leaves_the_document(purpose: Purpose) -> None:
    async def act(world: LivesWorld) -> None:
        old = key_of(await world.create(), purpose)
        rotation = await world.keys.rotate(ADMIN, old.id, compromised=True)
        assert rotation.replaced.state is KeyState.COMPROMISED
        assert rotation.replaced.compromised_at == world.clock.now()
        assert old.multikey not in await listed(world)
        assert rotation.key.multikey in await listed(world)
        await world.check_whole()

    within(act)


def test_expired_key_is_condemned_afterwards_without_a_new_one() -> None:
    async def act(world: LivesWorld) -> None:
        old = key_of(await world.create())
        first = await world.keys.rotate(ADMIN, old.id, compromised=False)
        await refuse(world.keys.rotate(ADMIN, old.id, compromised=False), "key_expired")
        second = await world.keys.rotate(ADMIN, old.id, compromised=True)
        assert (second.replaced.id, second.replaced.state) == (old.id, KeyState.COMPROMISED)
        assert second.replaced.expires_at == first.replaced.expires_at
        assert (second.key, len(second.agent.keys)) == (first.key, len(first.agent.keys))
        assert old.multikey not in await listed(world)
        for compromised in (True, False):
            await refuse(world.keys.rotate(ADMIN, old.id, compromised=compromised), "key_compromised")
        await world.check_whole()

    within(act)


def test_access_key_is_added_and_removed_and_never_replaced() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        me = agent_caller(agent)
        changed, key = await world.keys.add_access_key(me, "planner", access_key("mine", p256=True))
        assert (key.purpose, key.kind, key.is_held_here) == (Purpose.ACCESS, KeyKind.P256, False)
        assert changed == world.stored()
        document: Any = await world.hosting.agent_document("planner")
        assert changed.method_of(key) in document["authentication"]
        assert changed.method_of(key) not in document["assertionMethod"]
        await refuse(world.keys.rotate(me, key.id, compromised=False), "access_key")
        await refuse(world.keys.rotate(me, key.id, compromised=True), "access_key")
        await world.keys.remove(me, key.id)
        assert key.multikey not in await listed(world)
        await refuse(world.keys.remove(me, key.id), "key_expired")
        await refuse(world.keys.add_access_key(me, "planner", key.multikey), "key_known")
        assert [act for act, _, _ in world.audited()] == ["agent.create", "key.add", "key.remove"]
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("purpose", MADE)
def test_key_of_the_nodes_is_not_removed(purpose: Purpose) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        await refuse(world.keys.remove(ADMIN, key_of(agent, purpose).id), "node_key")
        assert world.stored() == agent

    within(act)


@pytest.mark.parametrize(
    ("multikey", "kind"),
    [
        ("", MalformedError),
        ("u" + access_key("a")[1:], MalformedError),
        (access_key("a") + "1", InvalidKeyError),
        ("z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", InvalidKeyError),
        (5, MalformedError),
        ("z" + "1" * 1_000_000, MalformedError),
    ],
)
def test_what_is_no_access_key_is_refused(multikey: Any, kind: type[LegationError]) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        with pytest.raises(kind):
            await world.keys.add_access_key(ADMIN, "planner", multikey)
        assert world.stored() == agent

    within(act)


def test_agent_has_eight_access_keys_and_no_key_twice() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(access_keys=tuple(access_key(str(number)) for number in range(7)))
        await refuse(world.keys.add_access_key(ADMIN, "planner", access_key("3")), "key_known")
        await refuse(world.keys.add_access_key(ADMIN, "planner", key_of(agent).multikey), "key_known")
        await world.keys.add_access_key(ADMIN, "planner", access_key("8"))
        await refuse(world.keys.add_access_key(ADMIN, "planner", access_key("9")), "access_keys_full")
        await world.keys.remove(ADMIN, agent.keys[3].id)
        await world.keys.add_access_key(ADMIN, "planner", access_key("9"))
        await world.check_whole()

    within(act)


def test_callers_reach_the_keys_of_their_own_agents_only() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create("planner", ANA)
        other = await world.create("worker", ANA)
        key = key_of(agent)

        async def refused(caller: Caller) -> None:
            for work in (
                world.keys.list_all(caller, "planner"),
                world.keys.add_access_key(caller, "planner", access_key("x")),
                world.keys.rotate(caller, key.id, compromised=False),
                world.keys.remove(caller, key.id),
            ):
                with pytest.raises(NotFoundError):
                    await work

        for caller in (BEN, agent_caller(other)):
            await refused(caller)
        assert world.stored() == agent
        for caller in (ANA, ADMIN, agent_caller(agent)):
            assert (await world.keys.list_all(caller, "planner")).id == agent.id
            now = world.stored()
            assert now is not None
            await world.keys.rotate(caller, key_of(now).id, compromised=False)
        await world.check_whole()

    within(act)


@pytest.mark.parametrize(
    "key_id", ["", "x", "-1", "node-0", "node-1", "0" * 32 + "-1", "0" * 32, "../x-1", "\0-1", "a" * 32 + "-01", "١"]
)
def test_key_that_nobody_has_is_not_found(key_id: str) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        for missing in (key_id, f"{agent.id}-9", f"{agent.id}-1x", f"{agent.id}-999999999999999"):
            for work in (world.keys.rotate(ADMIN, missing, compromised=True), world.keys.remove(ADMIN, missing)):
                with pytest.raises(NotFoundError):
                    await work

    within(act)


def test_suspended_agents_keys_can_be_replaced_and_a_retired_ones_not() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        agent = await world.agents.suspend(ADMIN, "planner")
        rotation = await world.keys.rotate(ADMIN, key_of(agent).id, compromised=True)
        await world.agents.retire(ADMIN, "planner")
        for work in (
            world.keys.rotate(ADMIN, rotation.key.id, compromised=True),
            world.keys.add_access_key(ADMIN, "planner", access_key("x")),
            world.keys.remove(ADMIN, rotation.key.id),
        ):
            await refuse(work, "agent_retired")
        assert (await world.keys.list_all(ADMIN, "planner")).keys[0].state is KeyState.COMPROMISED

    within(act)


def test_nodes_own_keys_are_replaced_like_any_others_but_it_has_no_access_keys() -> None:
    async def act(world: LivesWorld) -> None:
        node = await ensure_node(world.state, world.vault, world.clock, public_url=ORIGIN)
        rotation = await world.keys.rotate(ADMIN, key_of(node).id, compromised=False)
        assert await ensure_node(world.state, world.vault, world.clock, public_url=ORIGIN) == rotation.agent
        await refuse(world.keys.add_access_key(ADMIN, "node", access_key("x")), "node_agent")
        await world.check_whole()

    within(act)


def test_of_rotations_at_the_same_time_one_happens_and_the_others_are_told_to_try_again() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        done = await asyncio.gather(
            *(world.keys.rotate(ADMIN, key_of(agent, purpose).id, compromised=False) for purpose in MADE),
            world.agents.retire(ADMIN, "planner"),
            return_exceptions=True,
        )
        refused = [result for result in done if isinstance(result, LegationError)]
        assert [error.code for error in refused] == ["busy"] * 3
        assert {error.fix for error in refused} == {"Try again."}
        await world.check_whole()

    within(act)


def test_record_of_keys_is_bounded_and_the_oldest_expired_leave_it_first() -> None:
    async def act(world: LivesWorld) -> None:
        agent: HostedAgent = await world.create(access_keys=(access_key("removed"), access_key("kept")))
        await world.keys.remove(ADMIN, agent.keys[3].id)
        ids = {key.id for key in agent.keys}
        for _ in range(MAX_KEYS + 10):
            rotation = await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
            agent = rotation.agent
            assert rotation.key.id not in ids
            ids.add(rotation.key.id)
            assert agent.keys[-1] == rotation.key
            assert len(agent.keys) <= MAX_KEYS
        # what is in use stays, and so do the latest of what was
        numbers = [key.number for key in agent.keys]
        assert numbers[:3] == [2, 3, 5]
        assert numbers[3:] == sorted(numbers[3:])
        assert len(await listed(world)) == MAX_KEYS
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_rotation_that_a_store_fails_is_undone_at_once(call: int, before: bool) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        world.calls.plan(call, before=before, error=unavailable)
        with pytest.raises(Unavailable):
            await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        if (call, before) == (1, False):
            assert await world.recover() == 1
        stored = world.stored()
        assert stored is not None
        assert (stored.keys == agent.keys) == ((call, before) != (3, False))
        await world.check_whole()
        await world.keys.rotate(ADMIN, key_of(stored).id, compromised=True)
        await world.check_whole()

    within(act)


def test_rotation_stands_where_the_vault_does_not_let_go_of_the_old_key() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        world.calls.plan(6, error=unavailable)  # begin, add, finish; then take, find, remove
        rotation = await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        assert world.calls.names[-1] == "vault.remove_keys"
        assert key_of(agent).id in world.vault.profiles[agent.id]
        await refuse(world.keys.rotate(ADMIN, rotation.key.id, compromised=False), "busy")
        assert await world.recover() == 1
        await world.check_whole()
        await world.keys.rotate(ADMIN, rotation.key.id, compromised=False)

    within(act)


def test_wallet_without_the_agent_says_so() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        world.vault.profiles.clear()
        with pytest.raises(WalletError):
            await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        stored = world.stored()
        assert stored is not None
        assert stored.keys == agent.keys
        assert world.state.tables.intents == {}

    within(act)


def test_key_left_behind_in_the_vault_is_in_nobodys_way_for_long() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        await world.vault.add_key(agent.id, write_key_id(agent.id, MAX_FIRST_KEYS + 2), KeyKind.ED25519)
        await refuse(world.keys.rotate(ADMIN, key_of(agent).id, compromised=False), "busy")
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        await world.check_whole()

    within(act)


def test_access_key_comes_in_while_another_key_is_being_made() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        task = asyncio.ensure_future(world.keys.rotate(ADMIN, key_of(agent).id, compromised=False))
        while not world.state.tables.intents:
            await asyncio.sleep(0)
        _, added = await world.keys.add_access_key(ADMIN, "planner", access_key("x"))
        rotation = await task
        assert {added, rotation.key} <= set(rotation.agent.keys)
        assert rotation.agent == world.stored()
        await world.check_whole()

    within(act)
