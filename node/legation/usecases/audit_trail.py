"""The audit trail: what use cases write of an act within its own transaction, and what operators read of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from legation.domain.audit import AuditEntry, Outcome, write_target
from legation.domain.callers import Caller
from legation.domain.pages import Page, PageRequest
from legation.errors import LegationError, MalformedError
from legation.ports.clock import Clock
from legation.ports.state import AuditFilter, Records, State

_log = logging.getLogger("legation.audit")
_MAX_FILTER_CHARS = 2048


def done(at: datetime, caller: Caller, act: str, target: str, *, owner: str | None) -> AuditEntry:
    """Return the entry of an act that was done; ``owner`` is whose trail it belongs to, None for the node's own."""
    return AuditEntry(
        at, caller.actor, act, write_target(target), Outcome.DONE, owner=owner, request_id=caller.request_id
    )


class Audits:
    """The audit trail as the doors use it."""

    def __init__(self, state: State, clock: Clock):
        self._state = state
        self._clock = clock

    async def list_page(self, caller: Caller, where: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Return a page of what the caller may read, the newest first.

        Raises:
            AccessError: the caller is an agent.
            MalformedError: a filter that nothing can equal, or a cursor that is none of this list.
            UnavailableError: as the port ``State``.
        """
        caller.check_operator()
        _check_texts([where.actor, where.act, where.target])

        async def work(records: Records) -> Page[AuditEntry]:
            return await records.audit.list_page(caller.scope, where, page)

        return await self._state.look(work)

    async def refused(self, caller: Caller, act: str, target: str, error: LegationError) -> None:
        """Write that an act was refused, as well as it can be: what goes wrong here must not hide why it was refused.

        The entry belongs to the trail of the caller's owner: ``target`` may be anybody's, or nobody's.
        """
        entry = AuditEntry(
            self._clock.now(),
            caller.actor,
            act,
            write_target(target),
            Outcome.REFUSED,
            owner=caller.scope.owner,
            code=error.code,
            request_id=caller.request_id,
        )

        async def work(records: Records) -> None:
            await records.audit.add(entry)

        try:
            await self._state.change(work)
        except LegationError as failure:
            _log.warning("a refused %s is missing in the audit trail: %s", act, failure.detail)


def _check_texts(texts: Iterable[str | None]) -> None:
    for text in texts:
        # stores differ in what they make of a NUL or a lone surrogate, and no entry holds one
        if text is not None and (len(text) > _MAX_FILTER_CHARS or not text.isprintable()):
            raise MalformedError("a filter of the audit trail is not a printable text")
