"""Statements whose nodes without a name get one: skolem IRIs taken back, cells of lists named by what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from legation.errors import MalformedError
from legation.standards.jsonld.rdfc import Quad, write_quad

_CELL = "_:cell-"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST, _REST, _NIL = f"<{_RDF}first>", f"<{_RDF}rest>", f"<{_RDF}nil>"


def write_lines(quads: Iterable[Quad]) -> tuple[str, ...]:
    """Write statements as N-Quads, each with its end of line, in the order of their code points (RDFC-1.0 §4.4.3)."""
    return tuple(sorted(set(map(write_quad, quads))))


def relabel(quads: Iterable[Quad], labels: Mapping[str, str]) -> list[Quad]:
    """Replace every blank node identifier by that of ``labels``, both without ``_:`` (§3.4.14).

    Raises:
        KeyError: ``labels`` lacks one.
    """
    return _change(quads, lambda term: "_:" + labels[term[2:]] if term.startswith("_:") else term)


def deskolemize(quads: Iterable[Quad], prefix: str) -> list[Quad]:
    """Turn the IRIs ``prefix`` + name back into blank nodes ``_:name`` (§3.4.6, §3.4.9).

    All other blank nodes are cells of lists. They get names that depend on where a list hangs and on what it holds, so
    that the same list has the same names in a document and in a part of it.

    Raises:
        MalformedError: a blank node that is neither, as a graph within the document is.
    """
    head = "<" + prefix

    def restore(term: str) -> str:
        if term.startswith("_:"):
            return _CELL + term[2:]
        return "_:" + term[len(head) : -1] if term.startswith(head) else term

    restored = _change(quads, restore)
    if not any(term.startswith(_CELL) for quad in restored for term in quad):
        return restored
    names = _Lists(restored).names

    def name(term: str) -> str:
        if term.startswith(_CELL) and term not in names:
            raise MalformedError("a document that is disclosed in part has no graph in it, and no named blank nodes")
        return names.get(term, term)

    return _change(restored, name)


def _change(quads: Iterable[Quad], change: Callable[[str], str]) -> list[Quad]:
    return [(change(subject), predicate, change(value), change(graph)) for subject, predicate, value, graph in quads]


class _Lists:
    """The lists of a dataset, and a name for each of their cells."""

    def __init__(self, quads: list[Quad]):
        self.names: dict[str, str] = {}
        self._first = {quad[0]: quad[2] for quad in quads if quad[1] == _FIRST and quad[0].startswith(_CELL)}
        self._rest = {quad[0]: quad[2] for quad in quads if quad[1] == _REST and quad[0].startswith(_CELL)}
        for subject, predicate, value, graph in quads:
            if value in self._rest and subject not in self._rest:
                self._name(value, (subject, predicate, graph))

    def _name(self, head: str, owner: tuple[str, ...]) -> None:
        digest = sha256(repr((owner, self._content(head))).encode()).hexdigest()
        for position, cell in enumerate(self._cells(head)):
            self.names[cell] = f"_:list-{digest[:40]}-{position}"
            if self._first[cell] in self._rest:
                self._name(self._first[cell], (self.names[cell],))

    def _content(self, head: str) -> tuple[object, ...]:
        members = [self._first[cell] for cell in self._cells(head)]
        return tuple([self._content(member) if member in self._rest else member for member in members])

    def _cells(self, head: str) -> list[str]:
        cells: dict[str, None] = {}
        while head != _NIL:
            if head not in self._first or head in cells:
                raise MalformedError("a list of the document is not well-formed")
            cells[head] = None
            head = self._rest.get(head, _NIL)
        return list(cells)
