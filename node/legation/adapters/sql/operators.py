"""Operators in SQL, by id and by the digest of their token."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, insert, select, update

from legation.adapters.sql.moments import find_microseconds, find_moment_at, microseconds, moment_at
from legation.adapters.sql.schema import operators
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Row, Statement
from legation.domain.operators import Operator
from legation.errors import ConflictError, NotFoundError

_MAX_LISTED = 1000
_COLUMNS = (
    operators.c.id,
    operators.c.name,
    operators.c.owner,
    operators.c.created_at,
    operators.c.revoked_at,
)

_ADD = Statement(operators, insert(operators), or_nothing=True)
_GET = Statement(operators, select(*_COLUMNS).where(operators.c.id == bindparam("id")))
_BY_TOKEN = Statement(
    operators,
    select(*_COLUMNS).where(operators.c.digest == bindparam("digest"), operators.c.revoked_at.is_(None)),
)
_LIST = Statement(operators, select(*_COLUMNS).order_by(operators.c.created_at, operators.c.id).limit(_MAX_LISTED))
_REVOKE = Statement(
    operators,
    update(operators)
    .where(operators.c.id == bindparam("its_id"), operators.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at", type_=BigInteger)),
)


class SQLOperatorRecords:
    """The port ``OperatorRecords``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, operator: Operator, digest: bytes) -> None:
        """Keep a new one. Raises ConflictError."""
        values = {
            "id": operator.id,
            "name": operator.name,
            "owner": operator.owner,
            "digest": digest,
            "created_at": microseconds(operator.created_at),
            "revoked_at": find_microseconds(operator.revoked_at),
        }
        if await self._session.write(_ADD, values) == 0:
            raise ConflictError("the operator is there already")

    async def find_by_token(self, digest: bytes) -> Operator | None:
        """Return the operator of a token that is not revoked, or None."""
        rows = await self._session.fetch(_BY_TOKEN, {"digest": digest})
        return _read(rows[0]) if rows else None

    async def list_all(self) -> list[Operator]:
        """Return all, the oldest first, revoked ones too, at most 1,000."""
        return [_read(row) for row in await self._session.fetch(_LIST, {})]

    async def revoke(self, operator_id: str, *, at: datetime) -> Operator:
        """Revoke a token, and return its operator. Raises NotFoundError."""
        # first whether it is there: an id that cannot be stored is not found, as any other
        if not await self._session.fetch(_GET, {"id": operator_id}):
            raise NotFoundError("there is no such operator")
        await self._session.write(_REVOKE, {"its_id": operator_id, "at": microseconds(at)})
        return _read((await self._session.fetch(_GET, {"id": operator_id}))[0])


def _read(row: Row) -> Operator:
    operator_id, name, owner, created_at, revoked_at = row
    return Operator(operator_id, name, owner, moment_at(created_at), find_moment_at(revoked_at))
