"""The stores of a node as its settings name them, opened in place, and a node kept out of them meanwhile."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.key_file import open_with_key_file
from legation.adapters.askar.vault import AskarVault
from legation.adapters.folder_lock import FolderLock
from legation.adapters.sql.database import Database
from legation.adapters.sql.state import SQLState
from legation.adapters.system_clock import SystemClock, read_mark
from legation.errors import NotFoundError, SettingsError, UnavailableError

if TYPE_CHECKING:
    from legation.settings import Settings

# what SQLite puts beside a database while it is open
COMPANIONS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a node keeps what: a path for a file, a URL for PostgreSQL; no text of it shows a URL, or its password."""

    folder: Path
    wallet: Path | str
    wallet_key: Path
    state: str

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return where the settings put a node's stores."""
        folder = Path(os.path.abspath(settings.data_dir))
        wallet_url, database_url = settings.wallet_url, settings.database_url
        return cls(
            folder,
            folder / "wallet.db" if wallet_url is None else wallet_url.get_secret_value(),
            settings.wallet_key_file or folder / "wallet.key",
            sqlite_url(folder / "state.db") if database_url is None else database_url.get_secret_value(),
        )

    @property
    def wallet_file(self) -> Path | None:
        """The wallet's file, None where it is in PostgreSQL."""
        return self.wallet if isinstance(self.wallet, Path) else None

    @property
    def state_file(self) -> Path | None:
        """The state's file, None where it is in PostgreSQL."""
        return self.folder / "state.db" if self.state.startswith("sqlite:") else None

    def read_key(self) -> WalletKey:
        """Return the wallet's key. Raises SettingsError."""
        try:
            return WalletKey.raw_file(self.wallet_key)
        except NotFoundError as error:
            raise SettingsError(
                f"the key of the wallet, {self.wallet_key}, is not there",
                fix="Put it there, mode 0600, or name its file with --wallet-key-file.",
            ) from error

    def check_there(self) -> None:
        """Raise NotFoundError where the folder has no wallet or no state of its own, and should have."""
        if any(file is not None and not file.exists() for file in (self.wallet_file, self.state_file)):
            raise NotFoundError(f"there are no stores of a node in {self.folder}", fix="Name the data_dir of a node.")

    def clock(self) -> SystemClock:
        """Return the clock of a node on these stores, which does not go back over a restart. Raises SettingsError."""
        return SystemClock(not_before=read_mark(self.folder / "clock"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every node off this data folder, for ``with``. Raises SettingsError while one is at work in it."""
        lock = FolderLock.take(self.folder)
        try:
            yield
        finally:
            lock.release()

    def __repr__(self) -> str:
        return f"Places({self.folder})"


@asynccontextmanager
async def open_vault(place: Path | str, key: WalletKey) -> AsyncIterator[AskarVault]:
    """Open the vault that is there, for ``async with``. Raises NotFoundError, and as ``AskarVault.open``."""
    vault = await AskarVault.open(place, key, create=False)
    try:
        yield vault
    finally:
        await vault.close()


@asynccontextmanager
async def finish_rekeying(places: Places) -> AsyncIterator[AskarVault]:
    """Open a node's vault as the node does, for ``async with``: a change of its key that was cut off is ended.

    Raises:
        SettingsError: the key is not there.
        WalletError, UnavailableError: as ``AskarVault.open``.
    """
    vault = await open_with_key_file(
        places.wallet_key,
        lambda key: AskarVault.open(places.wallet, key, create=False),
        read=lambda _: places.read_key(),
    )
    try:
        yield vault
    finally:
        await vault.close()


@asynccontextmanager
async def open_state(url: str) -> AsyncIterator[SQLState]:
    """Open a state, for ``async with``; its tables are brought up to date. Raises as ``Database.open``."""
    async with Database.open(url) as database:
        yield SQLState(database)


def check_closed(*files: Path) -> None:
    """See that databases which were closed are whole in their files, with nothing beside them.

    Raises:
        UnavailableError: one was not closed in order, and its file lacks what was written last.
    """
    for file in files:
        log = file.with_name(file.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise UnavailableError("a copied store was not closed in order", fix="Try again.")


def sqlite_url(path: Path) -> str:
    """Return the URL of a state in a file."""
    return f"sqlite:///{path.absolute()}"
