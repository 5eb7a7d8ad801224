"""Agents in an Askar store: a key and its agent together, signatures of both types, and handles that close."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aries_askar import Key, KeyAlg, Session

from legation.adapters.askar import agents as room
from legation.adapters.askar.agents import AskarAgents
from legation.adapters.askar.signing import AskarSigningKey
from legation.adapters.askar.store import AskarStore
from legation.crypto.keys import KeyType, PublicKey
from legation.domain.agents import Agent, describe_agent
from legation.errors import ConflictError, LegationError, NotFoundError, ProofError, TooLargeError, WalletError
from tests.support.wallets import key_in

BOTH = [KeyType.ED25519, KeyType.P256]
HOSTED = "did:web:acme.example:agents:planner"


def with_agents(folder: Path, work: Callable[[AskarAgents, AskarStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await AskarStore.open(folder / "wallet.db", key_in(folder), create=True)
        try:
            await work(AskarAgents(store), store)
        finally:
            await store.close()

    asyncio.run(run())


async def add(agents: AskarAgents, name: str, key_type: KeyType = KeyType.ED25519, did: str | None = None) -> Agent:
    return await agents.add(name, key_type, lambda key: describe_agent(name, key, did))


async def refusal_of(attempt: Awaitable[object]) -> LegationError:
    with pytest.raises(LegationError) as refusal:
        await attempt
    return refusal.value


@pytest.mark.parametrize("key_type", BOTH)
def test_signature_is_64_bytes_and_verifies_elsewhere(tmp_path: Path, key_type: KeyType) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        agent = await add(agents, "planner", key_type)
        signer = await agents.signer("planner")
        assert (signer.did, signer.method) == (agent.did, agent.method)
        assert signer.key.public_key.type is key_type
        for message in (b"", b"message", b"with\0zero", bytes(100_000)):
            signature = signer.key.sign(message)
            assert len(signature) == 64
            signer.key.public_key.verify(message, signature)
            with pytest.raises(ProofError):
                signer.key.public_key.verify(message + b"!", signature)

    with_agents(tmp_path, work)


@pytest.mark.parametrize("key_type", BOTH)
def test_agent_and_its_key_are_the_same_when_the_store_is_opened_again(tmp_path: Path, key_type: KeyType) -> None:
    made: list[tuple[Agent, PublicKey]] = []

    async def make(agents: AskarAgents, store: AskarStore) -> None:
        agent = await add(agents, "planner", key_type)
        made.append((agent, (await agents.signer("planner")).key.public_key))

    async def again(agents: AskarAgents, store: AskarStore) -> None:
        agent, public = made[0]
        assert await agents.get("planner") == agent
        public.verify(b"message", (await agents.signer("planner")).key.sign(b"message"))

    with_agents(tmp_path, make)
    with_agents(tmp_path, again)


def test_agents_are_found_by_name_and_by_did_and_listed_by_name(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        worker, planner = await add(agents, "worker"), await add(agents, "planner", did=HOSTED)
        assert await agents.get("worker") == await agents.get(worker.did) == worker
        assert await agents.get("planner") == await agents.get(HOSTED) == planner
        assert await agents.list_all() == [planner, worker]
        for absent in ("", "nobody", "did:web:nobody.example", worker.method, worker.did[:-1]):
            assert isinstance(await refusal_of(agents.get(absent)), NotFoundError)
            assert isinstance(await refusal_of(agents.signer(absent)), NotFoundError)

    with_agents(tmp_path, work)


def test_key_is_loaded_once_whoever_asks_and_however(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        agent = await add(agents, "planner")
        signers = await asyncio.gather(*(agents.signer(name) for name in ("planner", agent.did) * 4))
        signers.append(await agents.signer("planner"))
        assert len({id(signer.key) for signer in signers}) == 1

    with_agents(tmp_path, work)


def test_forgotten_handle_signs_no_more(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        await add(agents, "planner")
        signer = await agents.signer("planner")
        signer.key.sign(b"message")
        agents.forget()
        with pytest.raises(WalletError) as refusal:
            signer.key.sign(b"message")
        assert refusal.value.code == "wallet_closed"
        # the store is still open, and a new handle serves
        (await agents.signer("planner")).key.sign(b"message")

    with_agents(tmp_path, work)


def test_closed_store_gives_no_signer_not_even_a_known_one(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        await add(agents, "planner")
        await agents.signer("planner")
        await store.close()
        assert (await refusal_of(agents.signer("planner"))).code == "wallet_closed"
        assert (await refusal_of(add(agents, "worker"))).code == "wallet_closed"

    with_agents(tmp_path, work)


def test_taken_name_or_did_is_a_conflict_and_the_first_agent_stays(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        first = await add(agents, "planner", did=HOSTED)
        assert isinstance(await refusal_of(add(agents, "planner")), ConflictError)
        assert isinstance(await refusal_of(add(agents, "other", did=HOSTED)), ConflictError)
        assert await agents.list_all() == [first]
        signer = await agents.signer("planner")
        signer.key.public_key.verify(b"message", signer.key.sign(b"message"))
        assert isinstance(await refusal_of(agents.get("other")), NotFoundError)
        await add(agents, "other", did=HOSTED + "-2")

    with_agents(tmp_path, work)


def test_many_who_want_one_name_get_it_once(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        results = await asyncio.gather(*(add(agents, "planner") for _ in range(20)), return_exceptions=True)
        (made,) = [result for result in results if isinstance(result, Agent)]
        assert sum(isinstance(result, ConflictError) for result in results) == 19
        assert await agents.list_all() == [made]
        assert (await agents.signer("planner")).did == made.did

    with_agents(tmp_path, work)


def test_agent_whose_key_cannot_be_kept_is_not_kept_either(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        stray = Key.generate(KeyAlg.ED25519)
        await store.write(lambda session: session.insert_key("planner", stray))
        assert isinstance(await refusal_of(add(agents, "planner")), ConflictError)
        assert await agents.list_all() == []
        await add(agents, "worker")

    with_agents(tmp_path, work)


def test_store_holds_so_many_agents_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_AGENTS", 2)

    async def work(agents: AskarAgents, store: AskarStore) -> None:
        made = [await add(agents, "a"), await add(agents, "b")]
        assert isinstance(await refusal_of(add(agents, "c")), TooLargeError)
        assert await agents.list_all() == made

    with_agents(tmp_path, work)


def test_entry_that_is_no_agent_is_told_as_damage(tmp_path: Path) -> None:
    async def work(agents: AskarAgents, store: AskarStore) -> None:
        agent = await add(agents, "planner")
        whole = agent.to_record()
        for record in (
            "not json",
            json.dumps([]),
            json.dumps({**whole, "more": 1}),
            json.dumps({**whole, "name": "worker"}),
            json.dumps({**whole, "did": "did:web:other.example"}),
            json.dumps({**whole, "keyType": "RSA"}),
        ):
            await replace(store, record)
            assert (await refusal_of(agents.get("planner"))).code == "wallet_unreadable"
            assert (await refusal_of(agents.signer("planner"))).code == "wallet_unreadable"
            assert (await refusal_of(agents.list_all())).code == "wallet_unreadable"
        await replace(store, json.dumps(whole))
        assert await agents.get("planner") == agent

    with_agents(tmp_path, work)


def test_key_that_is_not_the_agents_own_signs_nothing(tmp_path: Path) -> None:
    async def swap(store: AskarStore, key: Key | None) -> None:
        async def change(session: Session) -> None:
            await session.remove_key("planner")
            if key is not None:
                await session.insert_key("planner", key)

        await store.write(change)

    async def work(agents: AskarAgents, store: AskarStore) -> None:
        await add(agents, "planner")
        for key in (Key.generate(KeyAlg.ED25519), Key.generate(KeyAlg.P256), Key.generate(KeyAlg.X25519)):
            await swap(store, key)
            assert (await refusal_of(agents.signer("planner"))).code == "wallet_unreadable"
        await store.write(lambda session: session.remove_key("planner"))
        assert (await refusal_of(agents.signer("planner"))).code == "wallet_unreadable"

    with_agents(tmp_path, work)


def test_text_of_a_handle_names_the_type_alone() -> None:
    key = Key.generate(KeyAlg.P256)
    assert repr(AskarSigningKey(key, KeyType.P256)) == "AskarSigningKey(P-256)"


async def replace(store: AskarStore, record: str) -> None:
    """Write another record under the agent's name, as a fault or a foreign hand would."""
    await store.write(lambda session: session.replace("agent", "planner", record))
