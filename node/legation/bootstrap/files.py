"""The files of a node: where they are, who may read them, and the key that opens its wallet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from legation.adapters.askar.key import WalletKey
from legation.errors import ConflictError, NotFoundError, SettingsError
from legation.settings import Settings

_OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a node."""

    wallet: Path
    wallet_key: Path
    state: Path
    operator_token: Path
    clock: Path

    @classmethod
    def of(cls, settings: Settings) -> Files:
        """Return where the settings put them."""
        folder = settings.data_dir
        key = settings.wallet_key_file or folder / "wallet.key"
        return cls(folder / "wallet.db", key, folder / "state.db", folder / "operator-token", folder / "clock")

    def present(self) -> set[Path]:
        """Return those that are there, of those that an operator must know."""
        return {path for path in (self.wallet_key, self.wallet, self.state, self.operator_token) if path.exists()}


def make_folder(path: Path) -> None:
    """Make a folder that is its owner's alone, or take the access of others from it.

    Raises:
        SettingsError: it cannot be made, or is not ours.
    """
    try:
        path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(_OWNER_ONLY)
    except OSError as error:
        raise SettingsError(f"the data_dir {path} cannot be made its owner's alone") from error


def read_wallet_key(files: Files, *, may_make: bool) -> WalletKey:
    """Return the key of the wallet, which is made where ``may_make`` and no wallet is there yet.

    Raises:
        SettingsError: it is not there, or others may read it.
    """
    try:
        return WalletKey.raw_file(files.wallet_key)
    except NotFoundError as error:
        if not may_make or files.wallet.exists():
            raise SettingsError(
                f"the key of the wallet, {files.wallet_key}, is not there", fix="Restore it, or name the right file."
            ) from error
    with suppress(ConflictError):  # another process was first
        return WalletKey.create_raw_file(files.wallet_key)
    return WalletKey.raw_file(files.wallet_key)
