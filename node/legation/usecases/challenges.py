"""Giving out challenges and spending them, each once, whatever else happens to this process."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from legation.domain.challenges import CHALLENGE_BYTES, LIFETIME, Challenge, build_challenge
from legation.ports.challenges import ChallengeStore
from legation.ports.clock import Clock

_PURGE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """A challenge for one presenter: what to sign, for whom, and until when."""

    challenge: Challenge
    domain: str
    expires_at: datetime


class Challenges:
    """The challenges of one verifier, whose ``domain`` presentations name; each method raises what the port does."""

    def __init__(self, store: ChallengeStore, clock: Clock, *, domain: str):
        self._store = store
        self._clock = clock
        self._domain = domain
        self._purged_at: datetime | None = None

    async def issue(self) -> IssuedChallenge:
        """Make a challenge, keep it, and return it."""
        now = self._clock.now()
        await self._purge(now)
        issued = IssuedChallenge(build_challenge(secrets.token_bytes(CHALLENGE_BYTES)), self._domain, now + LIFETIME)
        await self._store.add(issued.challenge.digest, expires_at=issued.expires_at)
        return issued

    async def spend(self, challenge: Challenge) -> None:
        """Spend a challenge; of any number of callers one returns.

        Raises:
            NotFoundError: it was not given here, or has expired.
            ConflictError: it was spent before.
        """
        await self._store.spend(challenge.digest, at=self._clock.now())

    async def _purge(self, now: datetime) -> None:
        # where no challenge is given, none pile up; a clock that was set back purges at once and again later
        if self._purged_at is None or abs(now - self._purged_at) >= _PURGE_EVERY:
            self._purged_at = now
            await self._store.purge(before=now)
