"""Copies of a whole state, as it is at one moment, into an empty database of any kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Column, Integer, Table, bindparam, func, insert, select

from legation.adapters.sql.database import Database
from legation.adapters.sql.failures import ClashError, unavailable
from legation.adapters.sql.links import Link
from legation.adapters.sql.schema import audit, metadata, schema_version
from legation.adapters.sql.statements import Answer, Kind, Row, Statement, Step, Values
from legation.errors import ConflictError

Tell = Callable[[int, int], None]

# rows at once; a chain may be large, of which a few are enough
_ROWS, _ROWS_OF_CHAINS = 1000, 50
# a step of a copy waits longer than one of a request, but not for ever
_STEP_SECONDS = 60.0
_TABLES = tuple(table for table in metadata.sorted_tables if table is not schema_version)
# what was copied has its ids already; the next ones go on after them
_GO_ON = Step(Kind.ROWS, "SELECT setval(pg_get_serial_sequence('audit', 'id'), (SELECT max(id) FROM audit))")


async def copy_state(
    source: str, target: str, *, tell: Tell, while_held: Callable[[], Awaitable[None]] | None = None
) -> dict[str, int]:
    """Copy every row of ``source``, as of one moment, into ``target``, all of them or none; return how many, by table.

    Both are named by URL and brought up to date. ``while_held`` is awaited at that moment, while nobody changes the
    source: another store that is copied in it is of the same moment. Then the source is changed again, and the copy
    goes on from a snapshot. ``tell`` hears how many rows are copied, of how many.

    Raises:
        ConflictError: the target is not empty.
        SettingsError: a URL names no database that can be opened.
        UnavailableError, FullError: a database did not answer in time, or has no room.
    """
    try:
        async with Database.open(source) as spring, Database.open(target) as sink, _begun(sink, writes=True) as link:
            await _check_empty(link)
            async with _snapshot(spring, while_held) as snapshot:
                counts = {table.name: await _count(snapshot, table) for table in _TABLES}
                copied = 0
                for table in _TABLES:
                    async for rows in _copy(snapshot, link, table):
                        copied += rows
                        tell(copied, sum(counts.values()))
            last = [_GO_ON] if sink.kind == "postgresql" and counts[audit.name] else []
            await link.commit(last, until=_soon())
    except ClashError as error:
        raise unavailable() from error
    return counts


async def _check_empty(link: Link) -> None:
    for table in _TABLES:
        if await _ask(link, Statement(table, select(_key(table)).limit(1)), {}):
            raise ConflictError("the state that is to be written is not empty", fix="Name an empty one.")


@asynccontextmanager
async def _begun(database: Database, *, writes: bool) -> AsyncIterator[Link]:
    link = database.link(writes=writes)
    try:
        await link.begin(until=_soon())
        yield link
    finally:
        await link.roll_back()
        await link.close()


@asynccontextmanager
async def _snapshot(database: Database, while_held: Callable[[], Awaitable[None]] | None) -> AsyncIterator[Link]:
    # a snapshot is of the moment of its first query, at which nobody else writes
    async with _begun(database, writes=False) as link:
        async with _begun(database, writes=True):
            await _ask(link, Statement(schema_version, select(schema_version.c.version)), {})
            if while_held is not None:
                await while_held()
        yield link


async def _copy(spring: Link, sink: Link, table: Table) -> AsyncIterator[int]:
    """Copy a table, and yield the number of rows each time that some are."""
    key, last = _key(table), None
    columns = [column.name for column in table.columns]
    write = Statement(table, insert(table).values({name: bindparam(name) for name in columns}).inline())
    query = select(table).order_by(key).limit(bindparam("limit", type_=Integer))
    first, more = Statement(table, query), Statement(table, query.where(key > bindparam("last", type_=key.type)))
    limit = _ROWS_OF_CHAINS if "chain" in columns else _ROWS
    while rows := await _ask(spring, first if last is None else more, {"limit": limit, "last": last}):
        values = [write.arguments(sink.dialect, dict(zip(columns, row, strict=True))) for row in rows]
        await sink.run([write.steps_for(sink.dialect, values)], until=_soon())
        last = rows[-1][columns.index(key.name)]
        yield len(rows)


async def _count(link: Link, table: Table) -> int:
    count: int = (await _ask(link, Statement(table, select(func.count()).select_from(table)), {}))[0][0]
    return count


async def _ask(link: Link, statement: Statement, values: Values) -> list[Row]:
    answer: Answer = (await link.run([statement.step(link.dialect, values, kind=Kind.ROWS)], until=_soon()))[0]
    return answer if isinstance(answer, list) else []


def _key(table: Table) -> Column[object]:
    (column,) = table.primary_key.columns
    return column


def _soon() -> float:
    return asyncio.get_running_loop().time() + _STEP_SECONDS
