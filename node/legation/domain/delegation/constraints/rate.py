"""``rate``: executions in a sliding window, over the whole subtree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.delegation.scalars import parse_integer
from legation.errors import MalformedError

_MEMBERS = frozenset({"uses", "seconds"})


@dataclass(frozen=True, slots=True)
class Rate(Constraint):
    """At most this many executions in any window of so many seconds."""

    counted: ClassVar[bool] = True
    uses: int
    seconds: int

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse ``{uses, seconds}``, both ≥ 1. Raises MalformedError."""
        if type(value) is not dict or value.keys() != _MEMBERS:
            raise MalformedError("a rate is an object of uses and seconds", pointer=pointer)
        return cls(
            parse_integer(value["uses"], pointer + "/uses", least=1),
            parse_integer(value["seconds"], pointer + "/seconds", least=1),
        )

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """None: only the counter can object."""
        return None

    def covers(self, child: Constraint) -> bool:
        """The same window, at most as many."""
        return isinstance(child, Rate) and child.seconds == self.seconds and child.uses <= self.uses
