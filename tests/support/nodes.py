"""A node's use cases on stores in memory, served on the loopback interface, and a client that sends any bytes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import Signer
from legation.domain.agents import Agent
from legation.domain.operators import OperatorToken, build_operator_token
from legation.domain.trust import TrustAnchors
from legation.errors import ConflictError, NotFoundError, ResolutionError
from legation.http.app import REQUEST_DEADLINE, build_app
from legation.http.server import Limits, listen
from legation.http.services import Services
from legation.ports.clock import Clock
from legation.ports.resolver import DIDResolver, Resolution
from legation.standards.did.document import parse_did_document
from legation.usecases.challenges import Challenges
from legation.usecases.hosting import Hosting, ensure_node
from legation.usecases.presentations import Presentations
from legation.usecases.verification import Policy, Verification
from tests.support.clock import FakeClock
from tests.support.keys import Ed25519Key

HOST = "node.example"
ORIGIN = f"https://{HOST}"
NODE = f"did:web:{HOST}"
TOKEN = build_operator_token(bytes(range(32)))
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}


class MemoryAgents:
    """The port ``AgentStore``, on keys made from names."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}

    async def add(self, name: str, key_type: KeyType, describe: Callable[[PublicKey], Agent]) -> Agent:
        agent = describe(Ed25519Key(name).public_key)
        if name in self.agents or any(agent.did == other.did for other in self.agents.values()):
            raise ConflictError("taken")
        self.agents[name] = agent
        return agent

    async def get(self, name_or_did: str) -> Agent:
        for agent in self.agents.values():
            if name_or_did in (agent.name, agent.did):
                return agent
        raise NotFoundError("no such agent")

    async def list_all(self) -> list[Agent]:
        return sorted(self.agents.values(), key=lambda agent: agent.name)

    async def signer(self, name_or_did: str) -> Signer:
        agent = await self.get(name_or_did)
        return Signer(agent.did, agent.method, Ed25519Key(agent.name))


class MemoryChallenges:
    """The port ``ChallengeStore``, in one process."""

    def __init__(self) -> None:
        self.kept: dict[bytes, datetime] = {}
        self.spent: set[bytes] = set()

    async def add(self, digest: bytes, *, expires_at: datetime) -> None:
        if digest in self.kept:
            raise ConflictError("there already")
        self.kept[digest] = expires_at

    async def knows(self, digest: bytes, *, at: datetime) -> bool:
        return digest in self.kept and self.kept[digest] > at

    async def spend(self, digest: bytes, *, at: datetime) -> None:
        if not await self.knows(digest, at=at):
            raise NotFoundError("no such challenge")
        if digest in self.spent:
            raise ConflictError("spent before")
        self.spent.add(digest)

    async def purge(self, *, before: datetime) -> int:
        gone = [digest for digest, expires_at in self.kept.items() if expires_at < before]
        for digest in gone:
            del self.kept[digest]
        return len(gone)


class MemoryResolver:
    """The port ``DIDResolver``, on documents at hand; ``asked`` are the DIDs that were wanted, with their bounds."""

    def __init__(self, documents: Mapping[str, dict[str, object]], clock: Clock) -> None:
        self.documents = documents
        self.asked: list[tuple[str, timedelta]] = []
        self._clock = clock

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        self.asked.append((did, max_age))
        if did not in self.documents:
            raise ResolutionError("no document")
        raw = self.documents[did]
        return Resolution(parse_did_document(raw, did=did), raw, self._clock.now())


@dataclass
class World:
    """One node's use cases, and what they stand on."""

    services: Services
    clock: FakeClock
    agents: MemoryAgents
    challenges: MemoryChallenges


async def build_world(*, trust: TrustAnchors | None = None, resolver: DIDResolver | None = None) -> World:
    """Put the use cases of the node ``ORIGIN`` together."""
    clock, agents, store = FakeClock(), MemoryAgents(), MemoryChallenges()
    node = await ensure_node(agents, public_url=ORIGIN)
    names = frozenset({ORIGIN, node.did})
    verification = Verification(Policy(trust or TrustAnchors(), domain=ORIGIN, names=names), resolver=resolver)
    challenges = Challenges(store, clock, domain=ORIGIN)
    services = Services(
        Hosting(agents, node, public_url=ORIGIN),
        challenges,
        Presentations(verification, challenges, clock, names=names),
        verification,
        OperatorToken.parse(TOKEN),
        clock,
    )
    return World(services, clock, agents, store)


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
    """Return a port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
