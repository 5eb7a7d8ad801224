"""N-Quads that others wrote, read by pyoxigraph and made canonical by our RDFC-1.0."""

from __future__ import annotations

from typing import Any

import pyoxigraph

from legation.errors import MalformedError
from legation.standards.jsonld.nquads import write_literal
from legation.standards.jsonld.rdfc import CanonicalDataset, HashName, Quad, canonicalize_quads


def canonicalize_nquads(nquads: str, *, algorithm: HashName = "sha256") -> CanonicalDataset:
    """Return the canonical form of N-Quads. Raises MalformedError for what is none, TooLargeError as our code does."""
    return canonicalize_quads(parse_nquads(nquads), algorithm=algorithm)


def parse_nquads(text: str) -> list[Quad]:
    """Read N-Quads into quads. Raises MalformedError."""
    try:
        parsed = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS)
        return [
            (_read_node(quad.subject), f"<{quad.predicate.value}>", _read_object(quad.object), _read_graph(quad))
            for quad in parsed
        ]
    except (SyntaxError, ValueError) as error:
        raise MalformedError("the text is not N-Quads") from error


def _read_node(term: Any) -> str:
    return f"<{term.value}>" if isinstance(term, pyoxigraph.NamedNode) else f"_:{term.value}"


def _read_object(term: Any) -> str:
    if not isinstance(term, pyoxigraph.Literal):
        return _read_node(term)
    return write_literal(term.value, term.datatype.value, term.language)


def _read_graph(quad: Any) -> str:
    graph = quad.graph_name
    return "" if isinstance(graph, pyoxigraph.DefaultGraph) else _read_node(graph)
