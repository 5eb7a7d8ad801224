"""Copies of a whole store, profile by profile, into a file or a database: whole, or not taken for a wallet."""

from __future__ import annotations

from aries_askar import AskarError, AskarErrorCode, Store

from legation.adapters.askar.epoch import UNFINISHED
from legation.adapters.askar.failures import opening, working
from legation.adapters.askar.files import WalletFile
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.places import Place
from legation.adapters.askar.servers import WalletServer
from legation.adapters.askar.store import AskarStore, Lease
from legation.adapters.private_files import begin_private, discard_private, publish_private
from legation.errors import ConflictError

_COPY_SECONDS = 6 * 3600.0


async def copy_store(source: AskarStore, place: Place, key: WalletKey) -> None:
    """Copy every profile but the default one to a new file, or into a database that holds no profile.

    Raises:
        ConflictError: there is a wallet in that place.
        SettingsError: none can be made there.
        UnavailableError: one of the two stores did not answer; of a copy into a file nothing is left, and one into a
            database is known to be unfinished, and begins anew when it is made again.
    """

    async def copy(lease: Lease) -> None:
        # whichever of the two fails, a server's failure is known as one
        with working(on_server=source.is_server or place.is_server):
            if isinstance(place, WalletServer):
                await _copy_into_server(lease, place, key)
            else:
                await _copy_into_file(lease, place, key)

    await source.use(copy, seconds=_COPY_SECONDS)


async def _copy_into_file(lease: Lease, place: WalletFile, key: WalletKey) -> None:
    if place.is_there():
        raise ConflictError(f"there is a file {place.path} already", fix="Name another file.")
    pending = begin_private(place.path)
    try:
        # closing it makes it durable, so that no profile has to be by itself
        with opening():
            target = await Store.provision(WalletFile(pending).bulk_uri, key.method.value, key.reveal())
        try:
            await _copy_profiles(lease, target)
        finally:
            await target.close()
        lease.check()
        publish_private(pending, place.path)
    finally:
        discard_private(pending)


async def _copy_into_server(lease: Lease, place: WalletServer, key: WalletKey) -> None:
    with opening(on_server=True):
        target = await Store.provision(place.uri, key.method.value, key.reveal())
    try:
        default = await target.get_default_profile()
        if default == UNFINISHED:
            # half of an earlier copy, which nobody has ever opened
            for profile in await target.list_profiles():
                if profile != UNFINISHED:
                    await target.remove_profile(profile)
        elif set(await target.list_profiles()) != {default}:
            raise ConflictError("the database holds a wallet already", fix="Name an empty database.")
        else:
            await target.create_profile(UNFINISHED)
            await target.set_default_profile(UNFINISHED)
            await target.remove_profile(default)
        await _copy_profiles(lease, target)
        lease.check()
        await target.set_default_profile(await target.create_profile())
        await target.remove_profile(UNFINISHED)
    finally:
        await target.close()


async def _copy_profiles(lease: Lease, target: Store) -> None:
    default = await lease.store.get_default_profile()
    for profile in await lease.store.list_profiles():
        lease.check()
        if profile == default:
            continue
        try:
            await lease.store.copy_profile_to(target, profile)
        except AskarError as error:
            # removed since it was listed
            if error.code != AskarErrorCode.NOT_FOUND:
                raise
