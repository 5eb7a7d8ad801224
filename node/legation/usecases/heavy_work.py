"""Work that takes a processor for long: off the event loop, so much at once, so much waiting, and no longer than so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from legation.errors import UnavailableError

T = TypeVar("T")
# Python runs one thread at a time: several would do no more, and the event loop would wait for its turn among them all.
_AT_ONCE = 1
_MAX_WAITING = 64
_DEADLINE_SECONDS = 10.0


class HeavyWork:
    """Runs pure functions in threads of its own. What is given to it must end by itself: a thread cannot be stopped."""

    def __init__(
        self, *, at_once: int = _AT_ONCE, waiting: int = _MAX_WAITING, deadline_seconds: float = _DEADLINE_SECONDS
    ):
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="legation-heavy")
        self._places = at_once + waiting
        self._deadline = deadline_seconds
        self._taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns. Raises what it raises.

        Raises:
            UnavailableError: too much is waiting already, or it was not done in time.
        """
        if self._taken >= self._places:
            raise _busy("too much work is waiting here")
        self._taken += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._leave)
        try:
            async with asyncio.timeout(self._deadline):
                # shielded: a thread goes on whoever waits for it, and its place is free only when it ends
                return await asyncio.shield(future)
        except TimeoutError as error:
            raise _busy("the work was not done in time") from error

    def _leave(self, future: asyncio.Future[T]) -> None:
        self._taken -= 1
        if not future.cancelled():
            # looked at, so that nobody who has stopped waiting leaves an error behind
            future.exception()


def _busy(detail: str) -> UnavailableError:
    return UnavailableError(detail, fix="Try again.")
