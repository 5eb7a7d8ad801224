"""``maxUses``: how many executions are left, counted over the whole subtree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.delegation.scalars import parse_integer


@dataclass(frozen=True, slots=True)
class MaxUses(Constraint):
    """At most this many executions."""

    counted: ClassVar[bool] = True
    uses: int

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse an integer ≥ 1. Raises MalformedError."""
        return cls(parse_integer(value, pointer, least=1))

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """None: only the counter can object."""
        return None

    def covers(self, child: Constraint) -> bool:
        """At most as many."""
        return isinstance(child, MaxUses) and child.uses <= self.uses
