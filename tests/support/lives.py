"""A node's agents and their keys on ports in memory that can fail at any call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from legation.crypto.signing import Signer
from legation.domain.agent_keys import AgentKey, KeyKind, KeyState, Purpose
from legation.domain.callers import Caller, CallerKind, Scope
from legation.domain.did_logs import read_agent_log
from legation.domain.documents import build_agent_document
from legation.domain.hosted_agents import DIDMethod, HostedAgent, Life
from legation.standards.multiformats import encode_multikey
from legation.usecases.agents import Agents, NewAgent
from legation.usecases.hosting import Hosting
from legation.usecases.keys import Keys
from legation.usecases.recovery import recover
from tests.support.clock import FakeClock
from tests.support.keys import signer_of
from tests.support.memory import Calls, MemoryState, MemoryVault

T = TypeVar("T")

ORIGIN = "https://node.example"
ADMIN = Caller(CallerKind.OPERATOR, "a" * 32, Scope(), "request-1")
ANA = Caller(CallerKind.OPERATOR, "b" * 32, Scope(owner="ana"), "request-2")
BEN = Caller(CallerKind.OPERATOR, "c" * 32, Scope(owner="ben"), "request-3")


def agent_caller(agent: HostedAgent) -> Caller:
    """Return the agent itself, as a caller."""
    return Caller(CallerKind.AGENT, agent.did, Scope(agent.owner, agent.id))


@dataclass
class LivesWorld:
    """The use cases of agents and keys of the node ``ORIGIN``; state and vault share their count of calls."""

    clock: FakeClock = field(default_factory=FakeClock)
    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        self.state = MemoryState(self.calls)
        self.vault = MemoryVault(self.calls)
        self.agents = Agents(self.state, self.vault, self.clock, public_url=ORIGIN)
        self.keys = Keys(self.state, self.vault, self.clock)
        self.hosting = Hosting(self.state, public_url=ORIGIN)

    async def create(self, name: str = "planner", caller: Caller = ADMIN, **more: Any) -> HostedAgent:
        """Create an agent."""
        return await self.agents.create(caller, NewAgent(name, **more))

    async def recover(self, older_than: timedelta = timedelta(0)) -> int:
        """Recover as a node does at its start."""
        return await recover(self.state, self.vault, self.clock, older_than=older_than)

    def stored(self, name: str = "planner") -> HostedAgent | None:
        """Return what the state holds under a name."""
        return next((agent for agent in self.state.tables.agents.values() if agent.name == name), None)

    async def signer(self, agent: HostedAgent) -> Signer:
        """Return the signer of an agent's current key."""
        key = agent.current_key(Purpose.SIGNING)
        return Signer(agent.did, agent.method_of(key), await self.vault.signing_key(agent.id, key.id))

    def audited(self) -> list[tuple[str, str, str | None]]:
        """Return act, target and owner of every entry of the audit trail, the oldest first."""
        return [(entry.act, entry.target, entry.owner) for entry in self.state.tables.audit]

    async def check_whole(self) -> None:
        """Check the laws that hold whenever nothing is under way, and that every active agent can sign."""
        tables = self.state.tables
        assert tables.intents == {}
        alive = {agent.id: agent for agent in tables.agents.values() if agent.life is not Life.RETIRED}
        assert self.vault.profiles.keys() == alive.keys()
        for agent in tables.agents.values():
            check_keys(agent)
            self.check_log(agent)
        for agent in alive.values():
            assert self.vault.profiles[agent.id].keys() == agent.held_here()
            if agent.method is DIDMethod.KEY and agent.keys[0].purpose is Purpose.BBS:
                continue
            signer = await self.signer(agent)
            assert encode_multikey(signer.key.public_key) == agent.current_key(Purpose.SIGNING).multikey
            signer.key.public_key.verify(b"message", signer.key.sign(b"message"))

    def check_log(self, agent: HostedAgent) -> None:
        """Check that a log, where the agent's DID has one, says what its document does, and no other has any."""
        entries = self.state.tables.logs.get(agent.id, [])
        assert bool(entries) is (agent.method is DIDMethod.WEBVH)
        if not entries:
            return
        log = read_agent_log(agent.did, entries, at=self.clock.now())
        assert log.latest.parameters.deactivated is (agent.life is Life.RETIRED)
        if agent.life is not Life.RETIRED:
            assert log.latest.state == build_agent_document(agent)
            assert log.latest.parameters.update_keys == (agent.current_key(Purpose.UPDATE).multikey,)


def check_keys(agent: HostedAgent) -> None:
    """Check the laws of one agent's keys."""
    current = [key.purpose for key in agent.keys if key.state is KeyState.CURRENT and key.purpose is not Purpose.ACCESS]
    everything = [Purpose.SIGNING, Purpose.BBS, Purpose.AGREEMENT]
    if agent.method is DIDMethod.WEBVH:
        everything += [Purpose.UPDATE, Purpose.NEXT_UPDATE]
    elif agent.method is DIDMethod.KEY:
        everything = [agent.keys[0].purpose]
        assert agent.did == f"did:key:{agent.keys[0].multikey}"
    assert sorted(current, key=everything.index) == ([] if agent.life is Life.RETIRED else everything)
    assert len({key.id for key in agent.keys}) == len({key.multikey for key in agent.keys}) == len(agent.keys)


def access_key(name: str, *, p256: bool = False) -> str:
    """Return the Multikey of a key that an agent keeps itself, made from a name."""
    return encode_multikey(signer_of(name, p256=p256).key.public_key)


def key_of(agent: HostedAgent, purpose: Purpose = Purpose.SIGNING) -> AgentKey:
    """Return the key in use for a purpose."""
    return agent.current_key(purpose)


def within(act: Callable[[LivesWorld], Awaitable[T]]) -> T:
    """Run ``act`` on a new world."""

    async def run() -> T:
        return await act(LivesWorld())

    return asyncio.run(run())


KINDS = [KeyKind.ED25519, KeyKind.P256]
