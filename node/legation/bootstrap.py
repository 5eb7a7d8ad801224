"""The composition root: from settings to adapters, use cases and doors, up to a node that serves and ends in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from legation.adapters.askar.agents import AskarAgents
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.store import AskarStore
from legation.adapters.fetch import Fetcher
from legation.adapters.operator_token import ensure_operator_token
from legation.adapters.resolvers import NetworkResolver
from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.database import Database
from legation.adapters.system_clock import SystemClock
from legation.adapters.trust_file import read_trust_file
from legation.domain.agents import Agent
from legation.domain.trust import TrustAnchors
from legation.errors import ConflictError, NotFoundError, SettingsError
from legation.http.app import build_app
from legation.http.server import listen
from legation.http.services import Services
from legation.ports.resolver import DIDResolver
from legation.settings import Address, Settings
from legation.usecases.challenges import Challenges
from legation.usecases.hosting import Hosting, ensure_node
from legation.usecases.presentations import Presentations
from legation.usecases.verification import Policy, Verification

_DEFAULT_PORTS = {"http": 80, "https": 443}
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a node."""

    wallet: Path
    wallet_key: Path
    state: Path
    operator_token: Path

    @classmethod
    def of(cls, settings: Settings) -> Files:
        """Return where the settings put them."""
        folder = settings.data_dir
        key = settings.wallet_key_file or folder / "wallet.key"
        return cls(folder / "wallet.db", key, folder / "state.db", folder / "operator-token")

    def present(self) -> set[Path]:
        """Return those that are there."""
        return {path for path in (self.wallet_key, self.wallet, self.state, self.operator_token) if path.exists()}


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
        if self.settings.trust_file is None:
            told.append("no trust_file: this node accepts no root")
        wrote = ", ".join(f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})" for path in self.written)
        at = f"ready at {self.settings.public_url} (listening on {self.settings.address}) as {self.did}"
        return [*told, f"{at}; wrote {wrote}" if wrote else at]


def run_node(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then end in order, and return the exit status; a second signal ends at once.

    Raises:
        LegationError: the node cannot start: ``settings_invalid``, or a store that cannot be opened.
    """
    logging.basicConfig(level=logging.WARNING, format="legation: %(levelname)s %(name)s: %(message)s")
    with asyncio.Runner(loop_factory=_find_loop_factory()) as runner:
        try:
            runner.run(_serve_until_signal(settings))
        except asyncio.CancelledError:
            return _INTERRUPTED
    return 0


async def serve(settings: Settings, *, ready: Callable[[Ready], None], stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set; ``ready`` is called once the node answers.

    Raises:
        LegationError: the node cannot start.
    """
    files = Files.of(settings)
    before = files.present()
    async with _open_services(settings, files) as (services, node):
        app = build_app(services, hosts=host_names(settings.public_url, settings.address))
        async with listen(app, host=settings.address.host, port=settings.address.port):
            ready(Ready(settings, node.did, tuple(sorted(files.present() - before))))
            await stop.wait()


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
async def _open_services(settings: Settings, files: Files) -> AsyncIterator[tuple[Services, Agent]]:
    """Open every store, in an order in which the first refusal leaves the least behind."""
    trust = TrustAnchors() if settings.trust_file is None else read_trust_file(settings.trust_file)
    fetcher = Fetcher(
        dangerously_allow_loopback=settings.dangerously_allow_loopback,
        ca_file=settings.egress_ca_file,
        hosts=settings.egress_hosts,
    )
    _make_folder(settings.data_dir)
    clock = SystemClock()
    async with (
        fetcher,
        _open_agents(settings, files) as agents,
        Database.open(files.state) as database,
    ):
        node = await ensure_node(agents, public_url=settings.public_url)
        operator = ensure_operator_token(files.operator_token)
        names = frozenset({settings.public_url, node.did})
        policy = Policy(trust, domain=settings.public_url, names=names, max_age=settings.did_max_age)
        resolver: DIDResolver = NetworkResolver(fetcher, clock=clock)
        verification = Verification(policy, resolver=resolver)
        challenges = Challenges(SQLChallenges(database), clock, domain=settings.public_url)
        services = Services(
            Hosting(agents, node, public_url=settings.public_url),
            challenges,
            Presentations(verification, challenges, clock, names=names),
            verification,
            operator,
            clock,
        )
        yield services, node


@asynccontextmanager
async def _open_agents(settings: Settings, files: Files) -> AsyncIterator[AskarAgents]:
    # a key of a name that the operator gave is the operator's to make
    key = _read_wallet_key(files, may_make=settings.wallet_key_file is None)
    store = await AskarStore.open(files.wallet, key, create=True)
    agents = AskarAgents(store)
    try:
        yield agents
    finally:
        agents.forget()
        await store.close()


def _read_wallet_key(files: Files, *, may_make: bool) -> WalletKey:
    try:
        return WalletKey.raw_file(files.wallet_key)
    except NotFoundError as error:
        if not may_make or files.wallet.exists():
            raise SettingsError(
                f"the key of the wallet, {files.wallet_key}, is not there", fix="Restore it, or name the right file."
            ) from error
    with suppress(ConflictError):  # another process was first
        return WalletKey.create_raw_file(files.wallet_key)
    return WalletKey.raw_file(files.wallet_key)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"the data_dir {path} cannot be made") from error


async def _serve_until_signal(settings: Settings) -> None:
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    # Windows has no such handlers: there an interrupt ends the process
    for number in () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await serve(settings, ready=_announce, stop=stop)


def _announce(ready: Ready) -> None:
    for line in ready.lines():
        sys.stderr.write(f"legation: {line}\n")
    sys.stderr.flush()


def _find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop
