"""DID documents from the network: did:web through the egress guard, cached within the bound that each caller sets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from legation.adapters.resolution_cache import ResolutionCache
from legation.errors import EgressError, MalformedError, ResolutionError, TooLargeError
from legation.ports.clock import Clock
from legation.ports.fetcher import DocumentFetcher
from legation.ports.resolver import Resolution
from legation.standards.did.document import parse_did_document
from legation.standards.did.methods import OfflineMethod, find_method_of
from legation.standards.did.web import is_loopback_did_web
from legation.standards.strict_json import parse_json

MAX_DOCUMENT_BYTES = 256 * 1024
_ACCEPT = "application/did, application/did+ld+json, application/did+json, application/json"


@dataclass(frozen=True, slots=True)
class _Flight:
    """A fetch under way, and when it was begun."""

    task: asyncio.Task[Resolution]
    asked_at: datetime


class NetworkResolver:
    """Resolves DIDs from themselves or from where their documents stand (port ``DIDResolver``).

    Resolves of one DID at the same time share one fetch. Nothing is kept beyond this object: replicas agree
    because each of them asks again when its copy is older than the caller's bound.
    """

    def __init__(self, fetcher: DocumentFetcher, *, clock: Clock, cache: ResolutionCache | None = None) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._cache = cache if cache is not None else ResolutionCache()
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[Resolution]] = set()  # a forgotten flight still needs somebody who holds it

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did``; a copy counts only while it is younger than ``max_age``.

        Raises:
            ResolutionError: not a DID, an unknown method, no document, one that is refused, or the guard refuses.
            UnavailableError: the host of the document did not answer in time; an older copy does not count.
        """
        method = find_method_of(did)
        if isinstance(method, OfflineMethod):
            document = method.resolve(did)
            return Resolution(document, method.build_document(did), self._clock.now())
        now = self._clock.now()
        if (kept := self._cache.find(did, at=now, max_age=max_age)) is not None:
            return kept
        # one caller that gives up does not take the fetch from the others
        return await asyncio.shield(self._join(did, method.locate(did), now, max_age))

    def forget(self, did: str) -> None:
        """Make the next resolve of ``did`` ask its host again, whatever is kept or on its way (forced refresh)."""
        self._cache.forget(did)
        self._flights.pop(did, None)

    def _join(self, did: str, url: str, now: datetime, max_age: timedelta) -> asyncio.Task[Resolution]:
        under_way = self._flights.get(did)
        # a fetch that was begun longer ago than the bound may bring what stood there before
        if under_way is not None and timedelta(0) <= now - under_way.asked_at <= max_age:
            return under_way.task
        task = asyncio.create_task(self._fly(did, url, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_collect)
        self._flights[did] = _Flight(task, now)
        return task

    async def _fly(self, did: str, url: str, asked_at: datetime) -> Resolution:
        try:
            body = await self._fetch(did, url)
            resolution = _read(did, body, asked_at)
            if self._is_current(did):  # else it was forgotten or overtaken meanwhile
                self._cache.put(did, resolution, size=len(body))
            return resolution
        finally:
            if self._is_current(did):
                del self._flights[did]

    def _is_current(self, did: str) -> bool:
        flight = self._flights.get(did)
        return flight is not None and flight.task is asyncio.current_task()

    async def _fetch(self, did: str, url: str) -> bytes:
        if self._fetcher.allows_loopback and is_loopback_did_web(did):
            url = url.replace("https://", "http://", 1)
        try:
            return await self._fetcher.fetch(url, accept=_ACCEPT, max_bytes=MAX_DOCUMENT_BYTES)
        except EgressError as error:
            raise ResolutionError(f"the DID document could not be fetched: {error.detail}", fix=error.fix) from error


def _read(did: str, body: bytes, asked_at: datetime) -> Resolution:
    try:
        raw = parse_json(body, max_bytes=MAX_DOCUMENT_BYTES)
    except (MalformedError, TooLargeError) as error:
        raise ResolutionError("the DID document is not strict JSON") from error
    if not isinstance(raw, dict):
        raise ResolutionError("the DID document is not a JSON object")
    return Resolution(parse_did_document(raw, did=did), raw, asked_at)


def _collect(flight: asyncio.Task[Resolution]) -> None:
    # whoever waits is told as well; if nobody waits any more, an error is nobody's news
    if not flight.cancelled():
        flight.exception()
