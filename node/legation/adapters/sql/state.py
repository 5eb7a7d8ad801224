"""The node's state in SQL: records by noun, within transactions that the database's lanes bring together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from legation.adapters.sql.agents import SQLAgentRecords
from legation.adapters.sql.anchors import SQLAnchorRecords
from legation.adapters.sql.audit import SQLAuditTrail
from legation.adapters.sql.database import Database
from legation.adapters.sql.delegations import SQLDelegationRecords
from legation.adapters.sql.intents import SQLIntents
from legation.adapters.sql.logs import SQLDIDLogs
from legation.adapters.sql.operators import SQLOperatorRecords
from legation.adapters.sql.sessions import Session
from legation.ports.state import Records

T = TypeVar("T")


class SQLRecords:
    """The port ``Records``."""

    __slots__ = ("agents", "anchors", "audit", "delegations", "intents", "logs", "operators")

    def __init__(self, session: Session):
        self.agents = SQLAgentRecords(session)
        self.delegations = SQLDelegationRecords(session)
        self.audit = SQLAuditTrail(session)
        self.operators = SQLOperatorRecords(session)
        self.anchors = SQLAnchorRecords(session)
        self.intents = SQLIntents(session)
        self.logs = SQLDIDLogs(session)


class SQLState:
    """The port ``State``."""

    def __init__(self, database: Database):
        self._database = database

    async def change(self, work: Callable[[Records], Awaitable[T]]) -> T:
        """Return what ``work`` makes of the records, once its changes are durable.

        Raises:
            UnavailableError, FullError: the database did not answer in time, or takes no change.
        """
        return await self._database.change(lambda session: work(SQLRecords(session)))

    async def look(self, work: Callable[[Records], Awaitable[T]]) -> T:
        """Return what ``work`` reads from the records. Raises UnavailableError."""
        return await self._database.look(lambda session: work(SQLRecords(session)))
