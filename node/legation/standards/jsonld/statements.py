"""The statements of a document as they are found, and the literals of its value objects (JSON-LD 1.1 API §8)."""

from __future__ import annotations

from legation.errors import MalformedError, TooLargeError
from legation.standards.jsonld.nquads import (
    MAX_QUADS,
    is_absolute,
    write_blank,
    write_json,
    write_scalar,
    write_text,
)
from legation.standards.jsonld.rdfc import Quad
from legation.standards.jsonld.safety import empty_member, relative_identifier

MAX_TEXT = 2 * 1024 * 1024
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDF_TYPE = f"<{RDF}type>"
_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"


class Statements:
    """Statements with blank nodes of their own names, bounded in number and text."""

    __slots__ = ("_blank", "_count", "_text", "quads")

    def __init__(self) -> None:
        self.quads: list[Quad] = []
        self._blank: dict[str, str] = {}
        self._count = 0
        self._text = 0

    def fresh(self) -> str:
        """Return a blank node that nothing else is."""
        self._count += 1
        return f"_:b{self._count}"

    def node(self, identifier: str | None) -> str:
        """Return an IRI or blank node as a term. Raises MalformedError if it is not absolute."""
        if identifier is not None and identifier.startswith("_:"):
            known = self._blank.get(identifier)
            if known is None:
                write_blank(identifier)
                known = self._blank[identifier] = self.fresh()
            return known
        if identifier is None or not is_absolute(identifier):
            raise relative_identifier(identifier)
        return f"<{identifier}>"

    def add(self, subject: str, predicate: str, object_: str, graph: str) -> None:
        """Add a statement. Raises TooLargeError beyond ``MAX_QUADS`` of them, or 2 MiB."""
        self._text += len(subject) + len(predicate) + len(object_) + len(graph)
        if len(self.quads) >= MAX_QUADS or self._text > MAX_TEXT:
            raise TooLargeError(f"the document makes more than {MAX_QUADS} statements, or too long ones")
        self.quads.append((subject, predicate, object_, graph))

    def chain(self, terms: list[str], graph: str) -> str:
        """Return the head of an RDF collection of these terms (§8.3 List to RDF Conversion)."""
        rest = _NIL
        for term in reversed(terms):
            cell = self.fresh()
            self.add(cell, _FIRST, term, graph)
            self.add(cell, _REST, rest, graph)
            rest = cell
        return rest


def write_value(value: object, datatype: object, language: object, direction: object, *, typed: bool) -> str:
    """Return the literal of a value object, whose type is expanded already (JSON-LD 1.1 §9.5).

    Raises:
        MalformedError: it is none.
        UnknownTermError: it says nothing.
    """
    if datatype == "@json" and language is None and direction is None:
        return write_json(value)
    if value is None:
        raise empty_member("@value")
    if not isinstance(value, str | bool | int | float):
        raise MalformedError("a value is a string, a number or a truth value")
    if typed:
        if language is not None or direction is not None or not isinstance(datatype, str) or not is_absolute(datatype):
            raise MalformedError("a typed value has a type that is an absolute IRI, and no language")
        return write_scalar(value, datatype)
    if language is None and direction is None:
        return write_scalar(value, None)
    if not (isinstance(value, str) and isinstance(language, str | None) and isinstance(direction, str | None)):
        raise MalformedError("only a string has a language or direction")
    return write_text(value, language, direction)
