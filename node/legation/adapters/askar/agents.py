"""Agents and their keys in an Askar store: one entry and one key under the agent's name."""

from __future__ import annotations

import json
from collections.abc import Callable

from aries_askar import Entry, Session

from legation.adapters.askar.failures import unreadable
from legation.adapters.askar.signing import AskarSigningKey, generate_key, read_public_key
from legation.adapters.askar.store import AskarStore
from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import Signer
from legation.domain.agents import Agent, parse_agent
from legation.errors import ConflictError, MalformedError, NotFoundError, TooLargeError
from legation.ports.wallet import MAX_AGENTS
from legation.standards.multiformats import encode_multikey

_CATEGORY = "agent"


class AskarAgents:
    """The port ``AgentStore``; key handles are loaded once and stay open as long as the store."""

    def __init__(self, store: AskarStore):
        self._store = store
        self._signers: dict[str, Signer] = {}
        self._keys: list[AskarSigningKey] = []

    async def add(self, name: str, key_type: KeyType, describe: Callable[[PublicKey], Agent]) -> Agent:
        """Make a key and keep it with its agent, in one transaction. Raises ConflictError or TooLargeError."""
        self._store.check_open()
        key = generate_key(key_type)
        agent = describe(read_public_key(key, key_type))

        async def insert(session: Session) -> None:
            if await session.fetch(_CATEGORY, name) is not None:
                raise ConflictError(f"the wallet has an agent {name} already", fix="Take another name.")
            if len(await session.fetch_all(_CATEGORY, {"did": agent.did}, 1)):
                raise ConflictError("the wallet has an agent of this DID already", fix="Give it another DID.")
            if await session.count(_CATEGORY) >= MAX_AGENTS:
                raise TooLargeError(f"the wallet holds {MAX_AGENTS} agents, and no more", fix="Open another wallet.")
            await session.insert(_CATEGORY, name, json.dumps(agent.to_record()), {"did": agent.did})
            await session.insert_key(name, key)

        await self._store.write(insert)
        return agent

    async def get(self, name_or_did: str) -> Agent:
        """Return it. Raises NotFoundError."""
        return _read(await self._store.read(lambda session: _fetch(session, name_or_did)))

    async def list_all(self) -> list[Agent]:
        """Return all agents by name."""
        agents = await self._store.scan(_CATEGORY, _read, limit=MAX_AGENTS)
        return sorted(agents, key=lambda agent: agent.name)

    async def signer(self, name_or_did: str) -> Signer:
        """Return a handle on the agent's key. Raises NotFoundError."""
        self._store.check_open()
        known = self._signers.get(name_or_did)
        if known is not None:
            return known
        signer = await self._store.read(lambda session: self._load(session, name_or_did))
        # another caller may have loaded it meanwhile: one handle serves both
        return self._signers.setdefault(name_or_did, signer)

    def forget(self) -> None:
        """Let go of every handle: signers that were given out sign no more."""
        for key in self._keys:
            key.forget()
        self._keys.clear()
        self._signers.clear()

    async def _load(self, session: Session, name_or_did: str) -> Signer:
        agent = _read(await _fetch(session, name_or_did))
        known = self._signers.get(agent.name)
        if known is not None:
            return known
        entry = await session.fetch_key(agent.name)
        if entry is None:
            raise unreadable(f"the wallet has no key for its agent {agent.name}")
        key = AskarSigningKey(entry.key, agent.key_type)
        if agent.method != f"{agent.did}#{encode_multikey(key.public_key)}":
            raise unreadable(f"the wallet's key for {agent.name} is not the one that its DID URL names")
        self._store.check_open()
        self._keys.append(key)
        return self._signers.setdefault(agent.name, Signer(agent.did, agent.method, key))


async def _fetch(session: Session, name_or_did: str) -> Entry:
    if name_or_did.startswith("did:"):
        found = await session.fetch_all(_CATEGORY, {"did": name_or_did}, 1)
        entry = found[0] if len(found) else None
    else:
        entry = await session.fetch(_CATEGORY, name_or_did)
    if entry is None:
        raise NotFoundError("the wallet has no such agent", fix="See which agents it has, or create one.")
    return entry


def _read(entry: Entry) -> Agent:
    try:
        agent = parse_agent(json.loads(entry.value))
    except (MalformedError, ValueError) as error:
        raise unreadable("the wallet holds a damaged agent") from error
    if agent.name != entry.name:
        raise unreadable("the wallet holds an agent under another's name")
    return agent
