"""Agents and their lives: who may create what, what can become of an agent, and what the audit trail says of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from legation.domain.agent_keys import KeyKind, KeyState, Purpose
from legation.domain.audit import Outcome
from legation.domain.callers import LOCAL
from legation.domain.hosted_agents import Claims, Life
from legation.domain.pages import PageRequest
from legation.errors import (
    AccessError,
    ConflictError,
    InvalidKeyError,
    LegationError,
    MalformedError,
    NotFoundError,
    UnavailableError,
    UnknownTermError,
)
from legation.ports.state import AgentFilter
from legation.standards.multiformats import decode_public_key
from legation.usecases.agents import AgentChange, NewAgent
from legation.usecases.hosting import ensure_node
from tests.support.keys import Ed25519Key
from tests.support.lives import ADMIN, ANA, BEN, ORIGIN, LivesWorld, access_key, agent_caller, within
from tests.support.memory import unavailable

FIRST = PageRequest()


def code(error: pytest.ExceptionInfo[LegationError]) -> str:
    return error.value.code


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
def test_new_agent_is_active_and_has_a_key_for_every_purpose(kind: KeyKind) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create("planner", signing_kind=kind, access_keys=(access_key("a"), access_key("b")))
        assert (agent.life, agent.did, agent.version) == (Life.ACTIVE, "did:web:node.example:agents:planner", 1)
        kinds = [(key.purpose, key.kind) for key in agent.keys]
        assert kinds == [
            (Purpose.SIGNING, kind),
            (Purpose.BBS, KeyKind.BLS12_381_G2),
            (Purpose.AGREEMENT, KeyKind.X25519),
            (Purpose.ACCESS, KeyKind.ED25519),
            (Purpose.ACCESS, KeyKind.ED25519),
        ]
        assert [decode_public_key(key.multikey)[0].value for key in agent.keys] == [
            key.kind.value for key in agent.keys
        ]
        assert world.stored() == agent
        await world.check_whole()
        (entry,) = world.state.tables.audit
        assert (entry.act, entry.target, entry.outcome) == ("agent.create", "planner", Outcome.DONE)
        assert (entry.actor, entry.owner, entry.request_id) == (f"operator:{'a' * 32}", "default", "request-1")

    within(act)


@pytest.mark.parametrize(
    ("caller", "owner", "got"),
    [
        (ADMIN, None, "default"),
        (ADMIN, "ben", "ben"),
        (ANA, None, "ana"),
        (ANA, "ana", "ana"),
        (LOCAL, None, "default"),
    ],
)
def test_agent_belongs_to_the_owner_that_its_creator_may_name(caller: Any, owner: str | None, got: str) -> None:
    async def act(world: LivesWorld) -> None:
        assert (await world.create(caller=caller, owner=owner)).owner == got

    within(act)


@pytest.mark.parametrize("owner", ["ben", "default", "Ana", ""])
def test_operator_of_one_owner_creates_for_no_other(owner: str) -> None:
    async def act(world: LivesWorld) -> None:
        with pytest.raises((AccessError, MalformedError)):
            await world.create(caller=ANA, owner=owner)
        assert world.state.tables.agents == {}
        assert world.vault.profiles == {}

    within(act)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"name": "Planner"}, MalformedError),
        ({"name": ""}, MalformedError),
        ({"name": "a" * 64}, MalformedError),
        ({"name": "node"}, ConflictError),
        ({"owner": ""}, MalformedError),
        ({"owner": "Ana"}, MalformedError),
        ({"owner": "a" * 64}, MalformedError),
        ({"sponsor": "ana"}, MalformedError),
        ({"sponsor": ""}, MalformedError),
        ({"sponsor": "mailto:" + "a" * 506}, MalformedError),
        ({"claims": Claims(agent_model="")}, MalformedError),
        ({"claims": Claims(agent_version="a" * 257)}, MalformedError),
        ({"signing_kind": KeyKind.X25519}, MalformedError),
        ({"access_keys": ("",)}, MalformedError),
        ({"access_keys": ("z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",)}, InvalidKeyError),
        ({"access_keys": (access_key("a"), access_key("a"))}, MalformedError),
        ({"access_keys": tuple(access_key(str(number)) for number in range(9))}, MalformedError),
    ],
)
def test_agent_of_another_form_is_refused_and_leaves_nothing(
    members: dict[str, Any], kind: type[LegationError]
) -> None:
    async def act(world: LivesWorld) -> None:
        with pytest.raises(kind):
            await world.agents.create(ADMIN, NewAgent(**{"name": "planner", **members}))
        assert world.calls.names == []

    within(act)


@pytest.mark.parametrize(
    "members",
    [
        {"name": "a" * 63},
        {"owner": "a" * 63},
        {"sponsor": "mailto:" + "a" * 505},
        {"sponsor": "did:web:acme.example"},
        {"sponsor": "https://acme.example/people/ana?x=1#y"},
        {"claims": Claims(agent_model="gpt 5 – für Zürich", agent_version="a" * 256)},
        {"signing_kind": KeyKind.P256},
        {"access_keys": (access_key("a"), access_key("a", p256=True))},
        {"access_keys": tuple(access_key(str(number)) for number in range(8))},
    ],
)
def test_agent_at_the_bounds_is_accepted(members: dict[str, Any]) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.agents.create(ADMIN, NewAgent(**{"name": "planner", **members}))
        assert agent.sponsor == members.get("sponsor")
        await world.check_whole()

    within(act)


def test_name_is_never_given_twice_not_even_after_retirement() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create(caller=ANA)
        for _ in range(2):
            with pytest.raises(ConflictError) as refused:
                await world.create(caller=BEN)
            assert code(refused) == "conflict"
            with suppress(ConflictError):
                await world.agents.retire(ANA, "planner")
        await world.check_whole()

    within(act)


def test_of_many_that_create_one_name_together_one_does_and_nothing_else_is_left() -> None:
    async def act(world: LivesWorld) -> None:
        made = await asyncio.gather(*(world.create() for _ in range(8)), return_exceptions=True)
        assert sorted(type(result).__name__ for result in made) == ["ConflictError"] * 7 + ["HostedAgent"]
        assert len(world.audited()) == 1
        await world.check_whole()

    within(act)


def test_agent_reaches_itself_and_an_operator_what_its_owner_has() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create("a", ANA)
        worker = await world.create("b", BEN)
        me = agent_caller(worker)
        assert (await world.agents.get(me, "b")).id == worker.id
        assert [agent.name for agent in (await world.agents.list_page(me, AgentFilter(), FIRST)).items] == ["b"]
        assert [agent.name for agent in (await world.agents.list_page(ANA, AgentFilter(), FIRST)).items] == ["a"]
        assert len((await world.agents.list_page(ADMIN, AgentFilter(), FIRST)).items) == 2
        for caller in (me, ANA):
            with pytest.raises(NotFoundError):
                await world.agents.get(caller, "a" if caller is me else "b")

    within(act)


@pytest.mark.parametrize("name", ["", "nobody", "Planner", "a\0", "\ud800", "../a", "a" * 64])
def test_name_of_nobody_is_not_found(name: str) -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        for ask in (world.agents.get, world.agents.suspend, world.agents.resume, world.agents.retire):
            with pytest.raises(NotFoundError):
                await ask(ADMIN, name)
        with pytest.raises(NotFoundError):
            await world.agents.update(ADMIN, name, AgentChange({}))

    within(act)


@pytest.mark.parametrize("where", [AgentFilter(name="a\0"), AgentFilter(owner="Ana"), AgentFilter(name="a" * 64)])
def test_filter_that_no_agent_can_meet_is_refused(where: AgentFilter) -> None:
    async def act(world: LivesWorld) -> None:
        with pytest.raises(MalformedError):
            await world.agents.list_page(ADMIN, where, FIRST)
        await world.create("a-b", ANA)
        for fitting in (AgentFilter(name=""), AgentFilter(name="a-"), AgentFilter(owner="ana", life=Life.ACTIVE)):
            assert len((await world.agents.list_page(ADMIN, fitting, FIRST)).items) == 1

    within(act)


def test_sponsor_and_claims_are_changed_and_taken_away() -> None:
    async def act(world: LivesWorld) -> None:
        first = await world.create(sponsor="mailto:ana@acme.example", claims=Claims("m", "p", "1"))
        members = {"sponsor": None, "agent_version": "2", "agent_provider": None, "agent_instance_id": "i"}
        changed = await world.agents.update(ADMIN, "planner", AgentChange(members))
        assert (changed.sponsor, changed.claims) == (None, Claims("m", None, "2", "i"))
        assert (changed.keys, changed.version) == (first.keys, 2)
        assert world.stored() == changed
        assert world.audited()[-1] == ("agent.update", "planner", "default")

    within(act)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"name": "other"}, UnknownTermError),
        ({"owner": "ben"}, UnknownTermError),
        ({"life": "active"}, UnknownTermError),
        ({"sponsor": "mailto:a@b.example", "x": None}, UnknownTermError),
        ({"sponsor": "nobody"}, MalformedError),
        ({"agent_model": "a\nb"}, MalformedError),
        ({"agent_model": 5}, MalformedError),
    ],
)
def test_change_of_anything_else_is_refused_whole(members: Any, kind: type[LegationError]) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        with pytest.raises(kind):
            await world.agents.update(ADMIN, "planner", AgentChange(members))
        assert world.stored() == agent
        assert len(world.audited()) == 1

    within(act)


def test_life_goes_its_ways_and_says_what_is_in_the_way() -> None:
    async def act(world: LivesWorld) -> None:
        async def refused(ask: Any, expected: str) -> None:
            with pytest.raises(ConflictError) as error:
                await ask(ADMIN, "planner")
            assert code(error) == expected

        agents = world.agents
        await world.create()
        await refused(agents.resume, "agent_active")
        assert (await agents.suspend(ADMIN, "planner")).life is Life.SUSPENDED
        await refused(agents.suspend, "agent_suspended")
        assert (await agents.update(ADMIN, "planner", AgentChange({"agent_model": "m"}))).life is Life.SUSPENDED
        assert (await agents.resume(ADMIN, "planner")).life is Life.ACTIVE
        await agents.suspend(ADMIN, "planner")
        retired = await agents.retire(ADMIN, "planner")
        assert (retired.life, {key.state for key in retired.keys}) == (Life.RETIRED, {KeyState.EXPIRED})
        for ask in (agents.retire, agents.suspend, agents.resume):
            await refused(ask, "agent_retired")
        with pytest.raises(ConflictError):
            await agents.update(ADMIN, "planner", AgentChange({"agent_model": "n"}))
        acts = [act for act, _, _ in world.audited()]
        assert acts[1:] == ["agent.suspend", "agent.update", "agent.resume", "agent.suspend", "agent.retire"]
        await world.check_whole()
        assert world.vault.profiles == {}

    within(act)


def test_agent_changes_nothing_of_its_own_life() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        me = agent_caller(agent)
        with pytest.raises(AccessError):
            await world.create("other", me)
        for ask in (world.agents.suspend, world.agents.resume, world.agents.retire):
            with pytest.raises(AccessError):
                await ask(me, "planner")
        with pytest.raises(AccessError):
            await world.agents.update(me, "planner", AgentChange({"agent_model": "x"}))
        assert world.stored() == agent

    within(act)


def test_operator_changes_no_other_owners_agent() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(caller=ANA)
        for ask in (world.agents.suspend, world.agents.resume, world.agents.retire):
            with pytest.raises(NotFoundError):
                await ask(BEN, "planner")
        assert world.stored() == agent
        assert (await world.agents.suspend(ANA, "planner")).life is Life.SUSPENDED

    within(act)


def test_node_itself_is_never_suspended_or_retired() -> None:
    async def act(world: LivesWorld) -> None:
        node = await ensure_node(world.state, world.vault, world.clock, public_url=ORIGIN)
        for ask in (world.agents.suspend, world.agents.retire):
            with pytest.raises(ConflictError) as refused:
                await ask(ADMIN, "node")
            assert code(refused) == "node_agent"
            with pytest.raises(NotFoundError):
                await ask(ANA, "node")
        assert world.stored("node") == node
        assert world.audited() == [("agent.create", "node", None)]

    within(act)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_creation_that_a_store_fails_is_undone_at_once(call: int, before: bool) -> None:
    async def act(world: LivesWorld) -> None:
        world.calls.plan(call, before=before, error=unavailable)
        with pytest.raises(UnavailableError):
            await world.create()
        if (call, before) == (1, False):
            # written, though the caller was told otherwise: nobody knows of it but recovery
            assert await world.recover() == 1
        made = world.stored()
        # after the last call it is made, though the caller cannot know it
        assert (made is not None) == ((call, before) == (3, False))
        await world.check_whole()
        if made is None:
            await world.create()
            await world.check_whole()

    within(act)


def test_cleaning_up_that_fails_too_is_left_to_recovery() -> None:
    async def act(world: LivesWorld) -> None:
        async def failing(*_: Any) -> None:
            raise unavailable()

        world.calls.plan(3, error=unavailable)
        remove, world.vault.remove = world.vault.remove, failing  # type: ignore[method-assign]  # it fails for a while
        with pytest.raises(UnavailableError):
            await world.create()
        assert len(world.state.tables.intents) == len(world.vault.profiles) == 1
        assert await world.recover() == 0
        world.vault.remove = remove  # type: ignore[method-assign]  # as above
        assert await world.recover() == 1
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("ask", ["create", "retire"])
def test_work_on_two_stores_goes_on_after_the_caller_has_gone(ask: str) -> None:
    async def act(world: LivesWorld) -> None:
        if ask == "retire":
            await world.create()
        work = world.create() if ask == "create" else world.agents.retire(ADMIN, "planner")
        begun = len(world.calls.names)
        task = asyncio.ensure_future(work)
        while len(world.calls.names) == begun:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while world.state.tables.intents or world.stored() is None:
            await asyncio.sleep(0)
        stored = world.stored()
        assert stored is not None
        assert stored.life is (Life.ACTIVE if ask == "create" else Life.RETIRED)
        await world.check_whole()

    within(act)


def test_retirement_stands_where_the_vault_fails_and_the_keys_go_later() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        world.calls.plan(4, error=unavailable)  # the change, then finding, taking, removing
        assert (await world.agents.retire(ADMIN, "planner")).life is Life.RETIRED
        assert len(world.vault.profiles) == 1
        assert await world.recover() == 1
        await world.check_whole()

    within(act)


def test_no_key_of_an_agent_is_another_agents() -> None:
    async def act(world: LivesWorld) -> None:
        agents = [await world.create(name) for name in ("a", "b", "c")]
        multikeys = [key.multikey for agent in agents for key in agent.keys]
        assert len(set(multikeys)) == len(multikeys) == 9
        assert Ed25519Key("vault-1").public_key.raw == decode_public_key(multikeys[0])[1]

    within(act)
