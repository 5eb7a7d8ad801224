"""Copies of a state: of one moment, whole, between any two kinds of databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.copying import copy_state
from legation.adapters.sql.database import Database
from legation.adapters.sql.migrations import migrate
from legation.adapters.sql.replays import SQLReplays
from legation.adapters.sql.schema import metadata
from legation.adapters.sql.state import SQLState
from legation.domain.operators import Operator
from legation.domain.trust import Anchor
from legation.errors import ConflictError, UnavailableError
from legation.ports.state import Intent, KeptAnchor, Records
from tests.support.postgres import shared_postgres
from tests.support.records import NOW, build_agent, build_delegation, build_entry, build_party, run_sql

TABLES = [table for table in metadata.sorted_tables if table.name != "schema_version"]


@pytest.fixture(params=["sqlite-sqlite", "sqlite-postgresql", "postgresql-sqlite", "postgresql-postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    def make(kind: str, name: str) -> str:
        return shared_postgres().create_database() if kind == "postgresql" else f"sqlite:///{tmp_path}/{name}.db"

    source, target = request.param.split("-")
    return make(source, "source"), make(target, "target")


async def fill(url: str, *, delegations: int = 120) -> None:
    async def work(records: Records) -> None:
        for number in range(3):
            await records.agents.add(build_agent(number))
        for number in range(delegations):
            await records.delegations.add(build_delegation(number, build_party(1), build_party(None)))
        for number in range(1500):
            await records.audit.add(build_entry(target=f"ü{number}"))
        await records.operators.add(Operator("a" * 32, "ana", None, NOW, NOW), b"\x01" * 32)
        await records.anchors.add(KeptAnchor("b" * 32, Anchor("did:web:x.example")))
        await records.intents.begin(Intent("c" * 32, NOW))
        await records.logs.add("d" * 32, 1, '{"ü": 1}')

    async with Database.open(url) as database:
        await SQLState(database).change(work)
        await SQLChallenges(database).add(b"\x02" * 32, expires_at=NOW)
        await SQLReplays(database).spend(b"\x03" * 32, expires_at=NOW + timedelta(days=1), at=NOW)


async def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for table in TABLES:
        key = next(iter(table.primary_key.columns)).name
        columns = ", ".join(column.name for column in table.columns)
        found[table.name] = await run_sql(url, f"SELECT {columns} FROM {table.name} ORDER BY {key}")
    return found


def quiet(_done: int, _total: int) -> None:
    return


def test_copy_has_every_row_as_it_was(urls: tuple[str, str]) -> None:
    source, target = urls
    told = list[tuple[int, int]]()

    async def run() -> None:
        await fill(source)
        counts = await copy_state(source, target, tell=lambda *step: told.append(step))
        before, after = await contents(source), await contents(target)
        assert all(before[table.name] for table in TABLES)
        assert after == before
        assert counts == {name: len(rows) for name, rows in before.items()}
        assert told[-1] == (sum(counts.values()),) * 2
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        # the copy goes on after its rows
        async with Database.open(target) as database:
            await SQLState(database).change(lambda records: records.audit.add(build_entry(target="next")))
        rows = (await contents(target))["audit"]
        assert int(str(rows[-1][0])) > int(str(rows[-2][0]))

    asyncio.run(run())


def test_empty_state_is_copied(urls: tuple[str, str]) -> None:
    source, target = urls

    async def run() -> None:
        await migrate(source)
        assert set((await copy_state(source, target, tell=quiet)).values()) == {0}
        async with Database.open(target) as database:
            await SQLState(database).change(lambda records: records.audit.add(build_entry()))

    asyncio.run(run())


def test_target_that_is_not_empty_is_refused_and_left_as_it_is(urls: tuple[str, str]) -> None:
    source, target = urls

    async def run() -> None:
        await fill(source, delegations=1)
        async with Database.open(target) as database:
            await SQLReplays(database).spend(b"\x09" * 32, expires_at=NOW, at=NOW)
        before = await contents(target)
        with pytest.raises(ConflictError):
            await copy_state(source, target, tell=quiet)
        assert await contents(target) == before

    asyncio.run(run())


def test_what_is_changed_while_it_is_copied_is_not_in_the_copy_and_waits_while_it_is_held(
    urls: tuple[str, str],
) -> None:
    source, target = urls
    order = list[str]()

    async def change(state: SQLState, name: str) -> None:
        await state.change(lambda records: records.audit.add(build_entry(target=name)))
        order.append(name)

    async def run() -> None:
        await fill(source)
        before = await contents(source)
        async with Database.open(source) as database:
            state = SQLState(database)
            held: list[asyncio.Task[None]] = []

            async def while_held() -> None:
                held.append(asyncio.create_task(change(state, "late")))
                done, _ = await asyncio.wait(held, timeout=0.3)
                assert not done
                order.append("held")

            def tell(_done: int, _total: int) -> None:
                if len(held) == 1:
                    held.append(asyncio.create_task(change(state, "later")))

            await copy_state(source, target, tell=tell, while_held=while_held)
            await asyncio.gather(*held)
        assert order[0] == "held"
        assert set(order) == {"held", "late", "later"}
        assert await contents(target) == before
        assert len((await contents(source))["audit"]) == len(before["audit"]) + 2

    asyncio.run(run())


@pytest.mark.parametrize("when", ["held", "copied"])
def test_copy_that_fails_leaves_the_target_empty_and_the_source_free(urls: tuple[str, str], when: str) -> None:
    source, target = urls

    class Stopped(Exception):
        pass

    async def while_held() -> None:
        if when == "held":
            raise Stopped

    def tell(done: int, _total: int) -> None:
        if done > 10:
            raise Stopped

    async def run() -> None:
        await fill(source)
        with pytest.raises(Stopped):
            await copy_state(source, target, tell=tell, while_held=while_held)
        assert not any((await contents(target)).values())
        async with Database.open(source) as database:
            await SQLState(database).change(lambda records: records.audit.add(build_entry()))
        assert sum((await copy_state(source, target, tell=quiet)).values()) > 1500

    asyncio.run(run())


def test_target_without_room_is_said_and_left_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from legation.adapters.sql import sqlite
    from legation.errors import FullError

    source, target = f"sqlite:///{tmp_path}/source.db", f"sqlite:///{tmp_path}/target.db"
    act: Callable[[], object] = lambda: asyncio.run(copy_state(source, target, tell=quiet))  # noqa: E731 - run twice
    asyncio.run(fill(source))
    asyncio.run(migrate(target))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_WRITING", "PRAGMA max_page_count = 60")
        with pytest.raises((FullError, UnavailableError)) as caught:
            act()
        assert caught.type is FullError
    assert not any(asyncio.run(contents(target)).values())
    act()
