"""A node's use cases on stores in memory, served on the loopback interface, and a client that sends any bytes."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from legation.crypto.signing import Signer
from legation.domain.agent_keys import Purpose
from legation.domain.callers import LOCAL, Caller
from legation.domain.calls import build_call_token
from legation.domain.hosted_agents import HostedAgent
from legation.domain.operators import Operator, OperatorToken, build_operator_token
from legation.domain.trust import TrustAnchors
from legation.http.app import REQUEST_DEADLINE, build_app
from legation.http.metrics import Metrics
from legation.http.server import Limits, listen
from legation.http.services import Services
from legation.ports.resolver import DIDResolver
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.usecases.agents import Agents, NewAgent
from legation.usecases.audit_trail import Audits
from legation.usecases.authentication import Authentication
from legation.usecases.challenges import Challenges
from legation.usecases.credentials import CredentialPolicy, Credentials
from legation.usecases.domain_linkage import DomainLinkage
from legation.usecases.heavy_work import HeavyWork
from legation.usecases.hosted_delegations import HostedDelegations
from legation.usecases.hosting import Hosting, ensure_node
from legation.usecases.keys import Keys
from legation.usecases.operators import Operators
from legation.usecases.presentations import Presentations
from legation.usecases.resolution import HostedResolver
from legation.usecases.trust import Trust
from legation.usecases.verification import Policy, Verification
from tests.support.clock import FakeClock
from tests.support.memory import MemoryReplays, MemoryState, MemoryVault
from tests.support.verifying import MemoryChallenges, MemoryResolver

HOST = "node.example"
ORIGIN = f"https://{HOST}"
NODE = f"did:web:{HOST}"
TOKEN = build_operator_token(bytes(range(32)))
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}


@dataclass
class World:
    """One node's use cases, and what they stand on; ``missing`` is what keeps it from being ready, by name."""

    services: Services
    clock: FakeClock
    state: MemoryState
    vault: MemoryVault
    challenges: MemoryChallenges
    missing: dict[str, str | None]

    async def host(self, name: str, owner: str = "default", *, caller: Caller = LOCAL, **more: Any) -> HostedAgent:
        """Make an agent."""
        return await self.services.agents.create(caller, NewAgent(name, owner, **more))

    async def operate(self, name: str, owner: str | None = None) -> tuple[Operator, dict[str, str]]:
        """Make an operator, and return it with the header of its calls."""
        operator, token = await self.services.operators.create(LOCAL, name, owner)
        return operator, {"Authorization": f"Bearer {token}"}

    async def signer(self, agent: HostedAgent) -> Signer:
        """Return the signer of an agent's own key in the vault."""
        key = agent.current_key(Purpose.SIGNING)
        return Signer(agent.did, agent.method_of(key), await self.vault.signing_key(agent.id, key.id))

    async def call_as(self, agent: HostedAgent, method: str, target: str) -> dict[str, str]:
        """Return the header of one call of an agent."""
        url, jti = ORIGIN + target, secrets.token_hex(16)
        signer = await self.signer(agent)
        token = build_call_token(signer, audience=ORIGIN, method=method, url=url, at=self.clock.now(), jti=jti)
        return {"Authorization": f"Bearer {token}"}


async def build_world(
    *,
    trust: TrustAnchors | None = None,
    resolver: DIDResolver | None = None,
    contexts: Contexts | None = None,
    may_choose_time: bool = False,
) -> World:
    """Put the use cases of the node ``ORIGIN`` together, with one operator of everything, who holds ``TOKEN``."""
    clock, state, vault, store = FakeClock(), MemoryState(), MemoryVault(), MemoryChallenges()
    await ensure_node(state, vault, clock, public_url=ORIGIN)
    names, missing = frozenset({ORIGIN, NODE}), dict.fromkeys(("state", "wallet"))
    anchors = Trust(state, clock, [] if trust is None else trust.anchors())
    hosting = Hosting(state, public_url=ORIGIN)
    inner = resolver or MemoryResolver({}, clock)
    resolving = HostedResolver(hosting, inner, clock, public_url=ORIGIN)
    policy = Policy(TrustAnchors(), domain=ORIGIN, names=names)
    verification = Verification(policy, resolver=resolving, trust=anchors.current)
    challenges = Challenges(store, clock, domain=ORIGIN)
    operators = Operators(state, clock)
    await operators.adopt_first(OperatorToken.parse(TOKEN))

    rules = CredentialPolicy(
        contexts=bundled_contexts() if contexts is None else contexts,
        max_age=policy.max_age,
        may_choose_time=may_choose_time,
    )

    async def check() -> Mapping[str, str | None]:
        return missing

    services = Services(
        agents=Agents(state, vault, clock, public_url=ORIGIN),
        keys=Keys(state, vault, clock),
        hosting=hosting,
        credentials=Credentials(state, vault, clock, rules, resolver=resolving, heavy=HeavyWork()),
        delegations=HostedDelegations(state, vault, clock),
        operators=operators,
        authentication=Authentication(state, MemoryReplays(), clock, public_url=ORIGIN, operators=operators),
        audits=Audits(state, clock),
        trust=anchors,
        challenges=challenges,
        presentations=Presentations(verification, challenges, clock, names=names),
        verification=verification,
        resolver=resolving,
        linkage=DomainLinkage(hosting, vault, clock, public_url=ORIGIN),
        clock=clock,
        public_url=ORIGIN,
        checks=check,
        metrics=Metrics(),
    )
    return World(services, clock, state, vault, store, missing)


@dataclass(frozen=True)
class Answer:
    """What a server sent back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, as JSON."""
        return json.loads(self.body)


@dataclass
class Client:
    """Sends requests to a port of this machine, each on a connection of its own, and byte for byte as it is told."""

    port: int
    host: str = HOST
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, target: str, *, body: bytes | object = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; a body that is not bytes goes as JSON."""
        sent = {"Host": self.host, "Connection": "close", **self.headers, **(headers or {})}
        if not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), {**JSON, **sent}
        if body and "Transfer-Encoding" not in sent:
            sent.setdefault("Content-Length", str(len(body)))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        return await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    async def send(self, data: bytes) -> Answer:
        """Send bytes, and read until the server ends the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            received = await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.close()
        return parse_answer(received)


def parse_answer(received: bytes) -> Answer:
    """Take an answer apart that was read to its end."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in fields)
    return Answer(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in named}, body)


@asynccontextmanager
async def serving(
    world: World, *, deadline: timedelta = REQUEST_DEADLINE, limits: Limits | None = None
) -> AsyncIterator[Client]:
    """Serve a world until the block ends."""
    app = build_app(world.services, hosts=frozenset({HOST}), deadline=deadline)
    async with listen(app, host="127.0.0.1", port=0, limits=limits) as port:
        yield Client(port)


def ask(method: str, target: str, *, world: World | None = None, **more: Any) -> Answer:
    """Serve a world for one request."""

    async def run() -> Answer:
        async with serving(world or await build_world()) as client:
            return await client.ask(method, target, **more)

    return asyncio.run(run())


def free_port() -> int:
    """Return a port of this machine that nothing listens on.

    It is below those that a system gives to connections: one of these could have it when a node starts again.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
