"""Term definitions of JSON-LD contexts, as far as names and types need them (JSON-LD 1.1 API §4.1 and §4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.jsonld.allowance import TERM, spend
from legation.standards.jsonld.contexts import Contexts
from legation.standards.strict_json import write_sorted

_MAX_DEPTH = 8
_MAX_DOCUMENTS = 64
_MAX_TERMS = 10_000
_GEN_DELIMS = (":", "/", "?", "#", "[", "]", "@")
_KEYWORD_FORM = re.compile(r"@[A-Za-z]+")
_CONTEXT_KEYWORDS = frozenset({"@vocab", "@base", "@language", "@direction", "@version", "@import", "@propagate"})
_KEYWORDS = frozenset(
    {"@id", "@type", "@graph", "@included", "@reverse", "@nest", "@set", "@list", "@value", "@index", "@language"}
    | {"@direction", "@none", "@json", "@container", "@prefix", "@protected", "@vocab", "@base", "@version"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of one term; ``rest`` is all but its URL, in a form that compares, ``scope`` its @context."""

    url: str | None
    prefix: bool
    protected: bool
    rest: bytes
    scope: object


@dataclass(frozen=True, slots=True)
class Definitions:
    """An active context: its terms, and where names without a definition go."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    vocabulary: str | None = None

    def expand(self, name: str) -> str | None:
        """Return what a name stands for (JSON-LD 1.1 API §5.2): a term, a compact IRI, an IRI, or after @vocab."""
        term = self.terms.get(name)
        if term is not None:
            return term.url
        prefix, colon, rest = name.partition(":")
        if colon:
            known = self.terms.get(prefix)
            if known is not None and known.prefix and known.url is not None and not rest.startswith("//"):
                return known.url + rest
            return name
        if name.startswith("@") or self.vocabulary is None:
            return None
        return self.vocabulary + name


def define_terms(above: Definitions, entries: Sequence[object], contexts: Contexts) -> Definitions:
    """Return what holds after these contexts, in their order. ``above`` stays as it is.

    Raises:
        MalformedError: no context in JSON-LD's sense, or one that redefines a protected term.
        UnknownTermError: a URL whose context is not at hand (``context_unknown``).
        TooLargeError: contexts that nest too deep or bring too many terms.
    """
    processor = _Processor(above, contexts)
    for entry in entries:
        processor.read(entry, 0)
    return Definitions(processor.terms, processor.vocabulary)


class _Processor:
    """Reads contexts one after the other into ``terms`` (JSON-LD 1.1 API §4.1.2)."""

    def __init__(self, above: Definitions, contexts: Contexts):
        self.terms = dict(above.terms)
        self.vocabulary = above.vocabulary
        self._contexts = contexts
        self._documents = 0

    def read(self, context: object, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise TooLargeError("contexts refer to each other too deep", pointer="/@context")
        if isinstance(context, str):
            self.read(self._load(context), depth + 1)
        elif isinstance(context, list):
            for item in context:
                self.read(item, depth + 1)
        elif isinstance(context, dict):
            self._read_object(context)
        elif context is None:
            if any(term.protected for term in self.terms.values()):
                raise MalformedError("a context takes protected terms back", pointer="/@context")
            self.terms, self.vocabulary = {}, None
        else:
            raise MalformedError("a context is a URL or an object", pointer="/@context")

    def _load(self, url: str) -> object:
        self._documents += 1
        if self._documents > _MAX_DOCUMENTS:
            raise TooLargeError("contexts refer to too many others", pointer="/@context")
        found = self._contexts.find(url)
        if found is None or "@context" not in found.value:
            raise UnknownTermError(
                "a context is not at hand, and none is fetched",
                code="context_unknown",
                fix="Put it into the folder of contexts.",
                pointer="/@context",
            )
        return found.value["@context"]

    def _read_object(self, context: Mapping[str, object]) -> None:
        if "@import" in context:
            context = self._imported(context)
        if context.get("@version", 1.1) != 1.1 or not isinstance(context.get("@protected", False), bool):
            raise MalformedError("a context has a keyword that JSON-LD 1.1 does not know", pointer="/@context")
        if "@vocab" in context:
            self._set_vocabulary(context["@vocab"])
        spend(len(context) * TERM)
        if len(self.terms) + len(context) > _MAX_TERMS:
            raise TooLargeError("contexts define too many terms", pointer="/@context")
        _Local(self, context).define_all()

    def _imported(self, context: Mapping[str, object]) -> Mapping[str, object]:
        url = context["@import"]
        imported = self._load(url) if isinstance(url, str) else None
        if not isinstance(imported, dict) or "@import" in imported:
            raise MalformedError("an @import names one context object", pointer="/@context")
        return {**imported, **{name: value for name, value in context.items() if name != "@import"}}

    def _set_vocabulary(self, value: object) -> None:
        if value is not None and not isinstance(value, str):
            raise MalformedError("an @vocab is a string", pointer="/@context")
        # "" and what is relative would begin where the document was found: nothing that it says is absolute then
        self.vocabulary = Definitions(self.terms, self.vocabulary).expand(value) if value else None


class _Local:
    """One context object, whose terms may refer to each other in any order (JSON-LD 1.1 API §4.2.2)."""

    def __init__(self, processor: _Processor, context: Mapping[str, object]):
        self._active = processor
        self._context = context
        self._protected = context.get("@protected", False) is True
        self._begun: dict[str, bool] = {}
        self._depth = 0

    def define_all(self) -> None:
        for name in self._context:
            if not name.startswith("@"):
                self._define(name)
            elif name not in _CONTEXT_KEYWORDS and name not in ("@protected", "@type"):
                raise MalformedError("a context has a keyword that JSON-LD 1.1 does not know", pointer="/@context")

    def _define(self, name: str) -> None:
        if name in self._begun:
            if not self._begun[name]:
                raise MalformedError("terms of a context refer to each other in a circle", pointer="/@context")
            return
        if not name or self._depth > _MAX_DEPTH:
            raise MalformedError("a term has no name, or terms refer to each other too deep", pointer="/@context")
        self._begun[name] = False
        self._depth += 1
        previous = self._active.terms.pop(name, None)
        term = self._term(name, self._context[name])
        self._depth -= 1
        if previous is not None and previous.protected:
            # VCDM 2.0 §5.2.1: a context that redefines a protected term is an error
            if (term.url, term.rest) != (previous.url, previous.rest):
                raise MalformedError("a context redefines a protected term", pointer="/@context")
            term = previous
        self._active.terms[name] = term
        self._begun[name] = True

    def _term(self, name: str, value: object) -> Term:
        if value is None or isinstance(value, str):
            url = self._expand(value) if isinstance(value, str) and value != name else None
            url = self._own_url(name) if value == name else url
            return Term(url, url is not None and url.endswith(_GEN_DELIMS), self._protected, b"{}", None)
        if not isinstance(value, dict):
            raise MalformedError("a term is defined by a string or an object", pointer="/@context")
        protected = value.get("@protected", self._protected)
        prefix = value.get("@prefix", False)
        if not isinstance(protected, bool) or not isinstance(prefix, bool):
            raise MalformedError("a flag of a term is no boolean", pointer="/@context")
        rest = {member: said for member, said in value.items() if member not in ("@id", "@protected")}
        kind = rest.get("@type")
        if isinstance(kind, str):
            rest["@type"] = self._expand(kind)
        return Term(self._url_of(name, value), prefix, protected, write_sorted(rest), rest.get("@context"))

    def _url_of(self, name: str, value: Mapping[str, object]) -> str | None:
        identifier = value.get("@reverse", value.get("@id", name))
        if identifier is None:
            return None
        if not isinstance(identifier, str):
            raise MalformedError("the @id of a term is a string", pointer="/@context")
        return self._own_url(name) if identifier == name else self._expand(identifier)

    def _own_url(self, name: str) -> str:
        """Return the URL of a term that says none: its own, that of its prefix, or after @vocab."""
        prefix, colon, _ = name.partition(":")
        if colon and prefix:
            self._need(prefix)
            return self._active_expand(name) or name
        if "/" in name or self._active.vocabulary is None:
            raise MalformedError("a term of a context stands for no URL", pointer="/@context")
        return self._active.vocabulary + name

    def _expand(self, value: str) -> str | None:
        """Expand an IRI of this context (JSON-LD 1.1 API §5.2), what it refers to being defined first."""
        if value in _KEYWORDS:
            return value
        if _KEYWORD_FORM.fullmatch(value):
            return None
        self._need(value)
        prefix, colon, rest = value.partition(":")
        if colon and not rest.startswith("//"):
            self._need(prefix)
        # what stays relative is no URL, and refused where it is used as one
        return self._active_expand(value) or value

    def _need(self, name: str) -> None:
        if name in self._context and not name.startswith("@") and self._begun.get(name) is not True:
            self._define(name)

    def _active_expand(self, value: str) -> str | None:
        return Definitions(self._active.terms, self._active.vocabulary).expand(value)
