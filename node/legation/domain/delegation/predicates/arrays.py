"""``contains`` and ``subsetOf``: arrays of scalars, read as sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.predicates.base import Predicate
from legation.domain.delegation.scalars import Scalar, find_scalar, parse_scalars


@dataclass(frozen=True, slots=True)
class _Elements(Predicate):
    values: frozenset[Scalar]

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse scalars. Raises MalformedError."""
        return cls(parse_scalars(value, pointer))


@dataclass(frozen=True, slots=True)
class Contains(_Elements):
    """The argument is an array of scalars that holds all of these."""

    def satisfied_by(self, argument: object) -> bool:
        """An array of scalars holding all of them."""
        elements = _find_elements(argument)
        return elements is not None and elements >= self.values

    def covers(self, child: Predicate) -> bool:
        """A superset."""
        return isinstance(child, Contains) and child.values >= self.values


@dataclass(frozen=True, slots=True)
class SubsetOf(_Elements):
    """The argument is an array of scalars within these."""

    def satisfied_by(self, argument: object) -> bool:
        """An array of scalars within them."""
        elements = _find_elements(argument)
        return elements is not None and elements <= self.values

    def covers(self, child: Predicate) -> bool:
        """A subset."""
        return isinstance(child, SubsetOf) and child.values <= self.values


def _find_elements(argument: object) -> frozenset[Scalar] | None:
    if type(argument) is not list:
        return None
    elements = [find_scalar(item) for item in argument]
    return None if None in elements else frozenset(element for element in elements if element is not None)
