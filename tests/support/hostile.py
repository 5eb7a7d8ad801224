"""Clients that mean harm: connections that are slow, idle or dripping, opened by a process of its own.

``python -m tests.support.hostile PORT COUNT TOKEN_FILE`` opens them all, says ``open`` in a line, and, once the server
has ended each of them, in a second line how many seconds that took, by kind.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.running import ROOT

DRIP_SECONDS = 5.0
# nobody waits for a server longer that does not end a connection
PATIENCE_SECONDS = 90.0
_FILES_BESIDE = 300
_LATE_SECONDS = 24.0
_TOGETHER = 100


@dataclass(frozen=True)
class Attack:
    """What one connection does: send ``start``, then one byte of ``drip`` every few seconds, and perhaps not read."""

    start: bytes
    drip: bytes = b""
    reads: bool = True


def attacks(port: int, token: str) -> dict[str, tuple[int, Attack]]:
    """Return the kinds of connections, each with how many of a hundred are so."""
    host = f"Host: localhost:{port}\r\n"
    get = f"GET /healthz HTTP/1.1\r\n{host}"
    post = f"POST /v1/verify HTTP/1.1\r\n{host}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    length, chunked = "Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n"
    kinds = {
        "idle": (26, Attack(b"")),
        "half a head": (15, Attack(f"{get}X-Half".encode())),
        "head byte by byte": (20, Attack(get.encode(), drip=b"X-A: a\r\n")),
        "body byte by byte": (15, Attack(f"{post}{length}".encode(), drip=b" ")),
        "chunk by chunk": (8, Attack(f"{post}{chunked}".encode(), drip=b"1\r\n \r\n")),
        "answers not fetched": (8, Attack(f"GET /openapi.json HTTP/1.1\r\n{host}\r\n".encode() * 4, reads=False)),
        "one request, then idle": (5, Attack(f"{get}\r\n".encode())),
        "TLS at a plain port": (3, Attack(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)))),
    }
    assert sum(share for share, _ in kinds.values()) == 100
    return kinds


def choose(kinds: dict[str, tuple[int, Attack]], count: int) -> Iterator[tuple[str, Attack]]:
    """Yield so many connections, the kinds mixed evenly."""
    wheel = [(name, attack) for name, (share, attack) in kinds.items() for _ in range(share)]
    for number in range(count):
        # 37 and 100 have no common divisor: every hundred has each kind by its share
        yield wheel[number * 37 % 100]


def allow_files(count: int) -> bool:
    """Let this process, and those that it starts, have so many connections; False where that is not allowed."""
    wanted, (soft, hard) = count + _FILES_BESIDE, resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft == resource.RLIM_INFINITY or soft >= wanted


async def endure(port: int, attack: Attack, opened: Callable[[], None]) -> float:
    """Open one connection and attack; return after how many seconds the server ended it."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setblocking(False)
    if not attack.reads:
        # a window so small that the server's answers stay with the server
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    began = time.monotonic()
    try:
        await loop.sock_connect(connection, ("127.0.0.1", port))
        opened()
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _send(connection, attack)
            return time.monotonic() - began
    except TimeoutError:
        return PATIENCE_SECONDS
    except OSError:
        return time.monotonic() - began
    finally:
        connection.close()


async def _send(connection: socket.socket, attack: Attack) -> None:
    """Attack until the server has ended the connection."""
    loop = asyncio.get_running_loop()
    reading = asyncio.create_task(_read(connection) if attack.reads else _fetch_late(connection))
    sending = asyncio.create_task(loop.sock_sendall(connection, attack.start))
    try:
        number = 0
        while not reading.done():
            await asyncio.wait({reading}, timeout=DRIP_SECONDS)
            if attack.drip and not reading.done():
                await loop.sock_sendall(connection, attack.drip[number : number + 1] or attack.drip[:1])
                number = (number + 1) % len(attack.drip)
    finally:
        for task in (reading, sending):
            task.cancel()
        await asyncio.gather(reading, sending, return_exceptions=True)


async def _read(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while await loop.sock_recv(connection, 65_536):
            pass


async def _fetch_late(connection: socket.socket) -> None:
    """Read nothing for as long as a server may wait for that, and then see whether it has ended the connection.

    What it sent before lies between the two, and so does its end: who does not read does not learn of it.
    """
    await asyncio.sleep(_LATE_SECONDS)
    began = time.monotonic()
    await _read(connection)
    if time.monotonic() - began > 1:
        # it was still there, and went on
        await asyncio.sleep(PATIENCE_SECONDS)


async def attack_all(port: int, count: int, token: str) -> dict[str, list[float]]:
    """Attack with so many connections at once, and return after how many seconds each was ended, by kind."""
    took: dict[str, list[float]] = defaultdict(list)
    together = asyncio.Semaphore(_TOGETHER)
    left = count

    def opened() -> None:
        nonlocal left
        together.release()
        left -= 1
        if left == 0:
            print("open", flush=True)

    async def one(name: str, attack: Attack) -> None:
        took[name].append(await endure(port, attack, opened))

    tasks = []
    for name, attack in choose(attacks(port, token), count):
        await together.acquire()
        tasks.append(asyncio.create_task(one(name, attack)))
    await asyncio.gather(*tasks)
    return took


@asynccontextmanager
async def crowd(port: int, count: int, token_file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let so many connections attack from a process of its own, from when all are open until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.hostile", str(port), str(count), str(token_file)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"open\n"
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def fates(process: asyncio.subprocess.Process) -> dict[str, list[float]]:
    """Return what :func:`attack_all` found, once all connections of a crowd are ended."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS + 60)
    found: dict[str, list[float]] = json.loads(line)
    return found


def main() -> None:
    """Attack as the arguments say."""
    port, count, token_file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    allow_files(count)
    token = token_file.read_text(encoding="ascii").strip()
    print(json.dumps(asyncio.run(attack_all(port, count, token))), flush=True)


if __name__ == "__main__":
    main()
