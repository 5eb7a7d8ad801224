"""SQLite: a private file, one thread for each connection, writers one after the other over all processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Dialect, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from legation.adapters.sql.failures import damaged, is_damaged, translate_sqlite, unavailable
from legation.adapters.sql.links import Link
from legation.adapters.sql.statements import Answer, Kind, Step
from legation.errors import LegationError, SettingsError

T = TypeVar("T")

BUSY_SECONDS = 5.0
# SQLite's own waiting sleeps up to 100 ms between two looks at the lock, so that a busy writer starves the others
_LOOK_AGAIN_SECONDS = 0.001
_STATEMENTS = 256
_PRAGMAS = (
    # readers and the writer do not wait for each other
    "PRAGMA journal_mode = WAL",
    # a challenge that was spent stays spent, also where the power fails
    "PRAGMA synchronous = FULL",
    "PRAGMA trusted_schema = OFF",
)
_READING = "PRAGMA query_only = ON"
# whoever writes looks at the lock itself
_WRITING = "PRAGMA busy_timeout = 0"


class SQLite:
    """A file, made with mode 0600 where there is none."""

    name = "sqlite"
    # a change waits for those of other processes, and for the disk
    seconds = BUSY_SECONDS + 3
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path):
        self._path = path

    def is_there(self) -> bool:
        """Say whether there is such a file."""
        return self._path.exists()

    def link(self, *, writes: bool, hurries: bool = True) -> Link:
        """Return a new link."""
        return SQLiteLink(self._path, writes=writes)

    def engine(self) -> AsyncEngine:
        """Return an engine, and make the file. Raises SettingsError."""
        _make_private(self._path)
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(self._path)),
            connect_args={"timeout": BUSY_SECONDS},
            poolclass=NullPool,
        )
        event.listen(engine.sync_engine, "connect", _prepare)
        return engine

    def translate_opening(self, error: BaseException) -> LegationError:
        """Return what an error means to who opens it."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if is_damaged(cause):
            return damaged()
        known = translate_sqlite(cause or error)
        return known if isinstance(known, LegationError) else unavailable()


class SQLiteLink:
    """The port of this room ``Link``."""

    dialect: Dialect = sqlite.dialect(paramstyle="qmark")

    def __init__(self, path: Path, *, writes: bool):
        self._path = path
        self._writes = writes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._connection: sqlite3.Connection | None = None

    async def begin(self, *, until: float) -> None:
        """Begin a transaction, which waits for other writers if it is to write."""
        await self._call(self._begin, until=until)

    async def run(self, steps: Sequence[Step], *, until: float) -> list[Answer]:
        """Run steps."""
        return await self._call(lambda: self._run(steps), until=until)

    async def commit(self, steps: Sequence[Step], *, until: float) -> None:
        """Run steps, and make the transaction durable."""

        def act() -> None:
            self._run(steps)
            self._open().execute("COMMIT")

        await self._call(act, until=until)

    async def roll_back(self) -> None:
        """End the transaction, or else the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._roll_back)

    async def close(self) -> None:
        """Close the connection and end its thread."""
        self._interrupt()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    async def _call(self, act: Callable[[], T], *, until: float) -> T:
        loop = asyncio.get_running_loop()
        timer = loop.call_at(until, self._interrupt)
        try:
            return await loop.run_in_executor(self._thread, act)
        except SQLite.errors as error:
            raise translate_sqlite(error) from error
        finally:
            timer.cancel()

    def _interrupt(self) -> None:
        # the one call that SQLite allows from another thread
        if self._connection is not None:
            self._connection.interrupt()

    # ------------------------------------------------ within the thread

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=_STATEMENTS,
            )
            try:
                for pragma in (*_PRAGMAS, _WRITING if self._writes else _READING):
                    connection.execute(pragma)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _begin(self) -> None:
        connection = self._open()
        if not self._writes:
            connection.execute("BEGIN")
            return
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return

    def _run(self, steps: Sequence[Step]) -> list[Answer]:
        connection, answers = self._open(), list[Answer]()
        for step in steps:
            if step.kind is Kind.MANY:
                answers.append(connection.executemany(step.sql, step.rows).rowcount)
                continue
            cursor = connection.execute(step.sql, step.rows[0])
            answers.append(cursor.fetchall() if step.kind is Kind.ROWS else cursor.rowcount)
        return answers

    def _roll_back(self) -> None:
        connection = self._connection
        try:
            if connection is not None and connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # an interrupt stays pending until a statement begins, and keeps the last one who closes from taking what
            # is in the WAL into the file (measured): whoever copies the file then would lose it
            with suppress(sqlite3.Error):
                connection.execute("SELECT 1")
            connection.close()


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
