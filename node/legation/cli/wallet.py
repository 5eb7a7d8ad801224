"""``legation wallet``: the encrypted file of one party's agents."""

from __future__ import annotations

import stat
from pathlib import Path

from legation.cli.options import KeyKind, OutputFormat, Quiet, WalletFile, WalletKeyFile
from legation.cli.terminal import print_json, suggest, talk
from legation.cli.wallets import WalletAccess
from legation.errors import ConflictError


def init(
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Make a wallet, and a raw key for it unless its key file is there.

    A passphrase is never made: write it into the key file first, with mode 0600.
    """
    import asyncio

    from legation.wallet import Wallet, WalletKey

    access = WalletAccess(wallet, wallet_key_file, key_kind)
    if wallet.exists():
        raise ConflictError(f"there is a file {wallet} already", fix="Name another one, or use that wallet.")
    new_key = key_kind == "raw" and not access.key_file.exists()
    key = WalletKey.create_raw_file(access.key_file) if new_key else access.read_key()

    async def create() -> None:
        async with Wallet.open(wallet, key, create=True):
            pass

    asyncio.run(create())
    if output == "json":
        print_json({"wallet": str(wallet), "walletKeyFile": str(access.key_file)})
        return
    for written in (wallet, access.key_file) if new_key else (wallet,):
        talk(f"✔ wrote {written} ({_mode(written)})", quiet=quiet)
    if new_key:
        talk("Whoever has both files is your agents: keep a copy of the key apart from the wallet.", quiet=quiet)
    suggest([access.command("agent", "create", "planner")], quiet=quiet)


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
