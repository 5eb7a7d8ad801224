"""The keys of agents: listed, replaced, condemned as compromised; and the access keys that agents keep themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from legation.domain.agent_keys import AgentKey, KeyState, describe_key, find_agent_id
from legation.domain.agents import find_agent_name
from legation.domain.audit import AuditEntry
from legation.domain.callers import Caller, Scope
from legation.domain.hosted_agents import DIDMethod, HostedAgent
from legation.domain.key_lives import (
    add_access_key,
    check_replaceable,
    condemn,
    put_in_place,
    remove_access_key,
    reserve_key,
)
from legation.errors import ConflictError, LegationError, NotFoundError, WalletError
from legation.ports.clock import Clock
from legation.ports.state import Intent, Records, State
from legation.ports.vault import Vault
from legation.usecases.audit_trail import done
from legation.usecases.logged_changes import Change, LoggedChanges
from legation.usecases.profiles import announce, busy, clean_up, end, see_through, settle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rotation:
    """An agent after one of its keys was replaced: the key in use now, and the one before, as it is now."""

    agent: HostedAgent
    key: AgentKey
    replaced: AgentKey


@dataclass(frozen=True, slots=True)
class _Begun:
    """A rotation that was announced: the key that is to go, and the id of the one that comes."""

    intent: Intent
    old: AgentKey
    new_id: str


class Keys:
    """The keys of a node's agents.

    Beside what is named here, every method raises UnavailableError as the ports do, and NotFoundError where the caller
    reaches no such agent or key.
    """

    def __init__(self, state: State, vault: Vault, clock: Clock):
        self._state = state
        self._vault = vault
        self._clock = clock
        self._logged = LoggedChanges(state, vault, clock)

    async def list_all(self, caller: Caller, agent_name: str) -> HostedAgent:
        """Return the agent of that name, with all keys that are remembered of it."""
        name = find_agent_name(agent_name)

        async def work(records: Records) -> HostedAgent:
            return await records.agents.get(caller.scope, name)

        return await self._state.look(work)

    async def add_access_key(self, caller: Caller, agent_name: str, multikey: str) -> tuple[HostedAgent, AgentKey]:
        """Add a key that the agent keeps itself, by which it proves to be the caller: Ed25519, P-256 or P-384.

        Raises:
            MalformedError, InvalidKeyError: no such Multikey.
            ConflictError: ``agent_retired``, ``node_agent``, ``key_known``, ``access_keys_full``.
        """
        name = find_agent_name(agent_name)

        async def find(records: Records) -> HostedAgent:
            return await records.agents.get(caller.scope, name)

        return await self._publish(
            find,
            lambda agent, at: add_access_key(agent, multikey, at=at),
            lambda agent, key, at: done(at, caller, "key.add", key.id, owner=agent.trail),
        )

    async def remove(self, caller: Caller, key_id: str) -> None:
        """Remove an access key: from now on it proves nothing.

        Raises:
            ConflictError: ``agent_retired``, ``key_expired`` where that was done before, ``node_key`` for another key.
        """
        agent_id = find_agent_id(key_id)

        async def find(records: Records) -> HostedAgent:
            return await records.agents.get_by_id(caller.scope, agent_id)

        await self._publish(
            find,
            lambda agent, at: (remove_access_key(agent, agent.get_key(key_id), at=at), None),
            lambda agent, _, at: done(at, caller, "key.remove", key_id, owner=agent.trail),
        )

    async def rotate(self, caller: Caller, key_id: str, *, compromised: bool) -> Rotation:
        """Replace a key by a new one of its kind.

        What the old one signed before still counts, for its method stays in the document, with ``expires``. If it is
        compromised it leaves the document, and everything that it signed falls, for a thief can antedate. An expired
        key can be condemned so afterwards; then no new key is made.

        Raises:
            ConflictError: ``agent_retired``; ``access_key``; ``key_expired`` or ``key_compromised`` where that was
                done before; ``busy`` while another key of the agent is being replaced.
            WalletError: as the port ``Vault``, or it lacks the agent.
        """
        agent_id = find_agent_id(key_id)
        return await see_through(self._rotate(caller, agent_id, key_id, compromised=compromised))

    async def _rotate(self, caller: Caller, agent_id: str, key_id: str, *, compromised: bool) -> Rotation:
        now = self._clock.now()

        async def begin(records: Records) -> _Begun | Rotation | AgentKey:
            agent = await records.agents.get_by_id(caller.scope, agent_id)
            old = agent.get_key(key_id)
            is_replaced = check_replaceable(agent, old, compromised=compromised)
            if agent.method is DIDMethod.WEBVH:
                return old
            if is_replaced:
                intent = await announce(records, agent.id, now)
                reserved, new_id = reserve_key(agent)
                await records.agents.replace(reserved)
                return _Begun(intent, old, new_id)
            changed, ended = condemn(agent, old, at=now)
            await records.agents.replace(changed)
            await records.audit.add(done(now, caller, "key.rotate", key_id, owner=changed.trail))
            return Rotation(changed, changed.current_key(old.purpose), ended)

        begun = await self._state.change(begin)
        if isinstance(begun, Rotation):
            return begun
        if isinstance(begun, AgentKey):
            return await self._rotate_logged(caller, agent_id, begun, compromised=compromised)
        try:
            raw = await self._make(agent_id, begun)
            rotation = await self._finish(caller, begun, raw, compromised=compromised)
        except LegationError:
            await clean_up(self._state, self._vault, self._clock, begun.intent)
            raise
        # from here on the new key is the agent's; a vault that fails now to let go of the old one is seen to later
        await settle(self._state, self._vault, self._clock, begun.intent)
        return rotation

    async def _publish(
        self,
        find: Callable[[Records], Awaitable[HostedAgent]],
        step: Callable[[HostedAgent, datetime], tuple[HostedAgent, T]],
        audit: Callable[[HostedAgent, T, datetime], AuditEntry],
    ) -> tuple[HostedAgent, T]:
        now = self._clock.now()

        async def work(records: Records) -> tuple[HostedAgent, T] | None:
            agent = await find(records)
            changed, told = step(agent, now)
            if agent.method is DIDMethod.WEBVH:
                return None
            await records.agents.replace(changed)
            await records.audit.add(audit(changed, told, now))
            return changed, told

        changed = await self._state.change(work)
        return changed or await self._logged.make(Change(find, lambda agent, _, at: step(agent, at), audit))

    async def _rotate_logged(self, caller: Caller, agent_id: str, old: AgentKey, *, compromised: bool) -> Rotation:
        async def find(records: Records) -> HostedAgent:
            return await records.agents.get_by_id(caller.scope, agent_id)

        def apply(agent: HostedAgent, new: AgentKey | None, at: datetime) -> tuple[HostedAgent, Rotation]:
            key = agent.get_key(old.id)
            if new is None:
                changed, ended = condemn(agent, key, at=at)
                return changed, Rotation(changed, changed.current_key(key.purpose), ended)
            check_replaceable(agent, key, compromised=compromised)
            changed, ended = put_in_place(agent, key, new, at=at, compromised=compromised)
            return changed, Rotation(changed, new, ended)

        makes = old if old.state is KeyState.CURRENT else None
        change = Change(
            find, apply, lambda agent, _, at: done(at, caller, "key.rotate", old.id, owner=agent.trail), makes
        )
        agent, rotation = await self._logged.make(change)
        return replace(rotation, agent=agent)

    async def _make(self, agent_id: str, begun: _Begun) -> bytes:
        try:
            return await self._vault.add_key(agent_id, begun.new_id, begun.old.kind)
        except NotFoundError as error:
            raise WalletError("the wallet lacks the keys of this agent") from error
        except ConflictError as error:
            # left behind by work that was undone; it is cleaned up now
            raise busy("the wallet had a key that the state does not know") from error

    async def _finish(self, caller: Caller, begun: _Begun, raw: bytes, *, compromised: bool) -> Rotation:
        async def work(records: Records) -> Rotation:
            # as late as can be: what the old key signs until then counts
            at = self._clock.now()
            await end(records, begun.intent)
            await records.intents.begin(begun.intent)  # the private part of the old key is still there
            agent = await records.agents.get_by_id(Scope(), begun.intent.agent_id)
            old = agent.get_key(begun.old.id)
            new = describe_key(begun.new_id, old.purpose, old.kind, raw, at=at)
            changed, ended = put_in_place(agent, old, new, at=at, compromised=compromised)
            await records.agents.replace(changed)
            await records.audit.add(done(at, caller, "key.rotate", old.id, owner=changed.trail))
            return Rotation(changed, new, ended)

        return await self._state.change(work)
