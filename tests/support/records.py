"""Records of a state for tests: agents, delegations and entries of the audit trail, as few words as a test needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from legation.adapters.sql.database import Database
from legation.adapters.sql.sources import parse_database_url
from legation.adapters.sql.state import SQLState
from legation.adapters.sql.statements import Kind, Step
from legation.domain.agent_keys import AgentKey, KeyKind, Purpose
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation, Party
from legation.domain.hosted_agents import Claims, HostedAgent, Life

T = TypeVar("T")

NOW = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
ALL = Scope()


def run_state(url: str, act: Callable[[SQLState], Awaitable[T]]) -> T:
    """Open a state, do something with it, and close it."""

    async def within() -> T:
        async with Database.open(url) as database:
            return await act(SQLState(database))

    return asyncio.run(within())


async def run_sql(url: str, text: str) -> list[tuple[object, ...]]:
    """Run SQL on a database that may be open, and return its rows."""
    link = parse_database_url(url).link(writes=True, hurries=False)
    until = asyncio.get_running_loop().time() + 30
    try:
        await link.begin(until=until)
        rows = (await link.run([Step(Kind.ROWS, text)], until=until))[0]
        await link.commit([], until=until)
    finally:
        await link.close()
    return [tuple(row) for row in rows] if isinstance(rows, list) else []


def build_agent(number: int, *, owner: str = "acme", life: Life = Life.ACTIVE, name: str | None = None) -> HostedAgent:
    """Return an agent with a key of each sort."""
    agent_id = f"{number:032x}"
    keys = (
        AgentKey(f"{agent_id}-1", Purpose.SIGNING, KeyKind.ED25519, f"z{number}a", NOW, NOW, NOW + timedelta(days=1)),
        AgentKey(f"{agent_id}-2", Purpose.ACCESS, KeyKind.P256, f"z{number}b", NOW),
    )
    called = name or f"agent-{number:04}"
    return HostedAgent(
        agent_id,
        called,
        f"did:web:node.example:agents:{called}",
        owner,
        life,
        keys,
        NOW,
        NOW + timedelta(microseconds=1),
        "mailto:ana@acme.example",
        Claims("modell-ü", None, "1.2", None),
    )


def build_party(number: int | None, *, owner: str = "acme") -> Party:
    """Return an agent of the node as a party, or somebody else."""
    if number is None:
        return Party("did:key:z6MkStranger")
    return Party(build_agent(number).did, f"{number:032x}", owner)


def build_delegation(
    number: int,
    issuer: Party,
    subject: Party,
    *,
    parent: str | None = None,
    digest: str | None = None,
    age: int | None = None,
) -> HeldDelegation:
    """Return a delegation; the higher its number, the younger, unless ``age`` says otherwise."""
    return HeldDelegation(
        id=f"00000000-0000-7000-8000-{number:012x}",
        credential_id=f"urn:uuid:{number}",
        digest=digest or f"digest-{number}",
        parent=parent,
        hops=1 if parent is None else 2,
        issuer=issuer,
        subject=subject,
        principal="https://idp.example#ana",
        valid_from=NOW,
        valid_until=NOW + timedelta(hours=1),
        created_at=NOW + timedelta(microseconds=number if age is None else -age),
        chain=f'["{number} ü"]',
    )


def build_entry(
    act: str = "agent.create", *, target: str = "agent-1", owner: str | None = "acme", outcome: Outcome = Outcome.DONE
) -> AuditEntry:
    """Return an entry of the audit trail."""
    code = None if outcome is Outcome.DONE else "conflict"
    return AuditEntry(NOW, "operator:1", act, target, outcome, owner, code, "request-1")
