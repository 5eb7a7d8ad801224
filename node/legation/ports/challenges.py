"""The port to the challenges that this node gave: who spends one first, has it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class ChallengeStore(Protocol):
    """Challenges by digest, the same for every replica, kept over restarts.

    Every method raises UnavailableError where the store does not answer in time or takes no change.
    """

    async def add(self, digest: bytes, *, expires_at: datetime) -> None:
        """Keep a new challenge, durably. Raises ConflictError if it is there already."""

    async def knows(self, digest: bytes, *, at: datetime) -> bool:
        """Say whether this challenge was given and has not expired at ``at``, spent or not."""

    async def spend(self, digest: bytes, *, at: datetime) -> None:
        """Spend a challenge, durably: of any number of callers at the same time exactly one returns.

        Raises:
            NotFoundError: it was never given, or has expired at ``at``.
            ConflictError: it was spent before.
        """

    async def purge(self, *, before: datetime) -> int:
        """Let go of those that expired before ``before``, a bounded number at a time; return how many."""
