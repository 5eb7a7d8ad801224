"""One Askar store on one SQLite file: made whole or not at all, opened, read, changed and closed within deadlines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from aries_askar import AskarError, Entry, Session, Store

from legation.adapters.askar.deadline import DEFAULT_SECONDS, Attempt, Deadline
from legation.adapters.askar.failures import is_busy, opening, unreadable, working
from legation.adapters.askar.key import KeyMethod, WalletKey
from legation.adapters.private_files import begin_private, check_private_store, discard_private, publish_private
from legation.errors import ConflictError, NotFoundError, SettingsError, WalletError

T = TypeVar("T")
# Argon2i takes most of a second on one core, and more on a busy machine
_DERIVATION_SECONDS = 60.0
# Askar waits this long for a lock, then we ask again until the deadline; short, so that an abandoned wait ends soon
_BUSY_TIMEOUT_MS = 1000
_RETRY_SECONDS = 0.02
# one for the writer and two for readers, opened at once: a new one would wait for another process's lock (measured)
_CONNECTIONS = 3
_SMALLEST_DATABASE = 512  # sqlite.org/fileformat2.html §1.3.2; what is smaller SQLite takes for empty, and fills


class AskarStore:
    """An open store. Use :meth:`read` and :meth:`write`; both raise WalletError and UnavailableError."""

    def __init__(self, store: Store, deadline: Deadline):
        self._store = store
        self._deadline = deadline
        self._closed = False
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, key: WalletKey, *, create: bool, seconds: float = DEFAULT_SECONDS) -> AskarStore:
        """Open the store in the file ``path``, or make it there if ``create`` allows and there is none.

        Raises:
            NotFoundError: there is no such file, and none may be made.
            SettingsError: others than its owner may use the file, or none can be made there.
            WalletError: ``wallet_key_wrong``, or ``wallet_unreadable`` for a file that is not a wallet.
            UnavailableError: not in time.
        """
        path = _resolve(path)
        deadline = Deadline(seconds)
        limit = max(seconds, _DERIVATION_SECONDS) if key.method is KeyMethod.PASSPHRASE else seconds
        try:
            status = check_private_store(path)
        except NotFoundError as error:
            if not create:
                raise NotFoundError(f"there is no wallet {path}", fix="Name another file, or make a wallet.") from error
            await deadline.run(lambda attempt: _create(path, key, attempt), seconds=limit)
            status = check_private_store(path)
        if status.st_size < _SMALLEST_DATABASE:
            raise unreadable("the file is too small to be a wallet")
        store = await deadline.run(lambda attempt: _open(path, key, attempt), seconds=limit)
        return cls(store, deadline)

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return what ``work`` makes of a session."""
        return await self._run(lambda attempt: self._attend(work, attempt, transaction=False))

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return what ``work`` makes of a transaction, once that is committed; if it raises, nothing has happened."""

        async def alone(attempt: Attempt) -> T:
            # SQLite has one writer at a time; a writer that waits shall not keep a connection from readers
            async with self._writing:
                return await self._attend(work, attempt, transaction=True)

        return await self._run(alone)

    async def scan(self, category: str, take: Callable[[Entry], T], *, limit: int) -> list[T]:
        """Return what ``take`` makes of each entry of a category, at most ``limit`` of them, a few at a time."""

        async def walk(attempt: Attempt) -> list[T]:
            found = []
            with working():
                async for entry in self._store.scan(category, limit=limit):
                    attempt.check()
                    found.append(take(entry))
            return found

        return await self._run(walk)

    async def close(self) -> None:
        """Close the store; what is under way is waited for. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._deadline.settle()
        await self._deadline.run(self._shut)

    def check_open(self) -> None:
        """Raise WalletError ``wallet_closed`` once the store is closed."""
        if self._closed:
            raise closed()

    async def _run(self, operation: Callable[[Attempt], Coroutine[object, object, T]]) -> T:
        self.check_open()
        return await self._deadline.run(operation)

    async def _attend(self, work: Callable[[Session], Awaitable[T]], attempt: Attempt, *, transaction: bool) -> T:
        with working():
            attempt.check()
            session = await self._begin(attempt, transaction=transaction)
            try:
                attempt.check()
                result = await work(session)
                if transaction:
                    attempt.check()
                    await session.commit()  # type: ignore[no-untyped-call] # Askar leaves it unannotated
            finally:
                # takes back what was not committed
                await session.close()  # type: ignore[no-untyped-call] # Askar leaves it unannotated
        return result

    async def _begin(self, attempt: Attempt, *, transaction: bool) -> Session:
        while True:
            try:
                # a plain session does not protect a read-then-write (measured); a transaction takes the lock first
                opener = self._store.transaction() if transaction else self._store.session()
                return await opener.__aenter__()
            except AskarError as error:
                if not is_busy(error) or attempt.is_over():
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    async def _shut(self, _: Attempt) -> None:
        with working():
            await self._store.close()


def closed() -> WalletError:
    """Return the error for a wallet that is closed."""
    return WalletError("the wallet is closed", code="wallet_closed", fix="Open it again.")


async def _create(path: Path, key: WalletKey, attempt: Attempt) -> None:
    """Fill a file of another name, then give it its own: whoever sees the wallet's name sees a whole wallet."""
    pending = begin_private(path)
    try:
        with opening():
            store = await Store.provision(_uri(pending), key.method.value, key.reveal())
            await store.close()
        attempt.check()
        publish_private(pending, path)
    except ConflictError:
        # somebody else was first, and theirs is opened
        return
    finally:
        discard_private(pending)


async def _open(path: Path, key: WalletKey, attempt: Attempt) -> Store:
    with opening():
        while True:
            try:
                store = await Store.open(_uri(path), key.method.value, key.reveal())
                break
            except AskarError as error:
                if not is_busy(error) or attempt.is_over():
                    raise
            await asyncio.sleep(_RETRY_SECONDS)
        if attempt.abandoned:
            await store.close()
    return store


def _uri(path: Path) -> str:
    # encoded twice: Askar decodes the name, and SQLite's driver decodes the result
    name = quote(quote(str(path)))
    pool = f"min_connections={_CONNECTIONS}&max_connections={_CONNECTIONS}"
    return f"sqlite://{name}?busy_timeout={_BUSY_TIMEOUT_MS}&{pool}"


def _resolve(path: Path) -> Path:
    # absolute and without links, so that SQLite's companions stand where they are looked for
    resolved = "" if "\0" in str(path) else os.path.realpath(path)
    if not resolved.isprintable() or not resolved:
        raise SettingsError("the path of a wallet is not printable text")
    return Path(resolved)
