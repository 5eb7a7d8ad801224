"""What every predicate over one argument can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from legation.domain.delegation.scalars import Scalar

# from a value to where it begins and ends in some order, or None where it has no place there
Order = Callable[[object], tuple[Any, Any] | None]


@dataclass(frozen=True, slots=True)
class Group:
    """Every value that ``equals`` or ``in`` leaves to an argument, as received, and the same as scalars of one type.

    The ends of it are found once, for a stranger's parent has many predicates that ask of thousands of values.
    """

    values: tuple[object, ...]
    scalars: frozenset[Scalar]
    _ends: dict[Order, tuple[object, ...]] = field(default_factory=dict, compare=False, repr=False)

    def ends(self, order: Order) -> tuple[object, ...]:
        """Return the values that begin first and end last in an order; none where it has no place for one of them."""
        found = self._ends.get(order)
        if found is None:
            places = [order(value) for value in self.values]
            spans = [(place, value) for place, value in zip(places, self.values, strict=True) if place is not None]
            found = ()
            if len(spans) == len(places):
                least = min(spans, key=lambda span: span[0][0])
                most = max(spans, key=lambda span: span[0][1])
                found = (least[1], most[1])
            self._ends[order] = found
        return found


class Predicate(ABC):
    """One predicate; the law is: if ``self.covers(child)``, whatever satisfies the child satisfies this one."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse the predicate's value. Raises MalformedError."""

    @abstractmethod
    def satisfied_by(self, argument: object) -> bool:
        """Say whether an argument satisfies it; a value of another type never does."""

    def satisfied_by_all(self, group: Group) -> bool:
        """Say whether every value of a group satisfies it; as :meth:`satisfied_by`, and perhaps quicker."""
        return all(map(self.satisfied_by, group.values))

    def satisfied_by_ends(self, group: Group, order: Order) -> bool:
        """As :meth:`satisfied_by_all`, where whatever lies between two values that satisfy it satisfies it too."""
        ends = group.ends(order)
        return bool(ends) and all(map(self.satisfied_by, ends))

    @abstractmethod
    def covers(self, child: Predicate) -> bool:
        """Say whether ``child``, of the same name, is equal or narrower."""
