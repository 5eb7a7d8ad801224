"""The contract of the port ``AuditTrail``, on every database; and that nothing in it is ever changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from legation.adapters.sql.database import Database
from legation.adapters.sql.schema import audit
from legation.adapters.sql.state import SQLState
from legation.adapters.sql.statements import Statement
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.callers import Scope
from legation.domain.pages import PageRequest
from legation.errors import MalformedError, UnavailableError
from legation.ports.state import AuditFilter, Records
from tests.support.records import ALL, build_entry, run_state

ANY = AuditFilter()


async def add(state: SQLState, *entries: AuditEntry) -> None:
    async def work(records: Records) -> None:
        for entry in entries:
            await records.audit.add(entry)

    await state.change(work)


async def listed(state: SQLState, scope: Scope = ALL, where: AuditFilter = ANY) -> list[AuditEntry]:
    page = await state.look(lambda records: records.audit.list_page(scope, where, PageRequest(200)))
    return list(page.items)


def test_entries_are_listed_as_they_were_written_the_newest_first(database_url: str) -> None:
    entries = [build_entry(), build_entry("key.rotate", outcome=Outcome.REFUSED, owner=None), build_entry(target="ü\n")]

    async def act(state: SQLState) -> None:
        await add(state, *entries[:2])
        await add(state, entries[2])
        found = await listed(state)
        assert [replace(entry, id=None) for entry in found] == entries[::-1]
        ids = [entry.id or 0 for entry in found]
        assert ids == sorted(ids, reverse=True)
        assert len(set(ids)) == 3

    run_state(database_url, act)


def test_lists_show_what_scope_and_filter_say(database_url: str) -> None:
    entries = [
        build_entry("agent.create", target="a"),
        build_entry("agent.retire", target="b", owner="other"),
        build_entry("agent.create", target="b", owner=None, outcome=Outcome.REFUSED),
        replace(build_entry("key.add", target="a", outcome=Outcome.REFUSED), actor="did:web:x"),
    ]

    async def act(state: SQLState) -> None:
        await add(state, *entries)

        async def places(scope: Scope, where: AuditFilter) -> list[int]:
            return [entries.index(replace(entry, id=None)) for entry in await listed(state, scope, where)]

        assert await places(ALL, ANY) == [3, 2, 1, 0]
        assert await places(Scope(owner="acme"), ANY) == [3, 0]
        assert await places(Scope(owner="other"), ANY) == [1]
        assert await places(Scope(agent_id="a" * 32), ANY) == []
        assert await places(ALL, AuditFilter(actor="did:web:x")) == [3]
        assert await places(ALL, AuditFilter(act="agent.create")) == [2, 0]
        assert await places(ALL, AuditFilter(target="b")) == [2, 1]
        assert await places(ALL, AuditFilter(outcome=Outcome.REFUSED)) == [3, 2]
        assert await places(Scope(owner="acme"), AuditFilter(target="b")) == []
        every = AuditFilter("operator:1", "agent.create", "a", Outcome.DONE)
        assert await places(Scope(owner="acme"), every) == [0]
        assert await places(ALL, AuditFilter(target="a\0")) == []

    run_state(database_url, act)


def test_pages_show_every_entry_once(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        await add(state, *(build_entry(target=str(number)) for number in range(7)))
        seen, cursor = list[str](), None
        while True:
            request = PageRequest(3, cursor)
            page = await state.look(lambda records: records.audit.list_page(ALL, ANY, request))  # noqa: B023 - now
            seen += [entry.target for entry in page.items]
            # what is written meanwhile is newer, and on none of the pages that follow
            await add(state, build_entry(target="late"))
            if (cursor := page.next) is None:
                break
        assert seen == ["6", "5", "4", "3", "2", "1", "0"]
        for cursor in ("x", "WyJhdWRpdCIsIngiXQ"):
            request = PageRequest(cursor=cursor)
            with pytest.raises(MalformedError):
                await state.look(lambda records: records.audit.list_page(ALL, ANY, request))  # noqa: B023 - now

    run_state(database_url, act)


def test_what_is_refused_leaves_no_entry(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        async def work(records: Records) -> None:
            await records.audit.add(build_entry())
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011 - the work's own error, as it is
            await state.change(work)
        assert await listed(state) == []

    run_state(database_url, act)


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_database_itself_refuses_to_change_an_entry(database_url: str, verb: str) -> None:
    built = audit.update().values(act="x") if verb == "update" else audit.delete()

    async def run() -> list[AuditEntry]:
        async with Database.open(database_url) as database:
            state = SQLState(database)
            await add(state, build_entry())
            with pytest.raises(UnavailableError):
                await database.change(lambda session: session.write(Statement(audit, built), {}))
            return await listed(state)

    assert [replace(entry, id=None) for entry in asyncio.run(run())] == [build_entry()]
