"""A node's stores out of a backup: checked beside their place, and there whole or not at all."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from legation.adapters.private_files import publish_private
from legation.adapters.sql.copying import copy_state
from legation.adapters.sql.migrations import find_status
from legation.adapters.system_clock import SystemClock
from legation.domain.callers import LOCAL, Scope
from legation.domain.hosted_agents import NODE_NAME, HostedAgent, Life
from legation.domain.pages import MAX_PAGE, PageRequest
from legation.errors import ConflictError, FullError, NotFoundError, SettingsError, WalletError
from legation.maintenance import manifests
from legation.maintenance.manifests import STATE, WALLET, Manifest, Tell
from legation.maintenance.stores import COMPANIONS, Places, check_closed, open_state, open_vault, sqlite_url
from legation.ports.state import AgentFilter, Records, State
from legation.ports.vault import Vault
from legation.usecases.audit_trail import done
from legation.usecases.recovery import recover

if TYPE_CHECKING:
    from legation.adapters.askar.key import WalletKey
    from legation.settings import Settings


@dataclass(frozen=True, slots=True)
class Restored:
    """A node that is back: its manifest, and how much was left half done between its stores, and is in order now."""

    manifest: Manifest
    recovered: int


async def restore(settings: Settings, source: Path, *, tell: Tell) -> Restored:
    """Put the stores of a backup where the settings want them.

    Both are copied beside their place, checked against the manifest and each other, and opened with the wallet's key,
    which has to be there already; only then they get their names.

    Raises:
        ConflictError: there is a wallet or a state already.
        NotFoundError: there is no backup.
        LegationError: ``backup_unusable``.
        WalletError: ``wallet_key_wrong``: the key is another wallet's.
        SettingsError: the key is not there, or a node is at work in the data folder.
        FullError: there is no room.
    """
    manifest = manifests.read_manifest(source)
    places = Places.of(settings)
    _make_folder(places.folder)
    key = places.read_key()
    with places.alone():
        await _check_empty(places, key)
        staging = Path(tempfile.mkdtemp(prefix=".restore-", dir=places.folder))
        try:
            for name, digest in manifest.files.items():
                (staging / name).touch(mode=0o600, exist_ok=False)
                await asyncio.to_thread(manifests.copy_checked, source / name, staging / name, digest, tell)
            recovered = await _check(staging, key, manifest, source.name)
            check_closed(staging / WALLET, staging / STATE)
            await _put(staging, places, key, tell)
        except OSError as error:
            raise FullError(f"the backup cannot be put into {places.folder}", fix="Make room there.") from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Restored(manifest, recovered)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"the data_dir {folder} cannot be made") from error


async def _check_empty(places: Places, key: WalletKey) -> None:
    """Refuse to write over anything."""
    for file in (places.wallet_file, places.state_file):
        if file is not None and any(file.with_name(file.name + end).exists() for end in ("", *COMPANIONS)):
            raise ConflictError(f"there is a file {file} already", fix="Restore into an empty data_dir.")
    if places.state_file is None and (await find_status(places.state)).current:
        raise ConflictError("the database of database_url is not empty", fix="Restore into an empty one.")
    if places.wallet_file is None and await _is_taken(places.wallet, key):
        raise ConflictError("the database of wallet_url holds a wallet", fix="Restore into an empty one.")


async def _is_taken(place: Path | str, key: WalletKey) -> bool:
    try:
        async with open_vault(place, key):
            return True
    except NotFoundError:
        return False
    except WalletError:
        # a wallet of another key, or something else: not ours to fill
        return True


async def _check(staging: Path, key: WalletKey, manifest: Manifest, name: str) -> int:
    """See that the two stores are one node's and fit together, and write the act down in the one that will be."""
    clock = SystemClock()
    async with open_vault(staging / WALLET, key) as vault, open_state(sqlite_url(staging / STATE)) as state:
        try:
            node = await state.look(lambda records: records.agents.get(Scope(), NODE_NAME))
        except NotFoundError as error:
            raise manifests.unusable("its state is of no node") from error
        if node.did != manifest.did:
            raise manifests.unusable("its state is of another node than it says")
        recovered = await recover(state, vault, clock, older_than=timedelta(0))
        await _check_keys(state, vault, node)

        async def work(records: Records) -> None:
            await records.audit.add(done(clock.now(), LOCAL, "backup.restore", name, owner=None))

        await state.change(work)
    return recovered


async def _check_keys(state: State, vault: Vault, node: HostedAgent) -> None:
    """See that the wallet has the keys of the node, and of the first of its agents."""
    where, page = AgentFilter(life=Life.ACTIVE), PageRequest(limit=MAX_PAGE)
    found = await state.look(lambda records: records.agents.list_page(Scope(), where, page))
    for agent in (node, *found.items):
        held = await vault.find_keys(agent.id)
        if held is None or not agent.held_here() <= held:
            raise manifests.unusable(f"its wallet lacks keys of the agent {agent.name}")


async def _put(staging: Path, places: Places, key: WalletKey, tell: Tell) -> None:
    # the wallet first: a state without its wallet would look like a node that lost its keys
    if isinstance(places.wallet, str):
        async with open_vault(staging / WALLET, key) as vault:
            await vault.copy_into(places.wallet, key)
    else:
        publish_private(staging / WALLET, places.wallet)
    if places.state_file is None:
        await copy_state(sqlite_url(staging / STATE), places.state, tell=tell)
    else:
        publish_private(staging / STATE, places.state_file)
