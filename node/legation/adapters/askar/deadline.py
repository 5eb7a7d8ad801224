"""Deadlines for a store that has none: the caller waits no longer, and what was begun is ended in order.

Askar's futures must not be cancelled: a session that opens after its caller left would stay open, and with it the lock
(measured: it blocks every writer until the process ends). So an operation runs on, sees that it was abandoned, and
takes itself back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from legation.errors import UnavailableError

T = TypeVar("T")
DEFAULT_SECONDS = 10.0


class Attempt:
    """One operation under way: until when its caller waits, and whether it still does."""

    __slots__ = ("_loop", "abandoned", "until")

    def __init__(self, seconds: float):
        self._loop = asyncio.get_running_loop()
        self.until = self._loop.time() + seconds
        self.abandoned = False

    def is_over(self) -> bool:
        """Say whether trying again would come too late."""
        return self.abandoned or self._loop.time() >= self.until

    def check(self) -> None:
        """Raise UnavailableError, which nobody sees, once the caller has left."""
        if self.abandoned:
            raise UnavailableError("the operation was abandoned")


class Deadline:
    """Runs operations, each within ``seconds`` unless told otherwise."""

    def __init__(self, seconds: float = DEFAULT_SECONDS):
        self.seconds = seconds
        self.has_missed = False  # since whoever looks at it has set it back
        self._running: set[asyncio.Task[object]] = set()

    async def run(
        self, operation: Callable[[Attempt], Coroutine[object, object, T]], *, seconds: float | None = None
    ) -> T:
        """Return what ``operation`` returns, or raise what it raises.

        Raises:
            UnavailableError: not in time; the operation takes itself back as soon as it can.
        """
        limit = self.seconds if seconds is None else seconds
        attempt = Attempt(limit)
        task = asyncio.create_task(operation(attempt))
        self._running.add(task)
        task.add_done_callback(self._finish)
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
        finally:
            attempt.abandoned = True
        if not done:
            self.has_missed = True
            raise UnavailableError("the wallet did not answer in time", fix="Try again.")
        return task.result()

    async def settle(self, *, seconds: float | None = None) -> bool:
        """Wait for what is under way, no longer than the deadline or ``seconds``; say whether all of it has ended."""
        running = self._running - {asyncio.current_task()}
        if not running:
            return True
        _, late = await asyncio.wait(running, timeout=self.seconds if seconds is None else seconds)
        return not late

    def _finish(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # seen, so that the loop does not complain of an abandoned one's end
            task.exception()
