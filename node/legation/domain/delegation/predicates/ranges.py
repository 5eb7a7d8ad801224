"""``min`` and ``max``: integers, or decimals written as strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.amount import find_amount
from legation.domain.delegation.predicates.base import Group, Predicate
from legation.domain.delegation.scalars import MAX_INTEGER
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True)
class _Bound(Predicate):
    limit: int
    decimal: bool

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse an integer or a decimal string. Raises MalformedError."""
        measured = _measure(value)
        if measured is None:
            raise MalformedError("a bound is an integer or a decimal string such as 15.00", pointer=pointer)
        return cls(*measured)

    def satisfied_by_all(self, group: Group) -> bool:
        """The least and the greatest of them do."""
        return self.satisfied_by_ends(group, _order)


@dataclass(frozen=True, slots=True)
class Min(_Bound):
    """The argument is of the bound's kind and not less."""

    def satisfied_by(self, argument: object) -> bool:
        """The same kind, ≥."""
        measured = _measure(argument)
        return measured is not None and measured[1] is self.decimal and measured[0] >= self.limit

    def covers(self, child: Predicate) -> bool:
        """The same kind, ≥."""
        return isinstance(child, Min) and child.decimal is self.decimal and child.limit >= self.limit


@dataclass(frozen=True, slots=True)
class Max(_Bound):
    """The argument is of the bound's kind and not more."""

    def satisfied_by(self, argument: object) -> bool:
        """The same kind, ≤."""
        measured = _measure(argument)
        return measured is not None and measured[1] is self.decimal and measured[0] <= self.limit

    def covers(self, child: Predicate) -> bool:
        """The same kind, ≤."""
        return isinstance(child, Max) and child.decimal is self.decimal and child.limit <= self.limit


def _order(value: object) -> tuple[object, object] | None:
    measured = _measure(value)
    return None if measured is None else ((measured[1], measured[0]),) * 2


def _measure(value: object) -> tuple[int, bool] | None:
    if type(value) is int:
        return (value, False) if -MAX_INTEGER <= value <= MAX_INTEGER else None
    nanos = find_amount(value)
    return None if nanos is None else (nanos, True)
