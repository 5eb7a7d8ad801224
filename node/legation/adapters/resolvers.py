"""DID documents from the network, through the egress guard, cached within the bound that each caller sets."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from legation.adapters.did_histories import DIDHistories, History
from legation.adapters.resolution_cache import ResolutionCache
from legation.errors import EgressError, MalformedError, ResolutionError, TooLargeError
from legation.ports.clock import Clock
from legation.ports.fetcher import DocumentFetcher
from legation.ports.resolver import Resolution, VersionRequest
from legation.standards.did.document import parse_did_document
from legation.standards.did.methods import OfflineMethod, find_method_of
from legation.standards.did.web import did_web_url
from legation.standards.did.webvh.urls import PREFIX as WEBVH
from legation.standards.strict_json import parse_json

MAX_DOCUMENT_BYTES = 256 * 1024
_AT_LOCALHOST = re.compile(r"https://localhost[:/]")
_ACCEPT = "application/did, application/did+ld+json, application/did+json, application/json"


@dataclass(frozen=True, slots=True)
class _Flight:
    """A fetch under way, and when it was begun."""

    task: asyncio.Task[Resolution | History]
    asked_at: datetime


class NetworkResolver:
    """Resolves DIDs from themselves or from where they stand (ports ``DIDResolver`` and ``VersionResolver``).

    Resolves of one DID at the same time share one fetch. Nothing is kept beyond this object: replicas agree
    because each of them asks again when its copy is older than the caller's bound. What versions of a DID's history
    were seen outlives every copy: a log that was cut back is refused.
    """

    def __init__(
        self, fetcher: DocumentFetcher, *, clock: Clock, cache: ResolutionCache[Resolution | History] | None = None
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._cache: ResolutionCache[Resolution | History] = cache if cache is not None else ResolutionCache()
        self._histories = DIDHistories(self._fetch)
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[Resolution | History]] = set()  # a forgotten flight still needs a holder

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
        method.locate(did)
        found = await self._find(did, max_age)
        return found.newest if isinstance(found, History) else found

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did`` in that version, from a copy of its history younger than ``max_age``.

        Raises:
            DeactivatedError: that version is the one that deactivated the DID.
            ResolutionError: ``feature_not_supported``: the method keeps no history; ``did_not_found``: it has no such
                version; otherwise as :meth:`resolve`.
            UnavailableError: as :meth:`resolve`.
        """
        find_method_of(did)
        if not did.startswith(WEBVH):
            raise ResolutionError("the DID's method keeps no earlier versions", code="feature_not_supported")
        found = await self._find(did, max_age)
        if not isinstance(found, History):
            raise ResolutionError("the DID has no history", code="feature_not_supported")
        return found.resolve(version)

    def forget(self, did: str) -> None:
        """Make the next resolve of ``did`` ask its host again, whatever is kept or on its way (forced refresh)."""
        self._cache.forget(did)
        self._flights.pop(did, None)

    async def _find(self, did: str, max_age: timedelta) -> Resolution | History:
        now = self._clock.now()
        if (kept := self._cache.find(did, at=now, max_age=max_age)) is not None:
            return kept
        # one caller that gives up does not take the fetch from the others
        return await asyncio.shield(self._join(did, now, max_age))

    def _join(self, did: str, now: datetime, max_age: timedelta) -> asyncio.Task[Resolution | History]:
        under_way = self._flights.get(did)
        # a fetch that was begun longer ago than the bound may bring what stood there before
        if under_way is not None and timedelta(0) <= now - under_way.asked_at <= max_age:
            return under_way.task
        task = asyncio.create_task(self._fly(did, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_collect)
        self._flights[did] = _Flight(task, now)
        return task

    async def _fly(self, did: str, asked_at: datetime) -> Resolution | History:
        try:
            return await (self._fetch_history if did.startswith(WEBVH) else self._fetch_document)(did, asked_at)
        except EgressError as error:
            raise ResolutionError(f"the DID document could not be fetched: {error.detail}", fix=error.fix) from error
        finally:
            if self._is_current(did):
                del self._flights[did]

    async def _fetch_document(self, did: str, asked_at: datetime) -> Resolution:
        url = did_web_url(did)
        body = await self._fetch(url, _ACCEPT, MAX_DOCUMENT_BYTES)
        resolution = _read(did, body, asked_at)
        if self._is_current(did):  # else it was forgotten or overtaken meanwhile
            self._cache.put(did, resolution, size=len(body))
        return resolution

    async def _fetch_history(self, did: str, asked_at: datetime) -> History:
        history, size = await self._histories.fetch(did, asked_at)
        # "Read": what fails verification is not kept, so that it can be put right
        if self._is_current(did) and history.log.fault is None:
            self._cache.put(did, history, size=size, ttl=history.ttl)
        return history

    def _is_current(self, did: str) -> bool:
        flight = self._flights.get(did)
        return flight is not None and flight.task is asyncio.current_task()

    async def _fetch(self, url: str, accept: str, max_bytes: int) -> bytes:
        # plain http is for this machine alone, where a setting allows it
        if self._fetcher.allows_loopback and _AT_LOCALHOST.match(url):
            url = url.replace("https://", "http://", 1)
        return await self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)


def _read(did: str, body: bytes, asked_at: datetime) -> Resolution:
    try:
        raw = parse_json(body, max_bytes=MAX_DOCUMENT_BYTES)
    except (MalformedError, TooLargeError) as error:
        raise ResolutionError("the DID document is not strict JSON") from error
    if not isinstance(raw, dict):
        raise ResolutionError("the DID document is not a JSON object")
    return Resolution(parse_did_document(raw, did=did), raw, asked_at)


def _collect(flight: asyncio.Task[Resolution | History]) -> None:
    # whoever waits is told as well; if nobody waits any more, an error is nobody's news
    if not flight.cancelled():
        flight.exception()
