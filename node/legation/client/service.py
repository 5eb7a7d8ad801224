"""What a node says of itself, and DIDs that it resolves."""

from __future__ import annotations

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import RESOLUTION, get
from legation.client.models import Readiness, ResolvedDID
from legation.client.reading import read_health, read_readiness, read_resolution

# a node that is not ready says so, and why, by 503; and what is wrong with a DID stands in a result too
_READINESS = frozenset({200, 503})
_RESULTS = frozenset({200, 400, 404, 406, 410, 422, 500, 501})


class AsyncService(AsyncCaller):
    """The node itself."""

    async def resolve_did(self, did: str) -> ResolvedDID:
        """Have the node resolve a DID (W3C DID Resolution); only who proves who it is may ask for those of other hosts.

        Raises:
            GoneError: it is deactivated.
            ResolutionError: it is no DID, of an unknown method, or nothing usable was found; the code says which.
        """
        call = get("1.0", "identifiers", did, read=read_resolution, media=RESOLUTION, statuses=_RESULTS)
        return await self._ask(call)

    async def get_health(self) -> str:
        """Return ``ok``, from a node that answers at all."""
        return await self._ask(get("healthz", read=read_health))

    async def get_readiness(self) -> Readiness:
        """Return whether the node can do its work, and what it lacks if it cannot; that is no error."""
        return await self._ask(get("readyz", read=read_readiness, statuses=_READINESS))


class Service(Caller):
    """The node itself."""

    _twin: AsyncService

    def resolve_did(self, did: str) -> ResolvedDID:
        """Have the node resolve a DID (W3C DID Resolution); only who proves who it is may ask for those of other hosts.

        Raises:
            GoneError: it is deactivated.
            ResolutionError: it is no DID, of an unknown method, or nothing usable was found; the code says which.
        """
        return self._run(self._twin.resolve_did(did))

    def get_health(self) -> str:
        """Return ``ok``, from a node that answers at all."""
        return self._run(self._twin.get_health())

    def get_readiness(self) -> Readiness:
        """Return whether the node can do its work, and what it lacks if it cannot; that is no error."""
        return self._run(self._twin.get_readiness())
