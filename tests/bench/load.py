"""A load generator that costs little: request bytes made before the clock starts, on connections that stay open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import uvloop

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"Content-Length: "
_PATIENCE_SECONDS = 120
_HEAD_START_SECONDS = 0.5


@dataclass(frozen=True)
class Burst:
    """What became of many requests: how long they took in all, what that cost this process, and their answers."""

    seconds: float
    own_cpu: float
    bodies: list[bytes]
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.bodies) / self.seconds

    def latency(self, part: float) -> float:
        """Return the seconds within which this part of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def build_request(
    method: str, path: str, body: bytes = b"", *, host: str, token: str | None = None, more: Sequence[str] = ()
) -> bytes:
    """Return the bytes of a request; ``more`` are further lines of its head."""
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", *more]
    if token is not None:
        head.append(f"Authorization: Bearer {token}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


def send_all(port: int, requests: Sequence[bytes], *, connections: int, status: int, marker: bytes = b"") -> Burst:
    """Send every request once, each connection its next when the last is answered.

    Raises:
        RuntimeError: an answer has another status than ``status``, or has not ``marker`` in it.
    """
    return uvloop.run(
        _send_all(port, iter(requests), min(connections, len(requests)), (b"HTTP/1.1 %d " % status, marker))
    )


def send_beside(
    port: int, background: Sequence[bytes], requests: Sequence[bytes], *, connections: int, status: int
) -> Burst:
    """Send the requests one after the other, while the background is sent over and over, and return what they took.

    Raises:
        RuntimeError: one is not answered with 200, or the background with another status than ``status``.
    """
    over = False

    def again() -> Iterator[bytes]:
        for request in cycle(background):
            if over:
                return
            yield request

    async def both() -> Burst:
        nonlocal over
        behind = asyncio.create_task(_send_all(port, again(), connections, (b"HTTP/1.1 %d " % status, b"")))
        await asyncio.sleep(_HEAD_START_SECONDS)
        try:
            return await _send_all(port, iter(requests), 1, (b"HTTP/1.1 200 ", b""))
        finally:
            over = True
            await behind

    return uvloop.run(both())


async def _send_all(port: int, requests: Iterator[bytes], connections: int, wanted: tuple[bytes, bytes]) -> Burst:
    loop = asyncio.get_running_loop()
    run = _Run(requests, wanted, loop.create_future(), connections)
    opened = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port))[1] for _ in range(run.under_way)
    ]
    cpu, began = time.process_time(), time.perf_counter()
    for connection in opened:
        connection.next()
    try:
        await asyncio.wait_for(run.over, _PATIENCE_SECONDS)
    finally:
        seconds, own = time.perf_counter() - began, time.process_time() - cpu
        for connection in opened:
            connection.close()
    return Burst(seconds, own, run.bodies, run.latencies)


class _Run:
    """What the connections of one burst share."""

    def __init__(
        self, requests: Iterator[bytes], wanted: tuple[bytes, bytes], over: asyncio.Future[None], under_way: int
    ):
        self.requests = requests
        self.begins, self.holds = wanted
        self.over = over
        self.under_way = under_way
        self.bodies: list[bytes] = []
        self.latencies: list[float] = []

    def end_one(self) -> None:
        self.under_way -= 1
        if self.under_way == 0 and not self.over.done():
            self.over.set_result(None)

    def fail(self, what: str) -> None:
        if not self.over.done():
            self.over.set_exception(RuntimeError(what))


class _Connection(asyncio.Protocol):
    """One client, with one request under way at a time."""

    def __init__(self, run: _Run):
        self._run = run
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream

    def next(self) -> None:
        """Send the next request, if there is one."""
        request = next(self._run.requests, None)
        if request is None or self._transport is None:
            self._run.end_one()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        head = received.find(_END_OF_HEAD)
        if head < 0:
            return
        begin = received.find(_LENGTH, 0, head) + len(_LENGTH)
        length = int(received[begin : received.find(b"\r\n", begin)])
        if len(received) < head + 4 + length:
            return
        run, self._received = self._run, b""
        run.latencies.append(time.perf_counter() - self._sent_at)
        body = received[head + 4 :]
        if not received.startswith(run.begins) or run.holds not in body:
            run.fail(f"an answer is not as it should be: {received[:2000]!r}")
            return
        run.bodies.append(body)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.fail(f"a connection was lost: {exc!r}")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
