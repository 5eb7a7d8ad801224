"""Contexts in force, compiled: what a member's name stands for, found once and remembered by the contexts' bytes.

The library (:mod:`library`) applies contexts; here is remembered what came of it, for the pinned contexts in the order
in which documents name them and the scoped ones below them. Everything remembered is bounded, whatever documents say:
``MAX_ROOTS`` orders of contexts, in each ``MAX_DERIVED`` scoped contexts, the names that contexts define, and
``MAX_NAMES`` others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from legation.errors import MalformedError, TooLargeError
from legation.standards.jcs import canonicalize as canonicalize_json
from legation.standards.jsonld import library
from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.inline import ALIASES, check_inline, list_entries
from legation.standards.jsonld.nquads import is_absolute
from legation.standards.jsonld.safety import KEYWORDS, renamed, undefined_term

MAX_ROOTS = 32
MAX_KEY = 4096
MAX_DERIVED = 24
MAX_NAMES = 512
_MAX_NAME = 128
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# what @type and @list say
_STRUCTURE = frozenset({f"{_RDF}type", f"{_RDF}first", f"{_RDF}rest"})
MAX_WORK = 192
_TERMS_PER_WORK = 16
UNSET: Any = object()
_Key = tuple[object, ...]


class Work:
    """How many contexts may still be applied for one document: that is what costs, and attackers choose how many."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, terms: int = 0) -> None:
        """Count one, and the terms that it defines. Raises TooLargeError when none is left."""
        self.left -= 1 + terms // _TERMS_PER_WORK
        if self.left < 0:
            raise TooLargeError("the document uses too many contexts", pointer="/@context")


class Term:
    """What a member's name stands for in a context, with what its definition says of values."""

    __slots__ = ("containers", "direction", "iri", "language", "predicate", "refused", "scoped", "type")

    def __init__(self, iri: str, definition: Mapping[str, Any], language: str | None, direction: str | None):
        self.iri = iri
        self.predicate = f"<{iri}>"
        container = definition.get("@container") or ()
        self.containers = frozenset([container] if isinstance(container, str) else container)
        self.type: str | None = definition.get("@type")
        self.language: str | None = definition.get("@language", language)
        self.direction: str | None = definition.get("@direction", direction)
        self.refused = _find_refused(self.containers, self.type, reverse=bool(definition.get("reverse")))
        self.scoped: object = definition.get("@context", UNSET)


def _find_refused(containers: frozenset[str], kind: str | None, *, reverse: bool) -> str | None:
    """Return the keyword in a term's definition that this version refuses, if there is one.

    Maps by id, type or index and reverse terms say things where a reader of the JSON does not look for them (an index
    is not even signed). None of the data models has them.
    """
    if reverse:
        return "@reverse"
    refused = containers & {"@id", "@index", "@type"}
    if refused:
        return min(refused)
    return "@json" if kind == "@json" and containers & {"@graph", "@list", "@language"} else None


