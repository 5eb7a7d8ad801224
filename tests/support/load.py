"""Mixed load on nodes, and the books that say what they have acknowledged."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.delegated import DETAILS
from tests.support.keys import signer_of
from tests.support.processes import NodeProcess

# longer than a node may take: who waits so long in vain hangs
CALL_SECONDS = 25
TOGETHER = 12
STRANGER = signer_of("stranger").did


@dataclass(frozen=True)
class Reply:
    """An answer: when the question was asked, how long it took, and what it was; status 0 where none came."""

    act: str
    began: float
    seconds: float
    status: int
    request_id: str = ""
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        with suppress(ValueError, AttributeError):
            return str(self.json.get("code", ""))
        return ""


@dataclass
class Books:
    """What a node has acknowledged, whatever became of it since; ``doubtful`` are names with an unanswered change."""

    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    delegations: dict[str, bytes] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    made: int = 0

    def alive(self) -> list[str]:
        """Return the names of agents that can act."""
        return [name for name, agent in self.agents.items() if agent["life"] == "active"]

    def key_of(self, name: str, purpose: str) -> str:
        """Return the id of an agent's key in use."""
        keys = self.agents[name]["keys"]
        return next(key["id"] for key in keys if key["purpose"] == purpose and key["state"] == "current")


# what a client may be told that did nothing wrong: the agent is being changed, was suspended or retired meanwhile, ...
REFUSED = frozenset({"busy", "agent_retired", "agent_suspended", "key_expired", "key_compromised"})
# ... or holds a chain that was made useless by a key that was condemned, or that may not grow
REFUSED_PASSING = REFUSED | {"attenuation_refused", "too_deep"}
AWAY = frozenset({0, 503, 507})
WEIGHTS = {"create": 4, "rotate": 5, "issue": 8, "attenuate": 3, "present": 3, "retire": 1, "read": 2}


