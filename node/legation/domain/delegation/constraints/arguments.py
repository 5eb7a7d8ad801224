"""``arguments`` and ``closedArguments``: what a call's arguments may be, and that there are no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from legation.domain.delegation.constraints.base import NOT_COVERED, Constraint
from legation.domain.delegation.predicates import PredicateSet, parse_predicates
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.text import escape, parse_name
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Arguments(Constraint):
    """Every argument named here is present and satisfies its predicates."""

    predicates: Mapping[str, PredicateSet]

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse argument name → predicates. Raises MalformedError or UnknownTermError."""
        if type(value) is not dict or not value:
            raise MalformedError("arguments are a non-empty object of argument names", pointer=pointer)
        return cls(
            {
                parse_name(name, pointer): parse_predicates(predicates, f"{pointer}/{escape(name)}")
                for name, predicates in value.items()
            }
        )

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Not covered if one is absent or does not satisfy."""
        arguments = request.arguments
        for name, predicates in self.predicates.items():
            if name not in arguments or not predicates.satisfied_by(arguments[name]):
                return NOT_COVERED
        return None

    def covers(self, child: Constraint) -> bool:
        """Every predicate kept or narrowed; more may be added."""
        return isinstance(child, Arguments) and self.find_widening(child) is None

    def find_widening(self, child: Arguments) -> str | None:
        """Return the JSON Pointer, below the constraint, of the first predicate that ``child`` does not imply."""
        for name, predicates in self.predicates.items():
            own = child.predicates.get(name)
            if own is None:
                return f"/{escape(name)}"
            widened = predicates.find_widening(own)
            if widened is not None:
                return f"/{escape(name)}/{widened}"
        return None


@dataclass(frozen=True, slots=True)
class ClosedArguments(Constraint):
    """Arguments that no predicate names are refused."""

    shareable: ClassVar[bool] = False
    names: frozenset[str]

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse ``true``; the names are those of the sibling ``arguments``. Raises MalformedError."""
        if value is not True:
            raise MalformedError("closedArguments is true or absent", pointer=pointer)
        arguments = siblings.get("arguments")
        return cls(frozenset(arguments) if isinstance(arguments, dict) else frozenset())

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Not covered if the call has an argument beside the named ones."""
        return None if request.arguments.keys() <= self.names else NOT_COVERED

    def covers(self, child: Constraint) -> bool:
        """Kept, and no argument name added."""
        return isinstance(child, ClosedArguments) and child.names <= self.names
