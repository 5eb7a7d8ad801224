"""Sessions: what work on records says to a transaction; one for changes, and one that many looks share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import Dialect

from legation.adapters.sql.failures import ClashError, again, unavailable
from legation.adapters.sql.links import Link
from legation.adapters.sql.statements import Answer, Kind, Row, Statement, Step, Value, Values
from legation.errors import ConflictError, LegationError, MalformedError, UnavailableError


class Session(Protocol):
    """A transaction as records know it."""

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return the rows of a query: none for values that nothing stored can be equal to."""

    async def fetch_each(self, statement: Statement, values: Sequence[Values]) -> list[list[Row]]:
        """Return the rows of a query for each of these values, in one go."""

    async def write(self, statement: Statement, values: Values) -> int:
        """Write at once, and return how many rows were touched."""

    async def write_each(self, statement: Statement, values: Sequence[Values]) -> None:
        """Write for each of these values, where nothing can clash."""

    async def insert(self, gathered: Statement, alone: Statement, values: Values) -> None:
        """Insert a row whose key nobody else chooses: with others, once it is needed. Raises ConflictError."""


class ChangeSession:
    """The transaction of changes that are committed together; what they insert is written at its end, or when read.

    One that is ``alone`` inserts at once, and so learns itself what clashes.
    """

    def __init__(self, link: Link, *, until: float, alone: bool):
        self._link = link
        self._until = until
        self._alone = alone
        self._gathered: list[tuple[Statement, Sequence[Value]]] = []
        # of the work that is under way: from where the gathered rows are its own, and whether it has written
        self._own = 0
        self._has_written = False
        self.failure: LegationError | ClashError | None = None

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return the rows of a query."""
        return (await self.fetch_each(statement, (values,)))[0]

    async def fetch_each(self, statement: Statement, values: Sequence[Values]) -> list[list[Row]]:
        """Return the rows of a query for each of these values."""
        steps = _queries(self._link.dialect, statement, values)
        flush = self._take(statement.table)
        answers = await self._run([*flush, *(step for step in steps if step is not None)])
        return _spread(steps, answers[len(flush) :])

    async def write(self, statement: Statement, values: Values) -> int:
        """Write at once."""
        step = statement.step(self._link.dialect, values, kind=Kind.COUNT)
        count = (await self._run([*self._take(statement.table), step]))[-1]
        self._has_written = self._has_written or count != 0
        return _count(count)

    async def write_each(self, statement: Statement, values: Sequence[Values]) -> None:
        """Write for each of these values, together with what others insert."""
        rows = [statement.arguments(self._link.dialect, each) for each in values]
        self._gathered.extend((statement, row) for row in rows)

    async def insert(self, gathered: Statement, alone: Statement, values: Values) -> None:
        """Insert a row, with others or alone."""
        if not self._alone:
            self._gathered.append((gathered, gathered.arguments(self._link.dialect, values)))
        elif await self.write(alone, values) == 0:
            raise ConflictError("it is there already")

    def begin_work(self) -> None:
        """Tell what follows from what other work has done."""
        self._own = len(self._gathered)
        self._has_written = False

    def undo_work(self) -> bool:
        """Forget what the work that is under way inserts; say whether that is all, because it has written nothing."""
        del self._gathered[self._own :]
        return not self._has_written

    async def commit(self) -> None:
        """Write what is gathered, and make all durable."""
        if self.failure is not None:
            raise self.failure
        await self._link.commit(self._take(None), until=self._until)

    def _take(self, table: str | None) -> list[Step]:
        """Return the steps that write what is gathered, if any of it is for this table."""
        if not any(table in (None, statement.table) for statement, _ in self._gathered):
            return []
        rows: dict[Statement, list[Sequence[Value]]] = {}
        for statement, row in self._gathered:
            rows.setdefault(statement, []).append(row)
        self._has_written = self._has_written or len(self._gathered) > self._own
        self._gathered.clear()
        self._own = 0
        return [statement.steps_for(self._link.dialect, values) for statement, values in rows.items()]

    async def _run(self, steps: Sequence[Step]) -> list[Answer]:
        if self.failure is not None:
            raise self.failure
        try:
            return await self._link.run(steps, until=self._until)
        except (LegationError, ClashError) as error:
            # what the transaction still is now, differs: it is only rolled back
            self.failure = error
            raise


class LookSession:
    """The snapshot that looks share: what they ask for at the same time goes to the database in one go."""

    def __init__(self, link: Link, *, until: float):
        self._link = link
        self._until = until
        self._asked: list[tuple[Sequence[Step], asyncio.Future[list[Answer]]]] = []
        self._running: asyncio.Task[None] | None = None

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return the rows of a query."""
        return (await self.fetch_each(statement, (values,)))[0]

    async def fetch_each(self, statement: Statement, values: Sequence[Values]) -> list[list[Row]]:
        """Return the rows of a query for each of these values."""
        steps = _queries(self._link.dialect, statement, values)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answer]] = loop.create_future()
        self._asked.append(([step for step in steps if step is not None], future))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return _spread(steps, await future)

    async def write(self, statement: Statement, values: Values) -> int:
        """Refuse. Raises UnavailableError."""
        raise UnavailableError("a look changes nothing")

    async def write_each(self, statement: Statement, values: Sequence[Values]) -> None:
        """Refuse. Raises UnavailableError."""
        raise UnavailableError("a look changes nothing")

    async def insert(self, gathered: Statement, alone: Statement, values: Values) -> None:
        """Refuse. Raises UnavailableError."""
        raise UnavailableError("a look changes nothing")

    async def _run(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            try:
                answers = iter(await self._link.run([step for steps, _ in asked for step in steps], until=self._until))
            except (LegationError, ClashError) as error:
                for _, future in asked:
                    _fail(future, error)
                continue
            for steps, future in asked:
                mine = [next(answers) for _ in steps]
                if not future.done():
                    future.set_result(mine)
        self._running = None


def _queries(dialect: Dialect, statement: Statement, values: Iterable[Values]) -> list[Step | None]:
    return [_query(dialect, statement, each) for each in values]


def _query(dialect: Dialect, statement: Statement, values: Values) -> Step | None:
    try:
        return statement.step(dialect, values, kind=Kind.ROWS)
    except MalformedError:
        return None


def _spread(steps: Sequence[Step | None], answers: Iterable[Answer]) -> list[list[Row]]:
    answering = iter(answers)
    return [[] if step is None else _rows(next(answering)) for step in steps]


def _rows(answer: Answer) -> list[Row]:
    return answer if isinstance(answer, list) else []


def _count(answer: Answer) -> int:
    return answer if isinstance(answer, int) else len(answer)


def _fail(future: asyncio.Future[list[Answer]], error: LegationError | ClashError) -> None:
    if not future.done():
        future.set_exception(again(error) if isinstance(error, LegationError) else unavailable())
