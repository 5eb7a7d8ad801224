"""Signing for hosted agents: outside of the transaction that keeps what is signed, which then looks at the agent again.

A signature takes longer than a row, and transactions of many callers are committed together. So an agent that signed
before is remembered, and its key used at once; the one look at the agent is in the transaction, which keeps nothing if
the agent has been suspended or has another key by then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from legation.crypto.signing import Signer
from legation.domain.agents import find_agent_name
from legation.domain.callers import Scope
from legation.domain.hosted_agents import HostedAgent
from legation.errors import ConflictError, NotFoundError, WalletError
from legation.ports.state import Records, State
from legation.ports.vault import Vault

T = TypeVar("T")
_MAX_REMEMBERED = 4096
_ATTEMPTS = 3


class _StaleError(ConflictError):
    """The agent has another key than the one that was to sign."""

    def __init__(self, detail: str, *, known_as: tuple[Scope, str]):
        super().__init__(detail, fix="Try again.")
        self.known_as = known_as


@dataclass(frozen=True, slots=True)
class Ready:
    """An agent, active when last looked at, and a handle on its key."""

    agent: HostedAgent
    signer: Signer
    scope: Scope

    async def confirm(self, records: Records) -> HostedAgent:
        """Return the agent as it stands in this transaction, which must fail with what this raises.

        Raises:
            NotFoundError: it is not in the caller's scope.
            ConflictError: ``agent_suspended``, ``agent_retired``, or another key than that which signed.
        """
        agent = await records.agents.get_by_id(self.scope, self.agent.id)
        agent.check_active()
        if agent.signing_key() != self.agent.signing_key():
            raise _StaleError("the agent's key was changed meanwhile", known_as=(self.scope, agent.name))
        return agent


class HostedSigners:
    """The signers of a node's agents. Methods raise what the ports ``State`` and ``Vault`` do."""

    def __init__(self, state: State, vault: Vault):
        self._state = state
        self._vault = vault
        # by scope too: what one caller reached says nothing of what another one reaches
        self._known: dict[tuple[Scope, str], HostedAgent] = {}

    async def run(self, act: Callable[[], Awaitable[T]]) -> T:
        """Sign and keep, and again where the agent got another key in between. Raises what ``act`` does.

        Raises:
            WalletError: the vault has no key of an agent that the state knows.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return await act()
            except _StaleError as error:
                self._known.pop(error.known_as, None)
        try:
            return await act()
        except _StaleError as error:
            if isinstance(error.__cause__, NotFoundError):
                raise WalletError("the vault has no key of an agent that the state knows") from error
            raise

    async def find(self, scope: Scope, name: str) -> Ready:
        """Return an agent by its name, ready to sign; it may be remembered.

        Raises:
            NotFoundError: no agent in the scope has that name.
            ConflictError: ``agent_suspended``, ``agent_retired`` or ``no_signing_key``.
        """
        agent = self._known.get((scope, name))
        if agent is not None:
            return await self.open(scope, agent)

        async def work(records: Records) -> HostedAgent:
            return await get_agent(records, scope, name)

        ready = await self.open(scope, await self._state.look(work))
        self._known[scope, name] = ready.agent
        if len(self._known) > _MAX_REMEMBERED:
            del self._known[next(iter(self._known))]
        return ready

    async def open(self, scope: Scope, agent: HostedAgent) -> Ready:
        """Return an agent that was just read, ready to sign.

        Raises:
            ConflictError: ``agent_suspended``, ``agent_retired`` or ``no_signing_key``.
            WalletError: its key is not in the vault.
        """
        agent.check_active()
        key = agent.signing_key()
        try:
            handle = await self._vault.signing_key(agent.id, key.id)
        except NotFoundError as error:
            # a rotation takes the old key away once the new one is in the state
            raise _StaleError("the agent's key is not in the vault", known_as=(scope, agent.name)) from error
        return Ready(agent, Signer(agent.did, agent.method_of(key), handle), scope)


async def get_agent(records: Records, scope: Scope, name: str) -> HostedAgent:
    """Return the agent of that name. Raises NotFoundError, also for what is no name."""
    return await records.agents.get(scope, find_agent_name(name))
