"""A node's ports in memory, as strict as the real ones: state, vault with real keys, replays; and how they fail."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from aries_askar import Key, KeyAlg

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import SigningKey
from legation.domain.agent_keys import KeyKind
from legation.domain.audit import AuditEntry
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation, Party, Role
from legation.domain.hosted_agents import HostedAgent
from legation.domain.operators import Operator
from legation.domain.pages import Page, PageRequest
from legation.domain.trust import Anchor
from legation.errors import ConflictError, MalformedError, NotFoundError, TooLargeError, UnavailableError, WalletError
from legation.ports.state import AgentFilter, AuditFilter, DelegationFilter, Intent, KeptAnchor, Records
from tests.support.keys import Ed25519Key, P256Key

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - an item of a list

MAX_ANCHORS = 1_000


class Crash(BaseException):
    """The process died here: no code after it runs, so nothing may catch it."""


class Calls:
    """Counts the calls of ports that share it, and lets one fail: ``before`` or after it has worked.

    ``error`` is raised at call number ``fail_at`` (from 1); after a ``Crash`` every further call raises one too, as a
    dead process makes none, until :meth:`revive`.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.fail_at: int | None = None
        self.before = True
        self.error: Callable[[], BaseException] = Crash
        self._dead = False

    def plan(self, fail_at: int, *, before: bool = True, error: Callable[[], BaseException] = Crash) -> None:
        """Fail at the ``fail_at``-th call from now on."""
        self.fail_at, self.before, self.error = len(self.names) + fail_at, before, error

    def revive(self) -> None:
        """Let everything work again."""
        self.fail_at, self._dead = None, False

    async def run(self, name: str, act: Callable[[], Awaitable[T]]) -> T:
        """Count a call and do it, or fail as planned."""
        if self._dead:
            raise Crash
        self.names.append(name)
        due = len(self.names) == self.fail_at
        if due and self.before:
            self._fail()
        # a real port is a place where other callers go on
        await asyncio.sleep(0)
        result = await act()
        if due:
            self._fail()
        return result

    def _fail(self) -> None:
        error = self.error()
        self._dead = isinstance(error, Crash)
        raise error


# ---------------------------------------------------------------- state


@dataclass
class Tables:
    """What a state holds; rows are values, so that a copy of the containers is a snapshot."""

    agents: dict[str, HostedAgent] = field(default_factory=dict)  # by id
    delegations: dict[str, HeldDelegation] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    operators: dict[str, Operator] = field(default_factory=dict)
    tokens: dict[bytes, str] = field(default_factory=dict)  # digest -> operator id
    anchors: dict[str, KeptAnchor] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)  # by agent id

    def copy(self) -> Tables:
        """Return a snapshot."""
        return Tables(
            dict(self.agents),
            dict(self.delegations),
            list(self.audit),
            dict(self.operators),
            dict(self.tokens),
            dict(self.anchors),
            dict(self.intents),
            {agent_id: list(entries) for agent_id, entries in self.logs.items()},
        )


class MemoryState:
    """The port ``State``.

    A change works on a copy that takes the place of the tables when it is done; it is run twice, the first time for
    nothing, so that work that changes something else shows. One change at a time.
    """

    def __init__(self, calls: Calls | None = None) -> None:
        self.tables = Tables()
        self.calls = calls or Calls()
        self._lock = asyncio.Lock()

    async def change(self, work: Callable[[Records], Awaitable[T]]) -> T:
        async def act() -> T:
            async with self._lock:
                with suppress(Exception):  # what it raises, the second run raises too
                    await work(MemoryRecords(self.tables.copy()))
                tables = self.tables.copy()
                result = await work(MemoryRecords(tables))
                self.tables = tables
                return result

        return await self.calls.run("state.change", act)

    async def look(self, work: Callable[[Records], Awaitable[T]]) -> T:
        async def act() -> T:
            # a look that writes, writes nowhere
            return await work(MemoryRecords(self.tables.copy()))

        return await self.calls.run("state.look", act)


class MemoryRecords:
    """The records of one transaction (port ``Records``)."""

    def __init__(self, tables: Tables) -> None:
        self.agents = MemoryAgentRecords(tables)
        self.delegations = MemoryDelegationRecords(tables)
        self.audit = MemoryAuditTrail(tables)
        self.operators = MemoryOperatorRecords(tables)
        self.anchors = MemoryAnchorRecords(tables)
        self.intents = MemoryIntents(tables)
        self.logs = MemoryDIDLogs(tables)


