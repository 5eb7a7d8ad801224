"""``/v1/operators``: who manages a node."""

from __future__ import annotations

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import delete, get, post
from legation.client.models import NewOperator, Operator
from legation.client.reading import list_of, read_new_operator, read_operator


class AsyncOperators(AsyncCaller):
    """Operators."""

    async def create_operator(self, name: str, *, owner: str | None = None) -> NewOperator:
        """Make an operator of everything, or of what belongs to ``owner``; the token is shown this once.

        Raises:
            ConflictError: the name is taken.
        """
        body = {"name": name, "owner": owner}
        return await self._ask(post("v1", "operators", read=read_new_operator, body=body))

    async def list_operators(self) -> tuple[Operator, ...]:
        """Return the operators, without their tokens."""
        return await self._ask(get("v1", "operators", read=list_of(read_operator)))

    async def revoke_operator(self, operator_id: str) -> None:
        """Let a token count no more. Raises NotFoundError, ConflictError for the last operator of everything."""
        await self._ask(delete("v1", "operators", operator_id))


class Operators(Caller):
    """Operators."""

    _twin: AsyncOperators

    def create_operator(self, name: str, *, owner: str | None = None) -> NewOperator:
        """Make an operator of everything, or of what belongs to ``owner``; the token is shown this once.

        Raises:
            ConflictError: the name is taken.
        """
        return self._run(self._twin.create_operator(name, owner=owner))

    def list_operators(self) -> tuple[Operator, ...]:
        """Return the operators, without their tokens."""
        return self._run(self._twin.list_operators())

    def revoke_operator(self, operator_id: str) -> None:
        """Let a token count no more. Raises NotFoundError, ConflictError for the last operator of everything."""
        self._run(self._twin.revoke_operator(operator_id))
