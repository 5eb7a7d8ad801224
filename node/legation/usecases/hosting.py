"""The node's own identity, and the DID documents that it serves for itself and for the agents that it hosts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from legation.domain.agent_keys import NODE_ID, Purpose
from legation.domain.agent_plans import AgentPlan
from legation.domain.agents import find_agent_name
from legation.domain.callers import LOCAL, Scope
from legation.domain.documents import build_agent_document, build_node_document
from legation.domain.hosted_agents import NODE_NAME, DIDMethod, HostedAgent, Life
from legation.errors import ConflictError, GoneError, NotFoundError, SettingsError, UnavailableError
from legation.ports.clock import Clock
from legation.ports.state import Intent, Records, State
from legation.ports.vault import Vault
from legation.standards.did.web import build_did_web
from legation.usecases.profiles import build_profile
from legation.usecases.recovery import recover

# a process that makes the node's keys is done in a blink; one that died over it is found out after a minute
_STALE = timedelta(minutes=1)
_PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 0.1
_LOOKS = 3


class Hosting:
    """Documents under one origin. Methods raise UnavailableError as the port ``State``."""

    def __init__(self, state: State, *, public_url: str):
        self._state = state
        self._public_url = public_url

    async def find_agent(self, name: str) -> HostedAgent:
        """Return the agent that is hosted under that name, or the node under its own.

        Raises:
            GoneError: it is retired.
            NotFoundError: there never was one.
        """
        name = find_agent_name(name)

        async def work(records: Records) -> HostedAgent:
            return await records.agents.get(Scope(), name)

        agent = await self._state.look(work)
        if agent.life is Life.RETIRED:
            raise GoneError("the agent of this name is retired, and its DID deactivated")
        return agent

    async def node_document(self) -> dict[str, object]:
        """Return the document of the node itself."""
        return self.describe(await self.find_agent(NODE_NAME))

    async def agent_document(self, name: str) -> dict[str, object]:
        """Return the document of the agent hosted under that name.

        Raises:
            GoneError: the agent is retired.
            NotFoundError: no agent is hosted under it as a did:web; the node itself is not, either.
        """
        if name == NODE_NAME:
            raise NotFoundError("there is no such agent")
        agent = await self.find_agent(name)
        if agent.method is not DIDMethod.WEB:
            raise NotFoundError("the agent's DID is no did:web, and has no document here")
        return self.describe(agent)

    async def agent_log(self, name: str) -> list[str]:
        """Return the entries of the log of the agent hosted under that name, also where it is retired.

        Raises:
            NotFoundError: no agent is hosted under it, or its DID has no log.
        """
        name = find_agent_name(name)

        async def work(records: Records) -> list[str]:
            agent = await records.agents.get(Scope(), name)
            return await records.logs.read(agent.id)

        entries = await self._state.look(work)
        if not entries:
            raise NotFoundError("the agent's DID has no log")
        return entries

    def describe(self, agent: HostedAgent) -> dict[str, object]:
        """Return the document of an agent, or of the node."""
        if agent.is_node:
            return build_node_document(agent, public_url=self._public_url)
        return build_agent_document(agent)


async def ensure_node(state: State, vault: Vault, clock: Clock, *, public_url: str) -> HostedAgent:
    """Return the node's own agent, the did:web of its origin; at the first start it is made, with its keys.

    Processes that start together agree on one.

    Raises:
        SettingsError: the state belongs to a node of another origin, or the wallet to another state.
        UnavailableError: a store does not answer, or another process does not get done with making it.
    """
    did = build_did_web(public_url)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            node = await _find_or_make(state, vault, clock, did)
    except TimeoutError as error:
        raise UnavailableError(
            "another process has not got done with making this node's keys", fix="Start it again in a minute."
        ) from error
    if node.did != did:
        raise SettingsError(
            f"the state belongs to the node {node.did}, and public_url makes this one {did}",
            fix="Give the public_url of that node, or another data_dir.",
        )
    await _check_wallet(state, vault, node)
    return node


async def _find_or_make(state: State, vault: Vault, clock: Clock, did: str) -> HostedAgent:
    strange = 0
    while True:
        # before the state is asked: whoever makes a profile has announced it there, or made the node
        present = await vault.find_keys(NODE_ID)
        plan = AgentPlan(id=NODE_ID, name=NODE_NAME, did=did, owner="", at=clock.now())
        try:
            node = await _find_or_announce(state, plan, announce=present is None)
        except ConflictError:
            await recover(state, vault, clock, older_than=_STALE)
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        if node is not None:
            return node
        if present is None:
            return await build_profile(state, vault, clock, LOCAL, plan)
        strange += 1
        if strange == _LOOKS:
            raise _strange_wallet()


async def _find_or_announce(state: State, plan: AgentPlan, *, announce: bool) -> HostedAgent | None:
    """Return the node; or announce, unless told otherwise, that it is being made. Raises ConflictError if it is."""
    intent = Intent(plan.id, plan.at)

    async def work(records: Records) -> HostedAgent | None:
        try:
            return await records.agents.get_by_id(Scope(), NODE_ID)
        except NotFoundError:
            await records.intents.begin(intent)
            if not announce:
                await records.intents.end(intent)
            return None

    return await state.change(work)


async def _check_wallet(state: State, vault: Vault, node: HostedAgent) -> None:
    """Refuse a wallet that lacks the node's signing key."""
    for _ in range(_LOOKS):
        present = await vault.find_keys(NODE_ID)
        if present is not None and node.current_key(Purpose.SIGNING).id in present:
            return

        async def work(records: Records) -> HostedAgent:
            return await records.agents.get_by_id(Scope(), NODE_ID)

        # another process may have replaced it just now
        node = await state.look(work)
    raise _strange_wallet()


def _strange_wallet() -> SettingsError:
    return SettingsError(
        "the wallet and the state do not belong together: what the one holds of this node, the other does not know",
        fix="Restore both from the same backup, or begin with an empty data_dir.",
    )
