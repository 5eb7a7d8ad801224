"""What both clients stand on: a call is made, in this event loop or in that of a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from legation.client.background import Background
from legation.client.calls import Call
from legation.client.members import unexpected
from legation.client.transport import Transport
from legation.domain.pages import Page

T = TypeVar("T")


class AsyncCaller:
    """Makes calls in the caller's event loop."""

    _transport: Transport

    async def _ask(self, call: Call[T]) -> T:
        return await self._transport.ask(call)


class Caller:
    """Makes calls in an event loop of its own, and waits for them."""

    _background: Background

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._background.run(work)


async def iterate_async(turn: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """Yield the items of all pages, each asked for when it is needed. Raises as ``turn``."""
    cursor: str | None = None
    while True:
        page = await turn(cursor)
        for item in page.items:
            yield item
        if page.next is None:
            return
        cursor = _advance(cursor, page.next)


def iterate(turn: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the items of all pages, each asked for when it is needed. Raises as ``turn``."""
    cursor: str | None = None
    while True:
        page = turn(cursor)
        yield from page.items
        if page.next is None:
            return
        cursor = _advance(cursor, page.next)


def _advance(cursor: str | None, following: str) -> str:
    # else it would go round for ever
    if following == cursor:
        raise unexpected("next")
    return following
