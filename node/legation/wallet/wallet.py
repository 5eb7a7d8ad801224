"""A wallet in its owner's process: create agents, delegate, attenuate, present, and keep what they were given."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from legation.adapters.askar.agents import AskarAgents
from legation.adapters.askar.chains import AskarChains
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.store import AskarStore
from legation.adapters.system_clock import SystemClock
from legation.crypto.keys import KeyType
from legation.crypto.signing import Signer
from legation.domain.agents import Agent, check_hosted_did, describe_agent, parse_agent_name
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Details, Format
from legation.ports.clock import Clock
from legation.ports.wallet import AgentStore, ChainStore, HeldChain
from legation.usecases.delegations import Delegations, Grant

_HOUR = timedelta(hours=1)
_DEADLINE = timedelta(seconds=10)


class Wallet:
    """Agents with their keys, and the chains that they hold; get one by :meth:`open`.

    Private keys stay in the encrypted file and in Askar's memory. An agent is named by its name or its DID. Every
    method may raise WalletError (``wallet_closed``, ``wallet_unreadable``) and UnavailableError (locked, full, late).
    """

    def __init__(self, agents: AgentStore, chains: ChainStore, clock: Clock):
        self._agents = agents
        self._chains = chains
        self._delegations = Delegations(agents, chains, clock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: str | os.PathLike[str],
        key: WalletKey,
        *,
        create: bool = True,
        clock: Clock | None = None,
        deadline: timedelta = _DEADLINE,
    ) -> AsyncIterator[Wallet]:
        """Open the wallet in the file ``path``, for ``async with``; make it there (mode 0600) if there is none.

        ``create=False`` makes none. ``deadline`` bounds every operation; deriving a key from a passphrase may take a
        minute. Several processes may have one wallet open.

        Raises:
            NotFoundError: there is no such file, and ``create`` is False.
            SettingsError: others than its owner may read or write the file, or none can be made there.
            WalletError: ``wallet_key_wrong``, or ``wallet_unreadable`` for a file that is not a wallet.
        """
        store = await AskarStore.open(Path(path), key, create=create, seconds=deadline.total_seconds())
        agents = AskarAgents(store)
        try:
            yield cls(agents, AskarChains(store), clock or SystemClock())
        finally:
            agents.forget()
            await store.close()

    async def create_agent(self, name: str, *, key_type: KeyType = KeyType.ED25519, did: str | None = None) -> Agent:
        """Create an agent with a new key: a did:key, or a hosted DID whose document will list the key.

        Raises:
            ConflictError: the name or the DID is taken.
            MalformedError, ResolutionError: the name or the DID is not one that an agent can have.
            TooLargeError: the wallet holds as many agents as it may.
        """
        parse_agent_name(name)
        if did is not None:
            check_hosted_did(did)
        return await self._agents.add(name, key_type, lambda public: describe_agent(name, public, did))

    async def list_agents(self) -> list[Agent]:
        """Return all agents, by name."""
        return await self._agents.list_all()

    async def get_agent(self, agent: str) -> Agent:
        """Return the agent of that name or DID. Raises NotFoundError."""
        return await self._agents.get(agent)

    async def signer(self, agent: str) -> Signer:
        """Return the agent's signer; the key is loaded once, and signs until the wallet is closed.

        Raises:
            NotFoundError: there is no such agent.
        """
        return await self._agents.signer(agent)

    async def delegate(  # noqa: PLR0913 - every member of a grant by its name
        self,
        agent: str,
        *,
        to: str,
        details: Details,
        principal: str | None = None,
        valid_for: timedelta = _HOUR,
        valid_from: datetime | None = None,
        max_depth: int = 3,
        form: Format | None = None,
        usage_ledger: str | None = None,
        status: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
    ) -> Chain:
        """Issue a root delegation from ``agent`` to the DID ``to``, and hold it.

        ``principal`` is for whom this is done, by default the agent's own DID; without ``valid_from`` it begins now.

        Raises:
            NotFoundError: there is no such agent.
            MalformedError, UnknownTermError: the grant is not one that the specification page allows.
        """
        grant = Grant(to, details, valid_for, valid_from, max_depth, usage_ledger, status, form)
        return await self._delegations.delegate(agent, grant, principal=principal)

    async def attenuate(
        self,
        agent: str | None,
        chain: Chain | str,
        *,
        to: str,
        details: Details | None = None,
        valid_for: timedelta | None = None,
        max_depth: int | None = None,
        form: Format | None = None,
    ) -> Chain:
        """Pass a chain, or the held one of that id, on to the DID ``to``, narrowed; hold the longer chain.

        What is left out stays as the last hop has it. ``agent`` None stands for the last hop's subject.

        Raises:
            NotFoundError: there is no such agent or chain.
            AttenuationError: ``widened`` or ``depth_exceeded``; nothing is signed.
            LegationError: ``holder_mismatch``, ``expired``; for a chain that is not held also as :meth:`import_chain`.
            MalformedError, UnknownTermError, TooLargeError: the grant is not one that the specification page allows.
        """
        grant = Grant(to, details, valid_for, max_depth=max_depth, form=form)
        return await self._delegations.attenuate(agent, chain, grant)

    async def present(
        self, agent: str | None, chain: Chain | str, *, challenge: str, domain: str, form: Format | None = None
    ) -> str:
        """Present a chain, or the held one of that id, to the verifier ``domain`` that gave ``challenge``.

        Returns a JSON text or a ``vp+jwt``. ``agent`` None stands for the last hop's subject.

        Raises:
            NotFoundError: there is no such agent or chain.
            LegationError: ``holder_mismatch`` where the agent is not the last hop's subject.
        """
        return await self._delegations.present(agent, chain, challenge=challenge, domain=domain, form=form)

    async def import_chain(self, received: bytes | str) -> Chain:
        """Check a chain that somebody sent, in any of its forms, and hold it; the same one twice is no error.

        Form, links and attenuation are checked, and the signatures of DIDs that say their own key; the rest is judged
        by who verifies.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: it is not a chain.
            LegationError: ``proof_invalid``, ``method_not_authorized``, ``did_unresolvable``, ``link_broken``,
                ``widened``, ``depth_exceeded``, ``principal_changed``.
            ConflictError: another chain is held under its id.
        """
        return await self._delegations.take_in(received)

    async def list_chains(self) -> list[HeldChain]:
        """Return what is held, the first to expire first."""
        return await self._chains.list_all()

    async def get_chain(self, chain_id: str) -> Chain:
        """Return the chain whose last hop has that id. Raises NotFoundError."""
        return await self._chains.get(chain_id)

    async def remove_chain(self, chain_id: str) -> None:
        """Let go of a chain. Raises NotFoundError."""
        await self._chains.remove(chain_id)

    async def export_chain(self, chain_id: str, *, compact: bool = False) -> str:
        """Return a chain as a JSON array, or in the compact form that fits an HTTP header.

        Raises:
            NotFoundError: there is no such chain.
            MalformedError: the compact form carries ``vc+jwt`` hops only.
        """
        chain = await self._chains.get(chain_id)
        return chain.to_compact() if compact else chain.to_json()
