"""What was fetched of DIDs, in memory: bounded in number and bytes, the least recently used going first."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

_UNBOUNDED = timedelta.max


class Fetched(Protocol):
    """Something that was asked for at a moment."""

    @property
    def fetched_at(self) -> datetime:
        """When it was asked for."""


Kept = TypeVar("Kept", bound=Fetched)


class ResolutionCache(Generic[Kept]):
    """What was fetched, by DID. How old one may be is the caller's to say, each time anew."""

    def __init__(self, *, max_entries: int = 1024, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[Kept, int, timedelta]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, did: str, *, at: datetime, max_age: timedelta) -> Kept | None:
        """Return what is kept of ``did`` if it was fetched less than ``max_age``, and its ttl, before ``at``."""
        entry = self._entries.get(did)
        # one from the future was kept before the clock was set back: its age is unknown
        if entry is None or not timedelta(0) <= at - entry[0].fetched_at < min(max_age, entry[2]):
            return None
        self._entries.move_to_end(did)
        return entry[0]

    def put(self, did: str, resolution: Kept, *, size: int, ttl: timedelta = _UNBOUNDED) -> None:
        """Keep what came in ``size`` bytes, unless it alone is beyond the bound; it counts for ``ttl`` at most."""
        self.forget(did)
        if size > self._max_bytes:
            return
        self._entries[did] = (resolution, size, ttl)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            _, (_, evicted, _) = self._entries.popitem(last=False)
            self._bytes -= evicted

    def forget(self, did: str) -> None:
        """Drop what is kept of ``did``, if anything."""
        entry = self._entries.pop(did, None)
        if entry is not None:
            self._bytes -= entry[1]
