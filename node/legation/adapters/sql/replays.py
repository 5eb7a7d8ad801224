"""Ids of used tokens in SQL: those spent at the same time are one transaction, and each has one winner."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BigInteger, BindParameter, bindparam, delete, insert, select

from legation.adapters.sql.database import Database
from legation.adapters.sql.gathering import Gathered
from legation.adapters.sql.moments import microseconds
from legation.adapters.sql.schema import replays
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Statement, Values, find_room, listed, listed_names
from legation.errors import ConflictError, LegationError

_PURGED_AT_ONCE = 1000
_PURGE_EVERY_SECONDS = 60.0
# another replica's clock may be behind, and still take the token: what has expired is kept for a while longer
_KEPT_ON = timedelta(minutes=10) // timedelta(microseconds=1)

_ADD = Statement(replays, insert(replays))
_PURGE = Statement(
    replays,
    delete(replays).where(
        replays.c.digest.in_(
            select(replays.c.digest)
            .where(replays.c.expires_at < bindparam("before", type_=BigInteger))
            .limit(_PURGED_AT_ONCE)
        )
    ),
)


class SQLReplays:
    """The port ``ReplayStore``."""

    def __init__(self, database: Database):
        self._spending = Gathered(database, self._spend)
        self._purge_at = 0.0

    async def spend(self, digest: bytes, *, expires_at: datetime, at: datetime) -> None:
        """Remember a digest, durably, or raise ConflictError."""
        await self._spending.do((digest, microseconds(expires_at), microseconds(at)))

    async def _spend(self, session: Session, requests: Sequence[tuple[bytes, int, int]]) -> list[LegationError | None]:
        digests = [digest for digest, _, _ in requests]
        rows = await session.fetch(_find_statement(find_room(len(digests))), listed(digests))
        seen = {bytes(row[0]) for row in rows}
        answers, new = list[LegationError | None](), list[Values]()
        for digest, expires_at, _ in requests:
            if digest in seen:
                answers.append(ConflictError("it was used before"))
                continue
            seen.add(digest)
            new.append({"digest": digest, "expires_at": expires_at})
            answers.append(None)
        await session.write_each(_ADD, new)
        if time.monotonic() >= self._purge_at:
            # the earliest of the callers' moments: nobody's token goes before its time
            await session.write(_PURGE, {"before": min(at for _, _, at in requests) - _KEPT_ON})
            self._purge_at = time.monotonic() + _PURGE_EVERY_SECONDS
        return answers


@cache
def _find_statement(room: int) -> Statement:
    names: list[BindParameter[bytes]] = [bindparam(name) for name in listed_names(room)]
    return Statement(replays, select(replays.c.digest).where(replays.c.digest.in_(names)))
