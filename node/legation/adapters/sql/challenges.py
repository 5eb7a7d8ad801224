"""Challenges in SQL: spending one is one conditional write, so that of any number of callers one has it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from legation.adapters.sql.database import Database, microseconds
from legation.adapters.sql.schema import challenges
from legation.errors import ConflictError, NotFoundError

_PURGED_AT_ONCE = 1000


class SQLChallenges:
    """The port ``ChallengeStore``."""

    def __init__(self, database: Database):
        self._database = database

    async def add(self, digest: bytes, *, expires_at: datetime) -> None:
        """Keep a new challenge. Raises ConflictError."""
        values = {"digest": digest, "expires_at": microseconds(expires_at), "spent_at": None}
        async with self._database.begin() as connection:
            try:
                await connection.execute(insert(challenges).values(values))
            except IntegrityError as error:
                raise ConflictError("the challenge is there already") from error

    async def knows(self, digest: bytes, *, at: datetime) -> bool:
        """Say whether it was given and has not expired."""
        query = select(challenges.c.digest).where(
            challenges.c.digest == digest, challenges.c.expires_at > microseconds(at)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(query)).first() is not None

    async def spend(self, digest: bytes, *, at: datetime) -> None:
        """Spend it, or raise NotFoundError or ConflictError."""
        now = microseconds(at)
        alive = (challenges.c.digest == digest, challenges.c.expires_at > now)
        write = update(challenges).where(*alive, challenges.c.spent_at.is_(None)).values(spent_at=now)
        async with self._database.begin() as connection:
            if (await connection.execute(write)).rowcount == 1:
                return
            known = (await connection.execute(select(challenges.c.digest).where(*alive))).first()
        if known is None:
            raise NotFoundError("there is no such challenge")
        raise ConflictError("the challenge was spent before")

    async def purge(self, *, before: datetime) -> int:
        """Let go of those that expired before."""
        expired = (
            select(challenges.c.digest).where(challenges.c.expires_at < microseconds(before)).limit(_PURGED_AT_ONCE)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(delete(challenges).where(challenges.c.digest.in_(expired)))).rowcount
