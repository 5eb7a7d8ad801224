"""What ails a node, as its own machine sees it: one finding for each thing, with what to do, and no key material."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from legation.adapters.askar.key_file import next_key_file
from legation.adapters.private_files import check_private, check_private_store, read_private
from legation.adapters.sql.migrations import find_status
from legation.adapters.system_clock import SystemClock, read_mark
from legation.domain.callers import Scope
from legation.domain.hosted_agents import NODE_NAME, HostedAgent
from legation.domain.operators import OperatorToken
from legation.domain.pages import PageRequest
from legation.errors import LegationError, MalformedError, NotFoundError, SettingsError
from legation.maintenance.findings import Finding, Grade, fail, failed, ok, warn
from legation.maintenance.reach import diagnose_reach
from legation.maintenance.stores import Places, open_state, open_vault
from legation.ports.state import AuditFilter, Records, State
from legation.standards.did.web import build_did_web
from legation.usecases.hosting import Hosting

if TYPE_CHECKING:
    from legation.settings import Settings

_MAX_TOKEN_BYTES = 4096
_EXTRAS = {"postgres": "asyncpg", "otel": "opentelemetry"}
_STALE = timedelta(seconds=60)
_LITTLE_ROOM_BYTES = 256 * 1024 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


async def diagnose(settings: Settings) -> AsyncIterator[Finding]:
    """Look at a node's folder, files and stores, one thing after another. It changes nothing."""
    places = Places.of(settings)
    if settings.dangerously_allow_loopback:
        yield warn(
            "settings", "dangerously_allow_loopback is on", "Leave it out where this is no machine for development."
        )
    yield _look_at_folder(places.folder)
    yield _look_at_room(places.folder)
    for finding in _look_at_extras(settings):
        yield finding
    key = _try("wallet key", lambda: check_private(places.wallet_key), f"{places.wallet_key} is its owner's alone")
    yield key
    yield _look_at_rekeying(places.wallet_key)
    state = await _look_at_tables(places)
    yield state
    documents: list[dict[str, object]] = []
    if Grade.FAIL not in (key.grade, state.grade):
        async for finding in _look_into(places, settings, documents):
            yield finding
    async for finding in diagnose_reach(settings, documents[0] if documents else None):
        yield finding


def _look_at_folder(folder: Path) -> Finding:
    check = "data folder"
    try:
        status = folder.stat()
    except OSError:
        return fail(check, f"{folder} is not there", "Name the data_dir of a node, or start one: legation serve.")
    if os.name == "posix" and status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        return warn(check, f"others may look into {folder} (mode {mode:04o})", f"Run: chmod 700 {folder}")
    return ok(check, f"{folder} is its owner's alone")


