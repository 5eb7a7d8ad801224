"""One process of a node: it opens the stores, answers until it is told to end, and ends in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from legation.adapters.fetch import Fetcher
from legation.bootstrap.composition import build_services
from legation.bootstrap.files import Files
from legation.bootstrap.maintenance import maintaining
from legation.bootstrap.readiness import Readiness
from legation.bootstrap.service_manager import notify
from legation.bootstrap.start import check_files, prepare, raise_file_limit, read_anchors, take_folder
from legation.bootstrap.stores import Stores, open_stores
from legation.bootstrap.tls import build_tls
from legation.http.app import build_app
from legation.http.logs import log_loop_error
from legation.http.metrics import Metrics
from legation.http.server import Limits, listen
from legation.http.services import Services
from legation.settings import Address, Settings

_log = logging.getLogger("legation.node")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_INTERRUPTED = 130
# how long /readyz says so before new connections are refused
_NOTICE_SECONDS = 0.5
_GIVE_UP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ready:
    """A node that answers: where, as whom, and which files it wrote at this start."""

    settings: Settings
    did: str
    written: tuple[Path, ...]

    def lines(self) -> list[str]:
        """Return what an operator is told, the line that says that it is ready last."""
        told = []
        if self.settings.dangerously_allow_loopback:
            told.append("DANGER: dangerously_allow_loopback is on: plain http, and fetching from this machine")
        if self.settings.dangerously_now is not None:
            began = self.settings.dangerously_now.isoformat()
            told.append(f"DANGER: dangerously_now is set: the node's clock began at {began}, whatever time it is")
        if self.settings.trust_file is None:
            told.append("no trust_file: this node accepts no root but those that are added to it")
        wrote = ", ".join(f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})" for path in self.written)
        at = f"ready at {self.settings.public_url} (listening on {self.settings.address}) as {self.did}"
        return [*told, f"{at}; wrote {wrote}" if wrote else at]

    def announce(self) -> None:
        """Tell the log and the service manager."""
        for line in self.lines():
            _log.warning("%s", line) if line.startswith("DANGER") else _log.info("%s", line)
        notify("READY=1")


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does of a node: whether it maintains the stores, and where workers share their figures."""

    maintains: bool = True
    figures: Path | None = None
    shared: bool = False


def run_until_signal(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> int:
    """Run ``work`` with an event that the first signal sets; the second cancels it. Return the exit status."""
    with asyncio.Runner(loop_factory=_find_loop_factory()) as runner:
        runner.get_loop().set_exception_handler(log_loop_error)
        try:
            runner.run(_with_signals(work))
        except asyncio.CancelledError:
            return _INTERRUPTED
    return 0


async def serve(settings: Settings, *, ready: Callable[[Ready], None], stop: asyncio.Event) -> None:
    """Serve in this process alone until ``stop`` is set; ``ready`` is called once the node answers.

    Raises:
        LegationError: the node cannot start.
    """
    check_files(settings)
    written = Files.of(settings)
    before = written.present()
    lock = take_folder(settings)
    try:
        async with open_stores(settings) as stores:
            did = await prepare(settings, stores)

            def tell() -> None:
                ready(Ready(settings, did, tuple(sorted(written.present() - before))))

            await serve_part(settings, stores, Part(), ready=tell, stop=stop)
    finally:
        lock.release()


async def serve_part(
    settings: Settings, stores: Stores, part: Part, *, ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Answer in this process until ``stop`` is set; ``ready`` is called once it does.

    Raises:
        SettingsError: the address cannot be bound.
    """
    raise_file_limit()
    address = settings.address
    async with _services(settings, stores, Metrics(part.figures)) as (services, readiness):
        app = build_app(services, hosts=host_names(settings.public_url, address))
        work = maintaining(stores, Files.of(settings).clock) if part.maintains else nullcontext()
        serving = listen(
            app, host=address.host, port=address.port, limits=Limits(), tls=build_tls(settings), shared=part.shared
        )
        async with work, serving:
            ready()
            await stop.wait()
            readiness.ending = True
            notify("STOPPING=1")
            await asyncio.sleep(_NOTICE_SECONDS)


def host_names(public_url: str, address: Address) -> frozenset[str]:
    """Return the values of ``Host`` that name this node: its public one, and the address that it listens on."""
    public = urlsplit(public_url)
    names = {public.netloc, str(address)}
    if public.port is None:
        names.add(f"{public.netloc}:{_DEFAULT_PORTS[public.scheme]}")
    if address.host in ("127.0.0.1", "::1"):
        names.add(f"localhost:{address.port}")
    return frozenset(names)


@asynccontextmanager
async def _services(settings: Settings, stores: Stores, metrics: Metrics) -> AsyncIterator[tuple[Services, Readiness]]:
    fetcher = Fetcher(
        dangerously_allow_loopback=settings.dangerously_allow_loopback,
        ca_file=settings.egress_ca_file,
        hosts=settings.egress_hosts,
    )
    async with fetcher:
        yield build_services(settings, stores, anchors=read_anchors(settings), fetcher=fetcher, metrics=metrics)


async def _with_signals(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        if stop.is_set():
            give_up()
        stop.set()

    def give_up() -> None:
        # again and again, as an end in order waits at more than one place
        if task is not None and not task.done():
            task.cancel()
            loop.call_later(_GIVE_UP_SECONDS, give_up)

    # Windows has no such handlers: there an interrupt ends the process
    for number in () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await work(stop)


def _find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop
