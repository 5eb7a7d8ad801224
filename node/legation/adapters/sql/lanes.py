"""Lanes: changes that wait are committed together, and looks that come together share a snapshot."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence, Set
from contextvars import Context, copy_context
from typing import Generic, TypeVar

from legation.adapters.sql.failures import ClashError, again, unavailable
from legation.adapters.sql.links import Link
from legation.adapters.sql.sessions import ChangeSession, LookSession, Session
from legation.errors import FullError, LegationError, UnavailableError

T = TypeVar("T")
Work = Callable[[Session], Awaitable[T]]

TOGETHER = 64
LOOKS_TOGETHER = 32
MAX_WAITING = 2048
# a caller waits a little longer than a transaction may take
_GRACE_SECONDS = 0.5


class Request(Generic[T]):
    """Work of a caller, and where its outcome goes; it runs in the context (log, trace) of its caller."""

    __slots__ = ("context", "future", "work")

    def __init__(self, work: Work[T]):
        self.work = work
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.context: Context = copy_context()

    def start(self, session: Session) -> asyncio.Task[T]:
        """Begin the work."""

        async def run() -> T:
            return await self.work(session)

        coroutine: Coroutine[object, object, T] = run()
        return asyncio.get_running_loop().create_task(coroutine, context=self.context)

    def answer(self, task: asyncio.Task[T]) -> None:
        """Hand the outcome of the work to the caller, if that still waits."""
        error = unavailable() if task.cancelled() else task.exception()
        if self.future.done():
            return
        if error is None:
            self.future.set_result(task.result())
        else:
            self.future.set_exception(unavailable() if isinstance(error, ClashError) else error)

    def fail(self, error: LegationError) -> None:
        """Tell the caller that it failed."""
        if not self.future.done():
            self.future.set_exception(again(error))


class _Queue:
    """Requests that wait, a bounded number of them, each of them for a bounded time."""

    def __init__(self, seconds: float):
        self._seconds = seconds + _GRACE_SECONDS
        self._waiting: deque[Request[object]] = deque()
        self._closed = False

    def put(self, request: Request[T]) -> None:
        if self._closed:
            raise UnavailableError("the node's state is closed")
        if len(self._waiting) >= MAX_WAITING:
            raise UnavailableError("too much is asked of the node's state at once", fix="Try again.")
        self._waiting.append(request)  # type: ignore[arg-type]  # a future is only ever given what its own work returns

    def take(self, count: int) -> list[Request[object]]:
        """Take out the first ones whose callers still wait."""
        taken: list[Request[object]] = []
        while self._waiting and len(taken) < count:
            request = self._waiting.popleft()
            if not request.future.done():
                taken.append(request)
        return taken

    async def wait_for(self, future: asyncio.Future[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds) as scope:
                return await future
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise unavailable() from error

    def close(self) -> None:
        self._closed = True
        for request in self.take(MAX_WAITING):
            request.fail(UnavailableError("the node's state is closed"))

    def __bool__(self) -> bool:
        return bool(self._waiting)


class Writer:
    """The lane of changes: one link, on which all that wait are done in turn and committed once."""

    def __init__(self, link: Link, *, seconds: float):
        self._link = link
        self._seconds = seconds
        self._queue = _Queue(seconds)
        self._task: asyncio.Task[None] | None = None

    async def run(self, work: Work[T]) -> T:
        """Return what the work returns once it is durable, or raise what it raises and nothing has happened."""
        request = Request(work)
        self._queue.put(request)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())
        return await self._queue.wait_for(request.future)

    async def wait_for(self, future: asyncio.Future[T]) -> T:
        """Wait for a future no longer than for a change. Raises UnavailableError."""
        return await self._queue.wait_for(future)

    async def close(self) -> None:
        """Refuse what waits, finish what is under way, and close the link."""
        self._queue.close()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._seconds)
        await self._link.close()

    async def _drain(self) -> None:
        try:
            while self._queue:
                batch = self._queue.take(TOGETHER)
                try:
                    await self._commit(batch)
                finally:
                    for request in batch:
                        request.fail(unavailable())
        finally:
            self._task = None

    async def _commit(self, batch: Sequence[Request[object]]) -> None:
        try:
            await self._attempt(batch, alone=False)
        except (ClashError, FullError):
            # what there is no room for together may have room alone
            await self._commit_each(batch)
        except LegationError as error:
            for request in batch:
                request.fail(error)

    async def _commit_each(self, batch: Sequence[Request[object]]) -> None:
        for request in batch:
            if request.future.done():
                continue
            try:
                await self._attempt((request,), alone=True)
            except ClashError as error:
                failure = unavailable()
                failure.__cause__ = error
                request.fail(failure)
            except LegationError as error:
                request.fail(error)

    async def _attempt(self, batch: Sequence[Request[object]], *, alone: bool) -> None:
        until = asyncio.get_running_loop().time() + self._seconds
        tasks, is_durable = list[asyncio.Task[object]](), False
        try:
            await self._link.begin(until=until)
            session = ChangeSession(self._link, until=until, alone=alone)
            for request in batch:
                tasks.append(task := await _do(request, session, until=until))
                if not _ended_well(task) and not session.undo_work():
                    if not alone:
                        raise ClashError("work failed that had written")
                    break
            else:
                await session.commit()
                is_durable = True
        finally:
            if not is_durable:
                await self._link.roll_back()
        for request, task in zip(batch, tasks, strict=True):
            request.answer(task)


async def _do(request: Request[object], session: ChangeSession, *, until: float) -> asyncio.Task[object]:
    """Do one caller's work, to whatever end. Raises what made the transaction useless, also if the work hides it."""
    session.begin_work()
    task = request.start(session)
    await _finish({task}, until=until)
    if session.failure is not None:
        _ended_well(task)
        raise session.failure
    return task


