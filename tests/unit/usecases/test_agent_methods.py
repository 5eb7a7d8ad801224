"""Agents by the method of their DIDs: did:web, did:webvh with a log, and did:key with one key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legation.domain import did_logs
from legation.domain.agent_keys import KeyKind, Purpose
from legation.domain.did_logs import read_agent_log
from legation.domain.hosted_agents import DIDMethod, HostedAgent, Life
from legation.errors import ConflictError, LegationError, MalformedError, NotFoundError
from legation.standards.did.key import resolve_did_key
from legation.standards.did.webvh.log import Log
from legation.usecases.hosted_signers import HostedSigners
from tests.support.lives import ADMIN, LivesWorld, access_key, key_of, within


def log_of(world: LivesWorld, agent: HostedAgent) -> Log:
    """Return the verified log of an agent."""
    return read_agent_log(agent.did, world.state.tables.logs[agent.id], at=world.clock.now())


def code_of(refused: pytest.ExceptionInfo[LegationError]) -> str:
    return refused.value.code


def test_webvh_agent_is_named_by_its_place_and_by_the_hash_of_how_it_began() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.WEBVH)
        log = log_of(world, agent)
        assert agent.did == f"did:webvh:{log.latest.parameters.scid}:node.example:agents:planner"
        assert log.latest.parameters.next_key_hashes
        assert await world.hosting.agent_log("planner") == world.state.tables.logs[agent.id]
        key = key_of(agent)
        assert log.checked(log.latest).find_method(agent.method_of(key), "assertionMethod") is not None
        with pytest.raises(NotFoundError):
            await world.hosting.agent_document("planner")
        await world.check_whole()

    within(act)


def test_web_agent_has_a_document_and_no_log() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        assert (await world.hosting.agent_document("planner"))["id"] == "did:web:node.example:agents:planner"
        with pytest.raises(NotFoundError):
            await world.hosting.agent_log("planner")

    within(act)


def test_log_tells_which_key_was_the_agents_then() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.WEBVH)
        first = key_of(agent)
        world.clock.advance(timedelta(hours=1))
        rotation = await world.keys.rotate(ADMIN, first.id, compromised=True)
        world.clock.advance(timedelta(hours=1))
        log = log_of(world, rotation.agent)
        assert [version.number for version in log.versions] == [1, 2]
        periods = {period.method: period for period in log.key_periods()}
        assert periods[agent.method_of(first)].until == log.versions[1].time
        assert periods[rotation.agent.method_of(rotation.key)].since == log.versions[1].time
        await world.check_whole()

    within(act)


def test_each_change_of_the_document_is_an_entry_signed_by_a_new_update_key_and_no_other_change_is() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.WEBVH)
        seen = [agent.current_key(Purpose.UPDATE).multikey]
        changed, key = await world.keys.add_access_key(ADMIN, "planner", access_key("own"))
        assert changed.method_of(key) in str(log_of(world, changed).latest.state)
        for step in (world.agents.suspend, world.agents.resume):
            world.clock.advance(timedelta(seconds=2))
            changed = await step(ADMIN, "planner")
            seen.append(changed.current_key(Purpose.UPDATE).multikey)
        await world.keys.remove(ADMIN, key.id)
        assert len(log_of(world, changed).versions) == 5
        assert len(set(seen)) == len(seen)
        acts = ["agent.create", "key.add", "agent.suspend", "agent.resume", "key.remove"]
        assert [act for act, _, _ in world.audited()] == acts
        await world.check_whole()

    within(act)


def test_retired_webvh_agent_ends_its_log_which_stays() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.WEBVH)
        world.clock.advance(timedelta(minutes=1))
        retired = await world.agents.retire(ADMIN, "planner")
        assert retired.life is Life.RETIRED
        world.clock.advance(timedelta(minutes=1))
        assert log_of(world, retired).latest.parameters.deactivated
        assert len(await world.hosting.agent_log("planner")) == 3
        assert agent.id not in world.vault.profiles
        await world.check_whole()

    within(act)


def test_update_key_is_replaced_by_entries_alone() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.WEBVH)
        for purpose in (Purpose.UPDATE, Purpose.NEXT_UPDATE):
            with pytest.raises(ConflictError) as refused:
                await world.keys.rotate(ADMIN, agent.current_key(purpose).id, compromised=False)
            assert code_of(refused) == "update_key"
        await world.keys.rotate(ADMIN, key_of(agent, Purpose.BBS).id, compromised=False)
        await world.check_whole()

    within(act)


def test_full_log_takes_no_entry_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(world: LivesWorld) -> None:
        await world.create(method=DIDMethod.WEBVH)
        monkeypatch.setattr(did_logs, "MAX_ENTRIES", 2)
        await world.agents.suspend(ADMIN, "planner")
        with pytest.raises(ConflictError) as refused:
            await world.agents.resume(ADMIN, "planner")
        assert code_of(refused) == "log_full"
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256, KeyKind.P384])
def test_did_key_agent_is_its_key_and_signs(kind: KeyKind) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.KEY, signing_kind=kind)
        (key,) = agent.keys
        assert (agent.did, key.kind) == (f"did:key:{key.multikey}", kind)
        assert list(resolve_did_key(agent.did).methods) == [agent.method_of(key)]
        await world.check_whole()

    within(act)


def test_did_key_agent_keeps_its_key_for_life() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.KEY)
        with pytest.raises(ConflictError) as refused:
            await world.keys.rotate(ADMIN, agent.keys[0].id, compromised=True)
        assert code_of(refused) == "did_fixed"
        with pytest.raises(ConflictError) as refused:
            await world.keys.add_access_key(ADMIN, "planner", access_key("own"))
        assert code_of(refused) == "did_fixed"
        with pytest.raises(MalformedError):
            await world.create("other", method=DIDMethod.KEY, access_keys=(access_key("own"),))
        assert (await world.agents.retire(ADMIN, "planner")).life is Life.RETIRED
        await world.check_whole()

    within(act)


def test_agent_that_is_a_bbs_key_signs_nothing_yet_and_another_does() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(method=DIDMethod.KEY, signing_kind=KeyKind.BLS12_381_G2)
        assert agent.did.startswith("did:key:zUC7")
        signers = HostedSigners(world.state, world.vault)
        with pytest.raises(ConflictError) as refused:
            await signers.find(ADMIN.scope, "planner")
        assert code_of(refused) == "no_signing_key"
        await world.create("other", method=DIDMethod.KEY)
        assert (await signers.find(ADMIN.scope, "other")).signer.did.startswith("did:key:z6Mk")
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("method", [DIDMethod.WEB, DIDMethod.WEBVH])
@pytest.mark.parametrize("kind", [KeyKind.BLS12_381_G2, KeyKind.X25519])
def test_only_a_did_key_is_a_key_that_does_not_sign(method: DIDMethod, kind: KeyKind) -> None:
    async def act(world: LivesWorld) -> None:
        with pytest.raises(MalformedError):
            await world.create(method=method, signing_kind=kind)
        await world.create(method=method, signing_kind=KeyKind.P384)
        await world.check_whole()

    within(act)