class MemoryAgentRecords:
    """The port ``AgentRecords``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.agents

    async def add(self, agent: HostedAgent) -> None:
        for other in self._rows.values():
            if agent.id == other.id or agent.name == other.name or agent.did == other.did:
                raise ConflictError("the name is taken")
        self._rows[agent.id] = agent

    async def get(self, scope: Scope, name: str) -> HostedAgent:
        return self._one(scope, lambda agent: agent.name == name)

    async def get_by_did(self, scope: Scope, did: str) -> HostedAgent:
        return self._one(scope, lambda agent: agent.did == did)

    async def get_by_id(self, scope: Scope, agent_id: str) -> HostedAgent:
        return self._one(scope, lambda agent: agent.id == agent_id)

    async def list_page(self, scope: Scope, where: AgentFilter, page: PageRequest) -> Page[HostedAgent]:
        found = [
            agent
            for agent in self._rows.values()
            if _reaches_agent(scope, agent)
            and where.owner in (None, agent.owner)
            and where.life in (None, agent.life)
            and agent.name.startswith(where.name or "")
        ]
        return _page("a", sorted(found, key=lambda agent: agent.name), lambda agent: agent.name, page)

    async def replace(self, agent: HostedAgent) -> None:
        stored = self._rows.get(agent.id)
        if stored is None or stored.version + 1 != agent.version:
            raise ConflictError("the agent has changed meanwhile", fix="Try again.")
        if (stored.name, stored.did) != (agent.name, agent.did):
            raise AssertionError("an agent's name and DID never change")
        self._rows[agent.id] = agent

    def _one(self, scope: Scope, matches: Callable[[HostedAgent], bool]) -> HostedAgent:
        for agent in self._rows.values():
            if matches(agent) and _reaches_agent(scope, agent):
                return agent
        raise NotFoundError("there is no such agent")


def _reaches_agent(scope: Scope, agent: HostedAgent) -> bool:
    return scope.owner in (None, agent.owner) and scope.agent_id in (None, agent.id)


class MemoryDelegationRecords:
    """The port ``DelegationRecords``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.delegations

    async def add(self, delegation: HeldDelegation) -> None:
        if delegation.id in self._rows:
            raise ConflictError("the id is taken")
        if delegation.chain is None:
            raise AssertionError("a delegation is kept with its chain")
        self._rows[delegation.id] = delegation

    async def get(self, scope: Scope, delegation_id: str) -> HeldDelegation:
        found = self._rows.get(delegation_id)
        if found is None or not _reaches_delegation(scope, found):
            raise NotFoundError("there is no such delegation")
        return found

    async def find_by_digest(self, scope: Scope, digest: str) -> HeldDelegation | None:
        found = [row for row in self._rows.values() if row.digest == digest and _reaches_delegation(scope, row)]
        return min(found, key=_age, default=None)

    async def list_page(self, scope: Scope, where: DelegationFilter, page: PageRequest) -> Page[HeldDelegation]:
        found = [row for row in self._rows.values() if _reaches_delegation(scope, row) and _plays(where, row)]
        found.sort(key=_age, reverse=True)
        return _page("d", [replace(row, chain=None) for row in found], lambda row: row.id, page)

    async def list_children(self, scope: Scope, parents: Collection[str], *, limit: int) -> list[HeldDelegation]:
        found = [row for row in self._rows.values() if row.parent in parents and _reaches_delegation(scope, row)]
        return [replace(row, chain=None) for row in sorted(found, key=_age)[:limit]]


def _age(row: HeldDelegation) -> tuple[datetime, str]:
    return row.created_at, row.id


def _reaches_delegation(scope: Scope, row: HeldDelegation) -> bool:
    def reaches(party: Party) -> bool:
        if party.agent_id is None:
            return False
        return scope.owner in (None, party.owner) and scope.agent_id in (None, party.agent_id)

    return scope.is_everything or reaches(row.issuer) or reaches(row.subject)


def _plays(where: DelegationFilter, row: HeldDelegation) -> bool:
    if where.agent_id is None:
        return True
    parts = {Role.ISSUER: row.issuer, Role.SUBJECT: row.subject}
    return any(party.agent_id == where.agent_id for role, party in parts.items() if where.role in (None, role))


