"""The mark by which a process sees that another has given the wallet a new key."""

from __future__ import annotations

from contextlib import suppress
from secrets import token_hex

from aries_askar import Store

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.store import AskarStore, Lease
from legation.errors import LegationError, WalletError

# half a copy has this default profile, and no whole wallet has
UNFINISHED = "legation-unfinished-copy"


class Epoch:
    """Which default profile the store has: every rekey gives it another before it begins.

    A process that has the store open across another's rekey would encrypt the next new profile under the old key, and
    nobody could ever read it again. So whoever has made a profile asks for the default profile afterwards: if it is the
    same, the rekey had not begun, and carries the new profile over; if not, the profile is taken back. It is one plain
    row, the cheapest question that Askar answers; nothing is kept in default profiles.
    """

    def __init__(self, default: str):
        """Take the default profile as it stands; use :meth:`read`."""
        self._defaults = frozenset({default})

    @classmethod
    async def read(cls, store: AskarStore) -> Epoch:
        """Read the mark of a store that was just opened. Raises WalletError for half a copy."""
        default = await store.use(lambda lease: lease.store.get_default_profile())
        if default == UNFINISHED:
            raise WalletError(
                "a copy into this place was not finished",
                code="wallet_unreadable",
                fix="Make the copy again: it begins anew here.",
            )
        return cls(default)

    def is_default(self, profile: str) -> bool:
        """Say whether this is the mark and no agent's profile."""
        return profile in self._defaults

    async def check(self, store: Store) -> None:
        """Raise WalletError ``wallet_rekeyed`` if another process has given the store another key."""
        if await store.get_default_profile() not in self._defaults:
            raise WalletError(
                "the wallet has another key since this process opened it",
                code="wallet_rekeyed",
                fix="Start this process again, with the new key.",
            )

    async def turn(self, store: AskarStore, key: WalletKey) -> None:
        """Change the mark, then the key. Raises as :meth:`AskarStore.rekey`."""
        before, after = self._defaults, f"legation-{token_hex(16)}"

        async def begin(lease: Lease) -> None:
            async with lease.turn:
                lease.check()
                await lease.store.create_profile(after)
                # from now on either is ours, whichever is read
                self._defaults = before | {after}
                await lease.store.set_default_profile(after)

        async def end(lease: Lease) -> None:
            async with lease.turn:
                for profile in before:
                    await lease.store.remove_profile(profile)

        await store.use(begin)
        await store.rekey(key)
        self._defaults = frozenset({after})
        # the old mark is an empty profile, which does no harm where it stays
        with suppress(LegationError):
            await store.use(end)
