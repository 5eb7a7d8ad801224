"""Changes of agents whose DIDs have a log (did:webvh): each is kept together with the entry that publishes it.

The entry is signed by the key that the last one committed to, and commits to a new one. So a change takes the vault
twice, before the one transaction that keeps agent, entry and audit, or nothing: the work is announced as any other on
the agent's profile is, and what it leaves half done is cleaned up as that is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from legation.domain.agent_keys import AgentKey, KeyKind, Purpose, describe_key
from legation.domain.audit import AuditEntry
from legation.domain.did_logs import check_room, continue_log, move_update_keys
from legation.domain.hosted_agents import HostedAgent, Life
from legation.domain.key_lives import reserve_key
from legation.errors import ConflictError, LegationError, NotFoundError, WalletError
from legation.ports.clock import Clock
from legation.ports.state import Intent, Records, State
from legation.ports.vault import Vault
from legation.usecases.profiles import announce, busy, clean_up, end, see_through, settle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What is to become of an agent.

    ``find`` reads it in the caller's scope. ``apply`` returns it changed, its version one more, and what the caller is
    told; where ``makes`` is a key, it is given a new one like it. ``audit`` says what was done.
    """

    find: Callable[[Records], Awaitable[HostedAgent]]
    apply: Callable[[HostedAgent, AgentKey | None, datetime], tuple[HostedAgent, T]]
    audit: Callable[[HostedAgent, T, datetime], AuditEntry]
    makes: AgentKey | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    """A change that was announced: the agent with new ids of keys reserved, and its log."""

    intent: Intent
    agent: HostedAgent
    entries: list[str]
    update_id: str
    new_id: str


class LoggedChanges:
    """Changes of agents with a log."""

    def __init__(self, state: State, vault: Vault, clock: Clock):
        self._state = state
        self._vault = vault
        self._clock = clock

    async def make(self, change: Change[T]) -> tuple[HostedAgent, T]:
        """Change an agent, publish the next entry of its log, and return what ``apply`` does.

        Raises:
            LegationError: what ``find`` and ``apply`` raise.
            ConflictError: ``log_full``; ``busy`` while another key of the agent is being replaced; or the agent was
                changed meanwhile.
            WalletError, UnavailableError: as the ports.
        """
        return await see_through(self._make(change))

    async def _make(self, change: Change[T]) -> tuple[HostedAgent, T]:
        now = self._clock.now()

        async def begin(records: Records) -> _Begun:
            agent = await change.find(records)
            if change.makes is None:
                change.apply(agent, None, now)
            entries = await records.logs.read(agent.id)
            check_room(entries, at=now)
            intent = await announce(records, agent.id, now)
            reserved, update_id = reserve_key(agent)
            await records.agents.replace(reserved)
            reserved, new_id = reserve_key(reserved)
            await records.agents.replace(reserved)
            return _Begun(intent, reserved, entries, update_id, new_id)

        begun = await self._state.change(begin)
        try:
            done = await self._finish(change, begun)
        except LegationError:
            await clean_up(self._state, self._vault, self._clock, begun.intent)
            raise
        # from here on the change is published; a vault that fails now to let go of old keys is seen to later
        await settle(self._state, self._vault, self._clock, begun.intent)
        return done

    async def _finish(self, change: Change[T], begun: _Begun) -> tuple[HostedAgent, T]:
        agent = begun.agent
        new = None
        if change.makes is not None:
            wanted = change.makes
            raw = await self._add(agent, begun.new_id, wanted.kind)
            new = describe_key(begun.new_id, wanted.purpose, wanted.kind, raw, at=self._clock.now())
        update_raw = await self._add(agent, begun.update_id, KeyKind.ED25519)
        # as late as can be: what an old key signs until then counts
        at = self._clock.now()
        changed, told = change.apply(agent, new, at)
        key = agent.current_key(Purpose.NEXT_UPDATE)
        coming = describe_key(begun.update_id, Purpose.NEXT_UPDATE, KeyKind.ED25519, update_raw, at=at)
        if changed.life is not Life.RETIRED:
            changed = move_update_keys(changed, coming, at=at)
        signing = await self._vault.signing_key(agent.id, key.id)
        entries = continue_log(begun.entries, changed, signing, at=at)

        async def keep(records: Records) -> None:
            await end(records, begun.intent)
            await records.intents.begin(begun.intent)  # the private parts of old keys are still there
            await records.agents.replace(changed)
            for number, entry in enumerate(entries, start=len(begun.entries) + 1):
                await records.logs.add(changed.id, number, entry)
            await records.audit.add(change.audit(changed, told, at))

        await self._state.change(keep)
        return changed, told

    async def _add(self, agent: HostedAgent, key_id: str, kind: KeyKind) -> bytes:
        try:
            return await self._vault.add_key(agent.id, key_id, kind)
        except NotFoundError as error:
            raise WalletError("the wallet lacks the keys of this agent") from error
        except ConflictError as error:
            # left behind by work that was undone; it is cleaned up now
            raise busy("the wallet had a key that the state does not know") from error
