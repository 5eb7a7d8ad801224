"""The state's database: opened, brought to this version's tables, with one lane for changes and some for looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import select

from legation.adapters.sql.lanes import Reader, Work, Writer
from legation.adapters.sql.links import Link, Source
from legation.adapters.sql.migrations import migrate_source
from legation.adapters.sql.schema import schema_version
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.sources import parse_database_url
from legation.adapters.sql.statements import Statement
from legation.errors import UnavailableError

T = TypeVar("T")

_READERS = 3
_PING = Statement(schema_version, select(schema_version.c.version))


class Database:
    """An open database. Get one by :meth:`open`."""

    def __init__(self, source: Source):
        self._source = source
        self._writer = Writer(source.link(writes=True), seconds=source.seconds)
        links = [source.link(writes=False) for _ in range(_READERS)]
        self._reader = Reader(links, seconds=source.seconds)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Database]:
        """Open ``sqlite:///`` and an absolute path, or ``postgresql://…``, for ``async with``.

        The SQLite file is made there with mode 0600. Tables are made, or brought up to date.

        Raises:
            SettingsError: the URL names no database that can be opened, a driver is missing, or a later version of
                Legation wrote it.
            UnavailableError: it does not answer, or another process keeps it locked.
            FullError: it has no room for its tables.
        """
        source = parse_database_url(url)
        await migrate_source(source)
        database = cls(source)
        try:
            yield database
        finally:
            await database._close()

    @property
    def kind(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self._source.name

    async def change(self, work: Work[T]) -> T:
        """Return what ``work`` makes of its session, once that is durable; if it raises, nothing has happened.

        Raises:
            UnavailableError, FullError: the database did not answer in time, or takes no change.
        """
        return await self._writer.run(work)

    async def look(self, work: Work[T]) -> T:
        """Return what ``work`` reads. Raises UnavailableError."""
        return await self._reader.run(work)

    async def wait_for(self, future: asyncio.Future[T]) -> T:
        """Wait for what becomes of a change, no longer than one may take. Raises UnavailableError."""
        return await self._writer.wait_for(future)

    async def ping(self) -> None:
        """Ask it something. Raises UnavailableError."""

        async def work(session: Session) -> bool:
            return bool(await session.fetch(_PING, {}))

        if not await self.look(work):
            raise UnavailableError("the node's state has lost its tables", fix="Restore it from a backup.")

    def link(self, *, writes: bool) -> Link:
        """Return a link of its own, which may take its time, for what is done to the whole database."""
        return self._source.link(writes=writes, hurries=False)

    async def _close(self) -> None:
        # the writer last: whoever closes an SQLite file last puts its journal away
        await self._reader.close()
        await self._writer.close()
