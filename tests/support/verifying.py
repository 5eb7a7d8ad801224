"""What a verifier stands on, in memory: challenges, and DID documents at hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from legation.errors import ConflictError, NotFoundError, ResolutionError
from legation.ports.clock import Clock
from legation.ports.resolver import Resolution
from legation.standards.did.document import parse_did_document


class MemoryChallenges:
    """The port ``ChallengeStore``, in one process."""

    def __init__(self) -> None:
        self.kept: dict[bytes, datetime] = {}
        self.spent: set[bytes] = set()

    async def add(self, digest: bytes, *, expires_at: datetime) -> None:
        if digest in self.kept:
            raise ConflictError("there already")
        self.kept[digest] = expires_at

    async def knows(self, digest: bytes, *, at: datetime) -> bool:
        return digest in self.kept and self.kept[digest] > at

    async def spend(self, digest: bytes, *, at: datetime) -> None:
        if not await self.knows(digest, at=at):
            raise NotFoundError("no such challenge")
        if digest in self.spent:
            raise ConflictError("spent before")
        self.spent.add(digest)

    async def purge(self, *, before: datetime) -> int:
        gone = [digest for digest, expires_at in self.kept.items() if expires_at < before]
        for digest in gone:
            del self.kept[digest]
        return len(gone)


class MemoryResolver:
    """The port ``DIDResolver``, on documents at hand; ``asked`` are the DIDs that were wanted, with their bounds."""

    def __init__(self, documents: Mapping[str, dict[str, object]], clock: Clock) -> None:
        self.documents = documents
        self.asked: list[tuple[str, timedelta]] = []
        self._clock = clock

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        self.asked.append((did, max_age))
        if did not in self.documents:
            raise ResolutionError("no document")
        raw = self.documents[did]
        return Resolution(parse_did_document(raw, did=did), raw, self._clock.now())
