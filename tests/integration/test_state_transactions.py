"""The contract of the port ``State``: changes are whole, durable and in turn, and looks change nothing."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import replace

import pytest

from legation.adapters.sql import lanes
from legation.adapters.sql.database import Database
from legation.adapters.sql.state import SQLState
from legation.domain.audit import AuditEntry
from legation.domain.hosted_agents import HostedAgent
from legation.domain.pages import PageRequest
from legation.errors import ConflictError, NotFoundError, UnavailableError
from legation.ports.state import AgentFilter, AuditFilter, Intent, Records
from tests.support.records import ALL, NOW, build_agent, build_delegation, build_entry, build_party, run_sql, run_state


class OwnError(Exception):
    """An error of the work's own, which no database knows."""


async def entries(state: SQLState) -> list[AuditEntry]:
    page = await state.look(lambda records: records.audit.list_page(ALL, AuditFilter(), PageRequest(200)))
    return list(page.items)


async def agents(state: SQLState) -> list[HostedAgent]:
    page = await state.look(lambda records: records.agents.list_page(ALL, AgentFilter(), PageRequest(200)))
    return list(page.items)


def test_work_sees_what_it_has_done_itself(database_url: str) -> None:
    agent, delegation = build_agent(1), build_delegation(1, build_party(1), build_party(2))

    async def work(records: Records) -> None:
        await records.delegations.add(delegation)
        assert await records.delegations.get(ALL, delegation.id) == delegation
        await records.audit.add(build_entry())
        page = await records.audit.list_page(ALL, AuditFilter(), PageRequest())
        assert [replace(entry, id=None) for entry in page.items] == [build_entry()]
        await records.agents.add(agent)
        assert await records.agents.get(ALL, agent.name) == agent

    run_state(database_url, lambda state: state.change(work))


def test_what_is_acknowledged_is_there_after_a_restart(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        await asyncio.gather(
            *(state.change(lambda records, n=n: records.agents.add(build_agent(n))) for n in range(100))
        )

    run_state(database_url, act)
    assert len(run_state(database_url, agents)) == 100


def insert(records: Records, number: int) -> object:
    return records.audit.add(build_entry(target=str(number)))


def add(records: Records, number: int) -> object:
    return records.agents.add(build_agent(number))


@pytest.mark.parametrize("write", [insert, add])
def test_work_that_fails_after_it_wrote_takes_nobody_along_and_leaves_nothing(
    database_url: str, write: Callable[[Records, int], object]
) -> None:
    async def act(state: SQLState) -> None:
        async def work(records: Records, number: int) -> int:
            await write(records, number)  # type: ignore[misc]  # both are awaitable
            if number % 5 == 0:
                raise OwnError
            return number

        outcomes = await asyncio.gather(
            *(state.change(lambda records, n=n: work(records, n)) for n in range(50)), return_exceptions=True
        )
        for number, outcome in enumerate(outcomes):
            assert isinstance(outcome, OwnError) if number % 5 == 0 else outcome == number
        found = {int(entry.target) for entry in await entries(state)} | {int(a.id, 16) for a in await agents(state)}
        assert found == {number for number in range(50) if number % 5}

    run_state(database_url, act)


def test_work_that_only_read_fails_alone_and_runs_once(database_url: str) -> None:
    runs = list[int]()

    async def act(state: SQLState) -> None:
        async def work(records: Records, number: int) -> None:
            runs.append(number)
            await records.audit.add(build_entry(target=str(number)))
            if number == 7:
                await records.agents.get(ALL, "nobody")

        outcomes = await asyncio.gather(
            *(state.change(lambda records, n=n: work(records, n)) for n in range(20)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes].count(NotFoundError) == 1
        assert isinstance(outcomes[7], NotFoundError)
        assert sorted(runs) == list(range(20))
        assert len(await entries(state)) == 19

    run_state(database_url, act)


def test_conflict_that_shows_at_the_end_is_its_own_ones_alone(database_url: str) -> None:
    taken = build_delegation(1, build_party(1), build_party(2))

    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.delegations.add(taken))
        others = [build_delegation(n, build_party(1), build_party(2)) for n in range(2, 12)]
        outcomes = await asyncio.gather(
            *(state.change(lambda records, d=d: records.delegations.add(d)) for d in (*others, taken, *others[:1])),
            return_exceptions=True,
        )
        assert outcomes[:10] == [None] * 10
        assert [type(outcome) for outcome in outcomes[10:]] == [ConflictError, ConflictError]

    run_state(database_url, act)


def test_work_may_catch_a_conflict_and_go_on(database_url: str) -> None:
    agent = build_agent(1)

    async def work(records: Records) -> str:
        try:
            await records.agents.add(agent)
        except ConflictError:
            await records.audit.add(build_entry("agent.refused"))
            return "taken"
        return "new"

    async def act(state: SQLState) -> None:
        assert await state.change(work) == "new"
        assert await state.change(work) == "taken"
        assert [entry.act for entry in await entries(state)] == ["agent.refused"]

    run_state(database_url, act)


def test_read_then_write_is_one_for_all_callers_of_all_nodes(database_url: str) -> None:
    """A counter that everybody reads and then raises loses nothing: changes come one after the other."""

    async def raise_it(records: Records) -> None:
        agent = await records.agents.get(ALL, "agent-0001")
        count = int((agent.sponsor or "urn:0").removeprefix("urn:")) + 1
        await records.agents.replace(replace(agent, sponsor=f"urn:{count}", version=agent.version + 1))

    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.agents.add(replace(build_agent(1), sponsor=None)))
        async with Database.open(database_url) as second:
            states = (state, SQLState(second))
            await asyncio.gather(*(each.change(raise_it) for each in states * 40))
        assert (await agents(state))[0].sponsor == "urn:80"

    run_state(database_url, act)


