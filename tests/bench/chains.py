"""The chains that are timed: a realistic grant, narrowed at each hop, from did:key to did:key."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from tests.support.keys import signer_of

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PRINCIPAL = "https://idp.acme.example#ana"
DOMAIN = "https://ads.acme.example"
REQUEST: dict[str, object] = {
    "type": "mcp_tool",
    "action": "adjust_bid",
    "location": "https://ads.acme.example/mcp",
    "arguments": {"campaign": "A", "percent": 5},
    "cost": {"amount": "12.50", "currency": "EUR"},
}
DETAILS: list[dict[str, object]] = [
    {
        "type": "mcp_tool",
        "locations": ["https://ads.acme.example/mcp"],
        "actions": ["adjust_bid", "transfer_budget"],
        "constraints": {
            "maxCost": {"amount": "5000.00", "currency": "EUR"},
            "arguments": {"campaign": {"in": ["A", "B", "C"]}, "percent": {"min": -15, "max": 15}},
        },
    }
]


def parties(hops: int) -> list[Signer]:
    """Return the issuer of the root and the subject of every hop."""
    return [signer_of(f"bench-{number}") for number in range(hops + 1)]


def details(hop: int) -> list[dict[str, object]]:
    """Return the grant of a hop: each passes on one euro less."""
    narrowed = copy.deepcopy(DETAILS)
    narrowed[0]["constraints"]["maxCost"]["amount"] = f"{5000 - hop}.00"  # type: ignore[index]  # as written above
    return narrowed


def build(hops: int, form: Format, *, variant: int = 0) -> Chain:
    """Build a chain; ``variant`` makes another last hop under the same parents."""
    signers = parties(hops)
    ends = AT + timedelta(minutes=20)
    chain: Chain | None = None
    for hop in range(hops):
        last = variant if hop == hops - 1 else 0
        terms = Terms(
            f"urn:uuid:{UUID(int=(hop + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC834 + last & (1 << 128) - 1)}",
            signers[hop + 1].did,
            AT - timedelta(minutes=30) if hop == 0 else None,
            ends if hop == 0 else None,
            details(hop),
            max_depth=10 - hop,
        )
        if chain is None:
            chain = Chain((issue_root(signers[0], terms, principal=PRINCIPAL, at=AT, form=form),))
        else:
            chain = chain.extended(attenuate(chain.hops, signers[hop], terms, at=AT, form=form))
    if chain is None:
        raise ValueError("a chain has a hop")
    return chain
