"""Operators of a node: made, listed and revoked by those who manage all of it, and known by the digest of a token."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import uuid4

from legation.domain.callers import LOCAL, Caller
from legation.domain.hosted_agents import parse_owner
from legation.domain.operators import (
    FIRST_OPERATOR_ID,
    TOKEN_BYTES,
    Operator,
    OperatorToken,
    build_operator_token,
    is_operator_id,
    parse_operator_name,
)
from legation.errors import ConflictError, NotFoundError
from legation.ports.clock import Clock
from legation.ports.state import Records, State
from legation.usecases.audit_trail import done

REMEMBERED = timedelta(seconds=1)
_MAX_REMEMBERED = 1024
_FIRST_NAME = "first"


class Operators:
    """The operators of one node; every method raises UnavailableError as the port ``State`` does.

    A token that was found good is remembered for a second at most, so that not every request asks the store; revoking
    it in this process ends that at once. A token that is not known is never remembered.
    """

    def __init__(self, state: State, clock: Clock):
        self._state = state
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Operator, datetime]] = OrderedDict()
        self._changes = 0

    async def create(self, caller: Caller, name: str, owner: str | None) -> tuple[Operator, str]:
        """Make an operator of everything, or of what belongs to ``owner``; return it and its token, never seen again.

        Raises:
            AccessError: the caller does not manage the whole node.
            MalformedError: the name or the owner is not of the form that it must have.
        """
        caller.check_admin()
        now = self._clock.now()
        operator = Operator(
            uuid4().hex, parse_operator_name(name), None if owner is None else parse_owner(owner), created_at=now
        )
        text = build_operator_token(secrets.token_bytes(TOKEN_BYTES))
        await self._keep(caller, operator, OperatorToken.parse(text))
        return operator, text

    async def list_all(self, caller: Caller) -> list[Operator]:
        """Return all operators, the oldest first, revoked ones too. Raises AccessError."""
        caller.check_admin()
        return await self._state.look(_list_all)

    async def revoke(self, caller: Caller, operator_id: str) -> Operator:
        """Revoke an operator's token, for good; a second time changes nothing.

        Raises:
            AccessError: the caller does not manage the whole node.
            NotFoundError: there is no such operator.
            ConflictError: ``last_operator``: nobody would be left who can manage the whole node.
        """
        caller.check_admin()
        if not is_operator_id(operator_id):
            raise NotFoundError("there is no such operator")
        now = self._clock.now()

        async def work(records: Records) -> Operator:
            before = {operator.id: operator for operator in await records.operators.list_all()}
            found = before.get(operator_id)
            if found is not None and found.revoked_at is not None:
                return found
            revoked = await records.operators.revoke(operator_id, at=now)
            # asked after the change, which other changes of operators wait for
            if not any(operator.manages_everything for operator in await records.operators.list_all()):
                raise ConflictError(
                    "the last operator of the whole node cannot be revoked",
                    code="last_operator",
                    fix="Make another operator first.",
                )
            await records.audit.add(done(now, caller, "operator.revoke", revoked.id, owner=None))
            return revoked

        revoked = await self._state.change(work)
        self._changes += 1
        self._known.clear()
        return revoked

    async def has_any(self) -> bool:
        """Say whether the node ever had an operator, revoked or not."""
        return bool(await self._state.look(_list_all))

    async def adopt_first(self, token: OperatorToken) -> Operator | None:
        """Make the first operator, of everything, with a token that was made elsewhere; None where there was one."""
        if await self.has_any():
            return None
        first = Operator(FIRST_OPERATOR_ID, _FIRST_NAME, None, created_at=self._clock.now())
        try:
            await self._keep(LOCAL, first, token)
        except ConflictError:
            # another process was first
            return None
        return first

    async def find_by_token(self, token: OperatorToken) -> Operator | None:
        """Return the operator who holds a token that was not revoked more than a second ago, or None."""
        now = self._clock.now()
        known = self._known.get(token.digest)
        # a clock that was set back makes what is remembered look as if it came from the future
        if known is not None and timedelta(0) <= now - known[1] < REMEMBERED:
            self._known.move_to_end(token.digest)
            return known[0]
        changes = self._changes

        async def work(records: Records) -> Operator | None:
            return await records.operators.find_by_token(token.digest)

        found = await self._state.look(work)
        # what was read before a change that has happened meanwhile is not worth remembering
        if found is not None and changes == self._changes:
            self._remember(token.digest, found, now)
        return found

    def _remember(self, digest: bytes, operator: Operator, at: datetime) -> None:
        self._known[digest] = operator, at
        self._known.move_to_end(digest)
        while len(self._known) > _MAX_REMEMBERED:
            self._known.popitem(last=False)

    async def _keep(self, caller: Caller, operator: Operator, token: OperatorToken) -> None:
        async def work(records: Records) -> None:
            await records.operators.add(operator, token.digest)
            await records.audit.add(done(operator.created_at, caller, "operator.create", operator.id, owner=None))

        await self._state.change(work)


async def _list_all(records: Records) -> list[Operator]:
    return await records.operators.list_all()