def test_cancelled_caller_leaves_all_or_nothing(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        async def work(records: Records, number: int) -> None:
            await records.agents.add(build_agent(number))
            await records.audit.add(build_entry(target=f"agent-{number:04}"))

        tasks = [asyncio.create_task(state.change(lambda records, n=n: work(records, n))) for n in range(100)]
        for task in tasks[::2]:
            await asyncio.sleep(0)
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        there = {agent.name for agent in await agents(state)}
        assert there == {entry.target for entry in await entries(state)}
        assert there >= {f"agent-{n:04}" for n, outcome in enumerate(outcomes) if outcome is None}
        assert outcomes[1::2] == [None] * 50
        # and the lane goes on
        await state.change(lambda records: work(records, 1000))

    run_state(database_url, act)


def test_too_many_that_wait_are_refused_at_once_and_the_others_served(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MAX_WAITING", 10)

    async def act(state: SQLState) -> None:
        outcomes = await asyncio.gather(
            *(state.change(lambda records: records.audit.add(build_entry())) for _ in range(30)),
            return_exceptions=True,
        )
        assert outcomes[:10] == [None] * 10
        assert {type(outcome) for outcome in outcomes[10:]} == {UnavailableError}
        assert len(await entries(state)) == 10

    run_state(database_url, act)


def test_work_that_never_ends_is_ended_and_the_lane_goes_on(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        state._database._writer._seconds = 0.3

        async def hang(records: Records) -> None:
            await records.audit.add(build_entry())
            await asyncio.Event().wait()

        with pytest.raises(UnavailableError):
            await state.change(hang)
        assert await entries(state) == []
        await state.change(lambda records: records.audit.add(build_entry()))

    run_state(database_url, act)


def test_work_that_hides_a_failure_of_the_database_is_not_acknowledged(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        async def hide(records: Records) -> None:
            await records.audit.add(build_entry())
            try:
                await records.intents.begin(Intent("a" * 32, NOW))
            except UnavailableError:
                return

        await run_sql(database_url, "ALTER TABLE intents RENAME TO elsewhere")
        with pytest.raises(UnavailableError):
            await state.change(hide)
        await run_sql(database_url, "ALTER TABLE elsewhere RENAME TO intents")
        assert await entries(state) == []
        await state.change(hide)
        assert len(await entries(state)) == 1

    run_state(database_url, act)


def test_looks_do_not_wait_for_a_change_and_do_not_see_it_before_it_is_done(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        seen = list[int]()

        async def work(records: Records) -> None:
            await records.agents.add(build_agent(1))
            seen.append(len(await asyncio.wait_for(agents(state), 2)))

        await state.change(work)
        seen.append(len(await agents(state)))
        assert seen == [0, 1]

    run_state(database_url, act)


def test_one_look_sees_one_moment(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        async def work(records: Records) -> list[int]:
            before = await records.agents.list_page(ALL, AgentFilter(), PageRequest())
            await state.change(lambda changing: changing.agents.add(build_agent(1)))
            after = await records.agents.list_page(ALL, AgentFilter(), PageRequest())
            return [len(before.items), len(after.items)]

        assert await state.look(work) == [0, 0]
        assert len(await agents(state)) == 1

    run_state(database_url, act)


def test_looks_fail_alone_and_a_look_that_writes_is_refused(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.agents.add(build_agent(1)))
        outcomes = await asyncio.gather(
            *(state.look(lambda records, n=n: records.agents.get(ALL, f"agent-{n % 2:04}")) for n in range(100)),
            state.look(lambda records: records.agents.add(build_agent(2))),
            state.look(lambda records: records.audit.add(build_entry())),
            return_exceptions=True,
        )
        assert {type(outcome) for outcome in outcomes[0:100:2]} == {NotFoundError}
        assert {type(outcome) for outcome in outcomes[1:100:2]} == {HostedAgent}
        assert [type(outcome) for outcome in outcomes[100:]] == [UnavailableError] * 2
        assert len(await agents(state)) == 1

    run_state(database_url, act)


def test_work_runs_in_the_context_of_its_caller(database_url: str) -> None:
    who = contextvars.ContextVar("who", default="nobody")

    async def act(state: SQLState) -> None:
        async def call(name: str) -> tuple[str, str]:
            who.set(name)

            async def work(_: Records) -> str:
                return who.get()

            return await state.change(work), await state.look(work)

        assert await asyncio.gather(*(call(str(n)) for n in range(5))) == [(str(n), str(n)) for n in range(5)]

    run_state(database_url, act)


def test_closed_state_refuses(database_url: str) -> None:
    async def act() -> None:
        async with Database.open(database_url) as database:
            state = SQLState(database)
        with pytest.raises(UnavailableError):
            await state.change(lambda records: records.audit.add(build_entry()))
        with pytest.raises(UnavailableError):
            await entries(state)
        with pytest.raises(UnavailableError):
            await database.ping()

    asyncio.run(act())
