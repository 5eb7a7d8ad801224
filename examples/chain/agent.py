"""An agent on a machine of its own: a folder with a wallet file and its key, no node and no address."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from legation.wallet import Wallet, WalletKey


@dataclass(frozen=True)
class LoneAgent:
    """An agent whose DID is its own key (did:key)."""

    name: str
    folder: Path
    did: str

    @classmethod
    async def create(cls, name: str, folder: Path) -> LoneAgent:
        """Make the folder, the wallet in it, and the agent in that."""
        folder.mkdir(mode=0o700)
        key = WalletKey.create_raw_file(folder / "wallet.key")
        async with Wallet.open(folder / "wallet.db", key) as wallet:
            made = await wallet.create_agent(name)
        return cls(name, folder, made.did)

    def wallet(self) -> AbstractAsyncContextManager[Wallet]:
        """Open its wallet, for `async with`."""
        return Wallet.open(self.folder / "wallet.db", WalletKey.raw_file(self.folder / "wallet.key"), create=False)
