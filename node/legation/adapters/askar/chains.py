"""Held chains in an Askar store: each exactly as its hops were signed, under the id of its last hop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aries_askar import Entry, Session

from legation.adapters.askar.failures import unreadable
from legation.adapters.askar.store import AskarStore
from legation.domain.chain import Chain
from legation.errors import ConflictError, LegationError, NotFoundError, TooLargeError
from legation.ports.wallet import MAX_CHAINS, HeldChain
from legation.standards.strict_json import MAX_BYTES

_CATEGORY = "chain"
_MAX_REMOVED = 1_000  # in one transaction, which others wait for
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AskarChains:
    """The port ``ChainStore``. What a list shows of a chain is kept in encrypted tags, so that listing parses none."""

    def __init__(self, store: AskarStore, *, max_chains: int = MAX_CHAINS):
        self._store = store
        self._max_chains = max_chains

    async def add(self, chain: Chain, *, at: datetime) -> None:
        """Keep a chain, or leave it as it is. Raises ConflictError or TooLargeError."""
        if not await self._insert(chain, ()):
            expired = [held.id for held in await self.list_all() if held.valid_until <= at]
            if not expired or not await self._insert(chain, expired[:_MAX_REMOVED]):
                raise TooLargeError(
                    f"the wallet holds {self._max_chains} chains, and no more",
                    fix="Remove some, or open another wallet.",
                )

    async def get(self, chain_id: str) -> Chain:
        """Return it as it was added. Raises NotFoundError."""
        entry = await self._store.read(lambda session: session.fetch(_CATEGORY, chain_id))
        if entry is None:
            raise _missing()
        return _read(entry)

    async def list_all(self) -> list[HeldChain]:
        """Return all chains by their end."""
        held = await self._store.scan(_CATEGORY, _summarise, limit=self._max_chains)
        return sorted(held, key=lambda chain: (chain.valid_until, chain.id))

    async def remove(self, chain_id: str) -> None:
        """Let go of it. Raises NotFoundError."""

        async def drop(session: Session) -> None:
            if await session.fetch(_CATEGORY, chain_id, for_update=True) is None:
                raise _missing()
            await session.remove(_CATEGORY, chain_id)

        await self._store.write(drop)

    async def _insert(self, chain: Chain, expired: Sequence[str]) -> bool:
        leaf = chain.leaf()
        tags = {
            "issuer": leaf.issuer,
            "subject": leaf.subject,
            "hops": str(len(chain)),
            "until": str(leaf.valid_until),
        }
        value = chain.to_json().encode("utf-8")
        if len(value) > MAX_BYTES:
            raise TooLargeError(f"the chain is larger than {MAX_BYTES} bytes")

        async def insert(session: Session) -> bool:
            known = await session.fetch(_CATEGORY, leaf.id, for_update=True)
            if known is not None:
                if _fingerprints(_read(known)) != _fingerprints(chain):
                    raise ConflictError("the wallet holds another chain under this id")
                return True
            for chain_id in expired:
                if await session.fetch(_CATEGORY, chain_id, for_update=True) is not None:
                    await session.remove(_CATEGORY, chain_id)
            if await session.count(_CATEGORY) >= self._max_chains:
                return False
            await session.insert(_CATEGORY, leaf.id, value, tags)
            return True

        return await self._store.write(insert)


def _read(entry: Entry) -> Chain:
    try:
        chain = Chain.parse(entry.value)
        held_as = chain.id
    except LegationError as error:
        raise unreadable("the wallet holds a damaged chain") from error
    if held_as != entry.name:
        raise unreadable("the wallet holds a chain under another's id")
    return chain


def _summarise(entry: Entry) -> HeldChain:
    tags = entry.tags
    try:
        until = _EPOCH + timedelta(microseconds=int(tags["until"]) // 1000)
        return HeldChain(entry.name, int(tags["hops"]), tags["issuer"], tags["subject"], until)
    except (KeyError, ValueError, OverflowError) as error:
        raise unreadable("the wallet holds a damaged chain") from error


def _fingerprints(chain: Chain) -> list[bytes]:
    return [hop.fingerprint() for hop in chain]


def _missing() -> NotFoundError:
    return NotFoundError("the wallet holds no such chain", fix="See which chains it holds, or import this one.")
