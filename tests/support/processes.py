"""A node as a process: started, killed with all that it has started, stopped, and started again on the same data."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from tests.support.nodes import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass
class NodeProcess:
    """One node on a data folder: started, killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    public_port: int | None = None
    workers: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.public_port or self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.data / "operator-token").read_text(encoding="ascii").strip()

    def start(self) -> None:
        """Start it, and do not wait."""
        assert self.process is None or self.process.poll() is not None
        self.folder.mkdir(exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        inherited |= {"XDG_CONFIG_HOME": str(self.folder), "PYTHONPATH": str(ROOT / "node")}
        command = [sys.executable, "-m", "legation.cli.main", "serve", "--dangerously-allow-loopback"]
        command += ["--public-url", self.origin, "--bind", f"127.0.0.1:{self.port}", "--data-dir", str(self.data)]
        with (self.folder / "node.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self.workers)],
                env={**inherited, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def until_ready(self, *, seconds: float = START_SECONDS) -> float:
        """Wait until it says that it is ready, and return how long that took."""
        began = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            while time.monotonic() - began < seconds:
                assert self.process is not None
                assert self.process.poll() is None, self.log()[-4000:]
                with suppress(aiohttp.ClientError, OSError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                await asyncio.sleep(0.02)
        raise AssertionError(self.log()[-4000:])

    def tree(self) -> list[psutil.Process]:
        """Return all its processes, the first one first."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def kill(self) -> None:
        """End all its processes at once, as a machine does that loses its power."""
        if self.process is None:
            return
        _kill(self.tree())
        self.process.wait(10)

    def kill_first(self) -> None:
        """Kill the process that keeps the others, and wait until these have ended by themselves."""
        assert self.process is not None
        first, *others = self.tree()
        _kill([first])
        self.process.wait(10)
        _, left = psutil.wait_procs(others, timeout=20)
        assert not left

    def kill_one_worker(self) -> None:
        """Kill one of several workers: the others go on, and it is started again."""
        _kill([random.choice(self.tree()[1:])])

    def stop(self) -> float:
        """Tell it to end, and return how long that took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.log()[-4000:]
        return time.monotonic() - began

    def log(self) -> str:
        return (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    # one that a worker was just about to make would be missed: none of them makes any
    psutil.wait_procs(processes, timeout=10)


@asynccontextmanager
async def ready(node: NodeProcess) -> AsyncIterator[NodeProcess]:
    """Run a node until the block ends, unless it was ended before."""
    node.start()
    try:
        await node.until_ready()
        yield node
    finally:
        node.kill()
