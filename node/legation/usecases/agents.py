"""Agents and their lives: created, listed, described, suspended, resumed and retired, each act with its audit entry."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from legation.domain.agent_keys import KeyKind
from legation.domain.agent_lives import describe_anew, resume, retire, suspend
from legation.domain.agent_plans import AgentPlan
from legation.domain.agents import find_agent_name, parse_agent_name
from legation.domain.callers import Caller
from legation.domain.did_logs import plan_did
from legation.domain.hosted_agents import NO_CLAIMS, NODE_NAME, Claims, DIDMethod, HostedAgent, parse_owner
from legation.domain.pages import Page, PageRequest
from legation.errors import AccessError, MalformedError
from legation.ports.clock import Clock
from legation.ports.state import AgentFilter, Intent, Records, State
from legation.ports.vault import Vault
from legation.standards.did.web import build_did_web
from legation.usecases.audit_trail import done
from legation.usecases.logged_changes import Change, LoggedChanges
from legation.usecases.profiles import announce, create_profile, name_taken, see_through, settle

DEFAULT_OWNER = "default"
_AGENT_BYTES = 16
_BEGINNING = re.compile(r"[a-z0-9-]{0,63}")

# an agent, and when; how it is changed
Step = Callable[[HostedAgent, datetime], HostedAgent]


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent to be made.

    ``owner`` None is the caller's own; ``access_keys`` are Multikeys of Ed25519, P-256 or P-384. ``signing_kind`` is
    BLS12-381-G2 only for a did:key, which is that one key.
    """

    name: str
    owner: str | None = None
    sponsor: str | None = None
    claims: Claims = NO_CLAIMS
    method: DIDMethod = DIDMethod.WEB
    signing_kind: KeyKind = KeyKind.ED25519
    access_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentChange:
    """What becomes of an agent's sponsor and claims, by their names; None takes one away, what is not named stays."""

    members: Mapping[str, str | None]


