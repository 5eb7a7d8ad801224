"""``/v1/audit``: what was done on a node, and what was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Literal

from legation.client.asking import AsyncCaller, Caller, iterate, iterate_async
from legation.client.calls import get
from legation.client.models import AuditEntry, Page
from legation.client.reading import page_of, read_audit_entry
from legation.domain.pages import DEFAULT_PAGE, MAX_PAGE


class AsyncAudit(AsyncCaller):
    """The audit trail."""

    async def list_audit(
        self,
        *,
        actor: str | None = None,
        act: str | None = None,
        target: str | None = None,
        outcome: Literal["done", "refused"] | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[AuditEntry]:
        """Return a page of the entries that one may see, and that fit all that is given."""
        query = {
            "actor": actor,
            "act": act,
            "target": target,
            "outcome": outcome,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._ask(get("v1", "audit", read=page_of(read_audit_entry), query=query))

    def iterate_audit(
        self,
        *,
        actor: str | None = None,
        act: str | None = None,
        target: str | None = None,
        outcome: Literal["done", "refused"] | None = None,
    ) -> AsyncIterator[AuditEntry]:
        """Yield the entries of all pages, each page asked for when it is needed."""
        return iterate_async(
            lambda cursor: self.list_audit(
                actor=actor, act=act, target=target, outcome=outcome, limit=MAX_PAGE, cursor=cursor
            )
        )


class Audit(Caller):
    """The audit trail."""

    _twin: AsyncAudit

    def list_audit(
        self,
        *,
        actor: str | None = None,
        act: str | None = None,
        target: str | None = None,
        outcome: Literal["done", "refused"] | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> Page[AuditEntry]:
        """Return a page of the entries that one may see, and that fit all that is given."""
        return self._run(
            self._twin.list_audit(actor=actor, act=act, target=target, outcome=outcome, limit=limit, cursor=cursor)
        )

    def iterate_audit(
        self,
        *,
        actor: str | None = None,
        act: str | None = None,
        target: str | None = None,
        outcome: Literal["done", "refused"] | None = None,
    ) -> Iterator[AuditEntry]:
        """Yield the entries of all pages, each page asked for when it is needed."""
        return iterate(
            lambda cursor: self.list_audit(
                actor=actor, act=act, target=target, outcome=outcome, limit=MAX_PAGE, cursor=cursor
            )
        )
