"""A wallet in a SQLite file: its owner's alone, made whole or not at all, and reached by any printable path."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from aries_askar import Store

from legation.adapters.askar.deadline import DEFAULT_SECONDS, Attempt
from legation.adapters.askar.failures import opening, unreadable
from legation.adapters.askar.key import WalletKey
from legation.adapters.private_files import begin_private, check_private_store, discard_private, publish_private
from legation.errors import ConflictError, NotFoundError, SettingsError

# Askar waits this long for a lock, then we ask again until the deadline; short, so that an abandoned wait ends soon
_BUSY_TIMEOUT_MS = 1000
# one for the writer and two for readers, opened at once: a new one would wait for another process's lock (measured)
_CONNECTIONS = 3
_SMALLEST_DATABASE = 512  # sqlite.org/fileformat2.html §1.3.2; what is smaller SQLite takes for empty, and fills


class WalletFile:
    """Where a wallet stands: a file.

    Askar opens it in WAL mode with ``synchronous=FULL``: what was acknowledged outlasts the machine's power, not only
    the process. NORMAL was measured to be a tenth faster and may lose the last commits with the power, while the state,
    which is another file, keeps them: an agent would be there without its keys.
    """

    seconds = DEFAULT_SECONDS
    writers = 1  # SQLite has one at a time; one that waits shall not keep a connection from readers
    is_server = False

    def __init__(self, path: Path):
        """Take a path as it is given. Raises SettingsError if it is not printable text."""
        # absolute and without links, so that SQLite's companions stand where they are looked for
        resolved = "" if "\0" in str(path) else os.path.realpath(path)
        if not resolved.isprintable() or not resolved:
            raise SettingsError("the path of a wallet is not printable text")
        self.path = Path(resolved)

    @property
    def bulk_uri(self) -> str:
        """The same for a file that counts only once it is closed: no commit by itself waits for the disk."""
        return f"{self.uri}&synchronous=normal"

    @property
    def uri(self) -> str:
        """The file in Askar's words."""
        # encoded twice: Askar decodes the name, and SQLite's driver decodes the result
        name = quote(quote(str(self.path)))
        pool = f"min_connections={_CONNECTIONS}&max_connections={_CONNECTIONS}"
        return f"sqlite://{name}?busy_timeout={_BUSY_TIMEOUT_MS}&{pool}"

    def is_there(self) -> bool:
        """Say whether there is such a file. Raises SettingsError if others than its owner may use it."""
        try:
            check_private_store(self.path)
        except NotFoundError:
            return False
        return True

    def check(self) -> None:
        """Refuse what cannot be a wallet. Raises SettingsError, NotFoundError or WalletError ``wallet_unreadable``."""
        if not self.is_there():
            raise NotFoundError(f"there is no wallet {self.path}", fix="Name another file, or make a wallet.")
        if self.path.stat().st_size < _SMALLEST_DATABASE:
            raise unreadable("the file is too small to be a wallet")

    async def make(self, key: WalletKey, attempt: Attempt) -> None:
        """Fill a file of another name, then give it its own: whoever sees the wallet's name sees a whole wallet."""
        pending = begin_private(self.path)
        try:
            with opening():
                store = await Store.provision(WalletFile(pending).uri, key.method.value, key.reveal())
                await store.close()
            attempt.check()
            publish_private(pending, self.path)
        except ConflictError:
            # somebody else was first, and theirs is opened
            return
        finally:
            discard_private(pending)
