"""``prefix``: a path and everything below it, compared by whole segments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.predicates.base import Group, Predicate
from legation.domain.text import is_plain_text
from legation.errors import MalformedError

_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class Prefix(Predicate):
    """The argument is a path with these first segments."""

    segments: tuple[str, ...]

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse a path. Raises MalformedError."""
        segments = _find_segments(value)
        if segments is None:
            raise MalformedError(
                "a prefix is a path without empty, '.' or '..' segments, '\\' or percent-encodings", pointer=pointer
            )
        return cls(segments)

    def satisfied_by(self, argument: object) -> bool:
        """Such a path with these first segments."""
        segments = _find_segments(argument)
        return segments is not None and segments[: len(self.segments)] == self.segments

    def satisfied_by_all(self, group: Group) -> bool:
        """The first and the last of them do."""
        return self.satisfied_by_ends(group, _order)

    def covers(self, child: Predicate) -> bool:
        """The same."""
        return isinstance(child, Prefix) and child.segments[: len(self.segments)] == self.segments


def _order(value: object) -> tuple[object, object] | None:
    # what has the same first segments stands together
    segments = _find_segments(value)
    return None if segments is None else (segments, segments)


def _find_segments(value: object) -> tuple[str, ...] | None:
    if not is_plain_text(value) or "\\" in value or _ENCODED.search(value):
        return None
    if value == "/":
        return ("",)
    segments = value.split("/")
    named = segments[1:] if value.startswith("/") else segments
    if any(segment in ("", ".", "..") for segment in named):
        return None
    return tuple(segments)
