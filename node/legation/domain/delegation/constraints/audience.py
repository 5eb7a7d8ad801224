"""``audience`` and ``purpose``: who may accept it, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.constraints.base import NOT_COVERED, Constraint
from legation.domain.delegation.location import parse_origin
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.text import parse_names
from legation.errors import MalformedError
from legation.standards.did.syntax import is_did


@dataclass(frozen=True, slots=True)
class Audience(Constraint):
    """Only these verifiers may accept it: DIDs, and origins in normal form."""

    members: frozenset[str]

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse an array of DIDs or origins. Raises MalformedError."""
        names = parse_names(value, pointer)
        members = frozenset(parse_verifier_name(name, pointer) for name in names)
        if len(members) != len(names):
            raise MalformedError("an element stands twice in a set", pointer=pointer)
        return cls(members)

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Not covered unless the verifier goes by one of the names."""
        return NOT_COVERED if self.members.isdisjoint(circumstances.names) else None

    def covers(self, child: Constraint) -> bool:
        """A subset."""
        return isinstance(child, Audience) and child.members <= self.members


def parse_verifier_name(name: str, pointer: str | None = None) -> str:
    """Return a verifier's name, a DID or an origin, in the form in which names are compared. Raises MalformedError."""
    return name if is_did(name) else parse_origin(name, pointer)


@dataclass(frozen=True, slots=True)
class Purpose(Constraint):
    """The request names one of these purposes."""

    members: frozenset[str]

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse an array of strings. Raises MalformedError."""
        return cls(parse_names(value, pointer))

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Not covered unless the request names one of them."""
        return None if request.purpose in self.members else NOT_COVERED

    def covers(self, child: Constraint) -> bool:
        """A subset."""
        return isinstance(child, Purpose) and child.members <= self.members