class Active:
    """An active context (JSON-LD 1.1 API §4.1) with what was found in it and derived from it."""

    __slots__ = (
        "_derived",
        "_mappings",
        "_meant",
        "_names",
        "_pinned",
        "_root",
        "_vocabulary",
        "aliased",
        "brought",
        "previous",
        "raw",
        "type_names",
    )

    def __init__(
        self,
        raw: Mapping[str, Any],
        root: _Root,
        previous: Active | None = None,
        brought: frozenset[str] = frozenset(),
    ):
        self.raw = raw
        self._root = root
        self._mappings: Mapping[str, Any] = raw["mappings"]
        self._vocabulary: str | None = raw.get("@vocab")
        self._names: dict[str, Term] = {}
        self._derived: dict[_Key, Active] = {}
        self.previous = previous
        self.brought = brought
        meant = {name: mapping["@id"] for name, mapping in self._mappings.items() if mapping}
        self.type_names = frozenset({"@type"} | {name for name, iri in meant.items() if iri == "@type"})
        self.aliased = frozenset({"@id", "@type"} & {iri for name, iri in meant.items() if name != iri})
        self._meant = frozenset(meant.values())
        self._pinned = frozenset(iri for name, iri in meant.items() if name not in brought)

    def find(self, name: str) -> Term:
        """Return what a member's name stands for: a keyword or an absolute IRI. Raises UnknownTermError if nothing."""
        term = self._names.get(name)
        if term is None:
            if not isinstance(name, str):
                raise MalformedError("a member's name is not a string")
            iri = self.expand(name, vocabulary=True)
            if iri is None or (iri not in KEYWORDS and not is_absolute(iri)):
                raise undefined_term(name)
            self._check_name(name, iri)
            term = self._define(name, iri)
            if name in self._mappings or self._root.takes(name):
                self._names[name] = term
        return term

    def is_renamed(self, name: str, iri: str | None) -> bool:
        """Tell whether there is another name for what this one stands for, and that is the one to be used."""
        if name in self._mappings:
            return name in self.brought and iri in self._pinned
        return iri in self._meant and name not in KEYWORDS

    def is_shortened(self, identifier: str) -> bool:
        """Tell whether an identifier begins with a prefix that the document brought along."""
        prefix, colon, rest = identifier.partition(":")
        if not colon or prefix not in self.brought or rest.startswith("//"):
            return False
        mapping = self._mappings.get(prefix) or {}
        return bool(mapping.get("_prefix"))

    def _check_name(self, name: str, iri: str) -> None:
        if iri in _STRUCTURE or self.is_renamed(name, iri):
            raise renamed(name)

    def rule(self, name: str) -> Term:
        """Return what is said of a member's values, also where the name itself stands for nothing any more."""
        return self._names.get(name) or self._define(name, "")

    def _define(self, name: str, iri: str) -> Term:
        return Term(iri, self._mappings.get(name) or {}, self.raw.get("@language"), self.raw.get("@direction"))

    def expand(self, value: str, *, vocabulary: bool = False) -> str | None:
        """Return the IRI or keyword that a string stands for (§5.2 IRI Expansion), still relative if it is."""
        if value in KEYWORDS:
            return value
        if value.startswith("@") and value[1:].isascii() and value[1:].isalpha():
            return None
        if vocabulary and value in self._mappings:
            mapping = self._mappings[value]
            return None if mapping is None else mapping["@id"]
        prefix, colon, suffix = value.partition(":")
        if colon and prefix:
            if prefix == "_" or suffix.startswith("//"):
                return value
            mapping = self._mappings.get(prefix)
            if mapping and mapping["_prefix"]:
                return f"{mapping['@id']}{suffix}"
            if is_absolute(value):
                return value
        return self._vocabulary + value if vocabulary and self._vocabulary is not None else value

    def scoped_types(self, types: list[str]) -> tuple[str, ...]:
        """Return those of the types that have a context of their own, sorted, as contexts are applied."""
        mappings = self._mappings
        return tuple(sorted(name for name in types if (mappings.get(name) or {}).get("@context") not in (None, False)))

    def for_types(self, names: tuple[str, ...], work: Work) -> Active:
        """Return the context inside a node of these types (§4.1 type-scoped contexts): it does not reach further in."""
        return self.derive(("type", *names), [(name, self._mappings[name]["@context"], False) for name in names], work)

    def for_member(self, name: str, work: Work) -> Active:
        """Return the context of a member's values, whose definition has one (§4.1 property-scoped contexts)."""
        return self.derive(("member", name), [(name, self._mappings[name]["@context"], True)], work)

    def inside(self, name: str, work: Work, *, keep: bool) -> Active:
        """Return the context inside an object that is a value of this member (§5.1.2 steps 7 and 8).

        What the types of the node around have changed is taken back, unless it is to be kept; then the member's own
        context applies once more.
        """
        base = self if keep or self.previous is None else self.previous
        scoped = (self._mappings.get(name) or {}).get("@context", UNSET)
        if scoped is UNSET:
            return base
        key = ("inside", name, keep)
        found = self._derived.get(key)
        if found is None:
            found = base.derive(None, [(name, scoped, True)], work, pinned=name not in self.brought)
            self._remember(key, found)
        return found

    def for_node(self, context: object, work: Work) -> Active:
        """Return the context inside a node that brings its own ``@context``."""
        entries = list_entries(context)
        key = _key(entries)
        found = self._derived.get(key) if key is not None else None
        if found is None:
            raw, brought = self.raw, self.brought
            for entry in entries:
                raw, brought = _apply(raw, brought, entry, self._root.contexts, work)
            found = self._wrap(raw, brought)
            if key is not None:
                self._remember(key, found)
        return found

    def derive(
        self, key: _Key | None, scoped: list[tuple[str, object, bool]], work: Work, *, pinned: bool | None = None
    ) -> Active:
        """Return this context with those of terms applied, each with whether it is a member's; remembered by ``key``.

        ``pinned`` says whether they come from a pinned context, where the terms are not this context's own.
        """
        found = None if key is None else self._derived.get(key)
        if found is None:
            raw, brought = self.raw, self.brought
            for name, context, is_member in scoped:
                work.spend()
                before = raw["mappings"]
                raw = library.process_context(
                    raw, context, self._root.contexts, override=is_member, propagate=is_member
                )
                if name not in self.brought if pinned is None else pinned:
                    brought = _untouched(brought, before, raw["mappings"])
            found = self._wrap(raw, brought)
            if key is not None:
                self._remember(key, found)
        return found

    def _wrap(self, raw: Mapping[str, Any], brought: frozenset[str]) -> Active:
        previous = raw.get("previousContext")
        if previous is None:
            return Active(raw, self._root, None, brought)
        for known in (self, self.previous):
            if known is not None and known.raw is previous:
                return Active(raw, self._root, known, brought)
        return Active(raw, self._root, Active(previous, self._root, None, brought), brought)

    def _remember(self, key: _Key, active: Active) -> None:
        if self._root.derived < MAX_DERIVED:
            self._root.derived += 1
            self._derived[key] = active


