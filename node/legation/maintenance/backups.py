"""A backup of a node, running or not: both stores as of one moment, in a folder that is there whole or not at all."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from legation.adapters.private_files import write_private
from legation.adapters.sql.copying import copy_state
from legation.adapters.sql.migrations import find_status
from legation.domain.callers import LOCAL, Scope
from legation.domain.hosted_agents import NODE_NAME, HostedAgent
from legation.errors import ConflictError, FullError, NotFoundError, SettingsError
from legation.maintenance import manifests
from legation.maintenance.manifests import STATE, WALLET, Digest, Manifest, Tell
from legation.maintenance.stores import Places, check_closed, finish_rekeying, open_state, sqlite_url
from legation.ports.state import Records
from legation.standards.did.web import did_web_url, is_loopback_did_web
from legation.standards.timestamps import format_timestamp
from legation.usecases.audit_trail import done

if TYPE_CHECKING:
    from legation.settings import Settings


async def back_up(settings: Settings, target: Path, *, tell: Tell, version: str) -> Manifest:
    """Copy a node's stores into the new folder ``target``, and return what it says of itself.

    The node may run: who writes waits while its wallet is copied. The wallet's key is not in the backup. ``tell`` is
    told what is done, of how much; ``version`` is that of this program.

    Raises:
        ConflictError: there is something under that name.
        NotFoundError: the node has no stores.
        FullError: there is no room.
        SettingsError: the key is not there, the state is of an older version, or no folder can be made.
        WalletError, UnavailableError: as the stores.
    """
    places = Places.of(settings)
    target = _check_free(target)
    places.check_there()
    await _check_version(places)
    pending = _make_folder(target)
    try:
        async with finish_rekeying(places) as vault:
            key = places.read_key()
            counts = await copy_state(
                places.state,
                sqlite_url(pending / STATE),
                tell=tell,
                while_held=lambda: vault.copy_to(pending / WALLET, key),
            )
        node = await _find_node(pending / STATE)
        check_closed(pending / WALLET, pending / STATE)
        files = {name: await asyncio.to_thread(manifests.digest_file, pending / name, tell) for name in (WALLET, STATE)}
        now = places.clock().now()
        manifest = _describe(node, counts, files, now, version)
        write_private(pending / manifests.NAME, manifest.to_bytes())
        async with open_state(places.state) as state:

            async def work(records: Records) -> None:
                await records.audit.add(done(now, LOCAL, "backup.create", target.name, owner=None))

            await state.change(work)
        _publish(pending, target)
    except OSError as error:
        raise FullError(f"the backup cannot be written in {target.parent}", fix="Make room there.") from error
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    return manifest


def origin_of(did: str) -> str:
    """Return the origin whose did:web this is. Raises ResolutionError."""
    authority = did_web_url(did).split("/")[2]
    return f"{'http' if is_loopback_did_web(did) else 'https'}://{authority}"


async def _find_node(state_file: Path) -> HostedAgent:
    async def work(records: Records) -> HostedAgent:
        return await records.agents.get(Scope(), NODE_NAME)

    async with open_state(sqlite_url(state_file)) as state:
        try:
            return await state.look(work)
        except NotFoundError as error:
            raise NotFoundError("the state is of no node: no node was ever started on it") from error


def _describe(
    node: HostedAgent, counts: dict[str, int], files: dict[str, Digest], now: datetime, version: str
) -> Manifest:
    return Manifest(version, format_timestamp(now), node.did, origin_of(node.did), counts, files)


async def _check_version(places: Places) -> None:
    """Refuse to copy what the copying would have to migrate: a backup is taken before that."""
    if not (await find_status(places.state)).is_newest:
        raise SettingsError(
            "the state is of an older version of legation",
            fix="Back it up with that version, or bring it to this one first: legation migrate.",
        )


def _check_free(target: Path) -> Path:
    target = Path(os.path.abspath(target))
    if os.path.lexists(target):
        raise ConflictError(f"there is something at {target} already", fix="Name a new folder.")
    return target


def _make_folder(target: Path) -> Path:
    pending = target.with_name(f".{target.name}.{token_hex(8)}.new")
    try:
        pending.mkdir(mode=0o700)
    except OSError as error:
        raise SettingsError(f"no folder can be made in {target.parent}", fix="Name another place.") from error
    return pending


def _publish(pending: Path, target: Path) -> None:
    """Give the folder its name, durably, with all that is in it."""
    _keep(pending)
    os.rename(pending, target)
    _keep(target.parent)


def _keep(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
