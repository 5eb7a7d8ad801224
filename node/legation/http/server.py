"""The listening socket and its connections: bounded in time at every stage, and ended in order."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from secrets import token_hex

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from legation.errors import MalformedError, SettingsError
from legation.http.errors import internal_error, problem

# of a request that is not read yet: its head, or what comes after a request that is still under way
_MAX_HEAD_BYTES = 65_536
_MAX_AHEAD_BYTES = 1_048_576
_MAX_HEADERS = 64
_BACKLOG = 1024
# socket(7): on, for no time: what is closed is reset
_NO_LINGERING = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection may take for each thing, and how many there may be.

    ``idle`` is from the first byte, or the last answer, to a whole head; ``lingering`` how long a body that nobody
    wants is read on, so that its sender sees the answer; ``answer`` how long a client may take to fetch one; ``whole``
    how long all of this may take, from the moment that a request may begin; ``drain`` how long a stop waits for what is
    under way, less than the 20 s that it may take in all; ``connections`` how many one process keeps open.
    """

    idle: timedelta = timedelta(seconds=10)
    lingering: timedelta = timedelta(seconds=2)
    answer: timedelta = timedelta(seconds=10)
    whole: timedelta = timedelta(seconds=28)
    drain: timedelta = timedelta(seconds=17)
    connections: int = 4000


class _Connections:
    """The open connections of one process: those that wait for a request, the longest first, and those that do not."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.all: set[_Connection] = set()
        # those that never sent a request make room before those that did
        self.fresh: OrderedDict[_Connection, None] = OrderedDict()
        self.rested: OrderedDict[_Connection, None] = OrderedDict()

    def open(self, connection: _Connection) -> bool:
        """Take a connection in, in the place of the one that waits longest; False where all are at work."""
        if len(self.all) >= self.limits.connections:
            waiting = self.fresh or self.rested
            if not waiting:
                return False
            oldest = next(iter(waiting))
            self.close(oldest)
            oldest.abort()
        self.all.add(connection)
        self.fresh[connection] = None
        return True

    def work(self, connection: _Connection) -> None:
        """Note that a request has come."""
        if self.fresh.pop(connection, connection) is connection:
            self.rested.pop(connection, None)

    def rest(self, connection: _Connection) -> None:
        """Note that its answer has gone."""
        if connection in self.all:
            self.rested[connection] = None

    def close(self, connection: _Connection) -> None:
        """Let go of it."""
        self.all.discard(connection)
        self.fresh.pop(connection, None)
        self.rested.pop(connection, None)

    async def watch(self) -> None:
        """Drop, until cancelled, each client that does not fetch its answer in time."""
        loop = asyncio.get_running_loop()
        pause = min(1.0, self.limits.answer.total_seconds() / 4)
        while True:
            await asyncio.sleep(pause)
            now = loop.time()
            for connection in [one for one in self.all if one.answer_until < now]:
                connection.abort()


class _Connection(web.RequestHandler):
    """A connection whose answers are bounded in time too, and whose unreadable requests are answered as problems."""

    __slots__ = ("_ahead", "_began", "_body", "_open", "answer_until")

    def __init__(self, manager: web.Server, connections: _Connections, loop: asyncio.AbstractEventLoop):
        limits = connections.limits
        super().__init__(
            manager,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # what switches it off; its lines hold what callers send
            auto_decompress=False,  # nothing that we take is compressed
            keepalive_timeout=limits.idle.total_seconds(),
            lingering_time=limits.lingering.total_seconds(),
            max_headers=_MAX_HEADERS,
        )
        self._open = connections
        self._began = loop.time()
        self._ahead = 0
        self._body: StreamReader | None = None
        self.answer_until = inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or refuse it where there is no room."""
        super().connection_made(transport)
        if not self._open.open(self):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room."""
        self._open.close(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and drop a client that sends on and on before its turn."""
        body = self._body
        super().data_received(data)
        if body is None or body.is_eof():
            self._ahead += len(data)
            incomplete = body is None and not self._messages
            if self._ahead > (_MAX_HEAD_BYTES if incomplete else _MAX_AHEAD_BYTES):
                self.abort()

    def begin(self, body: StreamReader) -> None:
        """Note that a request is taken up."""
        self._body, self._ahead = body, 0
        self._open.work(self)

    def abort(self) -> None:
        """End the connection at once, whatever was not sent yet."""
        if self.transport is not None:
            connection = self.transport.get_extra_info("socket")
            if connection is not None:
                # else the kernel keeps what was not fetched, and offers it for minutes
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            self.transport.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer to a client that fetches it in time; others are dropped meanwhile."""
        limits, loop = self._open.limits, self._loop
        self.answer_until = min(loop.time() + limits.answer.total_seconds(), self._began + limits.whole.total_seconds())
        try:
            sent = await super().finish_response(request, resp, start_time)
            if self._messages or self._buffer_paused:
                # who sends many requests at once gets one answer after another, and in between all others get theirs
                await asyncio.sleep(0)
            return sent
        finally:
            self.answer_until = inf
            # a body that still comes is read on for a while, and is no head of a next request
            self._body = self._body if self._body is not None and not self._body.is_eof() else None
            self._began = loop.time()
            self._open.rest(self)

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
        response = problem(error, token_hex(16))
        response.headers["Server"] = "legation"
        response.force_close()
        return response


@asynccontextmanager
async def listen(  # an address has its parts
    app: web.Application,
    *,
    host: str,
    port: int,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    shared: bool = False,
) -> AsyncIterator[int]:
    """Serve an application on one address until the block ends, and yield its port; ``shared`` lets others listen too.

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
    connections = _Connections(bounds)
    _announce_requests(manager)
    watching = asyncio.create_task(connections.watch())
    try:
        try:
            server = await loop.create_server(
                lambda: _Connection(manager, connections, loop),
                host,
                port,
                backlog=_BACKLOG,
                ssl=tls,
                ssl_handshake_timeout=None if tls is None else bounds.idle.total_seconds(),
                ssl_shutdown_timeout=None if tls is None else bounds.lingering.total_seconds(),
                reuse_port=shared or None,
            )
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
        watching.cancel()


def _announce_requests(manager: web.Server) -> None:
    """Let a connection know when a request of it is taken up."""
    make = manager.request_factory

    def announce(
        message: RawRequestMessage,
        body: StreamReader,
        connection: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        if isinstance(connection, _Connection):
            connection.begin(body)
        return make(message, body, connection, writer, task)

    manager.request_factory = announce


async def _end(runner: web.AppRunner, manager: web.Server, drain: timedelta) -> None:
    try:
        async with asyncio.timeout(drain.total_seconds()):
            await runner.cleanup()
    except TimeoutError:
        for connection in manager.connections:
            connection.force_close()
