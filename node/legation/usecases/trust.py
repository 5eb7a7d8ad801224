"""Whom a node trusts to issue roots: the anchors of its trust file, and those that operators add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from legation.domain.callers import Caller
from legation.domain.trust import Anchor, TrustAnchors
from legation.errors import NotFoundError
from legation.ports.clock import Clock
from legation.ports.state import KeptAnchor, Records, State
from legation.usecases.audit_trail import done

REMEMBERED = timedelta(seconds=1)
_ID = re.compile(r"[0-9a-f]{32}")


class Trust:
    """The trust anchors of one node; every method raises UnavailableError as the port ``State`` does.

    ``fixed`` are those of the trust file, which no call changes. What is kept in the state is read once a second at
    most; a change by this process counts at once.
    """

    def __init__(self, state: State, clock: Clock, fixed: Sequence[Anchor]):
        self._state = state
        self._clock = clock
        self._fixed = tuple(fixed)
        self._known: tuple[TrustAnchors, datetime] | None = None
        self._changes = 0

    async def current(self) -> TrustAnchors:
        """Return all anchors, as they stood no longer than a second ago."""
        now = self._clock.now()
        # a clock that was set back makes what is remembered look as if it came from the future
        if self._known is not None and timedelta(0) <= now - self._known[1] < REMEMBERED:
            return self._known[0]
        changes = self._changes
        kept = await self._state.look(_list_all)
        anchors = TrustAnchors([*self._fixed, *(each.anchor for each in kept)])
        # what was read before a change that has happened meanwhile is not worth remembering
        if changes == self._changes:
            self._known = anchors, now
        return anchors

    async def list_all(self, caller: Caller) -> list[tuple[str | None, Anchor]]:
        """Return all anchors with their ids, None for those of the trust file, which come first. Raises AccessError."""
        caller.check_operator()
        kept = await self._state.look(_list_all)
        return [*((None, anchor) for anchor in self._fixed), *((each.id, each.anchor) for each in kept)]

    async def add(self, caller: Caller, anchor: Anchor) -> KeptAnchor:
        """Trust an anchor from now on, and return it with its id.

        Raises:
            AccessError: the caller does not manage the whole node.
            ConflictError: it is there already. TooLargeError: there are too many.
        """
        caller.check_admin()
        now, kept = self._clock.now(), KeptAnchor(uuid4().hex, anchor)

        async def work(records: Records) -> None:
            await records.anchors.add(kept)
            await records.audit.add(done(now, caller, "trust.add", anchor.issuer, owner=None))

        await self._state.change(work)
        self._forget()
        return kept

    async def remove(self, caller: Caller, anchor_id: str) -> Anchor:
        """Trust an anchor no longer, and return it.

        Raises:
            AccessError: the caller does not manage the whole node.
            NotFoundError: no anchor was added under that id; those of the trust file have none.
        """
        caller.check_admin()
        if _ID.fullmatch(anchor_id) is None:
            raise NotFoundError("there is no such trust anchor")
        now = self._clock.now()

        async def work(records: Records) -> Anchor:
            anchor = await records.anchors.remove(anchor_id)
            await records.audit.add(done(now, caller, "trust.remove", anchor.issuer, owner=None))
            return anchor

        removed = await self._state.change(work)
        self._forget()
        return removed

    def _forget(self) -> None:
        self._changes += 1
        self._known = None


async def _list_all(records: Records) -> list[KeptAnchor]:
    return await records.anchors.list_all()
