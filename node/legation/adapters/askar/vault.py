"""The node's private keys in an Askar store, one profile per agent: made, counted, signed with and destroyed here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aries_askar import AskarError, AskarErrorCode, Key, Session

from legation.adapters.askar.copying import copy_store
from legation.adapters.askar.epoch import Epoch
from legation.adapters.askar.generating import generate_keys, open_generator
from legation.adapters.askar.handles import MAX_HANDLES, Handles
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.places import find_place
from legation.adapters.askar.signing import ALGORITHMS, AskarSigningKey
from legation.adapters.askar.store import AskarStore, Lease
from legation.domain.agent_keys import KeyKind
from legation.domain.text import is_plain_text
from legation.errors import ConflictError, LegationError, MalformedError, NotFoundError

_MAX_NAME = 200
_MAX_KEYS = 1_000  # of one profile; a rotation keeps two, until it has removed the old one
_KEY_TYPES = {algorithm: key_type for key_type, algorithm in ALGORITHMS.items()}


class AskarVault:
    """The port ``Vault``, in a SQLite file or a PostgreSQL database.

    No method returns private bytes, and what is given out signs no more once its key is removed or the vault closed.
    Removed keys are gone from the store's rows, and a profile's own key with the profile. What SQLite keeps of them in
    free pages until it needs the room, or PostgreSQL until it vacuums, stays encrypted, under a profile key that is
    encrypted under the wallet's: rekey, and destroy the old wallet key and its backups, and nobody can read it;
    :meth:`copy_to` makes a file that never held it.
    """

    def __init__(self, store: AskarStore, epoch: Epoch, *, max_handles: int = MAX_HANDLES):
        """Take an open store; use :meth:`open`."""
        self._store = store
        self._epoch = epoch
        self._handles = Handles(max_handles)
        self._generator = open_generator()

    @classmethod
    async def open(cls, location: Path | str, key: WalletKey, *, create: bool) -> AskarVault:
        """Open the vault in a file (a path) or a PostgreSQL database (a URL), or make it if ``create`` allows.

        Raises:
            NotFoundError: there is none, and none may be made.
            SettingsError: others than its owner may use the file, none can be made there, or the URL is of no use.
            WalletError: ``wallet_key_wrong``, or ``wallet_unreadable`` for what is no wallet, or half a copy of one.
            UnavailableError: not in time.
        """
        place = find_place(location)
        # a URL may hold a password, and whoever prints a traceback with its variables shall not meet it
        del location
        store = await AskarStore.open(place, key, create=create)
        try:
            return cls(store, await Epoch.read(store))
        except LegationError:
            await store.close()
            raise

    async def create(self, profile: str, keys: Mapping[str, KeyKind]) -> dict[str, bytes]:
        """Make a profile with new keys; return their public parts, raw, by key id. Raises ConflictError."""
        _check_names(profile, *keys)

        async def make(lease: Lease) -> dict[str, bytes]:
            made = await generating
            async with lease.turn:
                lease.check()
                await _insert_profile(lease, profile)
                await self._fill(lease, profile, {key_id: key for key_id, (key, _) in made.items()})
            await self._keep(lease, profile)
            return {key_id: public for key_id, (_, public) in made.items()}

        self._store.check_open()
        # before its turn to write has come, so that keys are made while others write
        generating = asyncio.get_running_loop().run_in_executor(self._generator, generate_keys, keys)
        return await self._store.use(make)

    async def add_key(self, profile: str, key_id: str, kind: KeyKind) -> bytes:
        """Make one key more and return its public part, raw. Raises NotFoundError or ConflictError."""
        _check_names(profile, key_id)
        self._store.check_open()
        loop = asyncio.get_running_loop()
        key, public = (await loop.run_in_executor(self._generator, generate_keys, {key_id: kind}))[key_id]

        async def insert(session: Session) -> None:
            if not await session.fetch_all_keys(limit=1):
                await self._check_there(profile)
            await session.insert_key(key_id, key)

        await self._store.write(insert, profile=profile)
        return public

    async def find_keys(self, profile: str) -> frozenset[str] | None:
        """Return the ids of a profile's keys, or None where there is no such profile."""
        _check_names(profile)

        async def names(session: Session) -> frozenset[str]:
            entries = await session.fetch_all_keys(limit=_MAX_KEYS)
            if not entries:
                await self._check_there(profile)
            return frozenset(entry.name for entry in entries)

        try:
            return await self._store.read(names, profile=profile)
        except NotFoundError:
            return None

    async def remove_keys(self, profile: str, key_ids: Collection[str]) -> None:
        """Destroy keys, those that there are."""
        _check_names(profile, *key_ids)

        async def drop(session: Session) -> None:
            there = {entry.name for entry in await session.fetch_all_keys(limit=_MAX_KEYS)}
            for key_id in sorted(there.intersection(key_ids)):
                await session.remove_key(key_id)

        try:
            with suppress(NotFoundError):
                await self._store.write(drop, profile=profile)
        finally:
            # also where it failed: what became of it is not always known
            self._handles.forget(profile, key_ids)

    async def remove(self, profile: str) -> None:
        """Destroy a profile with all its keys, if there is one."""
        _check_names(profile)
        if self._epoch.is_default(profile):
            return

        async def destroy(lease: Lease) -> None:
            async with lease.turn:
                lease.check()
                await lease.store.remove_profile(profile)

        try:
            await self._store.use(destroy)
        finally:
            self._handles.forget(profile)

    async def signing_key(self, profile: str, key_id: str) -> AskarSigningKey:
        """Return a handle on an Ed25519, P-256 or P-384 key, good until the key is removed or the vault is closed.

        Raises NotFoundError.
        """
        _check_names(profile, key_id)
        self._store.check_open()

        async def load() -> AskarSigningKey:
            return await self._store.read(lambda session: _load(session, key_id), profile=profile)

        return await self._handles.get((profile, key_id), load)

    async def ping(self) -> None:
        """See that the store answers, within its deadline. Raises WalletError or UnavailableError."""
        await self._store.use(lambda lease: lease.store.get_default_profile())

    async def rekey(self, new_key: WalletKey) -> None:
        """Give the wallet another key, in one transaction; this process goes on with it, and its handles stay good.

        Every other process that has the store open must be stopped before: measured, it goes on with the profiles that
        it knows and can open no other; its next new profile is taken back with WalletError ``wallet_rekeyed``.

        Raises:
            WalletError: the wallet has its old key still; or it is closed, where this cannot be seen.
            UnavailableError: the same, because the store did not answer.
        """
        await self._epoch.turn(self._store, new_key)

    def has_key(self, key: WalletKey) -> bool:
        """Say whether this is the key that the wallet has, as far as this process knows."""
        return self._store.has_key(key)

    async def copy_to(self, path: Path, key: WalletKey) -> None:
        """Copy every profile into a new wallet file of mode 0600, which has its name once it is whole.

        Others may go on meanwhile; a profile that they remove is left out, and one that they make may be.

        Raises:
            ConflictError: there is a file of that name.
            SettingsError: none can be made there.
        """
        await copy_store(self._store, find_place(path), key)

    async def copy_into(self, location: Path | str, key: WalletKey) -> None:
        """Copy every profile to a place of either kind: a new file, or a database that holds no profile yet.

        Raises:
            ConflictError: there is a wallet in that place.
            SettingsError: none can be made there.
        """
        place = find_place(location)
        del location
        await copy_store(self._store, place, key)

    async def close(self) -> None:
        """Let go of every handle and close the store. A second time does nothing."""
        self._handles.forget_all()
        await self._store.close()
        self._generator.shutdown(wait=False)
        # those that were being loaded as it closed
        self._handles.forget_all()

    async def _check_there(self, profile: str) -> None:
        # This process may remember a profile that another has removed, and whose number SQLite has given to a new one:
        # then none of that one's keys is to be seen, and nothing may be written among them.
        if profile not in await self._store.handle.list_profiles():
            raise NotFoundError("the vault has no such profile")

    async def _fill(self, lease: Lease, profile: str, keys: Mapping[str, Key]) -> None:
        async def insert(session: Session) -> None:
            for key_id, key in keys.items():
                await session.insert_key(key_id, key)

        async with _taking_back(lease, profile):
            await lease.write(insert, profile=profile)

    async def _keep(self, lease: Lease, profile: str) -> None:
        async with _taking_back(lease, profile):
            await self._epoch.check(lease.store)
            lease.check()


@asynccontextmanager
async def _taking_back(lease: Lease, profile: str) -> AsyncIterator[None]:
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole:
            # what cannot be taken back now, its announcement in the state will take back
            with suppress(AskarError):
                await lease.store.remove_profile(profile)


async def _insert_profile(lease: Lease, profile: str) -> None:
    try:
        await lease.store.create_profile(profile)
    except AskarError as error:
        if error.code == AskarErrorCode.DUPLICATE:
            raise ConflictError("the vault has this profile already") from error.with_traceback(None)
        raise


def _check_names(*names: str) -> None:
    for name in names:
        # Askar takes a C string, which a NUL would cut short
        if not is_plain_text(name) or not 0 < len(name) <= _MAX_NAME:
            raise MalformedError("the name of a profile or of a key is not plain text of a fitting length")


async def _load(session: Session, key_id: str) -> AskarSigningKey:
    entry = await session.fetch_key(key_id)
    key = None if entry is None else entry.key
    key_type = None if key is None else _KEY_TYPES.get(key.algorithm)
    if key is None or key_type is None:
        raise NotFoundError("the vault has no such key to sign with")
    return AskarSigningKey(key, key_type)
