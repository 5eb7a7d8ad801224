"""A new key for a wallet, an agent owner's or a node's: one of two files opens it whenever the power goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.key_file import next_key_file, open_with_key_file, rotate_key_file
from legation.adapters.askar.store import AskarStore
from legation.adapters.private_files import replace_private
from legation.domain.agent_keys import NODE_ID
from legation.domain.callers import LOCAL
from legation.errors import ConflictError, NotFoundError
from legation.maintenance.stores import Places, finish_rekeying, open_state
from legation.ports.state import Records
from legation.usecases.audit_trail import done

if TYPE_CHECKING:
    from legation.settings import Settings


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file with a wallet's key, and how it is read."""

    path: Path
    read: Callable[[Path], WalletKey]


async def rekey_wallet(wallet: Path, current: KeyFile, new: KeyFile | None = None) -> Path:
    """Give the wallet of an owner of agents another key, and return the file that holds it.

    Without ``new`` a raw key is made, and takes the place of the current one in its file once it opens the wallet.
    Where that was cut off, this ends it, and makes one more.

    Raises:
        NotFoundError: there is no such wallet, or no such key.
        WalletError: ``wallet_key_wrong``, ``wallet_unreadable``.
        SettingsError: a key file cannot be used, or none can be made beside the wallet's.
    """
    # read first: what cannot be read opens nothing
    chosen = None if new is None else new.read(new.path)
    store = await open_with_key_file(
        current.path, lambda key: AskarStore.open(wallet, key, create=False), read=current.read
    )
    try:
        if new is not None and chosen is not None:
            await store.rekey(chosen)
            return new.path
        pending = next_key_file(current.path)
        with suppress(ConflictError):
            WalletKey.create_raw_file(pending)
        await store.rekey(WalletKey.raw_file(pending))
    finally:
        await store.close()
    replace_private(pending, current.path)
    return current.path


async def rekey_node(settings: Settings) -> Path:
    """Give a node's wallet a new raw key, in the place of the old one, and return its file.

    Raises:
        NotFoundError: there is no node in the data folder.
        SettingsError: one is at work in it. Else as :func:`rekey_wallet`.
    """
    places = Places.of(settings)
    async with AsyncExitStack() as stack:
        places.check_there()
        stack.enter_context(places.alone())
        # opened first: an act that cannot be recorded is not begun
        state = await stack.enter_async_context(open_state(places.state))
        vault = await stack.enter_async_context(finish_rekeying(places))
        if await vault.find_keys(NODE_ID) is None:
            # a wallet of another kind keeps things where a node's has nothing, and a rekey as a node's destroys them
            raise NotFoundError("this is not the wallet of a node", fix="Name it with --wallet.")
        await rotate_key_file(vault, places.wallet_key)
        now = places.clock().now()

        async def work(records: Records) -> None:
            await records.audit.add(done(now, LOCAL, "wallet.rekey", "wallet", owner=None))

        await state.change(work)
    return places.wallet_key