def _ended_well(task: asyncio.Task[object]) -> bool:
    return not task.cancelled() and task.exception() is None


async def _finish(tasks: Set[asyncio.Task[object]], *, until: float) -> None:
    """Wait for tasks. Raises UnavailableError where one did not end in time; then it has been cancelled."""
    _, late = await asyncio.wait(tasks, timeout=until - asyncio.get_running_loop().time())
    for task in late:
        task.add_done_callback(_ended_well)
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_GRACE_SECONDS)
        raise unavailable()


class Reader:
    """The lanes of looks: on each link one group at a time, which shares a snapshot."""

    def __init__(self, links: Iterable[Link], *, seconds: float):
        self._links = tuple(links)
        self._idle = list(self._links)
        self._seconds = seconds
        self._queue = _Queue(seconds)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_starting = False

    async def run(self, work: Work[T]) -> T:
        """Return what the work returns."""
        request = Request(work)
        self._queue.put(request)
        self._start()
        return await self._queue.wait_for(request.future)

    async def close(self) -> None:
        """Refuse what waits, finish what is under way, and close the links."""
        self._queue.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._seconds)
        for link in self._links:
            await link.close()

    def _start(self) -> None:
        # a group begins in the next turn of the loop: then whoever asked in this one is in it
        if self._queue and self._idle and not self._is_starting:
            self._is_starting = True
            task = asyncio.get_running_loop().create_task(self._serve(self._idle.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, link: Link) -> None:
        self._is_starting = False
        try:
            while batch := self._queue.take(LOOKS_TOGETHER):
                self._start()
                try:
                    await self._look(link, batch)
                except ClashError:
                    continue
                except LegationError as error:
                    for request in batch:
                        request.fail(error)
                finally:
                    for request in batch:
                        request.fail(unavailable())
        finally:
            self._idle.append(link)

    async def _look(self, link: Link, batch: Sequence[Request[object]]) -> None:
        until = asyncio.get_running_loop().time() + self._seconds
        try:
            await link.begin(until=until)
            session = LookSession(link, until=until)
            tasks = set[asyncio.Task[object]]()
            for request in batch:
                task = request.start(session)
                task.add_done_callback(request.answer)
                tasks.add(task)
            await _finish(tasks, until=until)
        finally:
            # nothing was changed: this only lets the snapshot go
            await link.roll_back()
