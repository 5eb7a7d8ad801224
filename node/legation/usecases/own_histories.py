"""Documents of hosted DIDs that have a log (did:webvh), as they stand and as they stood, from this node's own state."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from legation.domain.did_logs import read_agent_log
from legation.errors import NotFoundError, ResolutionError
from legation.ports.resolver import Resolution, VersionRequest
from legation.standards.did.webvh.log import Log
from legation.usecases.hosting import Hosting

_MAX_REMEMBERED = 256


class OwnHistories:
    """Reads logs that this node hosts, each verified as a stranger's would be, but only when it has grown."""

    def __init__(self, hosting: Hosting):
        self._hosting = hosting
        self._logs: OrderedDict[str, tuple[str, Log]] = OrderedDict()

    async def resolve(self, did: str, name: str, version: VersionRequest | None, *, at: datetime) -> Resolution:
        """Return a version, None for the newest, of the DID of the agent of that name.

        Raises:
            DeactivatedError: the DID, or that version of it, is deactivated.
            ResolutionError: no such DID is hosted here, or ``did_not_found``: it has no such version.
            UnavailableError: the state did not answer.
        """
        log = await self._find(did, name, at)
        asked = VersionRequest() if version is None else version
        found = log.find(version_id=asked.id, version_time=asked.time, version_number=asked.number)
        return Resolution(log.checked(found), log.document(found), at, log.metadata(found))

    async def _find(self, did: str, name: str, at: datetime) -> Log:
        try:
            entries = await self._hosting.agent_log(name)
        except NotFoundError as error:
            raise ResolutionError("this node hosts no such DID") from error
        kept = self._logs.get(did)
        if kept is None or kept[0] != entries[-1]:
            # an entry holds the hash of the one before it
            kept = entries[-1], read_agent_log(did, entries, at=at)
        self._logs[did] = kept
        self._logs.move_to_end(did)
        while len(self._logs) > _MAX_REMEMBERED:
            self._logs.popitem(last=False)
        return kept[1]
