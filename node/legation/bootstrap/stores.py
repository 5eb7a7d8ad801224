"""The stores of a node, opened in an order in which the first refusal leaves the least behind, and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from legation.adapters.askar.key_file import open_with_key_file
from legation.adapters.askar.vault import AskarVault
from legation.adapters.sql.database import Database
from legation.adapters.sql.state import SQLState
from legation.adapters.system_clock import MovedClock, SystemClock, read_mark
from legation.bootstrap.files import Files, read_wallet_key
from legation.settings import Settings


@dataclass(frozen=True, slots=True)
class Stores:
    """What a node keeps, and its clock."""

    database: Database
    state: SQLState
    vault: AskarVault
    clock: SystemClock | MovedClock


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Open the wallet and the state of a node, for ``async with``; they are made where there are none.

    Raises:
        SettingsError: a file cannot be used, or the state is of another version.
        WalletError: the wallet's key does not open it.
        UnavailableError: a store does not answer.
    """
    files = Files.of(settings)
    clock = _build_clock(settings, files)
    url = settings.wallet_url
    place = files.wallet if url is None else url.get_secret_value()
    async with Database.open(_state_url(settings, files)) as database:
        # finishes a change of the key that was cut off
        vault = await open_with_key_file(
            files.wallet_key,
            lambda key: AskarVault.open(place, key, create=True),
            # a key of a name that the operator gave is the operator's to make
            read=lambda _: read_wallet_key(files, may_make=settings.wallet_key_file is None),
        )
        try:
            yield Stores(database, SQLState(database), vault, clock)
        finally:
            await vault.close()


def _build_clock(settings: Settings, files: Files) -> SystemClock | MovedClock:
    if settings.dangerously_now is not None:
        return MovedClock(settings.dangerously_now)
    return SystemClock(not_before=read_mark(files.clock))


def _state_url(settings: Settings, files: Files) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{files.state.absolute()}"
