"""What every constraint can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

from legation.domain.delegation.request import Circumstances, Request

NOT_COVERED = "request_not_covered"


class Constraint(ABC):
    """One constraint of an authorization object.

    The law: if ``self.covers(child)``, whatever the child admits this one admits too.
    ``counted`` says that a use must be charged to a counter before the answer can be yes.
    """

    __slots__ = ()
    counted: ClassVar[bool] = False
    # whether its meaning is its value's alone, so that equal values may share one object
    shareable: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse the constraint's value; ``siblings`` are all constraints of the object as received.

        Raises MalformedError or UnknownTermError.
        """

    @abstractmethod
    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Return None where the request is admitted, else the code of the refusal (design page §4, step 9)."""

    @abstractmethod
    def covers(self, child: Constraint) -> bool:
        """Say whether ``child``, of the same name, is equal or narrower (design page §3.1)."""
