"""``/v1/agents``: agents that a node hosts, and their lives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Literal, TypedDict, Unpack

from legation.client.asking import AsyncCaller, Caller, iterate, iterate_async
from legation.client.calls import get, patch, post
from legation.client.models import Agent, Page
from legation.client.reading import page_of, read_agent
from legation.domain.pages import DEFAULT_PAGE, MAX_PAGE

# how an agent is named: by a place on the web, with a log of its history, or by its one key
DIDMethod = Literal["web", "webvh", "key"]
# the last one only for a did:key
KeyType = Literal["Ed25519", "P-256", "P-384", "BLS12-381-G2"]


class AgentChanges(TypedDict, total=False):
    """What can be changed of an agent; None removes it."""

    sponsor: str | None
    agent_model: str | None
    agent_provider: str | None
    agent_version: str | None
    agent_instance_id: str | None


class AsyncAgents(AsyncCaller):
    """Agents."""

    async def create_agent(  # noqa: PLR0913 - every member of an agent by its name
        self,
        name: str,
        *,
        owner: str | None = None,
        sponsor: str | None = None,
        did_method: DIDMethod = "web",
        key_type: KeyType = "Ed25519",
        access_keys: Sequence[str] = (),
        agent_model: str | None = None,
        agent_provider: str | None = None,
        agent_version: str | None = None,
        agent_instance_id: str | None = None,
    ) -> Agent:
        """Create an agent with new keys; ``access_keys`` are Multikeys of keys that it keeps itself, to call with.

        Raises:
            ConflictError: the name is taken.
            AccessError: the operator may not name this owner.
        """
        body = {
            "name": name,
            "owner": owner,
            "sponsor": sponsor,
            "didMethod": did_method,
            "keyType": key_type,
            "accessKeys": list(access_keys) or None,
            "agent_model": agent_model,
            "agent_provider": agent_provider,
            "agent_version": agent_version,
            "agent_instance_id": agent_instance_id,
        }
        return await self._ask(post("v1", "agents", read=read_agent, body=body))

    async def list_agents(
        self,
        *,
        owner: str | None = None,
        life: Literal["active", "suspended", "retired"] | None = None,
        name: str | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[Agent]:
        """Return a page of the agents that one may see, by name; ``name`` is what their names begin with."""
        query = {"owner": owner, "life": life, "name": name, "limit": limit, "cursor": cursor}
        return await self._ask(get("v1", "agents", read=page_of(read_agent), query=query))

    def iterate_agents(
        self,
        *,
        owner: str | None = None,
        life: Literal["active", "suspended", "retired"] | None = None,
        name: str | None = None,
    ) -> AsyncIterator[Agent]:
        """Yield the agents of all pages, each page asked for when it is needed."""
        return iterate_async(
            lambda cursor: self.list_agents(owner=owner, life=life, name=name, limit=MAX_PAGE, cursor=cursor)
        )

    async def get_agent(self, name: str) -> Agent:
        """Return an agent. Raises NotFoundError."""
        return await self._ask(get("v1", "agents", name, read=read_agent))

    async def update_agent(self, name: str, **changes: Unpack[AgentChanges]) -> Agent:
        """Change what is named of ``sponsor``, ``agent_model`` and so on; None removes, and what is not named stays.

        Never repeated once it was sent, as that could undo what somebody else changed meanwhile.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is retired.
        """
        return await self._ask(patch("v1", "agents", name, read=read_agent, body={**changes}))

    async def suspend_agent(self, name: str) -> Agent:
        """Suspend an agent: it can neither sign nor call until it is resumed. Raises NotFoundError, ConflictError."""
        return await self._ask(post("v1", "agents", name, "suspend", read=read_agent, body={}))

    async def resume_agent(self, name: str) -> Agent:
        """Let a suspended agent go on. Raises NotFoundError, ConflictError."""
        return await self._ask(post("v1", "agents", name, "resume", read=read_agent, body={}))

    async def retire_agent(self, name: str) -> Agent:
        """End an agent for good: its private keys are destroyed. Raises NotFoundError, ConflictError."""
        return await self._ask(post("v1", "agents", name, "retire", read=read_agent, body={}))


class Agents(Caller):
    """Agents."""

    _twin: AsyncAgents

    def create_agent(  # noqa: PLR0913 - every member of an agent by its name
        self,
        name: str,
        *,
        owner: str | None = None,
        sponsor: str | None = None,
        did_method: DIDMethod = "web",
        key_type: KeyType = "Ed25519",
        access_keys: Sequence[str] = (),
        agent_model: str | None = None,
        agent_provider: str | None = None,
        agent_version: str | None = None,
        agent_instance_id: str | None = None,
    ) -> Agent:
        """Create an agent with new keys; ``access_keys`` are Multikeys of keys that it keeps itself, to call with.

        Raises:
            ConflictError: the name is taken.
            AccessError: the operator may not name this owner.
        """
        return self._run(
            self._twin.create_agent(
                name,
                owner=owner,
                sponsor=sponsor,
                did_method=did_method,
                key_type=key_type,
                access_keys=access_keys,
                agent_model=agent_model,
                agent_provider=agent_provider,
                agent_version=agent_version,
                agent_instance_id=agent_instance_id,
            )
        )

    def list_agents(
        self,
        *,
        owner: str | None = None,
        life: Literal["active", "suspended", "retired"] | None = None,
        name: str | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[Agent]:
        """Return a page of the agents that one may see, by name; ``name`` is what their names begin with."""
        return self._run(self._twin.list_agents(owner=owner, life=life, name=name, limit=limit, cursor=cursor))

    def iterate_agents(
        self,
        *,
        owner: str | None = None,
        life: Literal["active", "suspended", "retired"] | None = None,
        name: str | None = None,
    ) -> Iterator[Agent]:
        """Yield the agents of all pages, each page asked for when it is needed."""
        return iterate(
            lambda cursor: self.list_agents(owner=owner, life=life, name=name, limit=MAX_PAGE, cursor=cursor)
        )

    def get_agent(self, name: str) -> Agent:
        """Return an agent. Raises NotFoundError."""
        return self._run(self._twin.get_agent(name))

    def update_agent(self, name: str, **changes: Unpack[AgentChanges]) -> Agent:
        """Change what is named of ``sponsor``, ``agent_model`` and so on; None removes, and what is not named stays.

        Never repeated once it was sent, as that could undo what somebody else changed meanwhile.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is retired.
        """
        return self._run(self._twin.update_agent(name, **changes))

    def suspend_agent(self, name: str) -> Agent:
        """Suspend an agent: it can neither sign nor call until it is resumed. Raises NotFoundError, ConflictError."""
        return self._run(self._twin.suspend_agent(name))

    def resume_agent(self, name: str) -> Agent:
        """Let a suspended agent go on. Raises NotFoundError, ConflictError."""
        return self._run(self._twin.resume_agent(name))

    def retire_agent(self, name: str) -> Agent:
        """End an agent for good: its private keys are destroyed. Raises NotFoundError, ConflictError."""
        return self._run(self._twin.retire_agent(name))
