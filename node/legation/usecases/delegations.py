"""Delegating, narrowing, presenting and taking in chains, for the agents of one encrypted store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from legation.domain.chain import Chain
from legation.domain.delegation.inspection import check_chain
from legation.domain.delegation.issuance import Details, Format, Terms, attenuate, issue_root
from legation.domain.presentation import present
from legation.errors import MalformedError
from legation.ports.clock import Clock
from legation.ports.wallet import AgentStore, ChainStore
from legation.standards.timestamps import moment_of


@dataclass(frozen=True, slots=True)
class Grant:
    """What is passed on to ``to``; in an attenuation None stands for what the parent allows.

    ``form`` is how the hop is secured, by default as the agent's key allows.
    """

    to: str
    details: Details | None = None
    valid_for: timedelta | None = None
    valid_from: datetime | None = None
    max_depth: int | None = None
    usage_ledger: str | None = None
    status: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    form: Format | None = None


class Delegations:
    """What the agents of one store do with chains.

    ``agent`` is a name or a DID. Beside what is named here, every method raises NotFoundError for an agent or chain
    that is not there, and WalletError and UnavailableError as the ports do.
    """

    def __init__(self, agents: AgentStore, chains: ChainStore, clock: Clock):
        self._agents = agents
        self._chains = chains
        self._clock = clock

    async def delegate(self, agent: str, grant: Grant, *, principal: str | None = None) -> Chain:
        """Issue a root for ``principal``, by default the agent itself, and hold it.

        Raises:
            MalformedError, UnknownTermError: the grant is not one that the specification page allows.
        """
        now = self._clock.now()
        signer = await self._agents.signer(agent)
        begin = now if grant.valid_from is None else grant.valid_from
        terms = build_terms(replace(grant, valid_from=begin), begin)
        for_whom = signer.did if principal is None else principal
        root = issue_root(signer, terms, principal=for_whom, at=now, form=grant.form)
        return await self._hold(Chain((root,)), now)

    async def attenuate(self, agent: str | None, source: Chain | str, grant: Grant) -> Chain:
        """Pass on less than, or as much as, the last hop of a chain allows, and hold the longer chain.

        ``source`` is a chain or the id of a held one; without ``agent``, the one of this store that may pass it on.

        Raises:
            AttenuationError: ``widened`` or ``depth_exceeded``.
            LegationError: ``holder_mismatch``, ``expired``, or as :func:`check_chain` for a chain that is not held.
            MalformedError, UnknownTermError, TooLargeError: the grant is not one that the specification page allows.
        """
        now = self._clock.now()
        chain = await self._find(source)
        if source is chain:
            check_chain(chain.hops)
        parent = chain.leaf()
        signer = await self._agents.signer(parent.subject if agent is None else agent)
        begin = max(now, moment_of(parent.valid_from)) if grant.valid_from is None else grant.valid_from
        child = attenuate(chain.hops, signer, build_terms(grant, begin), at=now, form=grant.form)
        return await self._hold(chain.extended(child), now)

    async def present(
        self, agent: str | None, source: Chain | str, *, challenge: str, domain: str, form: Format | None = None
    ) -> str:
        """Present a chain to the verifier ``domain`` that gave ``challenge``: a JSON text or a ``vp+jwt``.

        Raises:
            LegationError: ``holder_mismatch`` where the agent is not the last hop's subject.
        """
        chain = await self._find(source)
        signer = await self._agents.signer(chain.leaf().subject if agent is None else agent)
        return present(chain.hops, signer, challenge=challenge, domain=domain, at=self._clock.now(), form=form)

    async def take_in(self, received: bytes | str) -> Chain:
        """Check a chain that somebody sent, in any of its forms, and hold it.

        Raises:
            LegationError: as :func:`check_chain`.
            ConflictError: another chain is held under its id.
        """
        chain = Chain.parse(received)
        check_chain(chain.hops)
        return await self._hold(chain, self._clock.now())

    async def _find(self, source: Chain | str) -> Chain:
        return source if isinstance(source, Chain) else await self._chains.get(source)

    async def _hold(self, chain: Chain, at: datetime) -> Chain:
        await self._chains.add(chain, at=at)
        return chain


def build_terms(grant: Grant, begin: datetime) -> Terms:
    """Return the grant as terms of a new id; what it leaves open stays open, and its time runs from ``begin``.

    Raises:
        MalformedError: it ends after the last year that can be written.
    """
    until = None
    if grant.valid_for is not None:
        try:
            until = begin + grant.valid_for
        except OverflowError as error:
            raise MalformedError("the validity ends after the last year that can be written") from error
    return Terms(
        id=f"urn:uuid:{uuid4()}",
        subject=grant.to,
        valid_from=grant.valid_from,
        valid_until=until,
        details=grant.details,
        max_depth=grant.max_depth,
        usage_ledger=grant.usage_ledger,
        status=grant.status,
    )