class Agents:
    """The agents of the node at ``public_url``.

    Beside what is named here, every method raises UnavailableError as the ports do, and each one that takes a name
    NotFoundError where the caller reaches no agent of that name.
    """

    def __init__(self, state: State, vault: Vault, clock: Clock, *, public_url: str):
        self._state = state
        self._vault = vault
        self._clock = clock
        self._public_url = public_url
        self._logged = LoggedChanges(state, vault, clock)

    async def create(self, caller: Caller, new: NewAgent) -> HostedAgent:
        """Make an agent with its keys.

        Raises:
            AccessError: the caller is an agent, or may not create for that owner.
            MalformedError, InvalidKeyError: something of it has not the form that it must have.
            ConflictError: the name is taken, also by an agent that is retired.
            WalletError: as the port ``Vault``.
        """
        caller.check_operator()
        plan = self._plan(caller, new)
        return await see_through(create_profile(self._state, self._vault, self._clock, caller, plan))

    async def get(self, caller: Caller, name: str) -> HostedAgent:
        """Return an agent."""
        name = find_agent_name(name)

        async def work(records: Records) -> HostedAgent:
            return await records.agents.get(caller.scope, name)

        return await self._state.look(work)

    async def list_page(self, caller: Caller, where: AgentFilter, page: PageRequest) -> Page[HostedAgent]:
        """Return a page of the agents that the caller reaches, by name.

        Raises:
            MalformedError: a filter that no agent can meet, or a cursor that is none of this list.
        """
        for text in (where.owner, where.name):
            if text is not None and _BEGINNING.fullmatch(text) is None:
                raise MalformedError("a filter of agents is not of lower-case letters, digits and hyphens")

        async def work(records: Records) -> Page[HostedAgent]:
            return await records.agents.list_page(caller.scope, where, page)

        return await self._state.look(work)

    async def update(self, caller: Caller, name: str, change: AgentChange) -> HostedAgent:
        """Change an agent's sponsor and claims.

        Raises:
            AccessError: the caller is an agent.
            UnknownTermError, MalformedError: a member that cannot be changed, or cannot be changed to that.
            ConflictError: ``agent_retired``, or the agent has changed meanwhile.
        """
        caller.check_operator()
        name, now = find_agent_name(name), self._clock.now()

        async def work(records: Records) -> HostedAgent:
            # what is said of an agent here stands in no document
            changed = describe_anew(await records.agents.get(caller.scope, name), change.members, at=now)
            return await _keep(records, caller, "agent.update", changed, now)

        return await self._state.change(work)

    async def suspend(self, caller: Caller, name: str) -> HostedAgent:
        """Suspend an agent: it cannot call any more, and the node signs nothing for it.

        Raises:
            AccessError: the caller is an agent.
            ConflictError: ``agent_suspended``, ``agent_retired``, ``node_agent``.
        """
        return await self._publish(caller, name, "agent.suspend", lambda agent, at: suspend(agent, at=at))

    async def resume(self, caller: Caller, name: str) -> HostedAgent:
        """Make a suspended agent active again. Raises AccessError, and ConflictError: agent_active, agent_retired."""
        return await self._publish(caller, name, "agent.resume", lambda agent, at: resume(agent, at=at))

    async def retire(self, caller: Caller, name: str) -> HostedAgent:
        """Retire an agent for good: its document is gone, and so are its private keys.

        Raises:
            AccessError: the caller is an agent.
            ConflictError: ``agent_retired``, ``node_agent``, or ``busy`` while a key of it is being replaced.
        """
        caller.check_operator()
        name = find_agent_name(name)
        return await see_through(self._retire(caller, name))

    async def _retire(self, caller: Caller, name: str) -> HostedAgent:
        now = self._clock.now()

        async def work(records: Records) -> tuple[HostedAgent, Intent] | None:
            agent = await records.agents.get(caller.scope, name)
            retired = retire(agent, at=now)
            if agent.method is DIDMethod.WEBVH:
                return None
            intent = await announce(records, retired.id, now)
            return await _keep(records, caller, "agent.retire", retired, now), intent

        begun = await self._state.change(work)
        if begun is None:
            return await self._log(caller, name, "agent.retire", lambda agent, at: retire(agent, at=at))
        retired, intent = begun
        # from here on the agent is retired; a vault that fails now is seen to later
        await settle(self._state, self._vault, self._clock, intent)
        return retired

    async def _publish(self, caller: Caller, name: str, act: str, step: Step) -> HostedAgent:
        caller.check_operator()
        name, now = find_agent_name(name), self._clock.now()

        async def work(records: Records) -> HostedAgent | None:
            agent = await records.agents.get(caller.scope, name)
            changed = step(agent, now)
            if agent.method is DIDMethod.WEBVH:
                return None
            return await _keep(records, caller, act, changed, now)

        return await self._state.change(work) or await self._log(caller, name, act, step)

    async def _log(self, caller: Caller, name: str, act: str, step: Step) -> HostedAgent:
        async def find(records: Records) -> HostedAgent:
            return await records.agents.get(caller.scope, name)

        change: Change[None] = Change(
            find,
            lambda agent, _, at: (step(agent, at), None),
            lambda agent, _, at: done(at, caller, act, agent.name, owner=agent.trail),
        )
        return (await self._logged.make(change))[0]

    def _plan(self, caller: Caller, new: NewAgent) -> AgentPlan:
        name = parse_agent_name(new.name)
        if name == NODE_NAME:
            raise name_taken()
        plan = AgentPlan(
            id=secrets.token_hex(_AGENT_BYTES),
            name=name,
            did=_plan_did(new.method, self._public_url, name),
            owner=_find_owner(caller, new.owner),
            at=self._clock.now(),
            method=new.method,
            sponsor=new.sponsor,
            claims=new.claims,
            signing_kind=new.signing_kind,
            access_keys=new.access_keys,
        )
        plan.check()
        return plan


async def _keep(records: Records, caller: Caller, act: str, changed: HostedAgent, at: datetime) -> HostedAgent:
    await records.agents.replace(changed)
    await records.audit.add(done(at, caller, act, changed.name, owner=changed.trail))
    return changed


def _plan_did(method: DIDMethod, public_url: str, name: str) -> str:
    if method is DIDMethod.KEY:
        return ""
    if method is DIDMethod.WEBVH:
        return plan_did(public_url, name)
    return build_did_web(public_url, "agents", name)


def _find_owner(caller: Caller, owner: str | None) -> str:
    own = caller.scope.owner
    if owner is None:
        return DEFAULT_OWNER if own is None else own
    if own is not None and parse_owner(owner) != own:
        raise AccessError("an operator of one owner creates agents for that owner only", fix="Leave the owner out.")
    return parse_owner(owner)