class _Root:
    """What all contexts that were derived from one have in common."""

    __slots__ = ("_names", "contexts", "derived")

    def __init__(self, contexts: Contexts):
        self.contexts = contexts
        self.derived = 0
        self._names = MAX_NAMES

    def takes(self, name: str) -> bool:
        """Tell whether a name that no context defines may be remembered: under @vocab they are without number."""
        if self._names <= 0 or len(name) > _MAX_NAME:
            return False
        self._names -= 1
        return True


_ROOTS: dict[_Key, Active] = {}


def compile_contexts(context: object, contexts: Contexts, work: Work) -> Active:
    """Return the context of a document with this ``@context``.

    Raises:
        UnknownTermError: a URL that is not pinned (``context_unknown``), or an object that :mod:`inline` refuses.
        MalformedError: it is no context.
        TooLargeError: it is beyond a bound.
    """
    entries = list_entries(context)
    key = _key(entries)
    full = None if key is None else (contexts.digest, *key)
    found = _ROOTS.pop(full, None) if full is not None else None
    if found is None:
        found = Active(library.initial_context(), _Root(contexts)).for_node(context, work)
    if full is not None:
        # the last used is the last to go; a race between threads costs a compilation, nothing else
        _ROOTS[full] = found
        while len(_ROOTS) > MAX_ROOTS:
            _ROOTS.pop(next(iter(list(_ROOTS))), None)
    return found


def _key(entries: list[object]) -> _Key | None:
    """Return what tells lists of contexts apart, or None for one too long to be remembered."""
    if all(type(entry) is str for entry in entries):
        return ("urls", *entries)
    text = canonicalize_json(entries)
    return ("text", text) if len(text) <= MAX_KEY else None


def _apply(
    raw: Mapping[str, Any], brought: frozenset[str], entry: object, contexts: Contexts, work: Work
) -> tuple[Mapping[str, Any], frozenset[str]]:
    """Apply one context; return also which names are the document's own then."""
    before = raw["mappings"]
    if not isinstance(entry, dict):
        work.spend()
        # as it is spelled: the library would look for what a relative or unusual URL resolves to
        library.find_context(str(entry), contexts)
        applied = library.process_context(raw, entry, contexts)
        return applied, _untouched(brought, before, applied["mappings"])
    terms, scoped, aliases = check_inline(entry)
    work.spend(terms)
    applied = library.process_context(raw, entry, contexts)
    after = applied["mappings"]
    for name in entry:
        if name in before and _says(before[name]) != _says(after.get(name)):
            raise _redefinition(name)
    for name in scoped | {name for name in aliases if before.get(name, {}).get("@id") != ALIASES[name]}:
        if name in before:
            raise _redefinition(name)
    return applied, brought | scoped | (entry.keys() - before.keys())


def _untouched(brought: frozenset[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """Return those of a document's own names that a pinned context has not defined."""
    return frozenset(name for name in brought if after.get(name) is before.get(name))


def _says(mapping: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (mapping or {}).items() if name != "protected"}


def _redefinition(name: str) -> MalformedError:
    return MalformedError(
        f"an @context in the document redefines {name[:100]!r}, which a context before it defines", pointer="/@context"
    )
