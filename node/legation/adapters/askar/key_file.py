"""A new key for a wallet and for its key file, such that one of two files opens it whenever the power goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.adapters.private_files import replace_private
from legation.errors import ConflictError, NotFoundError, SettingsError, WalletError

T = TypeVar("T")


def next_key_file(key_file: Path) -> Path:
    """Return where a new key stands until the wallet has it and the file its name."""
    return key_file.with_name(f"{key_file.name}.next")


async def rotate_key_file(vault: AskarVault, key_file: Path) -> None:
    """Give the wallet a new raw key, and the key file with it. Copies made before keep the key they were made with.

    1. The new key is written to ``<key file>.next``; one that an earlier attempt left there is taken.
    2. The wallet is rekeyed, in one transaction.
    3. ``.next`` takes the key file's name.

    Raises:
        SettingsError: the file does not hold the key that the wallet is open with, or cannot be replaced.
        WalletError, UnavailableError: as :meth:`AskarVault.rekey`; :func:`open_with_key_file` knows which key counts.
    """
    if not vault.has_key(WalletKey.raw_file(key_file)):
        raise SettingsError(f"the file {key_file} does not hold the key that this wallet is open with")
    pending = next_key_file(key_file)
    with suppress(ConflictError):
        WalletKey.create_raw_file(pending)
    new_key = WalletKey.raw_file(pending)
    await vault.rekey(new_key)
    _finish(key_file, new_key)


async def open_with_key_file(
    key_file: Path, open_with: Callable[[WalletKey], Awaitable[T]], *, read: Callable[[Path], WalletKey]
) -> T:
    """Open a wallet with the key in its file or, where a rotation was cut off, with the one in ``.next``.

    A ``.next`` that is not needed stays: a rotation may be under way.

    Raises:
        NotFoundError, SettingsError: as ``read`` does for the key file.
        WalletError: as ``open_with``; ``wallet_key_wrong`` if neither key opens it.
    """
    try:
        return await open_with(read(key_file))
    except WalletError as error:
        if error.code != "wallet_key_wrong":
            raise
        try:
            new_key = WalletKey.raw_file(next_key_file(key_file))
        except NotFoundError:
            raise error from None
    opened = await open_with(new_key)
    _finish(key_file, new_key)
    return opened


def _finish(key_file: Path, new_key: WalletKey) -> None:
    try:
        replace_private(next_key_file(key_file), key_file)
    except NotFoundError:
        # another process opened the wallet meanwhile, and was first
        if WalletKey.raw_file(key_file) != new_key:
            raise
