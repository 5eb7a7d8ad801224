"""A process that serves, started for a benchmark: when it answered, what it has cost since, and how large it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.chains import parties
from tests.bench.load import Burst, build_request, send_all
from tests.support.nodes import free_port

ROOT = Path(__file__).resolve().parents[2]
LEGATION = Path(sys.executable).with_name("legation")
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Cost:
    """What one burst of requests cost per request, in microseconds: wall time, and the processor's in the server.

    ``loop`` is the busiest thread of the busiest process, which alone bounds how much one worker can do. ``idle`` is
    the part of the time in which the workers had nothing to do, for want of requests or of a processor.
    """

    burst: Burst
    cpu: float
    loop: float
    idle: float

    @property
    def wall(self) -> float:
        """Microseconds from answer to answer."""
        return 1e6 / self.burst.rate


@dataclass(frozen=True)
class Served:
    """A process that listens, with those that it has started."""

    process: psutil.Process
    port: int
    host: str
    ready_seconds: float
    folder: Path
    workers: int = 1

    @property
    def token(self) -> str:
        """The operator's token."""
        return (self.folder / "operator-token").read_text(encoding="ascii").strip()

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the bytes of a request by its operator."""
        return build_request(method, path, body, host=self.host, token=self.token)

    def send(self, requests: Sequence[bytes], *, connections: int, status: int, marker: bytes = b"") -> Cost:
        """Send requests, and return what they cost."""
        before = self._threads()
        burst = send_all(self.port, requests, connections=connections, status=status, marker=marker)
        spent = {thread: used - before.get(thread, 0) for thread, used in self._threads().items()}
        count = len(burst.bodies)
        cpu = sum(spent.values())
        busiest = sorted(spent.values())[-self.workers :]
        idle = 1 - sum(busiest) / 1e9 / burst.seconds / self.workers
        return Cost(burst, cpu / count / 1000, sum(busiest) / count / 1000, idle)

    def memory(self) -> int:
        """Return the bytes that its processes have in memory, what they share counted once."""
        return sum(process.memory_full_info().pss for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def _threads(self) -> dict[tuple[int, int], int]:
        """Return the nanoseconds that each thread has run."""
        found = {}
        for process in self._processes():
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                found[process.pid, int(task.name)] = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        return found


@contextmanager
def serving_node(*, workers: int = 1, folder: Path | None = None, dev: bool = False) -> Iterator[Served]:
    """Run a node that trusts the first of the benchmarks' parties until the block ends, on new data or on a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        data, port = folder or Path(scratch) / "data", free_port()
        trust = Path(scratch) / "anchors.json"
        trust.write_text(f'{{"anchors": [{{"issuer": "{parties(1)[0].did}"}}]}}', encoding="utf-8")
        command = [str(LEGATION), "dev", "--port", str(port), "--data-dir", str(data)]
        if not dev:
            command = [str(LEGATION), "serve", "--dangerously-allow-loopback", "--data-dir", str(data)]
            command += ["--public-url", f"http://localhost:{port}", "--bind", f"127.0.0.1:{port}"]
            command += ["--workers", str(workers), "--trust-file", str(trust)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        with serving(command, port, data, workers=workers, environment={**inherited, "XDG_CONFIG_HOME": scratch}) as it:
            yield it


@contextmanager
def serving(
    command: Sequence[str], port: int, folder: Path, *, workers: int = 1, environment: dict[str, str] | None = None
) -> Iterator[Served]:
    """Run a process until the block ends; it is ready once it says so."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            while True:
                said = os.pread(log.fileno(), 1 << 20, 0)
                if b"ready at" in said:
                    break
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE_SECONDS:
                    raise RuntimeError(f"it did not start: {said.decode(errors='replace')}")
                time.sleep(0.005)
            seconds = time.perf_counter() - began
            yield Served(process, port, f"localhost:{port}", seconds, folder, workers)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