class Load:
    """Mixed requests at nodes, which enters in the books what is acknowledged; ``wrong`` is what nobody may answer."""

    def __init__(
        self, nodes: Iterable[NodeProcess], books: Books, *, weights: Mapping[str, int] = WEIGHTS, keep: bool = True
    ):
        self._nodes = list(nodes)
        self.books = books
        self._weights = weights
        self._keep = keep
        self._changing: set[str] = set()
        self._session: aiohttp.ClientSession | None = None
        self.replies: list[Reply] = []
        self.wrong: list[str] = []
        self._stopping = False

    @asynccontextmanager
    async def running(self, together: int = TOGETHER) -> AsyncIterator[Load]:
        """Ask on and on until the block ends."""
        async with self.connected():
            self._stopping = False
            tasks = [asyncio.create_task(self._repeat()) for _ in range(together)]
            try:
                yield self
            finally:
                self._stopping = True
                _, late = await asyncio.wait(tasks, timeout=CALL_SECONDS + 5)
                for task in late:
                    task.cancel()
            assert not late
            for task in tasks:
                task.result()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Load]:
        """Open connections for single requests."""
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        connector = aiohttp.TCPConnector(limit=0, force_close=not self._keep)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            self._session = session
            yield self

    async def ask(self, act: str, method: str, path: str, body: object = None, *, at: int | None = None) -> Reply:
        """Ask one of the nodes, as its operator."""
        assert self._session is not None
        node = random.choice(self._nodes) if at is None else self._nodes[at]
        headers = {"Authorization": f"Bearer {self._nodes[0].token}"}
        began = time.monotonic()
        try:
            async with self._session.request(method, node.url + path, json=body, headers=headers) as answer:
                content = await answer.read()
                found = Reply(
                    act,
                    began,
                    time.monotonic() - began,
                    answer.status,
                    answer.headers.get("X-Request-Id", ""),
                    content,
                )
        except (aiohttp.ClientError, OSError, TimeoutError):
            found = Reply(act, began, time.monotonic() - began, 0)
        self.replies.append(found)
        return found

    async def seed(self, count: int = 6) -> None:
        """Make agents to begin with, and delegations between them."""
        async with self.connected():
            for _ in range(count):
                await self.create()
            for _ in range(count):
                await self.issue()
        assert not self.wrong, self.wrong

    async def _repeat(self) -> None:
        acts = {
            "create": self.create,
            "rotate": self.rotate,
            "issue": self.issue,
            "attenuate": self.attenuate,
            "present": self.present,
            "retire": self.retire,
            "read": self.read,
        }
        names, weights = list(self._weights), list(self._weights.values())
        while not self._stopping:
            before = len(self.replies)
            await acts[random.choices(names, weights)[0]]()
            if len(self.replies) == before or self.replies[-1].status == 0:
                # nothing to do, or nobody there
                await asyncio.sleep(0.01)

    async def create(self) -> None:
        self.books.made += 1
        name = f"agent-{self.books.made}"
        kind = random.choice(("Ed25519", "P-256"))
        reply = await self.ask("create", "POST", "/v1/agents", {"name": name, "keyType": kind})
        if reply.status == 201:
            self._note(name, reply.json)
            self.books.acts.append((reply.request_id, "agent.create", name))
        elif reply.status in AWAY:
            self.books.doubtful.add(name)
        else:
            self._wrong(reply)

    async def rotate(self) -> None:
        async with self._one_to_change() as name:
            if name is None:
                return
            purpose = random.choice(("signing", "signing", "signing", "bbs", "agreement"))
            old = self.books.key_of(name, purpose)
            body = {"compromised": random.random() < 0.3}
            reply = await self.ask("rotate", "POST", f"/v1/keys/{old}/rotate", body)
            if reply.status == 200:
                agent, told = self.books.agents[name], reply.json
                keys = [told["replaced"] if key["id"] == old else key for key in agent["keys"]] + [told["key"]]
                self._note(name, {**agent, "keys": keys})
                self.books.acts.append((reply.request_id, "key.rotate", old))
            elif reply.status in AWAY:
                self.books.doubtful.add(name)
            elif reply.code != "busy":
                self._wrong(reply)

    async def retire(self) -> None:
        if len(self.books.alive()) < 8:
            return
        async with self._one_to_change() as name:
            if name is None:
                return
            reply = await self.ask("retire", "POST", f"/v1/agents/{name}/retire", {})
            if reply.status == 200:
                self._note(name, reply.json)
                self.books.acts.append((reply.request_id, "agent.retire", name))
            elif reply.status in AWAY:
                self.books.doubtful.add(name)
            elif reply.code != "busy":
                self._wrong(reply)

    async def issue(self) -> None:
        issuer, subject = self._any(), self._any()
        if issuer is None or subject is None or issuer == subject:
            return
        body = {"agent": issuer, "to": self.books.agents[subject]["did"], "details": DETAILS}
        reply = await self.ask("issue", "POST", "/v1/delegations", body)
        if self.keep(reply, "delegation.issue", REFUSED):
            self.books.roots.append(str(reply.json["id"]))

    async def attenuate(self) -> None:
        found = self._any_root()
        if found is None:
            return
        body = {"to": STRANGER}
        reply = await self.ask("attenuate", "POST", f"/v1/delegations/{found}/attenuate", body)
        self.keep(reply, "delegation.attenuate", REFUSED_PASSING)

    async def present(self) -> None:
        found = self._any_root()
        if found is None:
            return
        challenge = f"challenge-{random.getrandbits(64):x}"
        body = {"delegation": found, "challenge": challenge, "domain": "https://verifier.example"}
        reply = await self.ask("present", "POST", "/v1/presentations", body)
        if reply.status == 201:
            self.books.acts.append((reply.request_id, "presentation.create", ""))
        elif reply.status not in AWAY and reply.code not in REFUSED_PASSING:
            self._wrong(reply)

    async def read(self) -> None:
        name = self._any()
        paths = ["/v1/agents?limit=5", "/.well-known/did.json", "/v1/audit?limit=5"]
        if name is not None:
            paths += [f"/v1/agents/{name}", f"/v1/keys?agent={name}", f"/v1/delegations?agent={name}&limit=5"]
        reply = await self.ask("read", "GET", random.choice(paths))
        if reply.status not in AWAY | {200}:
            self._wrong(reply)

    def keep(self, reply: Reply, act: str, refused: frozenset[str]) -> bool:
        """Enter a new delegation; say whether there is one."""
        if reply.status == 201:
            held = str(reply.json["id"])
            self.books.delegations[held] = reply.body
            self.books.fresh.add(held)
            self.books.acts.append((reply.request_id, act, held))
            return True
        if reply.status not in AWAY and reply.code not in refused:
            self._wrong(reply)
        return False

    def _note(self, name: str, agent: dict[str, Any]) -> None:
        self.books.agents[name] = agent
        self.books.fresh.add(name)

    def _any(self) -> str | None:
        names = [name for name in self.books.alive() if name not in self.books.doubtful]
        return random.choice(names) if names else None

    def _any_root(self) -> str | None:
        recent = self.books.roots[-200:]
        return random.choice(recent) if recent else None

    @asynccontextmanager
    async def _one_to_change(self) -> AsyncIterator[str | None]:
        names = [name for name in self.books.alive() if name not in self._changing | self.books.doubtful]
        name = random.choice(names) if names else None
        if name is not None:
            self._changing.add(name)
        try:
            yield name
        finally:
            self._changing.discard(name or "")

    def _wrong(self, reply: Reply) -> None:
        self.wrong.append(f"{reply.act}: {reply.status} {reply.body[:300]!r}")

    def count(self) -> Counter[tuple[str, int]]:
        """Return how often each act was answered by each status."""
        return Counter((reply.act, reply.status) for reply in self.replies)
