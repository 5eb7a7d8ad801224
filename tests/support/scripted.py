"""A server on the loopback interface, in a thread of its own, that answers as a test has written it down."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_REASON = "As Written"


@dataclass(frozen=True)
class Asked:
    """A request that came; ``connection`` counts the connections from 0."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Step = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Scripted:
    """A server under way: what it was asked, and the steps that are left."""

    steps: list[Step]
    scheme: str
    name: str
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.name}:{self.port}"


def reply(
    value: object = None,
    *,
    status: int = 200,
    body: bytes | None = None,
    media: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Answer with JSON, or with a body as it is; the connection is kept."""
    content = body if body is not None else b"" if status == 204 else json.dumps(value).encode()
    fields = {"Content-Length": str(len(content)), "Content-Type": media, **(headers or {})}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items() if text)

    return send(f"HTTP/1.1 {status} {_REASON}\r\n{head}\r\n".encode() + content, end=False)


def problem(code: str, *, status: int, headers: Mapping[str, str] | None = None, **members: object) -> Step:
    """Answer with a problem as a node does."""
    value = {"type": f"urn:legation:error:{code}", "status": status, "detail": "a reason", "code": code, **members}
    return reply(value, status=status, media="application/problem+json", headers=headers)


def send(data: bytes, *, end: bool = True) -> Step:
    """Answer with these bytes, and end the connection unless told otherwise."""

    async def step(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if end:
            writer.close()

    return step


async def hang_up(_: Asked, writer: asyncio.StreamWriter) -> None:
    """End the connection without an answer."""
    writer.transport.abort()


async def say_nothing(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Let the client wait until it goes."""
    await asyncio.get_running_loop().create_future()


@contextmanager
def serving(
    steps: Sequence[Step], *, tls: ssl.SSLContext | None = None, name: str = "localhost", repeat: bool = False
) -> Iterator[Scripted]:
    """Serve until the block ends, one step for each request; ``repeat`` goes on with the last one."""
    server = Scripted(list(steps), "http" if tls is None else "https", name)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=_run, args=(loop, _serve(server, tls, repeat, ready, stop)))
    thread.start()
    try:
        assert ready.wait(20)
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()


def _run(loop: asyncio.AbstractEventLoop, work: Any) -> None:
    try:
        loop.run_until_complete(work)
    finally:
        loop.close()


async def _serve(
    server: Scripted, tls: ssl.SSLContext | None, repeat: bool, ready: threading.Event, stop: asyncio.Event
) -> None:
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # there is one
        number, server.connections = server.connections, server.connections + 1
        try:
            async for asked in _read(reader, number):
                server.asked.append(asked)
                keep = repeat and len(server.steps) == 1
                step = server.steps[0] if keep else server.steps.pop(0) if server.steps else reply(status=599)
                await step(asked, writer)
        except OSError:
            pass  # the client went away, which is what some tests want
        finally:
            writer.transport.abort()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    ready.set()
    await stop.wait()
    listener.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader, number: int) -> AsyncIterator[Asked]:
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        yield Asked(method, target, headers, body, number)
