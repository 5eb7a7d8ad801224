"""Resolving DIDs of this node's own origin from its state, and all others where they stand."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from legation.domain.hosted_agents import NODE_NAME, HostedAgent
from legation.errors import GoneError, NotFoundError, ResolutionError
from legation.ports.clock import Clock
from legation.ports.resolver import DIDResolver, Resolution, VersionRequest, VersionResolver
from legation.standards.did.document import DeactivatedError, parse_did_document
from legation.standards.did.web import build_did_web, did_web_url
from legation.standards.did.webvh.urls import PREFIX as WEBVH
from legation.standards.did.webvh.urls import parse_did_webvh
from legation.usecases.hosting import Hosting
from legation.usecases.own_histories import OwnHistories

REMEMBERED = timedelta(seconds=1)
_MAX_REMEMBERED = 2048
_WEB = "did:web:"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A resolution, and the state of the agent that it was made of."""

    agent_id: str
    version: int
    resolution: Resolution


class HostedResolver:
    """Resolves DIDs (ports ``DIDResolver`` and ``VersionResolver``); the node asks itself nothing over the network.

    Documents of its own are remembered for a second at most, whatever a caller would take: so long a key counts that
    was found to be compromised at another replica. How many there are is bounded, the least recently used going first.
    """

    def __init__(
        self,
        hosting: Hosting,
        inner: DIDResolver,
        clock: Clock,
        *,
        public_url: str,
        versions: VersionResolver | None = None,
    ):
        self._hosting = hosting
        self._inner = inner
        self._versions = versions
        self._clock = clock
        self._node = build_did_web(public_url)
        # its documents stand below it
        self._origin = did_web_url(self._node).removesuffix(".well-known/did.json")
        self._agents = f"{self._node}:agents:"
        self._histories = OwnHistories(hosting)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did``.

        Raises:
            DeactivatedError: as the port; of this origin, an agent that is retired.
            ResolutionError: as the port; of this origin, an agent that never was.
            UnavailableError: as the port.
        """
        kept = self._kept.get(did)
        if kept is not None:
            age = self._clock.now() - kept.resolution.fetched_at
            # a clock that was set back makes what is remembered look as if it came from the future
            if timedelta(0) <= age < min(REMEMBERED, max_age):
                self._kept.move_to_end(did)
                return kept.resolution
        elif not self.is_own(did):
            return await self._inner.resolve(did, max_age=max_age)
        return await self._ask(did)

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did`` in that version. Raises what the port does."""
        if self.is_own(did) and did.startswith(WEBVH):
            return await self._histories.resolve(did, self._name_of(did), version, at=self._clock.now())
        if self._versions is None or self.is_own(did):
            raise ResolutionError("no history is kept of this DID's document", code="feature_not_supported")
        return await self._versions.resolve_version(did, version, max_age=max_age)

    def is_own(self, did: str) -> bool:
        """Say whether a DID is of this node's origin, whether or not one is hosted under it.

        Raises:
            ResolutionError: a did:web or did:webvh that names no place.
        """
        place = parse_did_webvh(did).web if did.startswith(WEBVH) else did
        if not place.startswith(_WEB):
            return False
        # also in another spelling: nobody makes the node fetch from itself
        return place.startswith(self._agents) or did_web_url(place).startswith(self._origin)

    async def _ask(self, did: str) -> Resolution:
        now = self._clock.now()
        if did.startswith(WEBVH):
            found = await self._histories.resolve(did, self._name_of(did), None, at=now)
            return self._remember(did, _Kept("", 0, found))
        try:
            agent = await self._hosting.find_agent(self._name_of(did))
        except GoneError as error:
            self._kept.pop(did, None)
            raise DeactivatedError("the DID is deactivated") from error
        except NotFoundError as error:
            raise ResolutionError("this node hosts no such DID") from error
        if agent.did != did:
            raise ResolutionError("this node hosts no such DID")
        return self._keep(did, agent, now)

    def _name_of(self, did: str) -> str:
        if did == self._node:
            return NODE_NAME
        place = parse_did_webvh(did).web if did.startswith(WEBVH) else did
        name = place.removeprefix(self._agents)
        # the node's name is no agent's
        return "" if name in (place, NODE_NAME) else name

    def _keep(self, did: str, agent: HostedAgent, asked_at: datetime) -> Resolution:
        kept = self._kept.get(did)
        if kept is not None and (kept.agent_id, kept.version) == (agent.id, agent.version):
            resolution = replace(kept.resolution, fetched_at=asked_at)
        else:
            raw = self._hosting.describe(agent)
            resolution = Resolution(parse_did_document(raw, did=did), raw, asked_at)
        return self._remember(did, _Kept(agent.id, agent.version, resolution))

    def _remember(self, did: str, kept: _Kept) -> Resolution:
        self._kept[did] = kept
        self._kept.move_to_end(did)
        while len(self._kept) > _MAX_REMEMBERED:
            self._kept.popitem(last=False)
        return kept.resolution
