"""The logs of agents' DIDs in SQL: one row for each entry."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from legation.adapters.sql.schema import did_logs
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Statement, Value
from legation.errors import ConflictError

_MAX_READ = 1000

_ADD = Statement(did_logs, insert(did_logs), or_nothing=True)
_READ = Statement(
    did_logs,
    select(did_logs.c.entry)
    .where(did_logs.c.agent_id == bindparam("agent_id"))
    .order_by(did_logs.c.number)
    .limit(_MAX_READ),
)


class SQLDIDLogs:
    """The port ``DIDLogs``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, agent_id: str, number: int, entry: str) -> None:
        """Write an entry under its number. Raises ConflictError."""
        row: dict[str, Value] = {"id": f"{agent_id}-{number}", "agent_id": agent_id, "number": number, "entry": entry}
        if await self._session.write(_ADD, row) == 0:
            raise ConflictError("the log was changed meanwhile", fix="Try again.")

    async def read(self, agent_id: str) -> list[str]:
        """Return an agent's entries, the oldest first, at most 1,000."""
        return [entry for (entry,) in await self._session.fetch(_READ, {"agent_id": agent_id})]
