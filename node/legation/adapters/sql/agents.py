"""Hosted agents in SQL: one row each, its keys and claims in it."""

from __future__ import annotations

from functools import cache

import orjson
from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, insert, select, update

from legation.adapters.sql.cursors import check_limit, cut_page, read_cursor
from legation.adapters.sql.moments import find_microseconds, find_moment_at, microseconds, moment_at
from legation.adapters.sql.schema import agents
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Row, Statement, Value
from legation.domain.agent_keys import AgentKey, KeyKind, Purpose
from legation.domain.callers import Scope
from legation.domain.hosted_agents import Claims, HostedAgent, Life
from legation.domain.pages import Page, PageRequest
from legation.errors import ConflictError, NotFoundError
from legation.ports.state import AgentFilter

_KIND = "agents"
# beyond every character that a name can go on with
_LAST = "\U0010ffff"

_ADD = Statement(agents, insert(agents), or_nothing=True)
_REPLACE = Statement(
    agents,
    update(agents)
    .where(agents.c.id == bindparam("its_id"), agents.c.version == bindparam("its_version", type_=BigInteger))
    .values({name: bindparam(name) for name in ("life", "version", "updated_at", "sponsor", "claims", "keys")}),
)
_BY_NAME = Statement(agents, select(agents).where(agents.c.name == bindparam("value")))
_BY_DID = Statement(agents, select(agents).where(agents.c.did == bindparam("value")))
_BY_ID = Statement(agents, select(agents).where(agents.c.id == bindparam("value")))


class SQLAgentRecords:
    """The port ``AgentRecords``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, agent: HostedAgent) -> None:
        """Keep a new agent. Raises ConflictError."""
        if await self._session.write(_ADD, _write(agent)) == 0:
            raise ConflictError("an agent has that name already, or had it")

    async def get(self, scope: Scope, name: str) -> HostedAgent:
        """Return the agent of that name. Raises NotFoundError."""
        return await self._get(_BY_NAME, scope, name)

    async def get_by_did(self, scope: Scope, did: str) -> HostedAgent:
        """Return the agent of that DID. Raises NotFoundError."""
        return await self._get(_BY_DID, scope, did)

    async def get_by_id(self, scope: Scope, agent_id: str) -> HostedAgent:
        """Return the agent of that id. Raises NotFoundError."""
        return await self._get(_BY_ID, scope, agent_id)

    async def list_page(self, scope: Scope, where: AgentFilter, page: PageRequest) -> Page[HostedAgent]:
        """Return a page by name. Raises MalformedError."""
        place = read_cursor(_KIND, page.cursor, (str,))
        values: dict[str, Value] = {
            "owner": where.owner,
            "scope_owner": scope.owner,
            "scope_agent": scope.agent_id,
            "life": where.life.value if where.life else None,
            "first": where.name or None,
            "after": place[0] if place else None,
        }
        given = {name: value for name, value in values.items() if value is not None}
        statement = list_statement(frozenset(given))
        last = {"last": f"{where.name}{_LAST}"} if where.name else {}
        rows = await self._session.fetch(statement, {**given, **last, "limit": check_limit(page) + 1})
        return cut_page(_KIND, [_read(row) for row in rows], page, lambda agent: (agent.name,))

    async def replace(self, agent: HostedAgent) -> None:
        """Write a changed agent. Raises ConflictError."""
        values = {**_write(agent), "its_id": agent.id, "its_version": agent.version - 1}
        if await self._session.write(_REPLACE, values) == 0:
            raise ConflictError("the agent was changed meanwhile", fix="Look at it again, then try again.")

    async def _get(self, statement: Statement, scope: Scope, value: str) -> HostedAgent:
        for row in await self._session.fetch(statement, {"value": value}):
            agent = _read(row)
            if scope.owner in (None, agent.owner) and scope.agent_id in (None, agent.id):
                return agent
        raise NotFoundError("there is no such agent")


@cache
def list_statement(given: frozenset[str]) -> Statement:
    """Return the query of a list that these values narrow."""
    column = agents.c
    conditions: dict[str, ColumnElement[bool]] = {
        "owner": column.owner == bindparam("owner"),
        "scope_owner": column.owner == bindparam("scope_owner"),
        "scope_agent": column.id == bindparam("scope_agent"),
        "life": column.life == bindparam("life"),
        "first": (column.name >= bindparam("first")) & (column.name < bindparam("last")),
        "after": column.name > bindparam("after"),
    }
    query: Select[tuple[object, ...]] = (
        select(agents)
        .where(*(conditions[name] for name in sorted(given)))
        .order_by(column.name)
        .limit(bindparam("limit", type_=Integer))
    )
    return Statement(agents, query)


def _write(agent: HostedAgent) -> dict[str, Value]:
    return {
        "id": agent.id,
        "name": agent.name,
        "did": agent.did,
        "owner": agent.owner,
        "life": agent.life.value,
        "version": agent.version,
        "created_at": microseconds(agent.created_at),
        "updated_at": microseconds(agent.updated_at),
        "sponsor": agent.sponsor,
        "claims": orjson.dumps(agent.claims.to_json()).decode(),
        "keys": orjson.dumps([_write_key(key) for key in agent.keys]).decode(),
    }


def _read(row: Row) -> HostedAgent:
    # in the order of the table's columns
    agent_id, name, did, owner, life, version, created_at, updated_at, sponsor, claims, keys = row
    return HostedAgent(
        agent_id,
        name,
        did,
        owner,
        Life(life),
        tuple(_read_key(key) for key in orjson.loads(keys)),
        moment_at(created_at),
        moment_at(updated_at),
        sponsor,
        Claims(**orjson.loads(claims)),
        version,
    )


def _write_key(key: AgentKey) -> list[str | int | None]:
    ends = (find_microseconds(key.expires_at), find_microseconds(key.compromised_at))
    return [key.id, key.purpose.value, key.kind.value, key.multikey, microseconds(key.created_at), *ends]


def _read_key(row: Row) -> AgentKey:
    key_id, purpose, kind, multikey, created_at, expires_at, compromised_at = row
    return AgentKey(
        key_id,
        Purpose(purpose),
        KeyKind(kind),
        multikey,
        moment_at(created_at),
        find_moment_at(expires_at),
        find_moment_at(compromised_at),
    )
