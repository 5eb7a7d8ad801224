"""Several processes as one node: the first prepares, starts the others, keeps them alive, and ends them in order."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from time import monotonic

from legation.bootstrap.files import Files
from legation.bootstrap.node import Ready, run_until_signal
from legation.bootstrap.service_manager import VARIABLE, notify
from legation.bootstrap.start import prepare, take_folder
from legation.bootstrap.stores import open_stores
from legation.errors import SettingsError, UnavailableError
from legation.http.metrics import forget_process
from legation.settings import Address, Settings, dump_settings

_log = logging.getLogger("legation.workers")
_FIGURES = "figures"
# what runs in a worker: the path of modules first, as this process may have one of its own
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from legation.bootstrap.worker import main; sys.exit(main())"
)
_READY = b"ready\n"
_END_SECONDS = 19.0
_QUICK_SECONDS = 10.0
_MAX_QUICK_ENDS = 5
_FIRST_PAUSE_SECONDS = 0.25


def run_workers(settings: Settings) -> int:
    """Serve with as many workers as the settings have, until a signal; return the exit status.

    Raises:
        LegationError: the node cannot start, or its workers end again and again.
    """
    lock = take_folder(settings)
    try:
        return run_until_signal(lambda stop: _run(settings, lock.descriptor, stop))
    finally:
        lock.release()


async def _run(settings: Settings, lock: int, stop: asyncio.Event) -> None:
    written = Files.of(settings)
    before = written.present()
    with _reserve(settings.address):
        async with open_stores(settings) as stores:
            did = await prepare(settings, stores)
        ready = Ready(settings, did, tuple(sorted(written.present() - before)))
        figures = _empty_folder(settings.data_dir / _FIGURES)
        workers = [_Worker(settings, number, figures, lock) for number in range(settings.workers)]
        await _supervise(workers, ready, stop)


async def _supervise(workers: list[_Worker], ready: Ready, stop: asyncio.Event) -> None:
    keeping = [asyncio.create_task(worker.keep()) for worker in workers]
    telling = asyncio.create_task(_tell(workers, ready))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*keeping, stopping], return_when=asyncio.FIRST_COMPLETED)
        notify("STOPPING=1")
        for worker in workers:
            worker.end()
        await asyncio.wait(keeping, timeout=_END_SECONDS)
    finally:
        telling.cancel()
        stopping.cancel()
        for worker in workers:
            worker.kill()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(keeping, timeout=1)
    for task in keeping:
        if task.done():
            task.result()


async def _tell(workers: list[_Worker], ready: Ready) -> None:
    for worker in workers:
        await worker.answers.wait()
    ready.announce()


class _Worker:
    """One of the processes, started again when it ends before its time."""

    def __init__(self, settings: Settings, number: int, figures: Path, lock: int):
        self._told = [json.dumps(sys.path), json.dumps({"number": number, "figures": str(figures)})]
        self._settings = settings
        self._number = number
        self._figures = figures
        self._lock = lock
        self._process: Process | None = None
        self._ending = False
        self.answers = asyncio.Event()

    async def keep(self) -> None:
        """Run the process until :meth:`end`. Raises UnavailableError where it ends quickly, again and again."""
        quick = 0
        while True:
            began = monotonic()
            status = await self._live()
            if self._ending:
                return
            quick = quick + 1 if monotonic() - began < _QUICK_SECONDS else 1
            _log.warning("worker %d ended with status %s", self._number, status)
            # one that never answered has told why
            if quick >= _MAX_QUICK_ENDS or not self.answers.is_set():
                raise UnavailableError("the workers of this node do not stay alive", fix="Look at the log.")
            await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**quick)

    def end(self) -> None:
        """Let it finish what is under way and end."""
        self._ending = True
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._ending = True
        self._send(signal.SIGKILL)

    async def _live(self) -> int:
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-c", _PROGRAM),
            stdin=PIPE,
            stdout=PIPE,
            env={name: value for name, value in os.environ.items() if name != VARIABLE},
            pass_fds=(self._lock,),
            # a terminal's interrupt is for this process, which tells the others
            start_new_session=True,
        )
        if self._ending:
            self._send(signal.SIGTERM)
        if process.stdin is not None and process.stdout is not None:
            # its end stays open: where this process vanishes, the worker sees that
            with suppress(ConnectionError):
                process.stdin.write("\n".join([*self._told, dump_settings(self._settings), ""]).encode())
                await process.stdin.drain()
            if await process.stdout.readline() == _READY:
                self.answers.set()
                _log.info("worker %d answers", self._number)
        status = await process.wait()
        forget_process(self._figures, process.pid)
        return status

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


def _reserve(address: Address) -> socket.socket:
    """Keep the address for the workers of this node; without listening nothing is answered there.

    Raises:
        SettingsError: somebody else has it.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        # first alone, as a shared port is shared with whoever asks
        with socket.socket(family) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        reserved = socket.socket(family)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(address)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {address}: {error.strerror}", fix="Give another bind, or stop what is there."
        ) from error
    return reserved


def _empty_folder(path: Path) -> Path:
    try:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise SettingsError(f"the folder {path} cannot be made") from error
    return path
