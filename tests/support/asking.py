"""The two clients behind one call, so that every test is a test of both; and what a node would answer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from legation.client import AsyncClient, Client
from legation.domain.operators import build_operator_token
from legation.errors import LegationError

BOTH = ["async", "sync"]
TOKEN = build_operator_token(bytes(range(32)))
MOMENT = "2026-11-01T12:00:00Z"
LATER = "2026-11-01T13:00:00Z"
AGENT_ID = "0123456789abcdef0123456789abcdef"
DELEGATION_ID = "01932f4e-8a00-7abc-8def-0123456789ab"

KEY: dict[str, Any] = {
    "id": f"{AGENT_ID}-1",
    "agent": "planner",
    "purpose": "signing",
    "type": "Ed25519",
    "method": "did:web:node.example:agents:planner#z6Mk",
    "publicKeyMultibase": "z6Mk",
    "state": "expired",
    "heldBy": "node",
    "createdAt": MOMENT,
    "expiresAt": LATER,
}
AGENT: dict[str, Any] = {
    "id": AGENT_ID,
    "name": "planner",
    "did": "did:web:node.example:agents:planner",
    "life": "active",
    "owner": "acme",
    "sponsor": "mailto:ana@acme.example",
    "agent_model": "m-1",
    "keys": [KEY],
    "createdAt": MOMENT,
    "updatedAt": LATER,
}
DELEGATION: dict[str, Any] = {
    "id": DELEGATION_ID,
    "credentialId": "urn:uuid:1",
    "digest": "digest",
    "parent": "01932f4e-8a00-7abc-8def-000000000000",
    "hops": 2,
    "issuer": "did:web:node.example:agents:planner",
    "subject": "did:key:z6MkWorker",
    "principal": "did:key:z6MkAna",
    "validFrom": MOMENT,
    "validUntil": LATER,
    "createdAt": MOMENT,
}
OPERATOR: dict[str, Any] = {"id": AGENT_ID, "name": "ana", "owner": "acme", "createdAt": MOMENT}
ENTRY: dict[str, Any] = {
    "id": 7,
    "at": MOMENT,
    "actor": f"operator:{AGENT_ID}",
    "act": "agent.create",
    "target": "planner",
    "outcome": "refused",
    "owner": "acme",
    "code": "conflict",
    "requestId": "r-1",
}
ANCHOR: dict[str, Any] = {
    "id": AGENT_ID,
    "source": "node",
    "issuer": "did:key:z6MkAna",
    "grants": [{"type": "mail"}, {"type": "mcp_tool", "locations": ["https://ads.example/mcp"]}],
    "principals": ["did:key:z6MkAna"],
}
YES: dict[str, Any] = {
    "verified": True,
    "accepted": True,
    "principal": "did:key:z6MkAna",
    "holder": "did:key:z6MkWorker",
    "authorizationDetails": [{"type": "mail"}],
    "hops": [{"hop": 0, "checks": {"proof": "passed"}}],
    "error": None,
}
NO: dict[str, Any] = {
    "verified": False,
    "accepted": False,
    "principal": None,
    "holder": None,
    "authorizationDetails": [],
    "hops": [],
    "error": {
        "code": "widened",
        "hop": 1,
        "pointer": "/credentialSubject",
        "message": "too much",
        "allowed": ["read"],
        "claimed": ["read", "send"],
        "fix": "Ask for less.",
    },
}


def ask(
    kind: str, origin: str, method: str, *arguments: Any, settings: dict[str, Any] | None = None, **named: Any
) -> Any:
    """Make one call with one of the clients; what it yields comes as a list."""
    given = {"token": TOKEN, **(settings or {})}
    if kind == "sync":
        with Client(origin, **given) as client:
            found = getattr(client, method)(*arguments, **named)
            return list(found) if isinstance(found, Iterator) else found

    async def run() -> Any:
        async with AsyncClient(origin, **given) as client:
            found = getattr(client, method)(*arguments, **named)
            return await found if inspect.isawaitable(found) else [item async for item in found]

    return asyncio.run(run())


def refusal(kind: str, origin: str, method: str, *arguments: Any, **named: Any) -> LegationError:
    """Make one call that is refused, and return the error."""
    with pytest.raises(LegationError) as caught:
        ask(kind, origin, method, *arguments, **named)
    return caught.value


def quickly(**more: Any) -> dict[str, Any]:
    """Return settings with a timeout that a test can wait for."""
    return {"timeout": timedelta(milliseconds=300), **more}
