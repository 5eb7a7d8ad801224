"""Migrations: which tables a database has, and the steps from there to the newest, all of them or none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from legation.adapters.sql.links import Source
from legation.adapters.sql.postgres import WRITERS_LOCK
from legation.adapters.sql.schema import SCHEMA_VERSION, schema_version
from legation.adapters.sql.sources import parse_database_url
from legation.errors import SettingsError

T = TypeVar("T")
# the lock first, so that of two nodes that start together one makes the tables
_LOCKS = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("SET LOCAL lock_timeout = '10s'", f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"),
}
_OPENING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """The version of a database's tables, 0 where there are none, and the newest one."""

    current: int
    newest: int = SCHEMA_VERSION

    @property
    def is_newest(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.newest


async def find_status(url: str) -> MigrationStatus:
    """Return the version of the tables of a database, and change nothing.

    Raises:
        SettingsError: the URL names no database that can be opened.
        UnavailableError: it does not answer, or is locked.
    """
    source = parse_database_url(url)
    return MigrationStatus(await _run(source, _find_version) if source.is_there() else 0)


async def migrate(url: str) -> MigrationStatus:
    """Bring a database up to date, and return the version that it had.

    Raises:
        SettingsError: the URL names no database that can be opened, or a later version of Legation wrote it.
        UnavailableError: it does not answer, or is locked.
        FullError: it has no room for the change.
    """
    return await migrate_source(parse_database_url(url))


async def migrate_source(source: Source) -> MigrationStatus:
    """Bring a database up to date, as :func:`migrate` does."""
    return MigrationStatus(await _run(source, _upgrade))


async def _run(source: Source, act: Callable[[Connection], T]) -> T:
    async with _connected(source) as connection:
        return await connection.run_sync(act)


@asynccontextmanager
async def _connected(source: Source) -> AsyncIterator[AsyncConnection]:
    engine = source.engine()
    try:
        async with asyncio.timeout(_OPENING_SECONDS), engine.begin() as connection:
            yield connection
    except source.errors as error:
        raise source.translate_opening(error) from error
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise source.translate_opening(error) from error
    finally:
        await engine.dispose()


def _find_version(connection: Connection) -> int:
    if not inspect(connection).has_table(schema_version.name):
        return 0
    version: int | None = connection.execute(select(schema_version.c.version)).scalar_one_or_none()
    if version is None or version > SCHEMA_VERSION:
        raise SettingsError(
            f"the state was written by another version of legation (its tables are of version {version})",
            fix="Use that version, or another state.",
        )
    return version


def _upgrade(connection: Connection) -> int:
    for statement in _LOCKS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    version = _find_version(connection)
    if version < SCHEMA_VERSION:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        operations = Operations(MigrationContext.configure(connection))
        for number in range(version + 1, SCHEMA_VERSION + 1):
            import_module(f"legation.adapters.sql.revision_{number}").upgrade(operations)
        if version == 0:
            connection.execute(schema_version.insert().values(version=SCHEMA_VERSION))
        else:
            connection.execute(update(schema_version).values(version=SCHEMA_VERSION))
    return version
