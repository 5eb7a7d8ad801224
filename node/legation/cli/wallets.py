"""The wallet that a command works on: which file, opened with which key, for one action."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from legation.cli.failures import UsageError
from legation.errors import MalformedError, NotFoundError

if TYPE_CHECKING:
    from legation.domain.chain import Chain
    from legation.domain.delegation.issuance import Format
    from legation.wallet import Wallet, WalletKey

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class WalletAccess:
    """A wallet's file, the file of its key, and what that holds: ``raw`` or ``passphrase``."""

    path: Path
    given_key_file: Path | None
    key_kind: str

    @property
    def key_file(self) -> Path:
        """The file of the key: by default beside the wallet, ``wallet.key`` for ``wallet.db``, as a node has them."""
        return self.given_key_file or self.path.with_name(self.path.name.removesuffix(".db") + ".key")

    def read_key(self) -> WalletKey:
        """Read the key. Raises NotFoundError or SettingsError."""
        from legation.wallet import WalletKey

        try:
            if self.key_kind == "passphrase":
                return WalletKey.passphrase_file(self.key_file)
            return WalletKey.raw_file(self.key_file)
        except NotFoundError as error:
            kind = "the passphrase" if self.key_kind == "passphrase" else "the wallet's key"
            error.fix = f"Put {kind} there, mode 0600, or name its file with --wallet-key-file."
            raise

    def check_owners(self) -> None:
        """Refuse the wallet of a node, which keeps its agents another way. Raises UsageError."""
        if self.path.with_name("state.db").exists():
            raise UsageError(
                "this is the wallet of a node, which alone works on it",
                fix="Name the node with --server; or with --data-dir, where the command has that.",
            )

    def run(self, action: Callable[[Wallet], Awaitable[Result]]) -> Result:
        """Do one thing with the wallet, open meanwhile. Raises what opening it and the action raise."""
        if self.path.is_dir():
            raise UsageError(f"{self.path} is a folder, and no wallet", fix="Name the file of a wallet.")
        if not self.path.exists():
            raise NotFoundError(f"there is no wallet {self.path}", fix=f"Run: {self.command('wallet', 'init')}")
        self.check_owners()
        import asyncio

        from legation.wallet import Wallet

        key = self.read_key()

        async def act() -> Result:
            async with Wallet.open(self.path, key, create=False) as wallet:
                return await action(wallet)

        return asyncio.run(act())

    def command(self, *words: str) -> str:
        """Return a command on this wallet as one would type it."""
        options = ["--wallet", str(self.path)]
        if self.given_key_file is not None:
            options += ["--wallet-key-file", str(self.given_key_file)]
        if self.key_kind != "raw":
            options += ["--key-kind", self.key_kind]
        return shlex.join(["legation", *words, *options])


def find_form(secured: str | None) -> Format | None:
    """Return the format that ``--secure`` names, or None."""
    from legation.domain.delegation.issuance import Format

    if secured is None:
        return None
    return Format.JWT if secured in ("vc+jwt", "vp+jwt") else Format(secured)


@contextmanager
def compacting() -> Iterator[None]:
    """Say, where the compact form cannot be made, how to get hops of which it can."""
    try:
        yield
    except MalformedError as error:
        raise UsageError(error.detail, fix="Delegate and attenuate with --secure vc+jwt.") from error


def find_source(name: str) -> Chain | str:
    """Return the chain in ``@FILE`` or on standard input, or else the id of a held one.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: what the file holds is no chain.
        LegationError: ``file_unusable``.
    """
    if name != "-" and not name.startswith("@"):
        return name
    from legation.cli.inputs import read_bounded
    from legation.domain.chain import Chain

    return Chain.parse(read_bounded(name))
