"""An event loop in a thread of its own, for callers who have none, or whose own is busy."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from legation.errors import UnavailableError

T = TypeVar("T")
# who resolves a name may be waited for longer than anybody wants to wait for an end
_STOP_SECONDS = 5


class Background:
    """Runs coroutines one caller at a time or many, from any thread; begins with the first, ends with :meth:`stop`.

    ``last`` is done in the loop before it ends. A process that was forked off cannot use it: the thread stayed behind.
    """

    def __init__(self, last: Callable[[], Awaitable[None]]):
        self._last = last
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending: asyncio.Event | None = None
        self._stopped = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what ``work`` returns, or raise what it raises; UnavailableError once this has stopped."""
        future = None
        # asked first: in a forked process the lock may be held for ever
        if os.getpid() == self._process:
            with self._lock:
                if not self._stopped:
                    future = asyncio.run_coroutine_threadsafe(work, self._start())
        if future is None:
            work.close()
            raise UnavailableError("the client is closed, or was made in another process")
        try:
            return future.result()
        except CancelledError as error:
            raise UnavailableError("the client was closed while it waited for an answer") from error
        finally:
            # where the caller was interrupted; else it is done
            future.cancel()

    def stop(self) -> None:
        """End what is under way, and the thread. Raises nothing; a second time it does nothing."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._stopped = True
            loop, thread, ending = self._loop, self._thread, self._ending
            self._thread = None
        if loop is None or thread is None or ending is None:
            return
        loop.call_soon_threadsafe(ending.set)
        # a collector of garbage may run this in that very thread
        if thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)

    def _start(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._ending = asyncio.Event()
            self._thread = threading.Thread(
                target=_serve, args=(self._loop, self._ending, self._last), name="legation-client", daemon=True
            )
            self._thread.start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop, ending: asyncio.Event, last: Callable[[], Awaitable[None]]) -> None:
    try:
        loop.run_until_complete(_wait(ending, last))
    finally:
        # waits for no thread that resolves a name, unlike asyncio.run
        loop.close()


async def _wait(ending: asyncio.Event, last: Callable[[], Awaitable[None]]) -> None:
    await ending.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last()
