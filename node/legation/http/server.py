"""The listening socket and its connections: bounded in time at every stage, and ended in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from aiohttp import web

from legation.errors import MalformedError, SettingsError
from legation.http.errors import internal_error, problem


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection may take for each thing.

    ``idle`` is from the first byte, or the last answer, to a whole head; ``lingering`` how long a body that nobody
    wants is read on, so that its sender sees the answer; ``answer`` how long a client may take to fetch one;
    ``drain`` how long a stop waits for what is under way, less than the 20 s that it may take in all.
    """

    idle: timedelta = timedelta(seconds=10)
    lingering: timedelta = timedelta(seconds=2)
    answer: timedelta = timedelta(seconds=10)
    drain: timedelta = timedelta(seconds=17)


class _Connection(web.RequestHandler):
    """A connection whose answers are bounded in time too, and whose unreadable requests are answered as problems."""

    __slots__ = ("_answer_seconds",)

    def __init__(self, manager: web.Server, limits: Limits, loop: asyncio.AbstractEventLoop):
        super().__init__(
            manager,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # what switches it off; its lines hold what callers send
            auto_decompress=False,  # nothing that we take is compressed
            keepalive_timeout=limits.idle.total_seconds(),
            lingering_time=limits.lingering.total_seconds(),
        )
        self._answer_seconds = limits.answer.total_seconds()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, or drop a client that does not fetch it."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            return resp, True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer bytes that are no request, without repeating any of them."""
        if status >= 500:
            self.log_exception("unhandled error", exc_info=exc)
        error = internal_error() if status >= 500 else MalformedError("this is not an HTTP request that is served here")
        response = problem(error, uuid4().hex)
        response.headers["Server"] = "legation"
        response.force_close()
        return response


@asynccontextmanager
async def listen(app: web.Application, *, host: str, port: int, limits: Limits | None = None) -> AsyncIterator[int]:
    """Serve an application on one address until the block ends, and yield its port.

    At the end no new connection is taken, requests under way are answered, and idle connections are closed.

    Raises:
        SettingsError: the address cannot be bound.
    """
    bounds = limits or Limits()
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=bounds.drain.total_seconds())
    await runner.setup()
    manager = runner.server
    if manager is None:
        raise SettingsError("the server could not be set up")
    try:
        try:
            server = await loop.create_server(lambda: _Connection(manager, bounds, loop), host, port, backlog=512)
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {host}:{port}: {error.strerror}", fix="Give another bind, or stop what is there."
            ) from error
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            # wait_closed would wait for connections, which are ended below
            server.close()
    finally:
        await _end(runner, manager, bounds.drain)


async def _end(runner: web.AppRunner, manager: web.Server, drain: timedelta) -> None:
    try:
        async with asyncio.timeout(drain.total_seconds()):
            await runner.cleanup()
    except TimeoutError:
        for connection in manager.connections:
            connection.force_close()
