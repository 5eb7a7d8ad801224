"""Challenges in SQL: those given or spent at the same time are one transaction, and each has one winner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import BigInteger, BindParameter, bindparam, delete, insert, select, update

from legation.adapters.sql.database import Database
from legation.adapters.sql.gathering import Gathered
from legation.adapters.sql.moments import microseconds
from legation.adapters.sql.schema import challenges
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Statement, Values, find_room, listed, listed_names
from legation.errors import ConflictError, LegationError, NotFoundError

_PURGED_AT_ONCE = 1000

_ADD = Statement(challenges, insert(challenges))
_KNOWS = Statement(
    challenges,
    select(challenges.c.digest).where(
        challenges.c.digest == bindparam("digest"), challenges.c.expires_at > bindparam("at", type_=BigInteger)
    ),
)
_SPEND = Statement(
    challenges,
    update(challenges)
    .where(challenges.c.digest == bindparam("its_digest"), challenges.c.spent_at.is_(None))
    .values(spent_at=bindparam("at", type_=BigInteger)),
)
_PURGE = Statement(
    challenges,
    delete(challenges).where(
        challenges.c.digest.in_(
            select(challenges.c.digest)
            .where(challenges.c.expires_at < bindparam("before", type_=BigInteger))
            .limit(_PURGED_AT_ONCE)
        )
    ),
)


class SQLChallenges:
    """The port ``ChallengeStore``."""

    def __init__(self, database: Database):
        self._database = database
        self._adding = Gathered(database, _add)
        self._spending = Gathered(database, _spend)

    async def add(self, digest: bytes, *, expires_at: datetime) -> None:
        """Keep a new challenge. Raises ConflictError."""
        await self._adding.do((digest, microseconds(expires_at)))

    async def knows(self, digest: bytes, *, at: datetime) -> bool:
        """Say whether it was given and has not expired."""
        values: Values = {"digest": digest, "at": microseconds(at)}
        return bool(await self._database.look(lambda session: session.fetch(_KNOWS, values)))

    async def spend(self, digest: bytes, *, at: datetime) -> None:
        """Spend it, or raise NotFoundError or ConflictError."""
        await self._spending.do((digest, microseconds(at)))

    async def purge(self, *, before: datetime) -> int:
        """Let go of those that expired before."""
        values = {"before": microseconds(before)}
        return await self._database.change(lambda session: session.write(_PURGE, values))


async def _add(session: Session, requests: Sequence[tuple[bytes, int]]) -> list[LegationError | None]:
    there = {digest for digest, _, _ in await _find(session, requests)}
    answers, rows = list[LegationError | None](), list[Values]()
    for digest, expires_at in requests:
        if digest in there:
            answers.append(ConflictError("the challenge is there already"))
            continue
        there.add(digest)
        rows.append({"digest": digest, "expires_at": expires_at, "spent_at": None})
        answers.append(None)
    await session.write_each(_ADD, rows)
    return answers


async def _spend(session: Session, requests: Sequence[tuple[bytes, int]]) -> list[LegationError | None]:
    # changes come one after the other: what is read here stays so until it is written
    found = {digest: (expires_at, spent_at) for digest, expires_at, spent_at in await _find(session, requests)}
    answers, rows = list[LegationError | None](), list[Values]()
    for digest, at in requests:
        expires_at, spent_at = found.get(digest, (at, None))
        if expires_at <= at:
            answers.append(NotFoundError("there is no such challenge"))
        elif spent_at is not None:
            answers.append(ConflictError("the challenge was spent before"))
        else:
            found[digest] = (expires_at, at)
            rows.append({"its_digest": digest, "at": at})
            answers.append(None)
    await session.write_each(_SPEND, rows)
    return answers


async def _find(session: Session, requests: Sequence[tuple[bytes, int]]) -> list[tuple[bytes, int, int | None]]:
    digests = [digest for digest, _ in requests]
    rows = await session.fetch(_find_statement(find_room(len(digests))), listed(digests))
    return [(bytes(digest), expires_at, spent_at) for digest, expires_at, spent_at in rows]


@cache
def _find_statement(room: int) -> Statement:
    names: list[BindParameter[bytes]] = [bindparam(name) for name in listed_names(room)]
    return Statement(challenges, select(challenges).where(challenges.c.digest.in_(names)))