def _look_at_room(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return warn("disk", f"nobody can say how much room {folder} has", "See that the folder is there.")
    if free < _LITTLE_ROOM_BYTES:
        return warn("disk", f"{free // 1024**2} MiB are left", "Make room: a full disk stops every change.")
    return ok("disk", f"{free // 1024**2} MiB are left")


def _look_at_extras(settings: Settings) -> list[Finding]:
    if settings.database_url is not None and find_spec("asyncpg") is None:
        return [fail("extras", "database_url needs the extra postgres", 'Install it: pip install "legation[postgres]"')]
    installed = [name for name, module in _EXTRAS.items() if find_spec(module) is not None]
    return [ok("extras", ", ".join(installed) or "none is installed, and none is needed")]


def _look_at_rekeying(key_file: Path) -> Finding:
    pending = next_key_file(key_file)
    if pending.exists():
        fix = "Start the node, which ends it, or run again: legation wallet rekey."
        return warn("new wallet key", f"{pending} is there: a rekey was cut off", fix)
    return ok("new wallet key", "no rekey was cut off")


async def _look_at_tables(places: Places) -> Finding:
    check, file = "state", places.state_file
    try:
        if file is not None:
            check_private_store(file)
        status = await find_status(places.state)
    except LegationError as error:
        return failed(check, error)
    if status.current == 0:
        return fail(check, "there are no tables yet", "Start the node once: legation serve.")
    if not status.is_newest:
        detail = f"its tables are of version {status.current}, this program's of {status.newest}"
        return fail(check, detail, "Run: legation migrate (after a backup).")
    return ok(check, f"its tables are of version {status.current}, as this program's")


async def _look_into(places: Places, settings: Settings, documents: list[dict[str, object]]) -> AsyncIterator[Finding]:
    """Open both stores, and see that they are one node's; its DID document is added to ``documents``."""
    async with AsyncExitStack() as stack:
        try:
            vault = await stack.enter_async_context(open_vault(places.wallet, places.read_key()))
        except LegationError as error:
            yield failed("wallet", error)
            return
        yield ok("wallet", "it opens with its key")
        try:
            state = await stack.enter_async_context(open_state(places.state))
            node = await state.look(lambda records: records.agents.get(Scope(), NODE_NAME))
            yield _compare(node, settings.public_url)
            documents.append(await Hosting(state, public_url=settings.public_url).node_document())
            held = await vault.find_keys(node.id)
            lacking = node.held_here() - (held or frozenset())
            if lacking:
                yield fail(
                    "node's keys", f"the wallet lacks {len(lacking)} of them", "Restore a backup of both stores."
                )
            else:
                yield ok("node's keys", f"all {len(node.held_here())} are in the wallet")
            yield await _look_at_intents(state)
            yield await _look_at_clock(state, read_mark(places.folder / "clock"))
            yield await _look_at_token(places.folder / "operator-token", state)
        except NotFoundError:
            yield fail("node", "no node was ever started on this state", "Start it once: legation serve.")
        except LegationError as error:
            yield failed("state", error)


def _compare(node: HostedAgent, public_url: str) -> Finding:
    if node.did != build_did_web(public_url):
        return fail("node", f"it is {node.did}, and public_url is {public_url}", "Give the public_url of that node.")
    return ok("node", f"it is {node.did}")


async def _look_at_intents(state: State) -> Finding:
    before = SystemClock().now() - _STALE
    left = await state.look(lambda records: records.intents.list_before(before))
    if left:
        detail = f"{len(left)} changes between state and wallet are half done since {left[0].at:%Y-%m-%d %H:%M} UTC"
        return warn("recovery", detail, "A running node ends them in a minute; else start it.")
    return ok("recovery", "nothing is half done between state and wallet")


async def _look_at_clock(state: State, mark: datetime | None) -> Finding:
    now = datetime.now(UTC)
    page = await state.look(lambda records: records.audit.list_page(Scope(), AuditFilter(), PageRequest(limit=1)))
    passed = [entry.at for entry in page.items] + ([] if mark is None else [mark])
    if passed and max(passed) > now + _STALE:
        detail = f"it says {now:%Y-%m-%d %H:%M} UTC, and the node was at work at {max(passed):%Y-%m-%d %H:%M} UTC"
        return fail("clock", detail, "Set this machine's clock.")
    return ok("clock", f"it says {now:%Y-%m-%d %H:%M:%S} UTC")


async def _look_at_token(path: Path, state: State) -> Finding:
    check = "operator token"
    try:
        text = read_private(path, max_bytes=_MAX_TOKEN_BYTES).decode("ascii").strip()
        digest = OperatorToken.parse(text).digest
    except NotFoundError:
        return warn(check, f"{path} is not there", "That is well where its holder keeps it elsewhere.")
    except SettingsError as error:
        return failed(check, error)
    except (MalformedError, UnicodeDecodeError):
        return fail(check, f"{path} holds no token", f"Remove it: rm {path}")

    async def work(records: Records) -> bool:
        return await records.operators.find_by_token(digest) is not None

    if not await state.look(work):
        return warn(check, f"{path} holds a token that the node does not know, or no longer", f"Remove it: rm {path}")
    return ok(check, f"{path} is its owner's alone, and serves")


def _try(check: str, look: Callable[[], object], detail: str) -> Finding:
    try:
        look()
    except LegationError as error:
        return failed(check, error)
    return ok(check, detail)
