"""``budget`` and ``maxCost``: money, over the whole subtree and for one execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from legation.domain.delegation.amount import Money, parse_money
from legation.domain.delegation.constraints.base import NOT_COVERED, Constraint
from legation.domain.delegation.request import Circumstances, Request


@dataclass(frozen=True, slots=True)
class _Spending(Constraint):
    limit: Money

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse ``{amount, currency}``. Raises MalformedError."""
        return cls(parse_money(value, pointer))


@dataclass(frozen=True, slots=True)
class Budget(_Spending):
    """All costs together stay within this."""

    counted: ClassVar[bool] = True

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """A cost that is missing or in another currency is not covered; one above the whole budget never fits."""
        if request.cost is None or request.cost.currency != self.limit.currency:
            return NOT_COVERED
        return None if self.limit.covers(request.cost) else "budget_exhausted"

    def covers(self, child: Constraint) -> bool:
        """The same currency, at most as much."""
        return isinstance(child, Budget) and self.limit.covers(child.limit)


@dataclass(frozen=True, slots=True)
class MaxCost(_Spending):
    """One execution costs at most this."""

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """A cost that is missing, in another currency or higher is not covered."""
        return None if request.cost is not None and self.limit.covers(request.cost) else NOT_COVERED

    def covers(self, child: Constraint) -> bool:
        """The same currency, at most as much."""
        return isinstance(child, MaxCost) and self.limit.covers(child.limit)
