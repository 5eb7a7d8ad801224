"""Delegations of a node's agents: issued, narrowed, taken in, listed and presented for whoever may use the agent."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from legation.domain.callers import Caller
from legation.domain.chain import Chain
from legation.domain.delegation.inspection import check_chain
from legation.domain.delegation.issuance import Details, Format, attenuate, issue_root
from legation.domain.held_delegations import (
    ID_RANDOM_BYTES,
    DelegationTree,
    Draft,
    HeldDelegation,
    Role,
    is_delegation_id,
)
from legation.domain.hosted_agents import HostedAgent
from legation.domain.pages import Page, PageRequest
from legation.domain.presentation import present
from legation.domain.submission import Submission, parse_submission, read_submission
from legation.domain.text import is_plain_text
from legation.errors import MalformedError, NotFoundError
from legation.ports.clock import Clock
from legation.ports.state import DelegationFilter, Records, State
from legation.ports.vault import Vault
from legation.usecases.audit_trail import done
from legation.usecases.delegations import Grant, build_terms
from legation.usecases.hosted_parties import find_parent, find_party, party_of
from legation.usecases.hosted_signers import HostedSigners, Ready, get_agent

MAX_TREE = 1_000
_MAX_CHALLENGE_CHARS = 1024
_MAX_DOMAIN_CHARS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelegation:
    """A root that ``agent`` (a name) is to issue; ``principal`` is the agent itself by default."""

    agent: str
    to: str
    details: Details
    principal: str | None = None
    valid_for: timedelta = timedelta(hours=1)
    valid_from: datetime | None = None
    max_depth: int = 3
    form: Format | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPresentation:
    """What is presented to whom: the held ``delegation`` of that id, or a ``chain`` (JSON or text), not both.

    ``agent`` (a name) is by default the subject of the last hop.
    """

    challenge: str
    domain: str
    delegation: str | None = None
    chain: object = None
    agent: str | None = None
    form: Format | None = None


class HostedDelegations:
    """What the agents of a node do with chains, as far as the caller's scope reaches.

    Beside what is named here every method raises NotFoundError for what is not there or out of reach, and
    UnavailableError and WalletError as the ports do. Whatever signs raises ConflictError (``agent_suspended``,
    ``agent_retired``) for an agent that is not active, also if it became so meanwhile: then nothing is kept.
    """

    def __init__(self, state: State, vault: Vault, clock: Clock):
        self._state = state
        self._clock = clock
        self._signers = HostedSigners(state, vault)

    async def issue(self, caller: Caller, new: NewDelegation) -> HeldDelegation:
        """Issue a root and hold it.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: it is not a grant that the specification page allows.
            InvalidKeyError: the agent's key cannot secure it in that form.
        """
        return await self._signers.run(lambda: self._issue(caller, new))

    async def attenuate(self, caller: Caller, delegation_id: str, agent: str | None, grant: Grant) -> HeldDelegation:
        """Pass on less than, or as much as, the last hop of a held chain allows, and hold the longer chain.

        ``agent`` is a name, by default the last hop's subject.

        Raises:
            AttenuationError: ``widened`` or ``depth_exceeded``. LegationError: ``holder_mismatch``, ``expired``.
            MalformedError, UnknownTermError, TooLargeError, InvalidKeyError: as :meth:`issue`.
        """
        return await self._signers.run(lambda: self._attenuate(caller, delegation_id, agent, grant))

    async def import_chain(self, caller: Caller, received: object) -> HeldDelegation:
        """Check a chain that somebody sent, in any of its forms, parsed or not, and hold it for its last subject.

        The same chain twice is held once. What hosted issuers signed is left to the verifiers that fetch their keys.

        Raises:
            LegationError: as :func:`check_chain`.
            NotFoundError: the subject of the last hop is none of the caller's agents.
            ConflictError: ``agent_retired``.
        """
        now = self._clock.now()
        chain = Chain(_read(received).hops)
        # a chain by strangers may hold graphs, whose canonical form takes long
        await asyncio.to_thread(check_chain, chain.hops)
        draft = Draft.of(chain, at=now, random=secrets.token_bytes(ID_RANDOM_BYTES))
        hop = draft.leaf.hop

        async def work(records: Records) -> HeldDelegation:
            subject = await records.agents.get_by_did(caller.scope, hop.subject)
            subject.check_not_retired()
            held = await records.delegations.find_by_digest(caller.scope, draft.leaf.digest)
            if held is not None:
                return held
            issuer = await find_party(records, hop.issuer, subject)
            held = draft.between(issuer, party_of(subject), parent=await find_parent(records, hop))
            await records.delegations.add(held)
            await records.audit.add(done(now, caller, "delegation.import", held.id, owner=subject.trail))
            return held

        return await self._state.change(work)

    async def get(self, caller: Caller, delegation_id: str) -> HeldDelegation:
        """Return a held delegation with its chain."""

        async def work(records: Records) -> HeldDelegation:
            return await _get(records, caller, delegation_id)

        return await self._state.look(work)

    async def list_page(
        self, caller: Caller, agent: str | None, role: Role | None, page: PageRequest
    ) -> Page[HeldDelegation]:
        """Return a page of what is held, the newest first, without chains: of all agents, or of one, in one role.

        Raises:
            MalformedError: a cursor that is none of this list, or a role without an agent.
        """
        if agent is None and role is not None and caller.scope.agent_id is None:
            raise MalformedError("a role is that of an agent", fix="Name the agent too.")

        async def work(records: Records) -> Page[HeldDelegation]:
            agent_id = caller.scope.agent_id
            if agent is not None:
                agent_id = (await get_agent(records, caller.scope, agent)).id
            return await records.delegations.list_page(caller.scope, DelegationFilter(agent_id, role), page)

        return await self._state.look(work)

    async def tree(self, caller: Caller, delegation_id: str) -> DelegationTree:
        """Return a held delegation and what extends it, level by level, at most 1,000."""

        async def work(records: Records) -> DelegationTree:
            root = replace(await _get(records, caller, delegation_id), chain=None)
            below: dict[str | None, list[HeldDelegation]] = {}
            level, left, truncated = [root.id], MAX_TREE, False
            # ends: a child has one hop more than its parent
            while level and not truncated:
                found = await records.delegations.list_children(caller.scope, level, limit=left + 1)
                truncated = len(found) > left
                for child in found[:left]:
                    below.setdefault(child.parent, []).append(child)
                level = [child.id for child in found[:left]]
                left -= len(level)
            return replace(_grow(root, below), truncated=truncated)

        return await self._state.look(work)

    async def present(self, caller: Caller, new: NewPresentation) -> str:
        """Present a chain to the verifier ``domain`` that gave ``challenge``: a JSON text or a ``vp+jwt``.

        Raises:
            LegationError: ``holder_mismatch`` where the agent is not the last hop's subject; for a chain that is not
                held also as :func:`check_chain`.
            MalformedError: the challenge or the domain is no text that can be signed, or no one chain is named.
        """
        _check_text(new.challenge, "challenge", _MAX_CHALLENGE_CHARS)
        _check_text(new.domain, "domain", _MAX_DOMAIN_CHARS)
        if (new.delegation is None) == (new.chain is None):
            raise MalformedError("a presentation is of a delegation, by its id, or of a chain")
        return await self._signers.run(lambda: self._present(caller, new))

    async def _issue(self, caller: Caller, new: NewDelegation) -> HeldDelegation:
        ready = await self._signers.find(caller.scope, new.agent)
        now = self._clock.now()
        begin = now if new.valid_from is None else new.valid_from
        grant = Grant(new.to, new.details, new.valid_for, begin, new.max_depth)
        principal = ready.agent.did if new.principal is None else new.principal
        root = issue_root(ready.signer, build_terms(grant, begin), principal=principal, at=now, form=new.form)
        return await self._keep(caller, ready, Chain((root,)), now)

    async def _attenuate(self, caller: Caller, delegation_id: str, agent: str | None, grant: Grant) -> HeldDelegation:
        parent, holder = await self._load(caller, delegation_id, agent)
        ready = await self._signers.open(caller.scope, holder)
        now, chain = self._clock.now(), Chain.parse(parent.chain or "")
        begin = max(now, parent.valid_from) if grant.valid_from is None else grant.valid_from
        child = attenuate(chain.hops, ready.signer, build_terms(grant, begin), at=now, form=grant.form)
        return await self._keep(caller, ready, chain.extended(child), now, parent=parent.id)

    async def _present(self, caller: Caller, new: NewPresentation) -> str:
        if new.delegation is not None:
            held, holder = await self._load(caller, new.delegation, new.agent)
            target, chain = held.id, Chain.parse(held.chain or "")
        else:
            chain = Chain(_read(new.chain).hops)
            # a chain by strangers may hold graphs, whose canonical form takes long
            await asyncio.to_thread(check_chain, chain.hops)
            leaf = chain.leaf()
            target = leaf.id
            holder = await self._find_holder(caller, leaf.subject, new.agent)
        ready = await self._signers.open(caller.scope, holder)
        now = self._clock.now()
        text = present(chain.hops, ready.signer, challenge=new.challenge, domain=new.domain, at=now, form=new.form)

        async def work(records: Records) -> None:
            agent = await ready.confirm(records)
            await records.audit.add(done(now, caller, "presentation.create", target, owner=agent.trail))

        await self._state.change(work)
        return text

    async def _load(self, caller: Caller, delegation_id: str, agent: str | None) -> tuple[HeldDelegation, HostedAgent]:
        """Return a held delegation, and the agent that is named, or is its subject."""

        async def work(records: Records) -> tuple[HeldDelegation, HostedAgent]:
            held = await _get(records, caller, delegation_id)
            return held, await _get_holder(records, caller, held.subject.did, agent)

        return await self._state.look(work)

    async def _find_holder(self, caller: Caller, did: str, agent: str | None) -> HostedAgent:
        async def work(records: Records) -> HostedAgent:
            return await _get_holder(records, caller, did, agent)

        return await self._state.look(work)

    async def _keep(
        self, caller: Caller, ready: Ready, chain: Chain, at: datetime, *, parent: str | None = None
    ) -> HeldDelegation:
        """Hold what was just signed, in one transaction with its audit entry and the one look at its issuer."""
        draft = Draft.of(chain, at=at, random=secrets.token_bytes(ID_RANDOM_BYTES))
        act = "delegation.issue" if parent is None else "delegation.attenuate"

        async def work(records: Records) -> HeldDelegation:
            issuer = await ready.confirm(records)
            subject = await find_party(records, draft.leaf.hop.subject, issuer)
            held = draft.between(party_of(issuer), subject, parent=parent)
            await records.delegations.add(held)
            await records.audit.add(done(at, caller, act, held.id, owner=issuer.trail))
            return held

        return await self._state.change(work)


async def _get(records: Records, caller: Caller, delegation_id: str) -> HeldDelegation:
    if not is_delegation_id(delegation_id):
        raise NotFoundError("there is no such delegation")
    return await records.delegations.get(caller.scope, delegation_id)


async def _get_holder(records: Records, caller: Caller, did: str, agent: str | None) -> HostedAgent:
    if agent is not None:
        return await get_agent(records, caller.scope, agent)
    try:
        return await records.agents.get_by_did(caller.scope, did)
    except NotFoundError as error:
        raise NotFoundError("the subject of the last hop is none of your agents here") from error


def _grow(root: HeldDelegation, below: dict[str | None, list[HeldDelegation]]) -> DelegationTree:
    return DelegationTree(root, tuple(_grow(child, below) for child in below.get(root.id, ())))


def _read(received: object) -> Submission:
    return parse_submission(received) if isinstance(received, bytes) else read_submission(received)


def _check_text(text: str, name: str, limit: int) -> None:
    if not is_plain_text(text) or not 1 <= len(text) <= limit:
        raise MalformedError(f"the {name} is not a text of 1 to {limit} characters", pointer=f"/{name}")
