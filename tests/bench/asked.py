"""What the benchmarks of a node ask it: presentations, agents and delegations, as bytes that are ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.presentation import present
from tests.bench.chains import PRINCIPAL, REQUEST, details, parties
from tests.bench.served import Served

HOPS = 3
_TOGETHER = 64
_numbers = count(1)


def presentations(node: Served, form: Format, number: int) -> list[bytes]:
    """Return presentations that differ: each with a challenge of its own, and a new last hop under the same parents."""
    at = datetime.now(UTC)
    domain = f"http://{node.host}"
    *signers, holder = parties(HOPS)
    parents = _parents(form, at)
    last = Terms("", holder.did, details=details(HOPS - 1))
    found = []
    for challenge in challenges(node, number):
        terms = Terms(f"urn:uuid:{uuid4()}", last.subject, details=last.details)
        chain = parents.extended(attenuate(parents.hops, signers[-1], terms, at=at, form=form))
        shown = present(chain.hops, holder, challenge=challenge, domain=domain, at=at, form=form)
        presentation = shown if form is Format.DATA_INTEGRITY else json.dumps(shown)
        body = f'{{"presentation":{presentation},"request":{json.dumps(REQUEST)}}}'
        found.append(node.request("POST", "/v1/presentations/verify", body.encode()))
    return found


def challenges(node: Served, number: int) -> list[str]:
    """Return challenges that the node has given."""
    asked = [node.request("POST", "/v1/challenges", b"{}")] * number
    burst = node.send(asked, connections=_TOGETHER, status=201).burst
    return [json.loads(body)["challenge"] for body in burst.bodies]


def agents(node: Served, number: int) -> list[bytes]:
    """Return requests for agents of new names."""
    bodies = [json.dumps({"name": f"made-{next(_numbers)}-{uuid4().hex[:8]}"}) for _ in range(number)]
    return [node.request("POST", "/v1/agents", body.encode()) for body in bodies]


def delegations(node: Served, issuers: Sequence[str], number: int) -> list[bytes]:
    """Return requests for delegations by these agents in turn to somebody elsewhere."""
    to = parties(1)[1].did
    bodies = [
        json.dumps({"agent": issuers[turn % len(issuers)], "to": to, "principal": PRINCIPAL, "details": details(0)})
        for turn in range(number)
    ]
    return [node.request("POST", "/v1/delegations", body.encode()) for body in bodies]


def make_agents(node: Served, number: int) -> list[str]:
    """Make agents, and return their names."""
    burst = node.send(agents(node, number), connections=16, status=201).burst
    return [json.loads(body)["name"] for body in burst.bodies]


def _parents(form: Format, at: datetime) -> Chain:
    signers = parties(HOPS)
    chain: Chain | None = None
    for hop in range(HOPS - 1):
        terms = Terms(
            f"urn:uuid:{uuid4()}",
            signers[hop + 1].did,
            at - timedelta(minutes=10) if hop == 0 else None,
            at + timedelta(minutes=40) if hop == 0 else None,
            details(hop),
            max_depth=HOPS - hop,
        )
        if chain is None:
            chain = Chain((issue_root(signers[0], terms, principal=PRINCIPAL, at=at, form=form),))
        else:
            chain = chain.extended(attenuate(chain.hops, signers[hop], terms, at=at, form=form))
    if chain is None:
        raise ValueError("a chain has a hop")
    return chain
