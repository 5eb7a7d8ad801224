"""PostgreSQL: connections with a deadline, whose server may stop, freeze and come back, and one writer at a time.

Writers take turns over all replicas by one advisory lock, so that what a change has read stays so until it is
committed, as it does in SQLite. A server that does not answer is hung up on: asking it to cancel would hang as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from legation.adapters.sql.failures import translate_postgres, translate_postgres_opening, unavailable
from legation.adapters.sql.links import Link
from legation.adapters.sql.statements import Answer, Kind, Step
from legation.errors import LegationError, SettingsError

T = TypeVar("T")

CONNECT_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
# any number, the same for every replica: what of one database locks is its own
WRITERS_LOCK = 0x6C676E
_BEGIN_CHANGE = f"BEGIN; SELECT pg_advisory_xact_lock({WRITERS_LOCK})"
_BEGIN_LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# a replica that freezes while it has its turn loses it, and what a lost connection was doing ends
_HURRIED = {"idle_in_transaction_session_timeout": "3s", "statement_timeout": "10s", "lock_timeout": "3s"}
_NAMED = {"application_name": "legation", "client_connection_check_interval": "1s"}


class Postgres:
    """A PostgreSQL database, named by a URL as libpq reads it."""

    name = "postgresql"
    # of the 4 s after which a caller has its answer, what one transaction may take
    seconds = 3.2

    def __init__(self, url: str):
        try:
            self._driver: Any = import_module("asyncpg")
        except ImportError as error:
            raise SettingsError(
                "a PostgreSQL database needs a driver that is not installed", fix="pip install 'legation[postgres]'"
            ) from error
        self._url = url
        self.errors = _errors(self._driver)

    def is_there(self) -> bool:
        """Say yes: only who connects can know."""
        return True

    def link(self, *, writes: bool, hurries: bool = True) -> Link:
        """Return a new link."""
        return PostgresLink(self._driver, self._url, writes=writes, hurries=hurries)

    def engine(self) -> AsyncEngine:
        """Return an engine."""
        # the driver reads the URL, as it does for the links: with the password, sockets and TLS of libpq's URLs
        arguments = {"dsn": self._url, "timeout": CONNECT_SECONDS, "server_settings": _NAMED}
        return create_async_engine("postgresql+asyncpg://", connect_args=arguments, poolclass=NullPool)

    def translate_opening(self, error: BaseException) -> LegationError:
        """Return what an error means to who opens it."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        configuration = (self._driver.exceptions.ClientConfigurationError, TypeError)
        if isinstance(cause, configuration) or isinstance(cause.__cause__ if cause else None, configuration):
            return SettingsError("database_url is no URL of a PostgreSQL database", fix="postgresql://user@host/name")
        return translate_postgres_opening(cause or error)


class PostgresLink:
    """The port of this room ``Link``."""

    # SQLAlchemy's constructor has no types
    dialect: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # as the line above says

    def __init__(self, driver: Any, url: str, *, writes: bool, hurries: bool):
        self._driver = driver
        self._url = url
        self._begins = _BEGIN_CHANGE if writes else _BEGIN_LOOK
        self._settings = {**_NAMED, **_HURRIED} if hurries else _NAMED
        self._connection: Any = None
        self._errors = _errors(driver)

    async def begin(self, *, until: float) -> None:
        """Begin a transaction; on a connection that was lost meanwhile, once more on a new one."""
        if self._connection is not None:
            try:
                await self._within(self._connection.execute(self._begins), until=until)
            except LegationError:
                self._hang_up()
            else:
                return
        await self._connect(until=until)
        await self._within(self._connection.execute(self._begins), until=until)

    async def run(self, steps: Sequence[Step], *, until: float) -> list[Answer]:
        """Run steps."""
        return [await self._within(self._step(step), until=until) for step in steps]

    async def commit(self, steps: Sequence[Step], *, until: float) -> None:
        """Run steps, and make the transaction durable."""
        await self.run(steps, until=until)
        await self._within(self._connection.execute("COMMIT"), until=until)

    async def roll_back(self) -> None:
        """End the transaction, or else the connection."""
        if self._connection is None or self._connection.is_closed():
            return
        try:
            until = asyncio.get_running_loop().time() + _CLOSE_SECONDS
            await self._within(self._connection.execute("ROLLBACK"), until=until)
        except LegationError:
            self._hang_up()

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=_CLOSE_SECONDS)
            except self._errors:
                connection.terminate()

    async def _connect(self, *, until: float) -> None:
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            raise unavailable()
        try:
            self._connection = await self._driver.connect(
                self._url, timeout=min(left, CONNECT_SECONDS), server_settings=self._settings
            )
        except self._errors as error:
            raise translate_postgres_opening(error) from error

    async def _step(self, step: Step) -> Answer:
        if step.kind is Kind.ROWS:
            rows: list[Any] = await self._connection.fetch(step.sql, *step.rows[0])
            return rows
        if step.kind is Kind.MANY:
            await self._connection.executemany(step.sql, step.rows)
            return len(step.rows)
        status = await self._connection.execute(step.sql, *step.rows[0])
        # "INSERT 0 1", "UPDATE 1", "DELETE 1"
        count = str(status).rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def _within(self, work: Awaitable[T], *, until: float) -> T:
        # hung up on, the driver fails at once what waits; cancelled, it would first tell a server that does not listen
        timer = asyncio.get_running_loop().call_at(until, self._connection.terminate)
        try:
            return await work
        except self._errors as error:
            known = translate_postgres(error)
            raise known from error
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _errors(driver: Any) -> tuple[type[Exception], ...]:
    # they have no root of their own; that something took too long is an OSError
    return (driver.PostgresError, driver.InterfaceError, driver.InternalClientError, OSError, EOFError)
