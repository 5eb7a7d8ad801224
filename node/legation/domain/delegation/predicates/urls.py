"""``url``: a location and what it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.location import Location, parse_location
from legation.domain.delegation.predicates.base import Group, Predicate
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True)
class URL(Predicate):
    """The argument is a location that this one covers."""

    location: Location

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse a location. Raises MalformedError."""
        return cls(parse_location(value, pointer))

    def satisfied_by(self, argument: object) -> bool:
        """A location that it covers."""
        try:
            return self.location.covers(parse_location(argument))
        except MalformedError:
            return False

    def satisfied_by_all(self, group: Group) -> bool:
        """The first and the last of them do."""
        return self.satisfied_by_ends(group, _order)

    def covers(self, child: Predicate) -> bool:
        """Covered."""
        return isinstance(child, URL) and self.location.covers(child.location)


def _order(value: object) -> tuple[object, object] | None:
    # what one location covers stands together: one origin, and paths that begin alike
    try:
        location = parse_location(value)
    except MalformedError:
        return None
    return ((location.origin, location.path),) * 2
