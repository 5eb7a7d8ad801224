"""The contract of the port ``ReplayStore``, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from legation.adapters.sql import replays as module
from legation.adapters.sql.database import Database
from legation.adapters.sql.replays import SQLReplays
from legation.adapters.sql.schema import replays
from legation.adapters.sql.statements import Statement
from legation.errors import ConflictError

T = TypeVar("T")

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
DIGEST, OTHER = b"\x01" * 32, b"\x02" * 32


def run(url: str, act: Callable[[Database], Awaitable[T]]) -> T:
    async def within() -> T:
        async with Database.open(url) as database:
            return await act(database)

    return asyncio.run(within())


def test_digest_is_spent_once_also_after_a_restart(database_url: str) -> None:
    async def first(database: Database) -> None:
        store = SQLReplays(database)
        await store.spend(DIGEST, expires_at=SOON, at=NOW)
        with pytest.raises(ConflictError):
            await store.spend(DIGEST, expires_at=SOON, at=NOW)

    async def second(database: Database) -> None:
        store = SQLReplays(database)
        with pytest.raises(ConflictError):
            await store.spend(DIGEST, expires_at=SOON + timedelta(days=1), at=NOW)
        await store.spend(OTHER, expires_at=SOON, at=NOW)

    run(database_url, first)
    run(database_url, second)


def test_of_many_callers_on_two_nodes_exactly_one_spends_it(database_url: str) -> None:
    async def act(database: Database) -> list[object]:
        async with Database.open(database_url) as second:
            stores = [SQLReplays(database), SQLReplays(second)]
            spending = (store.spend(DIGEST, expires_at=SOON, at=NOW) for store in stores * 20)
            return await asyncio.gather(*spending, return_exceptions=True)

    outcomes = run(database_url, act)
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 39


def test_many_digests_at_once_are_each_spent_once(database_url: str) -> None:
    async def act(database: Database) -> list[object]:
        store = SQLReplays(database)
        digests = [number.to_bytes(32, "big") for number in range(300)]
        spending = (store.spend(digest, expires_at=SOON, at=NOW) for digest in digests * 2)
        return await asyncio.gather(*spending, return_exceptions=True)

    outcomes = run(database_url, act)
    assert outcomes[:300] == [None] * 300
    assert {type(outcome) for outcome in outcomes[300:]} == {ConflictError}


def test_what_expired_long_ago_is_let_go_and_nothing_else(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = Statement(replays, select(replays.c.digest))
    hour = timedelta(hours=1)

    async def act(database: Database) -> list[set[bytes]]:
        store, seen = SQLReplays(database), list[set[bytes]]()
        # the clock of another replica may be some minutes behind: what has just expired still counts there
        for number, at in enumerate((NOW, NOW + timedelta(minutes=5), NOW + hour, NOW + 2 * hour)):
            await store.spend(bytes([number]) * 32, expires_at=at + timedelta(seconds=60), at=at)
            rows = await database.look(lambda session: session.fetch(query, {}))
            seen.append({bytes(row[0])[:1] for row in rows})
        return seen

    # once in a minute, of the process's own clock
    assert len(run(database_url, act)[3]) == 4
    monkeypatch.setattr(module, "_PURGE_EVERY_SECONDS", 0.0)

    async def purge(database: Database) -> set[int]:
        await SQLReplays(database).spend(b"\x09" * 32, expires_at=SOON, at=NOW + hour + timedelta(minutes=2))
        rows = await database.look(lambda session: session.fetch(query, {}))
        return {bytes(row[0])[0] for row in rows}

    # token 2 expired a minute ago; 9 was late itself, and is let go of the next time
    assert run(database_url, purge) == {2, 3}
