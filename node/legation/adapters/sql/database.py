"""The state's database: opened, brought to this version's tables, and its errors in the words of the ports."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from legation.adapters.sql.schema import SCHEMA_VERSION, metadata, schema_version
from legation.errors import LegationError, SettingsError, UnavailableError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BUSY_SECONDS = 5
_PRAGMAS = (
    # readers and the writer do not wait for each other
    "PRAGMA journal_mode = WAL",
    # a challenge that was spent stays spent, also where the power fails
    "PRAGMA synchronous = FULL",
    "PRAGMA trusted_schema = OFF",
)


class Database:
    """An open database. Get one by :meth:`open`."""

    def __init__(self, engine: AsyncEngine):
        self._engine = engine

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """Open the SQLite file, for ``async with``, or make it there with mode 0600.

        Raises:
            SettingsError: no file can be made there, it is no such database, or a later version wrote it.
            UnavailableError: another process keeps it locked.
        """
        _make_private(path)
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            connect_args={"timeout": _BUSY_SECONDS},
            pool_timeout=_BUSY_SECONDS,
        )
        event.listen(engine.sync_engine, "connect", _prepare)
        database = cls(engine)
        try:
            try:
                async with database.begin() as connection:
                    await connection.run_sync(_migrate)
            except UnavailableError as error:
                raise _unusable(path, error) from error.__cause__
            yield database
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction, which is committed where the block ends well. Raises UnavailableError."""
        with_connection = self._engine.begin()
        try:
            async with with_connection as connection:
                yield connection
        except SQLAlchemyError as error:
            raise UnavailableError("the node's state cannot be reached", fix="Try again.") from error


def microseconds(moment: datetime) -> int:
    """Return an aware moment as the tables hold it."""
    return (moment - _EPOCH) // _MICROSECOND


def _make_private(path: Path) -> None:
    try:
        # SQLite gives what it puts beside the file the mode of the file. One that is there is not opened: closing it
        # again would drop the locks that SQLite may hold on it in this process
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise SettingsError(f"no state can be kept in {path}") from error


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _migrate(connection: Connection) -> None:
    # the lock first, so that of two nodes that start together one makes the tables
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    metadata.create_all(connection)
    version = connection.execute(select(schema_version.c.version)).scalar_one_or_none()
    if version is None:
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
    elif version != SCHEMA_VERSION:
        raise SettingsError(
            f"the state was written by another version of legation (its tables are of version {version})",
            fix="Use that version, or another data_dir.",
        )


def _unusable(path: Path, error: UnavailableError) -> LegationError:
    cause = error.__cause__
    code = getattr(cause.orig, "sqlite_errorname", "") if isinstance(cause, DBAPIError) else ""
    if code in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return SettingsError(
            f"the file {path} is no state of a node, or it is damaged", fix="Restore it from a backup."
        )
    return error
