"""The port to the node's state: records by noun, read and changed within one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from legation.domain.audit import AuditEntry, Outcome
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation, Role
from legation.domain.hosted_agents import HostedAgent, Life
from legation.domain.operators import Operator
from legation.domain.pages import Page, PageRequest
from legation.domain.trust import Anchor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """Which agents: each member that is not None narrows; ``name`` is the beginning of a name."""

    owner: str | None = None
    life: Life | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DelegationFilter:
    """Which delegations: those of an agent (by id), in one role or in any."""

    agent_id: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: each member that is not None must be equal."""

    actor: str | None = None
    act: str | None = None
    target: str | None = None
    outcome: Outcome | None = None


class AgentRecords(Protocol):
    """Hosted agents. What the scope does not reach is not found."""

    async def add(self, agent: HostedAgent) -> None:
        """Keep a new agent. Raises ConflictError if its name or DID is taken, also by one that is retired."""

    async def get(self, scope: Scope, name: str) -> HostedAgent:
        """Return the agent of that name. Raises NotFoundError."""

    async def get_by_did(self, scope: Scope, did: str) -> HostedAgent:
        """Return the agent of that DID. Raises NotFoundError."""

    async def get_by_id(self, scope: Scope, agent_id: str) -> HostedAgent:
        """Return the agent of that id. Raises NotFoundError."""

    async def list_page(self, scope: Scope, where: AgentFilter, page: PageRequest) -> Page[HostedAgent]:
        """Return a page by name. Raises MalformedError for a cursor that is none of this list."""

    async def replace(self, agent: HostedAgent) -> None:
        """Write a changed agent, whose version is one more than the stored one's. Raises ConflictError if not so."""


class DelegationRecords(Protocol):
    """Held delegations. What the scope does not reach is not found."""

    async def add(self, delegation: HeldDelegation) -> None:
        """Keep a new one. Raises ConflictError if its id is taken."""

    async def get(self, scope: Scope, delegation_id: str) -> HeldDelegation:
        """Return it with its chain. Raises NotFoundError."""

    async def find_by_digest(self, scope: Scope, digest: str) -> HeldDelegation | None:
        """Return the oldest whose last hop has that digest, with its chain, or None."""

    async def list_page(self, scope: Scope, where: DelegationFilter, page: PageRequest) -> Page[HeldDelegation]:
        """Return a page, the newest first, without chains. Raises MalformedError for a cursor that is none."""

    async def list_children(self, scope: Scope, parents: Collection[str], *, limit: int) -> list[HeldDelegation]:
        """Return those that extend any of ``parents``, the oldest first, without chains, at most ``limit``."""


class AuditTrail(Protocol):
    """The audit trail: nothing in it is ever changed or removed."""

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry, which stands once the transaction is committed."""

    async def list_page(self, scope: Scope, where: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Return a page, the newest first. An owner's scope reaches the owner's entries, an agent's none."""


class OperatorRecords(Protocol):
    """Operators, by id and by the digest of their token."""

    async def add(self, operator: Operator, digest: bytes) -> None:
        """Keep a new one. Raises ConflictError if its id or token is taken."""

    async def find_by_token(self, digest: bytes) -> Operator | None:
        """Return the operator of a token that is not revoked, or None."""

    async def list_all(self) -> list[Operator]:
        """Return all, the oldest first, revoked ones too, at most 1,000."""

    async def revoke(self, operator_id: str, *, at: datetime) -> Operator:
        """Revoke a token, and return its operator; a second time changes nothing. Raises NotFoundError."""


@dataclass(frozen=True, slots=True)
class KeptAnchor:
    """A trust anchor that the node keeps, under an id (32 hex digits)."""

    id: str
    anchor: Anchor


class AnchorRecords(Protocol):
    """Trust anchors that were added to the node, beside those of its trust file."""

    async def add(self, kept: KeptAnchor) -> None:
        """Keep a new one. Raises ConflictError if it is there already, TooLargeError beyond 1,000."""

    async def list_all(self) -> list[KeptAnchor]:
        """Return all, the oldest first."""

    async def remove(self, anchor_id: str) -> Anchor:
        """Let go of one, and return it. Raises NotFoundError."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Work on an agent's profile in the vault that is under way since ``at``: not yet done, or left half done."""

    agent_id: str
    at: datetime


class Intents(Protocol):
    """What is under way between the state and the vault, so that a start can finish or remove it."""

    async def begin(self, intent: Intent) -> None:
        """Write an intent. Raises ConflictError while there is another one for the agent."""

    async def end(self, intent: Intent) -> bool:
        """Strike out exactly this one, and say whether it stood: else another has taken the work over, or finished it.

        Until the transaction ends, nobody else strikes it out or begins another one for the agent.
        """

    async def list_before(self, moment: datetime) -> list[Intent]:
        """Return those that began at ``moment`` or before, the oldest first, at most 1,000."""


class DIDLogs(Protocol):
    """The logs of agents whose DIDs have one (did:webvh), entry by entry; nothing in one is changed or removed."""

    async def add(self, agent_id: str, number: int, entry: str) -> None:
        """Write an entry under its number, from 1. Raises ConflictError where there is one of that number."""

    async def read(self, agent_id: str) -> list[str]:
        """Return an agent's entries, the oldest first, at most 1,000."""


class Records(Protocol):
    """The records of one transaction."""

    @property
    def agents(self) -> AgentRecords:
        """Hosted agents."""

    @property
    def delegations(self) -> DelegationRecords:
        """Held delegations."""

    @property
    def audit(self) -> AuditTrail:
        """The audit trail."""

    @property
    def operators(self) -> OperatorRecords:
        """Operators."""

    @property
    def anchors(self) -> AnchorRecords:
        """Trust anchors."""

    @property
    def intents(self) -> Intents:
        """What is under way."""

    @property
    def logs(self) -> DIDLogs:
        """Logs of DIDs."""


class State(Protocol):
    """The node's state. Both methods raise UnavailableError where it does not answer in time or takes no change."""

    async def change(self, work: Callable[[Records], Awaitable[T]]) -> T:
        """Return what ``work`` makes of the records, once its changes are durable; if it raises, none has happened.

        Changes of several callers may be committed together. ``work`` may be run again, so it changes nothing else.
        """

    async def look(self, work: Callable[[Records], Awaitable[T]]) -> T:
        """Return what ``work`` reads from the records; it changes nothing."""
