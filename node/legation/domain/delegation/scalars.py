"""Scalars of predicates: strings, integers and booleans that never mix, though Python's True equals 1."""

from __future__ import annotations

from legation.domain.text import is_plain_text
from legation.errors import MalformedError

MAX_INTEGER = 2**53 - 1


class _Boolean:
    """A boolean that equals nothing but itself."""

    __slots__ = ("value",)

    def __init__(self, value: bool):
        self.value = value

    def __repr__(self) -> str:
        return str(self.value).lower()


TRUE, FALSE = _Boolean(True), _Boolean(False)
Scalar = str | int | _Boolean


def find_scalar(value: object) -> Scalar | None:
    """Return a JSON value as a scalar, or None where the design page has none for it (§3.1)."""
    kind = type(value)
    if kind is str:
        return value if is_plain_text(value) else None
    if kind is int:
        return value if -MAX_INTEGER <= value <= MAX_INTEGER else None  # type: ignore[operator,return-value]  # an int
    if kind is bool:
        return TRUE if value else FALSE
    return None


def parse_scalar(value: object, pointer: str) -> Scalar:
    """Return a JSON value as a scalar. Raises MalformedError."""
    scalar = find_scalar(value)
    if scalar is None:
        raise MalformedError(
            "a value is not a plain string, an integer within ±(2^53 − 1) or a boolean", pointer=pointer
        )
    return scalar


def parse_scalars(value: object, pointer: str) -> frozenset[Scalar]:
    """Return a non-empty array of distinct scalars as a set. Raises MalformedError."""
    if type(value) is not list or not value:
        raise MalformedError("a predicate's value is not a non-empty array", pointer=pointer)
    scalars = frozenset([parse_scalar(item, pointer) for item in value])
    if len(scalars) != len(value):
        raise MalformedError("an element stands twice in a set", pointer=pointer)
    return scalars


def parse_integer(value: object, pointer: str, *, least: int, most: int = MAX_INTEGER) -> int:
    """Return an integer within bounds; a boolean, a float and minus zero are none. Raises MalformedError."""
    if type(value) is not int or not least <= value <= most:
        raise MalformedError(f"a member is not an integer from {least} to {most}", pointer=pointer)
    return value
