"""The contract of the port ``AgentRecords``, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from legation.adapters.sql.state import SQLState
from legation.domain.callers import Scope
from legation.domain.hosted_agents import HostedAgent, Life
from legation.domain.pages import PageRequest
from legation.errors import ConflictError, MalformedError, NotFoundError
from legation.ports.state import AgentFilter, Records
from tests.support.records import ALL, build_agent, run_state

ANY = AgentFilter()


async def add(state: SQLState, *agents: HostedAgent) -> None:
    async def work(records: Records) -> None:
        for agent in agents:
            await records.agents.add(agent)

    await state.change(work)


async def names(
    state: SQLState, scope: Scope = ALL, where: AgentFilter = ANY, *, limit: int = 200, cursor: str | None = None
) -> list[str]:
    page = await state.look(lambda records: records.agents.list_page(scope, where, PageRequest(limit, cursor)))
    return [agent.name for agent in page.items]


def test_agent_is_found_as_it_was_kept_by_name_did_and_id(database_url: str) -> None:
    agent = build_agent(1)

    async def act(state: SQLState) -> None:
        await add(state, agent, build_agent(2))
        assert await state.look(lambda records: records.agents.get(ALL, agent.name)) == agent
        assert await state.look(lambda records: records.agents.get_by_did(ALL, agent.did)) == agent
        assert await state.look(lambda records: records.agents.get_by_id(ALL, agent.id)) == agent

    run_state(database_url, act)


def test_name_and_did_are_given_once_also_of_a_retired_agent(database_url: str) -> None:
    first = build_agent(1, life=Life.RETIRED)

    async def act(state: SQLState) -> None:
        await add(state, first)
        for other in (
            build_agent(2, name=first.name),
            replace(build_agent(2), did=first.did),
            replace(build_agent(2), id=first.id),
        ):
            with pytest.raises(ConflictError):
                await add(state, other)
        await add(state, build_agent(2))
        assert await names(state) == ["agent-0001", "agent-0002"]

    run_state(database_url, act)


def test_of_parallel_creations_of_one_name_one_succeeds(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        one_name = [build_agent(number, name="taken") for number in range(20)]
        outcomes = await asyncio.gather(*(add(state, agent) for agent in one_name), return_exceptions=True)
        assert outcomes.count(None) == 1
        assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 19
        assert await names(state) == ["taken"]

    run_state(database_url, act)


@pytest.mark.parametrize("scope", [Scope(owner="other"), Scope(agent_id="f" * 32), Scope("acme", "f" * 32)])
def test_agent_beyond_the_scope_is_not_found(database_url: str, scope: Scope) -> None:
    agent = build_agent(1)

    async def act(state: SQLState) -> None:
        await add(state, agent)
        for look in (
            lambda records: records.agents.get(scope, agent.name),
            lambda records: records.agents.get_by_did(scope, agent.did),
            lambda records: records.agents.get_by_id(scope, agent.id),
            lambda records: records.agents.get(ALL, "nobody"),
            lambda records: records.agents.get(ALL, "no\0body"),
            lambda records: records.agents.get(ALL, "no\ud800body"),
        ):
            with pytest.raises(NotFoundError):
                await state.look(look)
        assert await names(state, scope) == []
        for own in (Scope(owner="acme"), Scope(agent_id=agent.id), Scope("acme", agent.id)):
            assert await state.look(lambda records, own=own: records.agents.get(own, agent.name)) == agent
            assert await names(state, own) == [agent.name]

    run_state(database_url, act)


def test_list_is_narrowed_by_owner_life_and_the_beginning_of_a_name(database_url: str) -> None:
    agents = [
        build_agent(1, name="b-worker"),
        build_agent(2, name="B-upper", owner="other"),
        build_agent(3, name="a-worker", life=Life.SUSPENDED),
        build_agent(4, name="b", owner="other"),
        build_agent(5, name="ba", life=Life.RETIRED),
        build_agent(6, name="b%"),
    ]

    async def act(state: SQLState) -> None:
        await add(state, *agents)
        # the order of code points, whatever the locale of the database
        assert await names(state) == ["B-upper", "a-worker", "b", "b%", "b-worker", "ba"]
        assert await names(state, where=AgentFilter(owner="other")) == ["B-upper", "b"]
        assert await names(state, where=AgentFilter(life=Life.SUSPENDED)) == ["a-worker"]
        assert await names(state, where=AgentFilter(name="b")) == ["b", "b%", "b-worker", "ba"]
        assert await names(state, where=AgentFilter(name="b-")) == ["b-worker"]
        assert await names(state, where=AgentFilter(name="%")) == []
        assert await names(state, where=AgentFilter(name="")) == await names(state)
        assert await names(state, where=AgentFilter("acme", Life.ACTIVE, "b")) == ["b%", "b-worker"]
        assert await names(state, Scope(owner="other"), AgentFilter(owner="acme")) == []
        assert await names(state, Scope(owner="other"), AgentFilter(name="b")) == ["b"]

    run_state(database_url, act)


@pytest.mark.parametrize("where", [ANY, AgentFilter(owner="acme"), AgentFilter(life=Life.ACTIVE, name="agent-")])
def test_pages_show_every_agent_once(database_url: str, where: AgentFilter) -> None:
    async def act(state: SQLState) -> None:
        await add(state, *(build_agent(number) for number in range(7)))
        seen, cursor, sizes = list[str](), None, list[int]()
        while True:
            request = PageRequest(3, cursor)
            page = await state.look(lambda records: records.agents.list_page(ALL, where, request))  # noqa: B023 - now
            seen += [agent.name for agent in page.items]
            sizes.append(len(page.items))
            if (cursor := page.next) is None:
                break
        assert seen == [f"agent-{number:04}" for number in range(7)]
        assert sizes == [3, 3, 1]
        whole = await state.look(lambda records: records.agents.list_page(ALL, where, PageRequest(7)))
        assert whole.next is None

    run_state(database_url, act)


@pytest.mark.parametrize("page", [PageRequest(0), PageRequest(201), PageRequest(50, "x"), PageRequest(50, "")])
def test_page_that_is_none_is_refused(database_url: str, page: PageRequest) -> None:
    async def act(state: SQLState) -> None:
        with pytest.raises(MalformedError):
            await state.look(lambda records: records.agents.list_page(ALL, ANY, page))
        assert await names(state, limit=1) == []

    run_state(database_url, act)


def test_agent_is_replaced_only_by_its_next_version(database_url: str) -> None:
    agent = build_agent(1)
    changed = replace(agent, life=Life.SUSPENDED, keys=agent.keys[:1], sponsor=None, version=2)

    async def replace_it(state: SQLState, by: HostedAgent) -> None:
        await state.change(lambda records: records.agents.replace(by))

    async def act(state: SQLState) -> None:
        await add(state, agent)
        for wrong in (agent, replace(agent, version=3), replace(changed, id="f" * 32)):
            with pytest.raises(ConflictError):
                await replace_it(state, wrong)
        await replace_it(state, changed)
        assert await state.look(lambda records: records.agents.get(ALL, agent.name)) == changed
        with pytest.raises(ConflictError):
            await replace_it(state, changed)

    run_state(database_url, act)


def test_of_parallel_changes_of_one_version_one_succeeds(database_url: str) -> None:
    agent = build_agent(1)

    async def act(state: SQLState) -> Sequence[object]:
        await add(state, agent)
        changes = [replace(agent, sponsor=f"urn:x:{number}", version=2) for number in range(10)]
        return await asyncio.gather(
            *(state.change(lambda records, by=by: records.agents.replace(by)) for by in changes),
            return_exceptions=True,
        )

    outcomes = run_state(database_url, act)
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 9


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_database_keeps_is_refused(database_url: str, text: str) -> None:
    async def act(state: SQLState) -> None:
        with pytest.raises(MalformedError):
            await add(state, replace(build_agent(1), sponsor=text))
        await add(state, replace(build_agent(1), sponsor="a\u2028b\U0001f600"))

    run_state(database_url, act)
