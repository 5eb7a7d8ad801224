"""Migrations: from nothing and from every released version to the newest tables, all of them or none."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from legation.adapters.sql import migrations, revision_2
from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.database import Database
from legation.adapters.sql.migrations import MigrationStatus, find_status, migrate
from legation.adapters.sql.schema import SCHEMA_VERSION, metadata
from legation.adapters.sql.sources import parse_database_url
from legation.errors import ConflictError, SettingsError, UnavailableError
from tests.support.records import run_sql

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

# what the first release made, word for word
RELEASED = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version))",
    "CREATE TABLE challenges (digest BLOB NOT NULL, expires_at BIGINT NOT NULL, spent_at BIGINT, PRIMARY KEY (digest))",
    "CREATE INDEX challenges_by_expiry ON challenges (expires_at)",
    "INSERT INTO schema_version VALUES (1)",
)


def release_1(url: str) -> None:
    """Make the tables of version 1, with a challenge that is spent and one that is not."""
    spent = {"0": "NULL", "1": "1793534400000000"}
    rows = [f"INSERT INTO challenges VALUES ({{}}'{d * 64}', 1793534700000000, {at})" for d, at in spent.items()]

    async def run() -> None:
        is_sqlite = url.startswith("sqlite")
        for text in (*RELEASED, *rows):
            spelt = text.format("X") if is_sqlite else text.replace("BLOB", "BYTEA").replace("{}'", "'\\x")
            await run_sql(url, spelt)

    asyncio.run(run())


async def differences(url: str) -> list[object]:
    engine = parse_database_url(url).engine()
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: list(compare_metadata(MigrationContext.configure(sync), metadata))
            )
    finally:
        await engine.dispose()


def test_new_database_has_exactly_the_tables_of_the_schema(database_url: str) -> None:
    async def run() -> list[MigrationStatus]:
        seen = [await find_status(database_url)]
        seen.append(await migrate(database_url))
        seen.append(await find_status(database_url))
        seen.append(await migrate(database_url))
        assert await differences(database_url) == []
        return seen

    assert [status.current for status in asyncio.run(run())] == [0, 0, SCHEMA_VERSION, SCHEMA_VERSION]


def test_asking_for_the_status_makes_no_file(tmp_path: Path) -> None:
    assert not asyncio.run(find_status(f"sqlite:///{tmp_path}/state.db")).is_newest
    assert list(tmp_path.iterdir()) == []


def test_state_of_the_first_release_is_taken_over_without_loss(database_url: str) -> None:
    async def run() -> list[int]:
        versions = [(await find_status(database_url)).current]
        async with Database.open(database_url) as database:
            store = SQLChallenges(database)
            await store.spend(b"\x00" * 32, at=NOW)
            with pytest.raises(ConflictError):
                await store.spend(b"\x11" * 32, at=NOW)
            assert not await store.knows(b"\x00" * 32, at=NOW + timedelta(minutes=5))
        versions.append((await find_status(database_url)).current)
        # the old version looks here, and refuses what it does not know
        assert await run_sql(database_url, "SELECT version FROM schema_version") == [(SCHEMA_VERSION,)]
        return versions

    release_1(database_url)
    assert asyncio.run(run()) == [1, SCHEMA_VERSION]
    assert asyncio.run(differences(database_url)) == []


def test_database_of_a_later_version_is_refused_and_left_as_it_is(database_url: str) -> None:
    async def run() -> None:
        await migrate(database_url)
        await run_sql(database_url, "UPDATE schema_version SET version = 99")
        for act in (find_status, migrate):
            with pytest.raises(SettingsError):
                await act(database_url)
        with pytest.raises(SettingsError):
            async with Database.open(database_url):
                pass
        assert await run_sql(database_url, "SELECT version FROM schema_version") == [(99,)]

    asyncio.run(run())


def test_migration_that_fails_halfway_leaves_the_old_tables(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release_1(database_url)
    with monkeypatch.context() as patch:
        patch.setattr(revision_2, "_SQLITE_TRIGGERS", ("this is no SQL",))
        patch.setattr(revision_2, "_POSTGRESQL_TRIGGERS", ("this is no SQL",))
        with pytest.raises(UnavailableError):
            asyncio.run(migrate(database_url))

    async def tables() -> set[str]:
        engine = parse_database_url(database_url).engine()
        try:
            async with engine.connect() as connection:
                return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        finally:
            await engine.dispose()

    assert asyncio.run(tables()) == {"schema_version", "challenges"}
    assert asyncio.run(find_status(database_url)).current == 1
    assert asyncio.run(migrate(database_url)).current == 1
    assert asyncio.run(differences(database_url)) == []


def test_of_many_that_start_together_one_migrates(database_url: str) -> None:
    async def run() -> list[int]:
        return sorted(status.current for status in await asyncio.gather(*(migrate(database_url) for _ in range(5))))

    assert asyncio.run(run()) == [0, *[SCHEMA_VERSION] * 4]


def test_every_version_has_its_step() -> None:
    folder = Path(migrations.__file__).parent
    assert {path.name for path in folder.glob("revision_*.py")} == {
        f"revision_{number}.py" for number in range(1, SCHEMA_VERSION + 1)
    }


def test_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 8000 + whole[8100:])
    with pytest.raises(SettingsError):
        asyncio.run(migrate(f"sqlite:///{path}"))
    path.write_bytes(whole)
    assert asyncio.run(migrate(f"sqlite:///{path}")).is_newest


def test_locked_database_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legation.adapters.sql.sqlite.BUSY_SECONDS", 0.1)
    path = tmp_path / "state.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    other = sqlite3.connect(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            asyncio.run(migrate(f"sqlite:///{path}"))
        other.rollback()
        assert asyncio.run(migrate(f"sqlite:///{path}")).is_newest
    finally:
        other.close()
