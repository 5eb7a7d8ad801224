"""``legation wallet``: the encrypted file of one party's agents."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.failures import UsageError
from legation.cli.options import (
    AnyWallet,
    Config,
    KeyKind,
    NodeDataDir,
    OutputFormat,
    Quiet,
    WalletFile,
    WalletKeyFile,
)
from legation.cli.targets import is_flag
from legation.cli.terminal import print_json, suggest, talk
from legation.cli.wallets import WalletAccess
from legation.errors import ConflictError

if TYPE_CHECKING:
    from legation.maintenance.rekeying import KeyFile


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


def rekey(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    new_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A key of the same kind that you made; else a new raw one is made."),
    ] = None,
    config: Config = None,
    data_dir: NodeDataDir = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Give a wallet another key: that of --wallet, or that of a node that is stopped, by --data-dir or --config.

    The new key takes the place of the old one in its file once it opens the wallet. Where that is interrupted, the same
    command ends it. Copies of the wallet still open with the old key. With --new-key-file no file takes another's
    place: name that file from then on.
    """
    import asyncio

    from legation.maintenance.rekeying import rekey_node, rekey_wallet

    named = data_dir is not None or config is not None
    if named and not is_flag(context, "wallet"):
        wallet = None
    if (wallet is None) is not named:
        raise UsageError("this command works on one wallet", fix="Name it with --wallet, or a node with --data-dir.")
    if wallet is None:
        from legation.cli.storage import load_local_settings

        if new_key_file is not None or key_kind != "raw":
            raise UsageError(
                "a node's wallet has a raw key, in one file", fix="Leave --new-key-file and --key-kind out."
            )
        file = asyncio.run(rekey_node(load_local_settings(config, data_dir, wallet_key_file)))
    else:
        access = WalletAccess(wallet, wallet_key_file, key_kind)
        if new_key_file is None and key_kind != "raw":
            raise UsageError(
                "a passphrase is never made", fix="Write it into a new file, and name that: --new-key-file."
            )
        access.check_owners()
        new = None if new_key_file is None else replace(access, given_key_file=new_key_file)
        file = asyncio.run(rekey_wallet(wallet, _key_file_of(access), None if new is None else _key_file_of(new)))
    if output == "json":
        print_json({"walletKeyFile": str(file)})
        return
    talk(f"✔ the wallet opens with the new key in {file} ({_mode(file)})", quiet=quiet)
    talk("Copies of the wallet that were made before still open with the old one.", quiet=quiet)


def _key_file_of(access: WalletAccess) -> KeyFile:
    from legation.maintenance.rekeying import KeyFile

    return KeyFile(access.key_file, lambda _: access.read_key())


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
