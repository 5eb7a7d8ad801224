"""A node's agents, callers and use cases on ports in memory, below every door."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from legation.crypto.signing import Signer
from legation.domain.agent_keys import AgentKey, KeyKind, Purpose
from legation.domain.callers import Caller, CallerKind, Scope
from legation.domain.held_delegations import HeldDelegation
from legation.domain.hosted_agents import HostedAgent, Life
from legation.standards.multiformats import encode_multikey
from legation.usecases.audit_trail import Audits
from legation.usecases.authentication import Authentication
from legation.usecases.hosted_delegations import HostedDelegations, NewDelegation
from legation.usecases.operators import Operators
from legation.usecases.trust import Trust
from tests.support.clock import FakeClock
from tests.support.delegated import DETAILS
from tests.support.keys import signer_of
from tests.support.memory import MemoryReplays, MemoryState, MemoryVault

ORIGIN = "https://node.example"
NODE = "did:web:node.example"
ADMIN = Caller(CallerKind.OPERATOR, "a" * 32, Scope(), "request-1")
ANA = Caller(CallerKind.OPERATOR, "b" * 32, Scope(owner="ana"), "request-2")
BEN = Caller(CallerKind.OPERATOR, "c" * 32, Scope(owner="ben"), "request-3")


def agent_caller(agent: HostedAgent) -> Caller:
    """Return the agent itself, as a caller."""
    return Caller(CallerKind.AGENT, agent.did, Scope(agent.owner, agent.id), "request-4")


@dataclass
class HostedWorld:
    """The use cases of the node ``ORIGIN``, and what they stand on."""

    clock: FakeClock = field(default_factory=FakeClock)
    state: MemoryState = field(default_factory=MemoryState)
    vault: MemoryVault = field(default_factory=MemoryVault)
    replays: MemoryReplays = field(default_factory=MemoryReplays)

    def __post_init__(self) -> None:
        self.delegations = HostedDelegations(self.state, self.vault, self.clock)
        self.operators = Operators(self.state, self.clock)
        self.audits = Audits(self.state, self.clock)
        self.trust = Trust(self.state, self.clock, [])
        self.authentication = Authentication(
            self.state, self.replays, self.clock, public_url=ORIGIN, operators=self.operators
        )

    async def host(self, name: str, owner: str = "ana", kind: KeyKind = KeyKind.ED25519) -> HostedAgent:
        """Make an agent with one signing key, without its use case."""
        agent_id = sha256(name.encode()).hexdigest()[:32]
        await self.vault.create(agent_id, {f"{agent_id}-1": kind})
        key = await self.vault.signing_key(agent_id, f"{agent_id}-1")
        now = self.clock.now()
        multikey = encode_multikey(key.public_key)
        keys = (AgentKey(f"{agent_id}-1", Purpose.SIGNING, kind, multikey, now),)
        agent = HostedAgent(agent_id, name, f"{NODE}:agents:{name}", owner, Life.ACTIVE, keys, now, now)
        self.state.tables.agents[agent_id] = agent
        return agent

    def set_agent(self, agent: HostedAgent, **changes: Any) -> HostedAgent:
        """Change an agent's record, without its use case."""
        changed = replace(self.state.tables.agents[agent.id], **changes)
        self.state.tables.agents[agent.id] = changed
        return changed

    async def rotate(self, agent: HostedAgent, *, compromised_at: datetime | None = None) -> HostedAgent:
        """Give an agent a new signing key, and take the old one out of the vault."""
        old = agent.current_key(Purpose.SIGNING)
        key_id = f"{agent.id}-{len(agent.keys) + 1}"
        await self.vault.add_key(agent.id, key_id, KeyKind.ED25519)
        await self.vault.remove_keys(agent.id, [old.id])
        handle = await self.vault.signing_key(agent.id, key_id)
        now = self.clock.now()
        ended = replace(old, expires_at=now, compromised_at=compromised_at)
        new = AgentKey(key_id, Purpose.SIGNING, KeyKind.ED25519, encode_multikey(handle.public_key), now)
        keys = tuple(ended if key.id == old.id else key for key in agent.keys)
        return self.set_agent(agent, keys=(*keys, new))

    def give_access_key(self, agent: HostedAgent, name: str, *, p256: bool = False) -> Signer:
        """Register a key that the agent keeps itself, made from a name, and return its signer."""
        held = signer_of(name, p256=p256)
        multikey = encode_multikey(held.key.public_key)
        kind = KeyKind.P256 if p256 else KeyKind.ED25519
        stored = self.state.tables.agents[agent.id]
        key = AgentKey(f"{agent.id}-{len(stored.keys) + 1}", Purpose.ACCESS, kind, multikey, self.clock.now())
        self.set_agent(agent, keys=(*stored.keys, key))
        return Signer(agent.did, f"{agent.did}#{multikey}", held.key)

    async def signer(self, agent: HostedAgent) -> Signer:
        """Return the signer of an agent's own key in the vault."""
        key = agent.current_key(Purpose.SIGNING)
        return Signer(agent.did, agent.method_of(key), await self.vault.signing_key(agent.id, key.id))

    async def issue(self, caller: Caller, agent: HostedAgent, to: str, **more: Any) -> HeldDelegation:
        """Issue a delegation of everything that tests delegate."""
        new = NewDelegation(agent=agent.name, to=to, details=DETAILS, **more)
        return await self.delegations.issue(caller, new)

    def audited(self) -> list[tuple[str, str, str | None]]:
        """Return act, target and owner of every entry of the audit trail, the oldest first."""
        return [(entry.act, entry.target, entry.owner) for entry in self.state.tables.audit]
