"""``/v1/delegations``: chains that a node holds for its agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Literal

from legation.client.asking import AsyncCaller, Caller, iterate, iterate_async
from legation.client.calls import get, post
from legation.client.forms import CredentialForm
from legation.client.models import Delegation, DelegationTree, Page
from legation.client.reading import page_of, read_delegation, read_tree
from legation.client.writing import Sendable, sendable, whole_seconds
from legation.domain.delegation.issuance import Details
from legation.domain.pages import DEFAULT_PAGE, MAX_PAGE
from legation.standards.timestamps import format_timestamp

_HOUR = timedelta(hours=1)


class AsyncDelegations(AsyncCaller):
    """Delegations."""

    async def issue_delegation(
        self,
        agent: str,
        *,
        to: str,
        details: Details,
        principal: str | None = None,
        valid_for: timedelta = _HOUR,
        valid_from: datetime | None = None,
        max_depth: int = 3,
        secure: CredentialForm | None = None,
    ) -> Delegation:
        """Issue a root delegation from an agent to the DID ``to``, which the node signs and holds.

        ``principal`` is for whom this is done, by default the agent's own DID; without ``valid_from`` it begins now.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: the grant is not one that the specification page allows.
        """
        body = {
            "agent": agent,
            "to": to,
            "details": [dict(detail) for detail in details],
            "principal": principal,
            "validFor": whole_seconds(valid_for),
            "validFrom": valid_from and format_timestamp(valid_from),
            "maxDepth": max_depth,
            "secure": secure,
        }
        return await self._ask(post("v1", "delegations", read=read_delegation, body=body))

    async def import_delegation(self, chain: Sendable) -> Delegation:
        """Have the node check a chain that somebody else issued, in any of its forms, and hold it.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: it is not a chain.
            LegationError: ``proof_invalid``, ``link_broken``, ``widened`` and so on: it does not hold together.
        """
        body = {"chain": sendable(chain)}
        return await self._ask(post("v1", "delegations", "import", read=read_delegation, body=body))

    async def attenuate_delegation(
        self,
        delegation_id: str,
        *,
        to: str,
        agent: str | None = None,
        details: Details | None = None,
        valid_for: timedelta | None = None,
        max_depth: int | None = None,
        secure: CredentialForm | None = None,
    ) -> Delegation:
        """Pass a held chain on to the DID ``to``, narrowed. What is left out stays as the last hop has it.

        Raises:
            NotFoundError: there is no such delegation.
            AttenuationError: ``widened`` or ``depth_exceeded``; nothing is signed.
            LegationError: ``holder_mismatch``, ``expired``.
            ConflictError: the agent is suspended or retired.
        """
        body = {
            "agent": agent,
            "to": to,
            "details": None if details is None else [dict(detail) for detail in details],
            "validFor": None if valid_for is None else whole_seconds(valid_for),
            "maxDepth": max_depth,
            "secure": secure,
        }
        call = post("v1", "delegations", delegation_id, "attenuate", read=read_delegation, body=body)
        return await self._ask(call)

    async def list_delegations(
        self,
        *,
        agent: str | None = None,
        role: Literal["issuer", "subject"] | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[Delegation]:
        """Return a page of the delegations that one may see, or of one agent's, as issuer or subject."""
        query = {"agent": agent, "role": role, "limit": limit, "cursor": cursor}
        return await self._ask(get("v1", "delegations", read=page_of(read_delegation), query=query))

    def iterate_delegations(
        self, *, agent: str | None = None, role: Literal["issuer", "subject"] | None = None
    ) -> AsyncIterator[Delegation]:
        """Yield the delegations of all pages, each page asked for when it is needed."""
        return iterate_async(
            lambda cursor: self.list_delegations(agent=agent, role=role, limit=MAX_PAGE, cursor=cursor)
        )

    async def get_delegation(self, delegation_id: str) -> Delegation:
        """Return a delegation with its chain. Raises NotFoundError."""
        return await self._ask(get("v1", "delegations", delegation_id, read=read_delegation))

    async def get_delegation_tree(self, delegation_id: str) -> DelegationTree:
        """Return a delegation and what was passed on from it, as far as the node holds it. Raises NotFoundError."""
        return await self._ask(get("v1", "delegations", delegation_id, "tree", read=read_tree))


class Delegations(Caller):
    """Delegations."""

    _twin: AsyncDelegations

    def issue_delegation(
        self,
        agent: str,
        *,
        to: str,
        details: Details,
        principal: str | None = None,
        valid_for: timedelta = _HOUR,
        valid_from: datetime | None = None,
        max_depth: int = 3,
        secure: CredentialForm | None = None,
    ) -> Delegation:
        """Issue a root delegation from an agent to the DID ``to``, which the node signs and holds.

        ``principal`` is for whom this is done, by default the agent's own DID; without ``valid_from`` it begins now.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: the grant is not one that the specification page allows.
        """
        return self._run(
            self._twin.issue_delegation(
                agent,
                to=to,
                details=details,
                principal=principal,
                valid_for=valid_for,
                valid_from=valid_from,
                max_depth=max_depth,
                secure=secure,
            )
        )

    def import_delegation(self, chain: Sendable) -> Delegation:
        """Have the node check a chain that somebody else issued, in any of its forms, and hold it.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: it is not a chain.
            LegationError: ``proof_invalid``, ``link_broken``, ``widened`` and so on: it does not hold together.
        """
        return self._run(self._twin.import_delegation(chain))

    def attenuate_delegation(
        self,
        delegation_id: str,
        *,
        to: str,
        agent: str | None = None,
        details: Details | None = None,
        valid_for: timedelta | None = None,
        max_depth: int | None = None,
        secure: CredentialForm | None = None,
    ) -> Delegation:
        """Pass a held chain on to the DID ``to``, narrowed. What is left out stays as the last hop has it.

        Raises:
            NotFoundError: there is no such delegation.
            AttenuationError: ``widened`` or ``depth_exceeded``; nothing is signed.
            LegationError: ``holder_mismatch``, ``expired``.
            ConflictError: the agent is suspended or retired.
        """
        return self._run(
            self._twin.attenuate_delegation(
                delegation_id,
                to=to,
                agent=agent,
                details=details,
                valid_for=valid_for,
                max_depth=max_depth,
                secure=secure,
            )
        )

    def list_delegations(
        self,
        *,
        agent: str | None = None,
        role: Literal["issuer", "subject"] | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[Delegation]:
        """Return a page of the delegations that one may see, or of one agent's, as issuer or subject."""
        return self._run(self._twin.list_delegations(agent=agent, role=role, limit=limit, cursor=cursor))

    def iterate_delegations(
        self, *, agent: str | None = None, role: Literal["issuer", "subject"] | None = None
    ) -> Iterator[Delegation]:
        """Yield the delegations of all pages, each page asked for when it is needed."""
        return iterate(lambda cursor: self.list_delegations(agent=agent, role=role, limit=MAX_PAGE, cursor=cursor))

    def get_delegation(self, delegation_id: str) -> Delegation:
        """Return a delegation with its chain. Raises NotFoundError."""
        return self._run(self._twin.get_delegation(delegation_id))

    def get_delegation_tree(self, delegation_id: str) -> DelegationTree:
        """Return a delegation and what was passed on from it, as far as the node holds it. Raises NotFoundError."""
        return self._run(self._twin.get_delegation_tree(delegation_id))
