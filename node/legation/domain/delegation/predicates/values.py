"""``equals``, ``in`` and ``notIn``: enumerated scalars, whose types never mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.predicates.base import Group, Predicate
from legation.domain.delegation.scalars import Scalar, find_scalar, parse_scalar, parse_scalars
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Equals(Predicate):
    """The argument is this scalar."""

    value: Scalar

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse a scalar. Raises MalformedError."""
        return cls(parse_scalar(value, pointer))

    def satisfied_by(self, argument: object) -> bool:
        """The same scalar of the same type."""
        return find_scalar(argument) == self.value

    def covers(self, child: Predicate) -> bool:
        """Equal."""
        return isinstance(child, Equals) and child.value == self.value


@dataclass(frozen=True, slots=True)
class In(Predicate):
    """The argument is one of these scalars."""

    values: frozenset[Scalar]

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse scalars of one type. Raises MalformedError."""
        return cls(_parse_uniform(value, pointer))

    def satisfied_by(self, argument: object) -> bool:
        """One of them."""
        return find_scalar(argument) in self.values

    def satisfied_by_all(self, group: Group) -> bool:
        """A subset."""
        return group.scalars <= self.values

    def covers(self, child: Predicate) -> bool:
        """A subset."""
        return isinstance(child, In) and child.values <= self.values


@dataclass(frozen=True, slots=True)
class NotIn(Predicate):
    """The argument is another scalar of the type of these."""

    values: frozenset[Scalar]
    type: type[object]

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse scalars of one type. Raises MalformedError."""
        values = _parse_uniform(value, pointer)
        return cls(values, type(next(iter(values))))

    def satisfied_by(self, argument: object) -> bool:
        """A scalar of the same type that is none of them."""
        scalar = find_scalar(argument)
        return type(scalar) is self.type and scalar not in self.values

    def satisfied_by_all(self, group: Group) -> bool:
        """Scalars of the same type, none of them among these."""
        return type(next(iter(group.scalars))) is self.type and group.scalars.isdisjoint(self.values)

    def covers(self, child: Predicate) -> bool:
        """A superset, hence of the same type."""
        return isinstance(child, NotIn) and child.values >= self.values


def _parse_uniform(value: object, pointer: str) -> frozenset[Scalar]:
    scalars = parse_scalars(value, pointer)
    if len({type(scalar) for scalar in scalars}) != 1:
        raise MalformedError("the elements are not of one type", pointer=pointer)
    return scalars
