"""The port to DID documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from legation.standards.did.document import DIDDocument


@dataclass(frozen=True, slots=True)
class Resolution:
    """A checked DID document, the JSON that it was read from (shared: read it only), and when that was asked for."""

    document: DIDDocument
    raw: dict[str, object]
    fetched_at: datetime


class DIDResolver(Protocol):
    """DID documents by DID."""

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did``, as it stood no longer than ``max_age`` ago.

        Raises:
            ResolutionError: not a DID, an unknown method, no document, or one that is refused.
            UnavailableError: the place where the document stands did not answer in time.
        """
