"""Wallets for tests: real ones, in a folder of the test, with a key that only the owner may read."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from legation.ports.clock import Clock
from legation.wallet import Wallet, WalletKey

T = TypeVar("T")
DETAILS = [{"type": "mcp_tool", "actions": ["read", "write"], "locations": ["https://ads.example/mcp"]}]
NARROWER = [{"type": "mcp_tool", "actions": ["read"], "locations": ["https://ads.example/mcp"]}]
WIDER = [{"type": "mcp_tool", "actions": ["read", "write", "erase"], "locations": ["https://ads.example/mcp"]}]

# SQLite's lock is taken by another process: a second SQLite in this one would corrupt the file
LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
"""


def write_private(path: Path, content: bytes | str, mode: int = 0o600) -> Path:
    """Write a file of that mode, whatever the umask."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def key_in(folder: Path) -> WalletKey:
    """Return the folder's raw key; the first call makes it."""
    path = folder / "wallet.key"
    return WalletKey.raw_file(path) if path.exists() else WalletKey.create_raw_file(path)


def with_wallet(
    folder: Path,
    work: Callable[[Wallet], Awaitable[T]],
    *,
    clock: Clock | None = None,
    deadline: timedelta = timedelta(seconds=10),
) -> T:
    """Run ``work`` on the folder's wallet, in an event loop of its own."""

    async def run() -> T:
        async with Wallet.open(folder / "wallet.db", key_in(folder), clock=clock, deadline=deadline) as wallet:
            return await work(wallet)

    return asyncio.run(run())


class Lock:
    """A write lock that another process holds until it is released."""

    def __init__(self, path: Path):
        command = [sys.executable, "-c", LOCKER, str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "locked\n"

    def release(self) -> None:
        self._process.communicate("\n")
        assert self._process.returncode == 0


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Keep a SQLite file locked against writers, from another process."""
    lock = Lock(path)
    try:
        yield lock
    finally:
        lock.release()
