"""Hostile clients at a node as operators run it: the area "service" of the adversarial cases, on a real process."""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.honest import memory_of
from tests.support.nodes import Answer, parse_answer
from tests.support.running import RunningNode, within

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is looked up in /proc"),
]

MEGABYTE = 1 << 20
LARGE_CHUNKS = 64
# all of them together; each alone would be 64
MOST_GROWTH_MB = 48
MOST_SECONDS = 5
T = TypeVar("T")
Parts = Callable[["RunningNode"], Iterator[bytes]]


FLOOD = 20
AT_ONCE = 1000


def test_who_sends_a_thousand_requests_at_once_keeps_nobody_waiting_meanwhile(tmp_path: Path) -> None:
    async def flood(node: RunningNode) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        request = f"GET /healthz HTTP/1.1\r\nHost: localhost:{node.port}\r\n"
        writer.write(f"{request}\r\n".encode() * (AT_ONCE - 1) + f"{request}Connection: close\r\n\r\n".encode())
        received = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return received.count(b"HTTP/1.1 200 OK")

    async def act(node: RunningNode) -> tuple[list[int], float]:
        return await slowest_while(node, asyncio.gather(*(flood(node) for _ in range(FLOOD))))

    answered, slowest = within(tmp_path, act)
    assert answered == [AT_ONCE] * FLOOD
    # one answer each in turn, and not all that one client asked for
    assert slowest < MOST_SECONDS


# ------------------------------------------------------------------ single requests that are too much, or ambiguous


