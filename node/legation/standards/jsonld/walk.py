"""From a JSON-LD document to its statements in one walk, with the rules of :mod:`safety` applied to every member.

It does what expansion and deserialisation to RDF do (JSON-LD 1.1 API §5.1, §8.1), in the order in which PyLD does it:
the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from legation.errors import MalformedError
from legation.standards.jsonld.allowance import GRAPH, STATEMENT, spend
from legation.standards.jsonld.compiled import UNSET, Active, Term, Work, compile_contexts
from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.nquads import NATIVE, XSD_BOOLEAN, write_json, write_scalar, write_text
from legation.standards.jsonld.rdfc import Quad
from legation.standards.jsonld.safety import (
    MAX_DEPTH,
    described_twice,
    empty_member,
    not_plain,
    refused_keyword,
    relative_identifier,
    renamed,
    said_twice,
    shortened,
    too_deep,
)
from legation.standards.jsonld.statements import RDF_TYPE, Statements, write_value

_REFERENCES = ("@id", "@vocab")
_NO_TYPES = (None, "@none", *_REFERENCES)
_VALUE_KEYWORDS = frozenset({"@value", "@type", "@language", "@direction"})
_Members = list[tuple[str, Term, object]]


def walk(document: Mapping[str, object], contexts: Contexts, *, named: bool = False) -> list[Quad]:
    """Return the statements of a document; blank nodes are numbered as they are met.

    ``named`` says that the caller gave nodes an ``@id``, where a context may have another name for it.

    Raises:
        UnknownTermError, MalformedError, TooLargeError: as :func:`legation.standards.jsonld.canonical.canonicalize`.
    """
    return _walk(document, contexts, named=named).quads


def walk_nodes(document: Mapping[str, object], contexts: Contexts) -> list[tuple[Mapping[str, object], str]]:
    """Return each object of a document that is a node, with the term that its statements have for it.

    Raises:
        UnknownTermError, MalformedError, TooLargeError: as :func:`walk`.
    """
    return _walk(document, contexts).nodes


def _walk(document: Mapping[str, object], contexts: Contexts, *, named: bool = False) -> _Walker:
    if "@context" not in document:
        raise MalformedError("the document has no @context", pointer="/@context")
    walker = _Walker(named=named)
    active = compile_contexts(document["@context"], contexts, walker.work)
    inside, members = walker.enter(active, document)
    if _find(members, "@value") or _find(members, "@list"):
        raise MalformedError("a document is a node, neither a value nor a list")
    root = walker.describe(active, inside, members, "", MAX_DEPTH)
    walker.nodes.append((document, root))
    spend(GRAPH + len(walker.quads) * STATEMENT)
    if not walker.quads:
        raise MalformedError("the document says nothing")
    # What the document is, an object in it could be too, by its id: a place to put validUntil or a status out of sight.
    kinds = [
        kind
        for subject, predicate, kind, graph in walker.quads
        if subject == root and predicate == RDF_TYPE and not graph
    ]
    if len(set(kinds)) != len(kinds):
        raise said_twice("@type")
    return walker


def _find(members: _Members, keyword: str) -> list[object]:
    return [value for _, term, value in members if term.iri == keyword]


class _Walker(Statements):
    """One walk: the statements so far, the nodes that they are of, and how many contexts may still be applied."""

    __slots__ = ("_named", "nodes", "work")

    def __init__(self, *, named: bool) -> None:
        super().__init__()
        self._named = named
        self.nodes: list[tuple[Mapping[str, object], str]] = []
        self.work = Work()

    def enter(self, active: Active, element: Mapping[str, object]) -> tuple[Active, _Members]:
        """Apply the contexts of the node's types (§5.1.2 step 11), and find what its members stand for."""
        named = active.type_names & element.keys()
        if named:
            if len(named) > 1:
                raise said_twice("@type")
            value = element[next(iter(named))]
            kinds = value if isinstance(value, list) else [value]
            scoped = active.scoped_types([kind for kind in kinds if isinstance(kind, str)])
            if scoped:
                active = active.for_types(scoped, self.work)
        return active, [(name, active.find(name), value) for name, value in element.items() if name != "@context"]

    def describe(self, outside: Active, active: Active, members: _Members, graph: str, depth: int) -> str:
        """Make the statements of a node, and return its subject; ``outside`` is the context that names its types."""
        subject = self._identify(active, members)
        for name, term, value in members:
            iri = term.iri
            if iri[0] != "@":
                self._say(active, name, term, value, subject, graph, depth)
            elif iri not in ("@id", "@type"):
                raise refused_keyword(iri)
            elif name == iri and iri in active.aliased and not (self._named and iri == "@id"):
                raise renamed(name)
            elif iri == "@type":
                self._classify(outside, name, value, subject, graph)
        return subject

    def _identify(self, active: Active, members: _Members) -> str:
        found = _find(members, "@id")
        if not found:
            return self.fresh()
        if len(found) > 1:
            raise said_twice("@id")
        if not isinstance(found[0], str):
            raise relative_identifier(found[0])
        if active.is_shortened(found[0]):
            raise shortened(found[0])
        return self.node(active.expand(found[0]))

    def _classify(self, outside: Active, name: str, value: object, subject: str, graph: str) -> None:
        kinds = value if isinstance(value, list) else [value]
        if not kinds:
            raise empty_member(name)
        for kind in kinds:
            if not isinstance(kind, str):
                raise MalformedError("a type is a string")
            iri = outside.expand(kind, vocabulary=True)
            if outside.is_renamed(kind, iri):
                raise renamed(kind)
            self.add(subject, RDF_TYPE, self.node(iri), graph)

    def _say(self, active: Active, name: str, term: Term, value: object, subject: str, graph: str, depth: int) -> None:
        """Make the statements of one member (§5.1.2 step 13)."""
        if term.refused:
            raise refused_keyword(term.refused)
        predicate = term.predicate
        if term.type == "@json":
            self.add(subject, predicate, write_json(value), graph)
            return
        inner = active if term.scoped is UNSET else active.for_member(name, self.work)
        if isinstance(value, str) and not term.containers:
            self.add(subject, predicate, self._scalar(inner, name, value), graph)
        elif "@list" in term.containers:
            self.add(subject, predicate, self._list(inner, name, value, graph, depth), graph)
        elif "@language" in term.containers and isinstance(value, dict):
            for text in _read_languages(inner, name, term, value):
                self.add(subject, predicate, text, graph)
        else:
            for target in self._targets(inner, term, name, value, graph, depth):
                self.add(subject, predicate, target, graph)

    def _targets(self, inner: Active, term: Term, name: str, value: object, graph: str, depth: int) -> Iterator[str]:
        """Yield the terms of the values of a member, each once what they say themselves was said."""
        described: set[str] = set()
        for item in _flatten(name, value):
            if "@graph" in term.containers:
                target = self._graph(inner, name, item, depth)
            else:
                target = self._target(inner, name, item, graph, depth)
            if isinstance(item, dict) and target[0] != '"':
                if target in described:  # one thing in two parts: who reads the first misses the second
                    raise described_twice(name)
                described.add(target)
            yield target

    def _target(self, inner: Active, name: str, value: object, graph: str, depth: int) -> str:
        if isinstance(value, dict):
            if depth == 0:
                raise too_deep()
            return self._object(inner, name, value, graph, depth - 1)
        return self._scalar(inner, name, value)

    def _graph(self, inner: Active, name: str, value: object, depth: int) -> str:
        """Return the name of a new graph with what this value says in it, and nothing outside of it."""
        graph, before = self.fresh(), len(self.quads)
        if isinstance(value, dict):
            if depth == 0:
                raise too_deep()
            self._object(inner, name, value, graph, depth - 1, node_only=True)
        if len(self.quads) == before:
            raise empty_member(name)
        return graph

    def _list(self, inner: Active, name: str, value: object, graph: str, depth: int) -> str:
        if depth == 0:
            raise too_deep()
        if isinstance(value, dict) and "@list" in (inner.expand(key, vocabulary=True) for key in value):
            # said by the definition and by the value: one list
            return self._object(inner, name, value, graph, depth - 1)
        terms = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, list):
                terms.append(self._list(inner, name, item, graph, depth - 1))
            else:
                terms.append(self._target(inner, name, item, graph, depth))
        return self.chain(terms, graph)

    def _object(
        self,
        inner: Active,
        name: str,
        element: Mapping[str, object],
        graph: str,
        depth: int,
        *,
        node_only: bool = False,
    ) -> str:
        """Return the term of an object that is a member's value (§5.1.2 steps 7 to 12)."""
        active = inner.inside(name, keep=inner.previous is not None and _keeps(inner, element), work=self.work)
        if "@context" in element:
            active = active.for_node(element["@context"], self.work)
        inside, members = self.enter(active, element)
        for _, term, value in members:
            if node_only and term.iri in ("@value", "@list"):
                raise empty_member(name)
            if term.iri == "@value":
                return _read_value(active, members)
            if term.iri == "@list":
                if len(members) > 1:
                    raise MalformedError("a list says nothing but its items")
                return self._list(inside, name, value if isinstance(value, list) else [value], graph, depth)
        subject = self.describe(active, inside, members, graph, depth)
        self.nodes.append((element, subject))
        return subject

    def _scalar(self, inner: Active, name: str, value: object) -> str:
        """Return the term of a value that is no object (§5.3 Value Expansion)."""
        if value is None:
            raise empty_member(name)
        if not isinstance(value, str | bool | int | float):
            raise MalformedError("a value is of no JSON type")
        rule = inner.rule(name)
        if isinstance(value, str):
            if rule.type in _REFERENCES:
                if rule.type == "@id" and inner.is_shortened(value):
                    raise shortened(value)
                return self.node(inner.expand(value, vocabulary=rule.type == "@vocab"))
            if rule.type in _NO_TYPES and (rule.language or rule.direction):
                return write_text(value, rule.language, rule.direction)
            if rule.type == XSD_BOOLEAN:
                raise not_plain(name)
        return write_scalar(value, None if rule.type in _NO_TYPES else rule.type)


