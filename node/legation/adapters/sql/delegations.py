"""Held delegations in SQL: rows that are only added, reached through whoever issued or received them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, and_, bindparam, insert, or_, select, tuple_

from legation.adapters.sql.cursors import check_limit, cut_page, read_cursor
from legation.adapters.sql.moments import microseconds, moment_at
from legation.adapters.sql.schema import delegations
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Row, Statement, Value
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation, Party
from legation.domain.pages import Page, PageRequest
from legation.errors import ConflictError, NotFoundError
from legation.ports.state import DelegationFilter

_KIND = "delegations"
_PARENTS_AT_ONCE = 32
_ROLES = ("issuer", "subject")

_ADD = Statement(delegations, insert(delegations))
_ADD_ALONE = Statement(delegations, insert(delegations), or_nothing=True)
_GET = Statement(delegations, select(delegations).where(delegations.c.id == bindparam("id")))
_SHOWN = tuple(column for column in delegations.c if column.name != "chain")


class SQLDelegationRecords:
    """The port ``DelegationRecords``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, delegation: HeldDelegation) -> None:
        """Keep a new one. Raises ConflictError."""
        if delegation.chain is None:
            raise ConflictError("a delegation is kept with its chain")
        await self._session.insert(_ADD, _ADD_ALONE, _write(delegation))

    async def get(self, scope: Scope, delegation_id: str) -> HeldDelegation:
        """Return it with its chain. Raises NotFoundError."""
        for row in await self._session.fetch(_GET, {"id": delegation_id}):
            delegation = _read(row)
            if scope.is_everything or any(_reaches(scope, p) for p in (delegation.issuer, delegation.subject)):
                return delegation
        raise NotFoundError("there is no such delegation")

    async def find_by_digest(self, scope: Scope, digest: str) -> HeldDelegation | None:
        """Return the oldest whose last hop has that digest, with its chain, or None."""
        statement = digest_statement(_bounds(scope))
        rows = await self._session.fetch(statement, {"digest": digest, **_values(scope)})
        return _read(rows[0]) if rows else None

    async def list_page(self, scope: Scope, where: DelegationFilter, page: PageRequest) -> Page[HeldDelegation]:
        """Return a page, the newest first, without chains. Raises MalformedError."""
        place = read_cursor(_KIND, page.cursor, (int, str))
        values: dict[str, Value] = {"agent": where.agent_id, **_values(scope), "limit": check_limit(page) + 1}
        if place is not None:
            values["at"], values["after"] = place
        found: dict[str, HeldDelegation] = {}
        for statement in list_statements(scope, where, after=place is not None):
            for row in await self._session.fetch(statement, values):
                delegation = _read(row)
                found[delegation.id] = delegation
        # each list is in this order, and what both have is one
        newest = sorted(found.values(), key=_age, reverse=True)
        return cut_page(_KIND, newest[: page.limit + 1], page, lambda shown: (microseconds(shown.created_at), shown.id))

    async def list_children(self, scope: Scope, parents: Collection[str], *, limit: int) -> list[HeldDelegation]:
        """Return those that extend any of ``parents``, the oldest first, without chains, at most ``limit``."""
        statement, bound = children_statement(_bounds(scope)), {**_values(scope), "limit": max(limit, 0)}
        ids, oldest = list(dict.fromkeys(parents)), list[HeldDelegation]()
        for first in range(0, len(ids), _PARENTS_AT_ONCE):
            each = [{"parent": parent, **bound} for parent in ids[first : first + _PARENTS_AT_ONCE]]
            found = [_read(row) for rows in await self._session.fetch_each(statement, each) for row in rows]
            oldest = sorted([*oldest, *found], key=_age)[:limit]
        return oldest


# ------------------------------------------------ queries: each one walks along one index, in the order of the list


def list_statements(scope: Scope, where: DelegationFilter, *, after: bool) -> Sequence[Statement]:
    """Return the queries whose rows together are a list, one for each part that leads to them."""
    filtered = where.agent_id is not None
    if not filtered and scope.is_everything:
        return (_list_statement(None, False, _bounds(scope), after),)
    roles = _ROLES if where.role is None else (where.role.value,)
    return tuple(_list_statement(role, filtered, _bounds(scope), after) for role in roles)


