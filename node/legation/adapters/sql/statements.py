"""Statements: built once with SQLAlchemy, compiled once for each kind of database, run by its driver.

SQLAlchemy's own way from a statement to its rows costs several times what SQLite takes for a row by its key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from legation.errors import MalformedError

Value = str | int | bytes | None
Values = Mapping[str, Value]
# whoever wrote the statement knows the types of its columns
Row = Sequence[Any]
Answer = list[Row] | int

_INTEGER_BITS = 63
_OR_NOTHING = " ON CONFLICT DO NOTHING"


class Kind(Enum):
    """What a step answers."""

    ROWS = "rows"
    COUNT = "count"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Step:
    """What a driver is to run: a text with its arguments, one row of them for each time (one, except for ``MANY``)."""

    kind: Kind
    sql: str
    rows: Sequence[Sequence[Value]] = ((),)


class Statement:
    """A statement on one table; ``or_nothing`` makes an insert leave a row alone that is there already."""

    def __init__(self, table: Table, built: ClauseElement, *, or_nothing: bool = False):
        self.table = table.name
        self._built = built
        self._suffix = _OR_NOTHING if or_nothing else ""
        self._compiled: dict[str, tuple[str, tuple[tuple[str, Value], ...]]] = {}

    def step(self, dialect: Dialect, values: Values, *, kind: Kind) -> Step:
        """Return the step that runs it once. Raises MalformedError for values that no database holds."""
        return Step(kind, self._find(dialect)[0], (self.arguments(dialect, values),))

    def steps_for(self, dialect: Dialect, rows: Sequence[Sequence[Value]]) -> Step:
        """Return the step that runs it for each of these rows of :meth:`arguments`."""
        return Step(Kind.MANY, self._find(dialect)[0], rows)

    def arguments(self, dialect: Dialect, values: Values) -> Sequence[Value]:
        """Return the values in the order of the text. Raises MalformedError for what no database holds."""
        order = self._find(dialect)[1]
        row = [values.get(name, constant) for name, constant in order]
        for value in row:
            _check(value)
        return row

    def text(self, dialect: Dialect) -> str:
        """Return the text that a driver is given."""
        return self._find(dialect)[0]

    def _find(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, Value], ...]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, Value], ...]]:
        compiled = self._built.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("a statement is something that has arguments")
        order = tuple((name, compiled.params[name]) for name in compiled.positiontup or ())
        return str(compiled) + self._suffix, order


def _check(value: Value) -> None:
    """Refuse what one of the databases would refuse, or could not even be sent. Raises MalformedError."""
    if isinstance(value, str):
        # PostgreSQL holds no U+0000, and nothing holds half a surrogate pair
        if "\0" in value or not (value.isascii() or _is_unicode(value)):
            raise MalformedError("a text has a character that cannot be kept")
    elif isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        raise MalformedError("a number is out of range")


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


# how many values a list of a query has room for: few texts to compile, and room is filled by repeating the last one
_ROOMS = (1, 8, 64, 256)
MAX_LISTED = _ROOMS[-1]


@cache
def listed_names(room: int) -> tuple[str, ...]:
    """Return the names of the values of a list with that room."""
    return tuple(f"listed_{number}" for number in range(room))


def find_room(count: int) -> int:
    """Return the room that this many values take, at most ``MAX_LISTED``."""
    return next(room for room in _ROOMS if count <= room)


def listed(values: Sequence[Value]) -> dict[str, Value]:
    """Return the values of a list under their names, none of them left without one."""
    names = listed_names(find_room(len(values)))
    return {name: values[min(number, len(values) - 1)] for number, name in enumerate(names)}