class MemoryAuditTrail:
    """The port ``AuditTrail``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.audit

    async def add(self, entry: AuditEntry) -> None:
        if entry.id is not None:
            raise AssertionError("the store gives the id")
        self._rows.append(replace(entry, id=len(self._rows) + 1))

    async def list_page(self, scope: Scope, where: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        if scope.agent_id is not None:
            return Page(())
        found = [
            entry
            for entry in reversed(self._rows)
            if scope.owner in (None, entry.owner)
            and where.actor in (None, entry.actor)
            and where.act in (None, entry.act)
            and where.target in (None, entry.target)
            and where.outcome in (None, entry.outcome)
        ]
        return _page("e", found, lambda entry: str(entry.id), page)


class MemoryOperatorRecords:
    """The port ``OperatorRecords``."""

    def __init__(self, tables: Tables) -> None:
        self._rows, self._tokens = tables.operators, tables.tokens

    async def add(self, operator: Operator, digest: bytes) -> None:
        if operator.id in self._rows or digest in self._tokens:
            raise ConflictError("the operator is there already")
        self._rows[operator.id] = operator
        self._tokens[digest] = operator.id

    async def find_by_token(self, digest: bytes) -> Operator | None:
        operator = self._rows.get(self._tokens.get(digest, ""))
        return operator if operator is not None and operator.revoked_at is None else None

    async def list_all(self) -> list[Operator]:
        return sorted(self._rows.values(), key=lambda operator: (operator.created_at, operator.id))[:1000]

    async def revoke(self, operator_id: str, *, at: datetime) -> Operator:
        operator = self._rows.get(operator_id)
        if operator is None:
            raise NotFoundError("there is no such operator")
        if operator.revoked_at is None:
            operator = self._rows[operator_id] = replace(operator, revoked_at=at)
        return operator


class MemoryAnchorRecords:
    """The port ``AnchorRecords``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.anchors

    async def add(self, kept: KeptAnchor) -> None:
        if any(kept.id == other.id or kept.anchor == other.anchor for other in self._rows.values()):
            raise ConflictError("the anchor is there already")
        if len(self._rows) >= MAX_ANCHORS:
            raise TooLargeError("there are too many anchors")
        self._rows[kept.id] = kept

    async def list_all(self) -> list[KeptAnchor]:
        return list(self._rows.values())

    async def remove(self, anchor_id: str) -> Anchor:
        if anchor_id not in self._rows:
            raise NotFoundError("there is no such anchor")
        return self._rows.pop(anchor_id).anchor


class MemoryDIDLogs:
    """The port ``DIDLogs``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.logs

    async def add(self, agent_id: str, number: int, entry: str) -> None:
        entries = self._rows.setdefault(agent_id, [])
        if number <= len(entries):
            raise ConflictError("the log was changed meanwhile")
        if number != len(entries) + 1:
            raise AssertionError("a log has no gap")
        entries.append(entry)

    async def read(self, agent_id: str) -> list[str]:
        return list(self._rows.get(agent_id, []))[:1000]


class MemoryIntents:
    """The port ``Intents``."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.intents

    async def begin(self, intent: Intent) -> None:
        if intent.agent_id in self._rows:
            raise ConflictError("the agent is being worked on")
        self._rows[intent.agent_id] = intent

    async def end(self, intent: Intent) -> bool:
        if self._rows.get(intent.agent_id) != intent:
            return False
        del self._rows[intent.agent_id]
        return True

    async def list_before(self, moment: datetime) -> list[Intent]:
        found = [intent for intent in self._rows.values() if intent.at <= moment]
        return sorted(found, key=lambda intent: (intent.at, intent.agent_id))[:1000]


def _page(kind: str, rows: Iterable[I], key: Callable[[I], str], page: PageRequest) -> Page[I]:
    """Cut a page out of ordered rows; the cursor names the last row that was shown."""
    items, begin = list(rows), 0
    if page.cursor is not None:
        last = _read_cursor(kind, page.cursor)
        # a row that went meanwhile cannot happen: none of these lists loses rows
        begin = next((at for at, item in enumerate(items) if key(item) == last), len(items)) + 1
    shown = tuple(items[begin : begin + page.limit])
    more = begin + page.limit < len(items)
    return Page(shown, base64.urlsafe_b64encode(f"{kind}:{key(shown[-1])}".encode()).decode() if more else None)


