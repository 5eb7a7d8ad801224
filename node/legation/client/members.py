"""Members of the JSON objects that a node sends: known ones are read strictly, unknown ones left to newer clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TypeVar

from legation.errors import MalformedError
from legation.standards.timestamps import moment_of, parse_timestamp

E = TypeVar("E", bound=Enum)
_MAX_TEXT_CHARS = 500


class Members:
    """An object of an answer. Every method raises MalformedError (``server_error``) for what is not of its type.

    ``find_`` methods take a member that is missing, or null, for None.
    """

    __slots__ = ("_members",)

    def __init__(self, value: object):
        self._members = read_object(value)

    def text(self, name: str) -> str:
        """Return a string."""
        value = self._members.get(name)
        if not isinstance(value, str):
            raise unexpected(name)
        return value

    def find_text(self, name: str) -> str | None:
        """Return a string, if there is one."""
        return None if self._members.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """Return an integer of at least 0."""
        value = self._members.get(name)
        # not isinstance: a boolean is no number here
        if type(value) is not int or value < 0:
            raise unexpected(name)
        return value

    def find_number(self, name: str) -> int | None:
        """Return an integer, if there is one."""
        return None if self._members.get(name) is None else self.number(name)

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            raise unexpected(name)
        return value

    def moment(self, name: str) -> datetime:
        """Return a moment, aware and in UTC."""
        try:
            return moment_of(parse_timestamp(self.text(name)))
        except MalformedError as error:
            raise unexpected(name) from error

    def find_moment(self, name: str) -> datetime | None:
        """Return a moment, if there is one."""
        return None if self._members.get(name) is None else self.moment(name)

    def one_of(self, name: str, kind: type[E]) -> E:
        """Return a member of an enumeration, by its value."""
        try:
            return kind(self.text(name))
        except ValueError as error:
            raise unexpected(name) from error

    def value(self, name: str) -> object:
        """Return whatever is there, or None."""
        return self._members.get(name)

    def array(self, name: str) -> list[object]:
        """Return an array."""
        value = self._members.get(name)
        if not isinstance(value, list):
            raise unexpected(name)
        return value

    def find_array(self, name: str) -> list[object] | None:
        """Return an array, if there is one."""
        return None if self._members.get(name) is None else self.array(name)

    def objects(self, name: str) -> tuple[Mapping[str, object], ...]:
        """Return an array of objects."""
        return tuple([read_object(item) for item in self.array(name)])

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an array of strings."""
        texts = [item for item in self.array(name) if isinstance(item, str)]
        if len(texts) != len(self.array(name)):
            raise unexpected(name)
        return tuple(texts)


def read_object(value: object) -> Mapping[str, object]:
    """Return a JSON object. Raises MalformedError with code ``server_error``."""
    if not isinstance(value, dict):
        raise MalformedError("the server's answer has another form than a node's", code="server_error")
    return value


def unexpected(name: str) -> MalformedError:
    """Return the error for a member that is missing or of another type."""
    return MalformedError(
        f"the server's answer has no member {name} of the form that a node's has", code="server_error"
    )


def printable(text: str) -> str:
    """Return a text for an error: at most 500 characters, and nothing that steers a terminal."""
    cut = text if len(text) <= _MAX_TEXT_CHARS else text[: _MAX_TEXT_CHARS - 1] + "…"
    return "".join([character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in cut])
