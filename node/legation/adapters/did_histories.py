"""Histories of did:webvh DIDs from the network: verified, and never shorter than they were seen before."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TypeVar

from legation.errors import EgressError, ResolutionError
from legation.ports.resolver import Resolution, VersionRequest
from legation.standards.did.webvh.entries import Version
from legation.standards.did.webvh.log import MAX_LOG_BYTES, Log, verify_entries
from legation.standards.did.webvh.urls import did_webvh_urls
from legation.standards.did.webvh.witnesses import MAX_WITNESS_BYTES
from legation.standards.timestamps import nanoseconds

_Done = TypeVar("_Done")
# fetches a URL with an Accept header, up to so many bytes
Fetch = Callable[[str, str, int], Awaitable[bytes]]

_LOG_MEDIA = "text/jsonl, application/jsonl, application/json, text/plain"
_WITNESS_MEDIA = "application/json, text/plain"
_QUICK_BYTES = 16 * 1024
_MAX_SEEN = 16384
_AT_ONCE = 2


class HistoryLostError(ResolutionError):
    """A DID's log lacks a version that it was seen with: it was cut back, or replaced by another branch."""


@dataclass(frozen=True)
class History:
    """The verified log of a DID, and when it was asked for."""

    log: Log
    fetched_at: datetime

    @property
    def ttl(self) -> timedelta:
        """How long the DID's controller lets it be kept. Raises ResolutionError if an entry of the log is refused."""
        return timedelta(seconds=self.log.latest.parameters.ttl)

    @cached_property
    def newest(self) -> Resolution:
        """The newest version. Raises ResolutionError as :meth:`Log.find` and :meth:`Log.checked`."""
        return self._resolution(self.log.latest)

    def resolve(self, request: VersionRequest) -> Resolution:
        """Return the version that is asked for. Raises as :meth:`newest`; code ``did_not_found`` if there is none."""
        version = self.log.find(version_id=request.id, version_time=request.time, version_number=request.number)
        return self._resolution(version)

    def _resolution(self, version: Version) -> Resolution:
        checked = self.log.checked(version)
        return Resolution(checked, self.log.document(version), self.fetched_at, self.log.metadata(version))


class SeenVersions:
    """The newest version of each DID that was ever seen, in this process (did:webvh 1.0, "Truncation or withholding").

    By SCID, which a DID keeps wherever it moves. The least recently seen go first, beyond 16384 of them.
    """

    def __init__(self, *, max_entries: int = _MAX_SEEN) -> None:
        self._max_entries = max_entries
        self._seen: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def check(self, log: Log) -> None:
        """Refuse a log without the newest version that was seen, and remember the newest of one that has it.

        Raises:
            HistoryLostError: it was cut back, or branches off before that version.
            ResolutionError: an entry of it is refused.
        """
        newest = log.versions[-1]
        scid = newest.parameters.scid
        number, version_id = self._seen.get(scid, (0, ""))
        if number and (number > newest.number or log.versions[number - 1].id != version_id):
            raise log.fault or HistoryLostError(
                f"version {number} of the DID was seen before, and is missing from its log now, or replaced",
                fix="Ask whoever controls the DID; the older state does not count.",
            )
        self._seen[scid] = (newest.number, newest.id)
        self._seen.move_to_end(scid)
        while len(self._seen) > self._max_entries:
            self._seen.popitem(last=False)


class DIDHistories:
    """Fetches the logs of did:webvh DIDs with their witness proofs, and verifies every entry."""

    def __init__(self, fetch: Fetch, *, seen: SeenVersions | None = None) -> None:
        self._fetch = fetch
        self._seen = seen if seen is not None else SeenVersions()
        self._large = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, did: str, asked_at: datetime) -> tuple[History, int]:
        """Return the history of ``did`` as of ``asked_at``, and how many bytes it came in.

        Its log may have a fault behind a valid part, which only the versions of that part can be asked of.

        Raises:
            ResolutionError: nothing is there, what is there is refused, or versions that were seen are missing.
            EgressError, UnavailableError: as the fetcher raises them.
        """
        log_url, witness_url = did_webvh_urls(did)
        body = await self._fetch(log_url, _LOG_MEDIA, MAX_LOG_BYTES)
        entries = await self._work(len(body), partial(verify_entries, did, body, at=nanoseconds(asked_at)))
        witness = await self._fetch_witness(witness_url) if entries.needs_witnesses else None
        log = await self._work(len(witness or b""), partial(entries.check_witnesses, witness))
        self._seen.check(log)
        return History(log, asked_at), len(body) + len(witness or b"")

    async def _fetch_witness(self, url: str) -> bytes | None:
        try:
            return await self._fetch(url, _WITNESS_MEDIA, MAX_WITNESS_BYTES)
        except EgressError as error:
            if error.code == "not_found":
                return None
            raise

    async def _work(self, size: int, work: Callable[[], _Done]) -> _Done:
        if size <= _QUICK_BYTES:
            return work()
        # A thousand signatures take a quarter of a second: nobody else waits for them, nor for sixteen logs at once,
        # which one presentation can name.
        async with self._large:
            return await asyncio.to_thread(work)
