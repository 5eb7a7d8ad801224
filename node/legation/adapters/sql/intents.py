"""What is under way between the state and the vault, in SQL: at most one row for an agent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, insert, select

from legation.adapters.sql.moments import microseconds, moment_at
from legation.adapters.sql.schema import intents
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Statement, Value
from legation.errors import ConflictError
from legation.ports.state import Intent

_MAX_LISTED = 1000

_BEGIN = Statement(intents, insert(intents), or_nothing=True)
_END = Statement(
    intents,
    delete(intents).where(
        intents.c.agent_id == bindparam("agent_id"), intents.c.began_at == bindparam("began_at", type_=BigInteger)
    ),
)
_LIST = Statement(
    intents,
    select(intents.c.agent_id, intents.c.began_at)
    .where(intents.c.began_at <= bindparam("moment", type_=BigInteger))
    .order_by(intents.c.began_at, intents.c.agent_id)
    .limit(_MAX_LISTED),
)


class SQLIntents:
    """The port ``Intents``."""

    def __init__(self, session: Session):
        self._session = session

    async def begin(self, intent: Intent) -> None:
        """Write an intent. Raises ConflictError."""
        if await self._session.write(_BEGIN, _write(intent)) == 0:
            raise ConflictError("the agent's keys are being changed by somebody else", fix="Try again.")

    async def end(self, intent: Intent) -> bool:
        """Strike out exactly this one, and say whether it stood."""
        return await self._session.write(_END, _write(intent)) != 0

    async def list_before(self, moment: datetime) -> list[Intent]:
        """Return those that began at ``moment`` or before, the oldest first, at most 1,000."""
        rows = await self._session.fetch(_LIST, {"moment": microseconds(moment)})
        return [Intent(agent_id, moment_at(began_at)) for agent_id, began_at in rows]


def _write(intent: Intent) -> dict[str, Value]:
    return {"agent_id": intent.agent_id, "began_at": microseconds(intent.at)}