def _read_cursor(kind: str, cursor: str) -> str:
    try:
        name, separator, last = base64.urlsafe_b64decode(cursor.encode("ascii")).decode().partition(":")
    except ValueError as error:
        raise MalformedError("this is no cursor") from error
    if name != kind or not separator:
        raise MalformedError("this is a cursor of another list")
    return last


# ---------------------------------------------------------------- vault


class MemoryVault:
    """The port ``Vault``: keys made from a count, so that they differ and are the same in every run."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.profiles: dict[str, dict[str, tuple[KeyKind, str]]] = {}
        self.calls = calls or Calls()
        self._made = 0
        self._closed = False

    async def create(self, profile: str, keys: Mapping[str, KeyKind]) -> dict[str, bytes]:
        async def act() -> dict[str, bytes]:
            if profile in self.profiles:
                raise ConflictError("there is such a profile")
            self.profiles[profile] = made = {key_id: self._make(kind) for key_id, kind in keys.items()}
            return {key_id: public_bytes(*key) for key_id, key in made.items()}

        return await self._run("vault.create", act)

    async def add_key(self, profile: str, key_id: str, kind: KeyKind) -> bytes:
        async def act() -> bytes:
            keys = self.profiles.get(profile)
            if keys is None:
                raise NotFoundError("there is no such profile")
            if key_id in keys:
                raise ConflictError("there is such a key")
            keys[key_id] = self._make(kind)
            return public_bytes(*keys[key_id])

        return await self._run("vault.add_key", act)

    async def find_keys(self, profile: str) -> frozenset[str] | None:
        async def act() -> frozenset[str] | None:
            keys = self.profiles.get(profile)
            return None if keys is None else frozenset(keys)

        return await self._run("vault.find_keys", act)

    async def remove_keys(self, profile: str, key_ids: Collection[str]) -> None:
        async def act() -> None:
            for key_id in key_ids:
                self.profiles.get(profile, {}).pop(key_id, None)

        await self._run("vault.remove_keys", act)

    async def remove(self, profile: str) -> None:
        async def act() -> None:
            self.profiles.pop(profile, None)

        await self._run("vault.remove", act)

    async def signing_key(self, profile: str, key_id: str) -> SigningKey:
        async def act() -> SigningKey:
            kind, seed = self.profiles.get(profile, {}).get(key_id, (None, ""))
            if kind is KeyKind.ED25519:
                return Ed25519Key(seed)
            if kind is KeyKind.P256:
                return P256Key(seed)
            if kind is KeyKind.P384:
                return _p384_key(seed)
            raise NotFoundError("there is no such signing key")

        return await self._run("vault.signing_key", act)

    async def close(self) -> None:
        self._closed = True

    async def _run(self, name: str, act: Callable[[], Awaitable[T]]) -> T:
        if self._closed:
            raise WalletError("the wallet is closed", code="wallet_closed")
        return await self.calls.run(name, act)

    def _make(self, kind: KeyKind) -> tuple[KeyKind, str]:
        self._made += 1
        return kind, f"vault-{self._made}"


@lru_cache(maxsize=4096)
def public_bytes(kind: KeyKind, seed: str) -> bytes:
    """Return the raw public part of the key that is made from ``seed``."""
    if kind is KeyKind.ED25519:
        return Ed25519Key(seed).public_key.raw
    if kind is KeyKind.P256:
        return P256Key(seed).public_key.raw
    if kind is KeyKind.P384:
        return _p384_key(seed).public_key.raw
    algorithm = KeyAlg.X25519 if kind is KeyKind.X25519 else KeyAlg.BLS12_381_G2
    return Key.from_seed(algorithm, sha256(seed.encode()).digest()).get_public_bytes()


def _p384_key(seed: str) -> PrivateKey:
    return PrivateKey(KeyType.P384, b"\0" * 16 + sha256(seed.encode()).digest())


# ---------------------------------------------------------------- replays


class MemoryReplays:
    """The port ``ReplayStore``, in one process."""

    def __init__(self) -> None:
        self.seen: dict[bytes, datetime] = {}

    async def spend(self, digest: bytes, *, expires_at: datetime, at: datetime) -> None:
        await asyncio.sleep(0)
        self.seen = {known: until for known, until in self.seen.items() if until > at}
        if digest in self.seen:
            raise ConflictError("seen before")
        self.seen[digest] = expires_at


def unavailable() -> UnavailableError:
    """Return the error of a store that does not answer, for :meth:`Calls.plan`."""
    return UnavailableError("the store did not answer in time")
