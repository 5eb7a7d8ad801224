"""The audit trail in SQL: rows that are only added, which triggers see to."""

from __future__ import annotations

from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, insert, select

from legation.adapters.sql.cursors import check_limit, cut_page, read_cursor
from legation.adapters.sql.moments import microseconds, moment_at
from legation.adapters.sql.schema import audit
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Row, Statement, Value
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.callers import Scope
from legation.domain.pages import Page, PageRequest
from legation.ports.state import AuditFilter

_KIND = "audit"
_WRITTEN = tuple(column.name for column in audit.c if column.name != "id")

# the table gives the id
_ADD = Statement(audit, insert(audit).values({name: bindparam(name) for name in _WRITTEN}).inline())


class SQLAuditTrail:
    """The port ``AuditTrail``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry."""
        await self._session.insert(_ADD, _ADD, _write(entry))

    async def list_page(self, scope: Scope, where: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Return a page, the newest first. Raises MalformedError."""
        place = read_cursor(_KIND, page.cursor, (int,))
        limit = check_limit(page)
        if scope.agent_id is not None:
            return Page(())
        values: dict[str, Value] = {
            "owner": scope.owner,
            "actor": where.actor,
            "act": where.act,
            "target": where.target,
            "outcome": where.outcome.value if where.outcome else None,
            "before": place[0] if place else None,
        }
        given = {name: value for name, value in values.items() if value is not None}
        rows = await self._session.fetch(list_statement(frozenset(given)), {**given, "limit": limit + 1})
        return cut_page(_KIND, [_read(row) for row in rows], page, lambda entry: (entry.id or 0,))


@cache
def list_statement(given: frozenset[str]) -> Statement:
    """Return the query of a list that these values narrow."""
    conditions: list[ColumnElement[bool]] = [
        audit.c[name] == bindparam(name) for name in sorted(given) if name != "before"
    ]
    if "before" in given:
        conditions.append(audit.c.id < bindparam("before", type_=BigInteger))
    query: Select[tuple[object, ...]] = (
        select(audit).where(*conditions).order_by(audit.c.id.desc()).limit(bindparam("limit", type_=Integer))
    )
    return Statement(audit, query)


def _write(entry: AuditEntry) -> dict[str, Value]:
    return {
        "at": microseconds(entry.at),
        "actor": entry.actor,
        "act": entry.act,
        "target": entry.target,
        "outcome": entry.outcome.value,
        "owner": entry.owner,
        "code": entry.code,
        "request_id": entry.request_id,
    }


def _read(row: Row) -> AuditEntry:
    # in the order of the table's columns
    entry_id, at, actor, act, target, outcome, owner, code, request_id = row
    return AuditEntry(moment_at(at), actor, act, target, Outcome(outcome), owner, code, request_id, entry_id)
