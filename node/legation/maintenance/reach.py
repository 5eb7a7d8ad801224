"""Whether a node is where its settings say: its port, and its DID as others resolve it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from legation.adapters.fetch import Fetcher
from legation.adapters.folder_lock import FolderLock
from legation.adapters.resolvers import NetworkResolver
from legation.adapters.system_clock import SystemClock
from legation.errors import LegationError, SettingsError
from legation.maintenance.findings import Finding, fail, ok, warn
from legation.standards.did.web import build_did_web

if TYPE_CHECKING:
    from legation.settings import Settings

_PATIENCE_SECONDS = 3


async def diagnose_reach(settings: Settings, document: Mapping[str, object] | None) -> AsyncIterator[Finding]:
    """Look at a node from outside; ``document`` is its DID document as the state has it, where it is known."""
    runs, answers = _is_at_work(settings), await _answers(settings)
    yield _look_at_port(settings, runs=runs, answers=answers)
    if runs is not False and answers:
        yield await _look_at_document(settings, document)


def _look_at_port(settings: Settings, *, runs: bool | None, answers: bool) -> Finding:
    check, address = "port", settings.address
    if answers and runs is False:
        return fail(check, f"another program answers at {address}", "Stop it, or give the node another --bind.")
    if answers:
        return ok(check, f"the node answers at {address}")
    if runs:
        return fail(check, f"the node runs, and does not answer at {address}", "Look into its log, or start it again.")
    return ok(check, f"{address} is free: no node runs")


async def _look_at_document(settings: Settings, document: Mapping[str, object] | None) -> Finding:
    check, did = "public URL", build_did_web(settings.public_url)
    try:
        async with Fetcher(
            dangerously_allow_loopback=settings.dangerously_allow_loopback,
            ca_file=settings.egress_ca_file,
            hosts=settings.egress_hosts,
        ) as fetcher:
            found = await NetworkResolver(fetcher, clock=SystemClock()).resolve(did, max_age=timedelta(0))
    except LegationError as error:
        fix = error.fix or f"See that {settings.public_url} leads to this node, also for others."
        return warn(check, f"{did} cannot be resolved from here: {error.detail}", fix)
    if document is not None and found.raw != document:
        return fail(check, f"{did} resolves to the document of another node", "Let public_url lead to this node.")
    return ok(check, f"{did} resolves to this node")


def _is_at_work(settings: Settings) -> bool | None:
    """Say whether a node has the data folder, None where that cannot be known."""
    if settings.database_url is not None:
        return None
    if not (settings.data_dir / "lock").exists():
        return False
    try:
        FolderLock.take(settings.data_dir).release()
    except SettingsError:
        return True
    return False


async def _answers(settings: Settings) -> bool:
    host, port = settings.address
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