def _keeps(inner: Active, element: Mapping[str, object]) -> bool:
    """Tell whether the contexts of the types around reach into the object: it is a value or a bare reference."""
    if len(element) > 2 or "@context" in element:
        return False
    meant = [inner.expand(name, vocabulary=True) for name in element]
    return "@value" in meant or meant == ["@id"]


def _flatten(name: str, value: object, depth: int = MAX_DEPTH) -> list[object]:
    """Return the values of a member, arrays in arrays laid out, as JSON-LD reads them."""
    if not isinstance(value, list):
        return [value]
    if not value:
        raise empty_member(name)
    if depth == 0:
        raise too_deep()
    flat: list[object] = []
    for item in value:
        if isinstance(item, list):
            flat += _flatten(name, item, depth - 1)
        else:
            flat.append(item)
    return flat


def _read_languages(inner: Active, name: str, term: Term, value: Mapping[str, object]) -> list[str]:
    """Return the texts of a map by language (§5.1.2 step 13.7)."""
    if not value:
        raise empty_member(name)
    texts = []
    for tag, said in value.items():
        language = None if inner.expand(tag, vocabulary=True) == "@none" else tag
        for item in _flatten(name, said):
            if not isinstance(item, str):
                raise MalformedError("a map by language holds strings")
            texts.append(write_text(item, language, term.direction))
    return texts


def _read_value(outside: Active, members: _Members) -> str:
    """Return the literal of a value object (§5.1.2 step 14, JSON-LD 1.1 §9.5)."""
    said: dict[str, object] = {}
    for _, term, value in members:
        if term.iri not in _VALUE_KEYWORDS:
            raise refused_keyword(term.iri)
        if term.iri in said:
            raise said_twice(term.iri)
        said[term.iri] = value
    kind = said.get("@type")
    if isinstance(kind, str):
        kind = outside.expand(kind, vocabulary=True)
        if kind in NATIVE:
            raise not_plain("@value")
    return write_value(said["@value"], kind, said.get("@language"), said.get("@direction"), typed="@type" in said)