@cache
def _list_statement(role: str | None, filtered: bool, bounds: frozenset[str], after: bool) -> Statement:
    conditions: list[ColumnElement[bool]] = []
    if role is not None and filtered:
        # of one agent, as far as the scope reaches it in any part
        conditions = [delegations.c[f"{role}_agent"] == bindparam("agent"), *_reach(bounds)]
    elif role is not None:
        conditions = [_party(role, bounds)]
    place = tuple_(delegations.c.created_at, delegations.c.id)
    if after:
        conditions.append(place < tuple_(bindparam("at", type_=BigInteger), bindparam("after")))
    query: Select[tuple[object, ...]] = (
        select(*_SHOWN)
        .where(*conditions)
        .order_by(delegations.c.created_at.desc(), delegations.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )
    return Statement(delegations, query)


@cache
def digest_statement(bounds: frozenset[str]) -> Statement:
    """Return the query for the oldest row of a digest."""
    return Statement(delegations, _oldest(select(delegations), "digest", bounds).limit(1))


@cache
def children_statement(bounds: frozenset[str]) -> Statement:
    """Return the query for the children of a parent."""
    query = _oldest(select(*_SHOWN), "parent", bounds)
    return Statement(delegations, query.limit(bindparam("limit", type_=Integer)))


def _oldest(query: Select[tuple[object, ...]], by: str, bounds: frozenset[str]) -> Select[tuple[object, ...]]:
    found = query.where(delegations.c[by] == bindparam(by), *_reach(bounds))
    return found.order_by(delegations.c.created_at, delegations.c.id)


def _reach(bounds: frozenset[str]) -> list[ColumnElement[bool]]:
    return [or_(*(_party(role, bounds) for role in _ROLES))] if bounds else []


def _party(role: str, bounds: frozenset[str]) -> ColumnElement[bool]:
    return and_(*(delegations.c[f"{role}_{bound}"] == bindparam(f"scope_{bound}") for bound in sorted(bounds)))


def _bounds(scope: Scope) -> frozenset[str]:
    given = {"owner": scope.owner, "agent": scope.agent_id}
    return frozenset(name for name, value in given.items() if value is not None)


def _values(scope: Scope) -> dict[str, Value]:
    return {"scope_owner": scope.owner, "scope_agent": scope.agent_id}


# ------------------------------------------------ rows


def _reaches(scope: Scope, party: Party) -> bool:
    return scope.owner in (None, party.owner) and scope.agent_id in (None, party.agent_id)


def _age(delegation: HeldDelegation) -> tuple[int, str]:
    return microseconds(delegation.created_at), delegation.id


def _write(delegation: HeldDelegation) -> dict[str, Value]:
    return {
        "id": delegation.id,
        "created_at": microseconds(delegation.created_at),
        "credential_id": delegation.credential_id,
        "digest": delegation.digest,
        "parent": delegation.parent,
        "hops": delegation.hops,
        **_write_party("issuer", delegation.issuer),
        **_write_party("subject", delegation.subject),
        "principal": delegation.principal,
        "valid_from": microseconds(delegation.valid_from),
        "valid_until": microseconds(delegation.valid_until),
        "chain": delegation.chain,
    }


def _write_party(role: str, party: Party) -> dict[str, Value]:
    return {f"{role}_did": party.did, f"{role}_agent": party.agent_id, f"{role}_owner": party.owner}


def _read(row: Row) -> HeldDelegation:
    # in the order of the table's columns, of which a list leaves out the last one
    delegation_id, created_at, credential_id, digest, parent, hops = row[:6]
    principal, valid_from, valid_until = row[12:15]
    return HeldDelegation(
        delegation_id,
        credential_id,
        digest,
        parent,
        hops,
        Party(*row[6:9]),
        Party(*row[9:12]),
        principal,
        moment_at(valid_from),
        moment_at(valid_until),
        moment_at(created_at),
        row[15] if len(row) > len(_SHOWN) else None,
    )
