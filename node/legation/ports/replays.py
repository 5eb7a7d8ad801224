"""The port to what may be used once: ids of tokens that callers made."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class ReplayStore(Protocol):
    """Digests that were seen, the same for every replica, kept over restarts."""

    async def spend(self, digest: bytes, *, expires_at: datetime, at: datetime) -> None:
        """Remember a digest, durably, until ``expires_at``: of any number of callers exactly one returns.

        Raises:
            ConflictError: it was seen before.
            UnavailableError: the store did not answer in time or takes no change.
        """
