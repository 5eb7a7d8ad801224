"""Work on an agent's profile in the vault, announced in the state, so that whatever interrupts it, the two stay one.

The state is the truth. Every change of a profile is announced by an intent, and struck out when it is over. Whoever
finds an old one takes the work over, under an intent of its own: from then on, whoever began it can finish nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from legation.domain.agent_keys import Purpose
from legation.domain.agent_plans import AgentPlan
from legation.domain.callers import Caller, Scope
from legation.domain.did_logs import begin_log
from legation.domain.hosted_agents import DIDMethod, HostedAgent, Life
from legation.errors import ConflictError, LegationError, NotFoundError
from legation.ports.clock import Clock
from legation.ports.state import Intent, Records, State
from legation.ports.vault import Vault
from legation.usecases.audit_trail import done

T = TypeVar("T")

_log = logging.getLogger("legation.profiles")
_TICK = timedelta(microseconds=1)
# with the 4 s that a store may take to fail, less than the 5 s in which a caller has an answer
_CLEANING_SECONDS = 0.5
# well below the minute after which others take work over
_LEASE = timedelta(seconds=30)
# work that goes on after who asked for it has gone still needs somebody who holds it
_under_way: set[asyncio.Task[Any]] = set()


async def see_through(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` does, which goes on to its end also where who waits for it is cancelled."""
    return await asyncio.shield(_hold(work))


async def announce(records: Records, agent_id: str, at: datetime) -> Intent:
    """Announce work on an agent's profile. Raises ConflictError: busy."""
    intent = Intent(agent_id, at)
    try:
        await records.intents.begin(intent)
    except ConflictError as error:
        raise busy("other work on the agent's keys is under way") from error
    return intent


async def create_profile(state: State, vault: Vault, clock: Clock, caller: Caller, plan: AgentPlan) -> HostedAgent:
    """Make an agent with its keys.

    Raises:
        ConflictError: its name is taken; ``busy`` where this took so long that it was undone.
        WalletError, UnavailableError: as the ports.
    """

    async def begin(records: Records) -> Intent:
        # the name is kept free by the last step alone; this spares the vault the work
        with suppress(NotFoundError):
            await records.agents.get(Scope(), plan.name)
            raise name_taken()
        return await announce(records, plan.id, plan.at)

    await state.change(begin)
    return await build_profile(state, vault, clock, caller, plan)


async def build_profile(state: State, vault: Vault, clock: Clock, caller: Caller, plan: AgentPlan) -> HostedAgent:
    """Make an agent with its keys, after ``Intent(plan.id, plan.at)`` was begun; errors as :func:`create_profile`."""
    intent = Intent(plan.id, plan.at)
    try:
        agent, entry = await _finish_plan(vault, plan)

        async def finish(records: Records) -> HostedAgent:
            await end(records, intent)
            await records.agents.add(agent)
            if entry is not None:
                await records.logs.add(agent.id, 1, entry)
            await records.audit.add(done(plan.at, caller, "agent.create", agent.name, owner=agent.trail))
            return agent

        return await state.change(finish)
    except LegationError:
        await clean_up(state, vault, clock, intent)
        raise


async def _finish_plan(vault: Vault, plan: AgentPlan) -> tuple[HostedAgent, str | None]:
    agent = plan.build(await vault.create(plan.id, plan.kinds()))
    if plan.method is not DIDMethod.WEBVH:
        return agent, None
    key = agent.current_key(Purpose.UPDATE)
    return begin_log(agent, await vault.signing_key(agent.id, key.id))


async def end(records: Records, intent: Intent) -> None:
    """Strike an intent out, which must stand. Raises ConflictError: busy."""
    if not await records.intents.end(intent):
        raise busy("this took too long, and was undone")


async def settle(state: State, vault: Vault, clock: Clock, intent: Intent) -> bool:
    """Make one agent's profile agree with the state, and strike the intent out; say whether that was done.

    It is not where another has taken the work over, nor where a store fails: then an intent stays.
    """
    try:
        return await _settle(state, vault, clock, intent)
    except LegationError as error:
        _log.warning("what is half done for agent %s is left for later: %s", intent.agent_id, error.detail)
        return False


async def clean_up(state: State, vault: Vault, clock: Clock, intent: Intent) -> None:
    """Undo, as far as it can be done now, what was begun under an intent and went wrong.

    Where a store does not answer this goes on, and who has waited for that store already waits for no more of it.
    """
    task = _hold(_clean_up(state, vault, clock, intent))
    await asyncio.wait({task}, timeout=_CLEANING_SECONDS)


async def _clean_up(state: State, vault: Vault, clock: Clock, intent: Intent) -> None:
    if await settle(state, vault, clock, intent):
        return
    # if another took the work over, what was made in the vault since then is known here only
    at = clock.now()

    async def begin(records: Records) -> Intent:
        return await announce(records, intent.agent_id, at)

    with suppress(LegationError):
        await settle(state, vault, clock, await state.change(begin))


def busy(detail: str) -> ConflictError:
    """Return the error of work that other work on the same agent has kept from its end."""
    return ConflictError(detail, code="busy", fix="Try again.")


def name_taken() -> ConflictError:
    """Return the error of a name that an agent has, or had."""
    return ConflictError("the name is taken, or was, and no name is given twice", fix="Take another name.")


async def _settle(state: State, vault: Vault, clock: Clock, intent: Intent) -> bool:
    mine = Intent(intent.agent_id, max(clock.now(), intent.at + _TICK))
    # before the state is asked what it names: what is made in the vault after that is another's to name
    present = await vault.find_keys(mine.agent_id)

    async def take(records: Records) -> tuple[bool, HostedAgent | None]:
        if not await records.intents.end(intent):
            return False, None
        await records.intents.begin(mine)
        try:
            return True, await records.agents.get_by_id(Scope(), mine.agent_id)
        except NotFoundError:
            return True, None

    async def leave(records: Records) -> bool:
        return await records.intents.end(mine)

    taken, agent = await state.change(take)
    if not taken:
        return False
    if clock.now() - mine.at > _LEASE:
        raise busy("this took too long, and another may have taken it over")
    await _agree(vault, mine.agent_id, agent, present)
    return await state.change(leave)


async def _agree(vault: Vault, profile: str, agent: HostedAgent | None, present: frozenset[str] | None) -> None:
    """Leave of what is present in the vault what the state names.

    No id of a key or of an agent is given twice, so that nothing but what was seen is destroyed, however long this
    stalls. The node's own id is, until it is made: there the time that has passed must do.
    """
    if agent is None or agent.life is Life.RETIRED:
        await vault.remove(profile)
        return
    named = agent.held_here()
    if present is None or not named <= present:
        # nothing brings them back: the wallet is not the one that belongs to this state
        _log.error("the wallet lacks keys of agent %s, which the state names", agent.name)
    if present is not None and present - named:
        await vault.remove_keys(profile, present - named)


def _hold(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_let_go)
    return task


def _let_go(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        # whoever still waits is told; else this is all that is ever heard of it
        _log.debug("work on the vault ended with %s", type(error).__name__)
