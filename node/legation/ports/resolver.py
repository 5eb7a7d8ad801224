"""The ports to DID documents: as they stand, and as they stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from legation.standards.did.document import DIDDocument


@dataclass(frozen=True, slots=True)
class Resolution:
    """A checked DID document, the JSON that it was read from (shared: read it only), and when that was asked for.

    ``metadata`` is what the method says of the document (W3C DID Resolution 1.0 §4.3): ``versionId``, ``created``,
    ``updated``, ``nextVersionId`` … for one with a history, nothing for others.
    """

    document: DIDDocument
    raw: dict[str, object]
    fetched_at: datetime
    metadata: Mapping[str, object] = field(default_factory=dict)


class DIDResolver(Protocol):
    """DID documents by DID."""

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did``, as it stood no longer than ``max_age`` ago.

        Raises:
            DeactivatedError: the DID is deactivated.
            ResolutionError: not a DID, an unknown method, no document, or one that is refused.
            UnavailableError: the place where the document stands did not answer in time.
        """


@dataclass(frozen=True, slots=True)
class VersionRequest:
    """Which version of a document is wanted; exactly one of the three is given (W3C DID Resolution 1.0 §3, §13.4).

    ``id`` is the method's own name of a version, ``time`` a moment, in nanoseconds since 1970 UTC, at which it was the
    latest one; ``number`` counts from 1, where the method has numbers (did:webvh 1.0, ``versionNumber``).
    """

    id: str | None = None
    time: int | None = None
    number: int | None = None


@runtime_checkable
class VersionResolver(Protocol):
    """Earlier versions of DID documents, for methods that keep a history."""

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did`` in that version, from a history fetched no longer than ``max_age`` ago.

        Raises:
            DeactivatedError: that version is the one that deactivated the DID.
            ResolutionError: ``feature_not_supported``: the method keeps no such history; ``did_not_found``: it has no
                such version; otherwise as :meth:`DIDResolver.resolve`.
            UnavailableError: as there.
        """
