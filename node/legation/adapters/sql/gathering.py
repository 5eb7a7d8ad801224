"""Gathering: requests of one kind that come while others are under way are done together, in one change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from legation.adapters.sql.database import Database
from legation.adapters.sql.failures import again
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import MAX_LISTED
from legation.errors import LegationError, UnavailableError

Q = TypeVar("Q")

MAX_WAITING = 4096


class Gathered(Generic[Q]):
    """Does requests: ``act`` answers each of those that it is given by None, or by the error that refuses it."""

    def __init__(
        self, database: Database, act: Callable[[Session, Sequence[Q]], Awaitable[list[LegationError | None]]]
    ):
        self._database = database
        self._act = act
        self._waiting: list[tuple[Q, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, request: Q) -> None:
        """Do a request, durably, or raise the error that refuses it."""
        if len(self._waiting) >= MAX_WAITING:
            raise UnavailableError("too much is asked of the node's state at once", fix="Try again.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((request, future))
        if self._task is None:
            self._task = loop.create_task(self._drain())
        await self._database.wait_for(future)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                taken = [each for each in self._waiting[:MAX_LISTED] if not each[1].done()]
                del self._waiting[:MAX_LISTED]
                if taken:
                    await self._do([request for request, _ in taken], [future for _, future in taken])
        finally:
            self._task = None

    async def _do(self, requests: Sequence[Q], futures: Sequence[asyncio.Future[None]]) -> None:
        try:
            answers = await self._database.change(lambda session: self._act(session, requests))
        except LegationError as error:
            answers = [again(error) for _ in requests]
        for future, answer in zip(futures, answers, strict=True):
            if future.done():
                continue
            if answer is None:
                future.set_result(None)
            else:
                future.set_exception(answer)