def head(node: RunningNode, *fields: str, line: str = "POST /v1/verify HTTP/1.1") -> bytes:
    """Return the head of a request of the operator, up to its last field."""
    lines = [line, f"Host: localhost:{node.port}", f"Authorization: Bearer {node.token}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *fields, ""]).encode()


def many_headers(node: RunningNode) -> Iterator[bytes]:
    yield head(node)
    for number in range(10_000):
        yield b"X-%d: a\r\n" % number
    yield b"\r\n"


def large_header(node: RunningNode) -> Iterator[bytes]:
    yield head(node) + b"X-A: " + b"a" * 65_536 + b"\r\n\r\n"


def endless_header(node: RunningNode) -> Iterator[bytes]:
    yield head(node) + b"X-A: "
    for _ in range(LARGE_CHUNKS):
        yield b"a" * MEGABYTE


def endless_trailers(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b'\r\nd\r\n{"chain": []}\r\n0\r\n'
    for number in range(LARGE_CHUNKS):
        yield b"X-%d: a\r\n" % number * (MEGABYTE // 8)


def endless_chunk_extension(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b"\r\n1;a="
    for _ in range(LARGE_CHUNKS):
        yield b"a" * MEGABYTE


def large_body(node: RunningNode) -> Iterator[bytes]:
    yield head(node, f"Content-Length: {LARGE_CHUNKS * MEGABYTE}") + b"\r\n"
    for _ in range(LARGE_CHUNKS):
        yield b" " * MEGABYTE


def endless_chunks(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b"\r\n"
    for _ in range(LARGE_CHUNKS):
        yield b"%x\r\n" % MEGABYTE + b" " * MEGABYTE + b"\r\n"


def single_bytes(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b"\r\n"
    for _ in range(1_000):
        yield b"1\r\n \r\n" * 1_000


def compressed_bomb(node: RunningNode) -> Iterator[bytes]:
    bomb = gzip.compress(b" " * 100 * MEGABYTE)
    yield head(node, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}") + b"\r\n" + bomb


def compressed_transfer(node: RunningNode) -> Iterator[bytes]:
    bomb = gzip.compress(b" " * MEGABYTE)
    yield head(node, "Transfer-Encoding: gzip, chunked") + b"\r\n%x\r\n" % len(bomb) + bomb + b"\r\n0\r\n\r\n"


def length_and_chunks(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Content-Length: 13", "Transfer-Encoding: chunked") + b'\r\nd\r\n{"chain": []}\r\n0\r\n\r\n'


def obfuscated_coding(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding:\x0bchunked") + b'\r\nd\r\n{"chain": []}\r\n0\r\n\r\n'


def two_codings(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked", "Transfer-Encoding: x") + b'\r\nd\r\n{"chain": []}\r\n0\r\n\r\n'


def bare_line_feeds(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Content-Length: 13").replace(b"\r\n", b"\n") + b'\n{"chain": []}'


def folded_header(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "X-A: a", " Content-Length: 0", "Content-Length: 13") + b'\r\n{"chain": []}'


def odd_chunk_sizes(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b'\r\n0xd\r\n{"chain": []}\r\n0\r\n\r\n'


def chunk_without_end(node: RunningNode) -> Iterator[bytes]:
    yield head(node, "Transfer-Encoding: chunked") + b'\r\nd\r\n{"chain": []}XX0\r\n\r\n'


# what is refused, and by which statuses; who sends on and on may be cut off without a word (None); of
# a chunk's extension nothing is kept, so that only time ends it
TOO_MUCH: dict[Parts, set[int | None]] = {
    many_headers: {400, 431, None},
    large_header: {400, 431},
    endless_header: {400, 431, None},
    endless_trailers: {400, 431, None},
    endless_chunk_extension: {400, 408, 413},
    large_body: {413},
    endless_chunks: {413},
    single_bytes: {413},
    compressed_bomb: {415},
}
AMBIGUOUS: dict[Parts, set[int | None]] = {
    compressed_transfer: {400, 415},
    length_and_chunks: {400},
    obfuscated_coding: {400},
    two_codings: {400},
    bare_line_feeds: {400},
    folded_header: {400},
    odd_chunk_sizes: {400},
    chunk_without_end: {400},
}


async def throw(node: RunningNode, parts: Iterator[bytes]) -> Answer | None:
    """Send bytes as long as they are taken, and return what the node says before it ends the connection."""
    loop, received = asyncio.get_running_loop(), bytearray()
    with socket.create_connection(("127.0.0.1", node.port)) as connection:
        connection.setblocking(False)
        reading = asyncio.create_task(collect(connection, received))
        with suppress(OSError):
            for part in parts:
                if reading.done():
                    break
                await loop.sock_sendall(connection, part)
        # the node ends it, not this client
        await asyncio.wait_for(reading, 30)
    return parse_answer(bytes(received)) if received else None


async def collect(connection: socket.socket, received: bytearray) -> None:
    """Keep what comes, also where the connection is reset after it."""
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await loop.sock_recv(connection, 65_536):
            received += data


async def slowest_while(node: RunningNode, act: Awaitable[T]) -> tuple[T, float]:
    """Do something, and return how long the slowest of the honest requests took meanwhile."""
    acting, slowest = asyncio.ensure_future(act), 0.0
    while not acting.done():
        began = time.monotonic()
        assert (await node.ask("GET", "/v1/agents")).status == 200
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    return await acting, slowest


@pytest.mark.parametrize("attacks", [TOO_MUCH, AMBIGUOUS], ids=["too_much", "ambiguous"])
def test_y02_y04_y05_what_is_too_much_or_ambiguous_is_refused_at_no_cost(
    tmp_path: Path, attacks: dict[Parts, set[int | None]]
) -> None:
    async def act(node: RunningNode) -> None:
        accepted = head(node, "Connection: close", "Content-Length: 13") + b'\r\n{"chain": []}'
        before = memory_of(node.process.pid, "VmRSS")
        throwing = asyncio.gather(*(throw(node, make(node)) for make in attacks))
        answers, slowest = await slowest_while(node, throwing)
        for (make, statuses), answer in zip(attacks.items(), answers, strict=True):
            assert (answer.status if answer else None) in statuses, make.__name__
            if answer is not None:
                assert answer.headers["content-type"].startswith("application/problem+json"), make.__name__
        assert memory_of(node.process.pid) - before <= MOST_GROWTH_MB
        # the loop went on: nobody waited for long beside all of them
        assert slowest < MOST_SECONDS
        answer = await throw(node, iter([accepted]))
        assert answer is not None
        assert answer.status == 200
        assert "Traceback" not in node.log()
        assert node.stop() == 0

    within(tmp_path, act)
