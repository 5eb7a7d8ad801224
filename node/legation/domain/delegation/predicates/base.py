"""What every predicate over one argument can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


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

    @abstractmethod
    def covers(self, child: Predicate) -> bool:
        """Say whether ``child``, of the same name, is equal or narrower."""
