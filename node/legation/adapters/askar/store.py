"""One Askar store, in a file or on a server: opened, read, changed, rekeyed and closed within deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from aries_askar import AskarError, Entry, Session, Store

from legation.adapters.askar.deadline import Attempt, Deadline
from legation.adapters.askar.failures import is_busy, is_lost, opening, working
from legation.adapters.askar.key import KeyMethod, WalletKey
from legation.adapters.askar.places import Place, find_place
from legation.errors import LegationError, WalletError

T = TypeVar("T")
# Argon2i takes most of a second on one core, and more on a busy machine
_DERIVATION_SECONDS = 60.0
# every profile's key is wrapped anew: measured 9,000 in a second on a busy machine
_REKEY_SECONDS = 600.0
_RETRY_SECONDS = 0.02


class Lease:
    """The whole store in hand, for as long as the work lasts that was given it."""

    __slots__ = ("_attempt", "_owner", "turn")

    def __init__(self, owner: AskarStore, attempt: Attempt, turn: asyncio.Semaphore):
        self._owner = owner
        self._attempt = attempt
        self.turn = turn  # what changes the store waits for it: ``async with lease.turn``

    @property
    def store(self) -> Store:
        """Askar's handle, which a rekey replaces: to be asked for once it is one's turn."""
        return self._owner.handle

    async def write(self, work: Callable[[Session], Awaitable[T]], *, profile: str) -> T:
        """Return what ``work`` makes of a transaction on a profile, once that is committed."""
        return await self._owner.attend(work, self._attempt, profile, transaction=True)

    def check(self) -> None:
        """Raise UnavailableError, which nobody sees, once the caller has left."""
        self._attempt.check()


class AskarStore:
    """An open store. Every method that works on it raises WalletError, FullError and UnavailableError."""

    def __init__(self, store: Store, deadline: Deadline, place: Place, key: WalletKey):
        self._store = store
        self._deadline = deadline
        self._place = place
        self._key = key
        self._closed = False
        self._writing = asyncio.Semaphore(place.writers)
        self._alone = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None
        self._partings: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls, location: Path | str | Place, key: WalletKey, *, create: bool, seconds: float | None = None
    ) -> AskarStore:
        """Open the store at a file's path or a database's URL, or make it if ``create`` allows and there is none.

        Raises:
            NotFoundError: there is none, and none may be made.
            SettingsError: others than its owner may use the file, none can be made there, or the URL is of no use.
            WalletError: ``wallet_key_wrong``, or ``wallet_unreadable`` for what is not a wallet.
            UnavailableError: not in time.
        """
        place = find_place(location)
        # a URL may hold a password, and whoever prints a traceback with its variables shall not meet it
        del location
        deadline = Deadline(place.seconds if seconds is None else seconds)
        limit = _opening_seconds(key, deadline)
        if create and not place.is_there():
            await deadline.run(lambda attempt: place.make(key, attempt), seconds=limit)
        place.check()
        store = await deadline.run(lambda attempt: _open(place, key, attempt), seconds=limit)
        return cls(store, deadline, place, key)

    async def read(self, work: Callable[[Session], Awaitable[T]], *, profile: str | None = None) -> T:
        """Return what ``work`` makes of a session. Raises NotFoundError if there is no such profile."""
        return await self._run(lambda attempt: self.attend(work, attempt, profile, transaction=False))

    async def write(self, work: Callable[[Session], Awaitable[T]], *, profile: str | None = None) -> T:
        """Return what ``work`` makes of a transaction, once that is committed; if it raises, nothing has happened.

        Raises NotFoundError if there is no such profile.
        """

        async def alone(attempt: Attempt) -> T:
            async with self._writing:
                return await self.attend(work, attempt, profile, transaction=True)

        return await self._run(alone)

    async def use(self, work: Callable[[Lease], Awaitable[T]], *, seconds: float | None = None) -> T:
        """Return what ``work`` makes of the whole store; it takes back itself what it began and cannot end."""

        async def lend(attempt: Attempt) -> T:
            attempt.check()
            with working(on_server=self.is_server):
                return await work(Lease(self, attempt, self._writing))

        return await self._run(lend, seconds=seconds)

    async def attend(
        self, work: Callable[[Session], Awaitable[T]], attempt: Attempt, profile: str | None, *, transaction: bool
    ) -> T:
        """Return what ``work`` makes of a session, as part of an operation that is under way."""
        with working(on_server=self.is_server):
            attempt.check()
            session = await self._begin(attempt, profile, transaction=transaction)
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

    async def scan(self, category: str, take: Callable[[Entry], T], *, limit: int) -> list[T]:
        """Return what ``take`` makes of each entry of a category, at most ``limit`` of them, a few at a time."""

        async def walk(attempt: Attempt) -> list[T]:
            found = []
            with working(on_server=self.is_server):
                async for entry in self._store.scan(category, limit=limit):
                    attempt.check()
                    found.append(take(entry))
            return found

        return await self._run(walk)

    async def rekey(self, key: WalletKey) -> None:
        """Give the store another key, in one transaction; who uses this store goes on.

        If it cannot be seen what has become of it, the store closes: a profile that is made under a key that counts no
        more could never be read again.
        """

        async def replace(attempt: Attempt) -> None:
            async with self._exclusive():
                attempt.check()
                await self._rekey(key)

        await self._run(replace, seconds=_REKEY_SECONDS)

    async def close(self) -> None:
        """Close the store; what is under way is waited for. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._deadline.settle()
        others = self._partings | ({self._renewing} if self._renewing else set())
        if others:
            await asyncio.wait(others, timeout=self._deadline.seconds)
        await self._deadline.run(self._shut)

    @property
    def handle(self) -> Store:
        """Askar's own, for this room alone."""
        return self._store

    @property
    def is_server(self) -> bool:
        """Whether it stands in a database of a server."""
        return self._place.is_server

    def has_key(self, key: WalletKey) -> bool:
        """Say whether this is the key that the store is open with."""
        return key == self._key

    def check_open(self) -> None:
        """Raise WalletError ``wallet_closed`` once the store is closed."""
        if self._closed:
            raise closed()

    async def _run(
        self, operation: Callable[[Attempt], Coroutine[object, object, T]], *, seconds: float | None = None
    ) -> T:
        self.check_open()
        if self.is_server and self._deadline.has_missed and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._renew())
        return await self._deadline.run(operation, seconds=seconds)

    async def _begin(self, attempt: Attempt, profile: str | None, *, transaction: bool) -> Session:
        while True:
            try:
                # a plain session does not protect a read-then-write (measured); a transaction takes the lock first
                begin = self._store.transaction if transaction else self._store.session
                return await begin(profile).__aenter__()  # type: ignore[arg-type] # Askar's None: the default profile
            except AskarError as error:
                again = is_busy(error) or (self.is_server and is_lost(error))
                if not again or attempt.is_over():
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        """Keep every writer of this process out."""
        taken = 0
        async with self._alone:
            try:
                for _ in range(self._place.writers):
                    await self._writing.acquire()
                    taken += 1
                yield
            finally:
                for _ in range(taken):
                    self._writing.release()

    async def _rekey(self, key: WalletKey) -> None:
        failure: LegationError | None = None
        try:
            with working(on_server=self.is_server):
                # another handle: Askar takes the one that it rekeys out of use meanwhile
                other = await Store.open(self._place.uri, self._key.method.value, self._key.reveal())
                try:
                    await other.rekey(key.method.value, key.reveal())
                finally:
                    await other.close()
        except LegationError as error:
            failure = error
        try:
            # the answer may have been lost, and the change made: the store itself knows
            await self._take_up(key)
        except WalletError:
            # it has the key that it had, which is still in our hands
            raise failure or WalletError("the wallet could not do that") from None
        except LegationError:
            self._closed = True
            raise

    async def _renew(self) -> None:
        """Open the store again after it had not answered: connections to a server that is gone may hang for long."""
        with suppress(LegationError):
            async with self._alone:
                await self._take_up(self._key)
                self._deadline.has_missed = False

    async def _take_up(self, key: WalletKey) -> None:
        """Open the store again, and go on with it once those have ended who use it as it was."""
        store = await _open(self._place, key, Attempt(_opening_seconds(key, self._deadline)))
        if self._closed:
            await self._leave(store)
            return
        old, self._store, self._key = self._store, store, key
        parting = asyncio.create_task(self._leave(old))
        self._partings.add(parting)
        parting.add_done_callback(self._partings.discard)

    async def _leave(self, store: Store) -> None:
        await self._deadline.settle(seconds=_REKEY_SECONDS)
        with suppress(AskarError):
            await store.close()

    async def _shut(self, _: Attempt) -> None:
        with working(on_server=self.is_server):
            await self._store.close()


def closed() -> WalletError:
    """Return the error for a wallet that is closed."""
    return WalletError("the wallet is closed", code="wallet_closed", fix="Open it again.")


def _opening_seconds(key: WalletKey, deadline: Deadline) -> float:
    return max(deadline.seconds, _DERIVATION_SECONDS) if key.method is KeyMethod.PASSPHRASE else deadline.seconds


async def _open(place: Place, key: WalletKey, attempt: Attempt) -> Store:
    with opening(on_server=place.is_server):
        while True:
            try:
                store = await Store.open(place.uri, key.method.value, key.reveal())
                break
            except AskarError as error:
                if not is_busy(error) or attempt.is_over():
                    raise
            await asyncio.sleep(_RETRY_SECONDS)
        if attempt.abandoned:
            await store.close()
    return store
