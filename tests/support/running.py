"""A node as operators run it: a process with its folder, its log and a client; and whether it is still there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.support.delegated import REQUEST, chain_of, present_chain
from tests.support.keys import signer_of
from tests.support.nodes import Answer, Client, free_port

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
ACME, WORKER = signer_of("acme"), signer_of("worker")
LEGATION = ("-m", "legation.cli.main")
_PATIENCE_SECONDS = 60


@dataclass
class RunningNode:
    """A process that serves."""

    process: subprocess.Popen[bytes]
    client: Client
    folder: Path
    port: int
    # where its part of the log begins
    log_begins: int = 0

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def token(self) -> str:
        return (self.folder / "data" / "operator-token").read_text(encoding="ascii").strip()

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """Ask it as its operator."""
        return await self.client.ask(method, path, headers={"Authorization": f"Bearer {self.token}"}, **more)

    async def post(self, path: str, body: object) -> Answer:
        """Ask it for something as its operator."""
        return await self.ask("POST", path, body=body)

    async def give_challenge(self) -> str:
        return str((await self.post("/v1/challenges", {})).json["challenge"])

    async def judge(self, presented: object) -> dict[str, Any]:
        answer = await self.post("/v1/presentations/verify", {"presentation": presented, "request": REQUEST})
        assert answer.status == 200
        verdict: dict[str, Any] = answer.json
        return verdict

    def show(self, challenge: str) -> Any:
        """Present a chain from Acme, whom the node trusts, to the worker."""
        now = datetime.now(UTC)
        chain = chain_of(ACME, WORKER, at=now)
        return json.loads(present_chain(chain, WORKER, challenge=challenge, domain=self.origin, at=now))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(25)

    def log(self) -> str:
        """Return what this process has said."""
        return (self.folder / "node.log").read_bytes()[self.log_begins :].decode()

    def children(self) -> list[int]:
        """Return its workers, by process id."""
        pid = self.process.pid
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@asynccontextmanager
async def running(
    folder: Path,
    port: int,
    *flags: str,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = LEGATION,
) -> AsyncIterator[RunningNode]:
    """Run a node that trusts Acme, until the block ends."""
    with (folder / "node.log").open("ab") as log:
        begins = log.tell()
        process = subprocess.Popen(
            [*command_of(folder, port, program), *flags],
            env={**environment_of(folder), **(environment or {})},
            stderr=log,
            stdout=log,
        )
    node = RunningNode(process, Client(port, f"localhost:{port}"), folder, port, begins)
    try:
        await _until_ready(node)
        yield node
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def command_of(folder: Path, port: int, program: Sequence[str] = LEGATION) -> list[str]:
    """Return the command of a node on this port, with its data in the folder."""
    trust = folder / "anchors.json"
    trust.write_text(json.dumps({"anchors": [{"issuer": ACME.did}]}), encoding="utf-8")
    at = ["--public-url", f"http://localhost:{port}", "--dangerously-allow-loopback"]
    return [
        *(sys.executable, *program, "serve"),
        *at,
        *("--data-dir", str(folder / "data"), "--trust-file", str(trust)),
    ]


def environment_of(folder: Path) -> dict[str, str]:
    """Return an environment that says nothing of other nodes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    return environment | {"XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT / "node")}


def within(
    folder: Path,
    act: Callable[[RunningNode], Awaitable[T]],
    *,
    port: int | None = None,
    flags: Sequence[str] = (),
    program: Sequence[str] = LEGATION,
) -> T:
    """Run a node and do something with it."""

    async def run() -> T:
        async with running(folder, port or free_port(), *flags, program=program) as node:
            return await act(node)

    return asyncio.run(run())


async def until(happens: Callable[[], object], *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Look again and again until something is so, or fail."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def lives(pid: int) -> bool:
    """Say whether a process is there, and not merely waiting to be told of."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        # its first thread may be gone before others, which hold its sockets
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return False
    return state != "Z" or threads > 1


async def _until_ready(node: RunningNode) -> None:
    await until(lambda: "ready at" in node.log() or node.process.poll() is not None)
    assert node.process.poll() is None, node.log()
