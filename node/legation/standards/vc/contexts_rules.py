"""What a document's ``@context`` must be, and which URL it gives to a type (VCDM 2.0 §4.3, §4.5, §5.2).

Of JSON-LD 1.1 this is the part that terms need: the contexts of a document in their order, their definitions, prefixes
and ``@vocab``, and no redefinition of what is protected (JSON-LD 1.1 API §4.1, §4.2). It holds for credentials that
are secured as plain JSON as well, and costs microseconds; whether every member survives expansion is for
``standards.jsonld`` to say, where a proof needs it. An object in ``@context`` keeps the rules of ``jsonld.inline``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from legation.errors import MalformedError, UnknownTermError
from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.inline import check_inline, list_entries
from legation.standards.strict_json import write_json
from legation.standards.vc.identifiers import check_url, is_url
from legation.standards.vc.terms import Definitions, define_terms

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
_VERSIONS = {CREDENTIALS_V1: "1.1", CREDENTIALS_V2: "2.0"}
_USUAL = frozenset({("id", "@id"), ("type", "@type")})
_CACHED_BYTES = 4096
# each may hold some hundred kilobytes of terms
_CACHE_SIZE = 64


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the contexts of one document make of names; ``aliases`` are other names for JSON-LD's keywords."""

    version: str
    definitions: Definitions
    aliases: frozenset[str]
    contexts: Contexts
    _urls: Mapping[str, str]
    _scopes: set[tuple[str, ...]]

    def find_url(self, name: str) -> str | None:
        """Return the URL that a type stands for: a term, a compact IRI, a URL; None where it stands for none."""
        url = self._urls.get(name)
        if url is None and name not in self.definitions.terms:
            url = self.definitions.expand(name)
            return url if is_url(url) else None
        return url

    def check_scopes(self, types: tuple[str, ...]) -> None:
        """Apply the contexts that come with types, in JSON-LD's order, where there are several (JSON-LD 1.1 API §5.1).

        Raises:
            MalformedError: one redefines what another protects.
            UnknownTermError, TooLargeError: as :func:`read_vocabulary`.
        """
        if types in self._scopes:
            return
        terms = (self.definitions.terms.get(name) for name in sorted(types))
        scopes = [term.scope for term in terms if term is not None and term.scope is not None]
        if len(scopes) > 1:
            define_terms(self.definitions, scopes, self.contexts)
        if len(self._scopes) < _CACHE_SIZE:
            self._scopes.add(types)

    def within(self, node: Mapping[str, object], pointer: str) -> Vocabulary:
        """Return what holds inside an object, which may bring an ``@context`` of its own.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: as :func:`read_vocabulary`.
        """
        if "@context" not in node:
            return self
        entries = _entries(node["@context"], f"{pointer}/@context")
        return _vocabulary(self.version, entries, self.contexts, self.definitions)


_KNOWN: dict[tuple[str, bytes], Vocabulary] = {}


def read_vocabulary(document: Mapping[str, object], contexts: Contexts) -> Vocabulary:
    """Check the ``@context`` of a credential or presentation, and return what it defines.

    Raises:
        MalformedError: none; the first is not that of VCDM 2.0 or 1.1; neither a URL nor a context object; or it
            redefines what another protects.
        UnknownTermError: the context of a URL is not at hand (``context_unknown``).
        TooLargeError: more contexts than a document may have.
    """
    raw = document.get("@context")
    key = (contexts.digest, write_json(raw))
    known = _KNOWN.get(key)
    if known is not None:
        return known
    entries = _entries(raw, "/@context")
    # VCDM 2.0 §4.3, VCDM 1.1 §4.1: an ordered set whose first item is the base context
    version = _VERSIONS.get(entries[0]) if isinstance(entries[0], str) else None
    if version is None:
        raise MalformedError(f"the first @context is {CREDENTIALS_V2}, or {CREDENTIALS_V1}", pointer="/@context")
    vocabulary = _vocabulary(version, entries, contexts, Definitions())
    if len(key[1]) <= _CACHED_BYTES:
        if len(_KNOWN) >= _CACHE_SIZE:
            _KNOWN.clear()
        _KNOWN[key] = vocabulary
    return vocabulary


def _entries(value: object, pointer: str) -> list[object]:
    entries = list_entries(value)
    for entry in entries:
        # VCDM 2.0 §4.3: any combination of URLs and objects; null would take back what was protected
        if isinstance(entry, dict):
            check_inline(entry)
        else:
            check_url(entry, pointer)
    return entries


def _vocabulary(version: str, entries: list[object], contexts: Contexts, above: Definitions) -> Vocabulary:
    definitions = define_terms(above, entries, contexts)
    aliases = frozenset(
        name
        for name, term in definitions.terms.items()
        if term.url is not None and term.url.startswith("@") and (name, term.url) not in _USUAL
    )
    urls = {name: term.url for name, term in definitions.terms.items() if term.url is not None and is_url(term.url)}
    return Vocabulary(version, definitions, aliases, contexts, urls, set())


def check_members(node: Mapping[str, object], vocabulary: Vocabulary, pointer: str) -> None:
    """Refuse JSON-LD's keywords, and other names for them, as members of an object that is judged by its members.

    A document is in compacted form (VCDM 2.0 §6.1), where they are ``id`` and ``type``: a second ``@id`` or ``@type``
    would say to others what is not looked at here.

    Raises:
        UnknownTermError: there is one.
    """
    if not _KEYWORDS.isdisjoint(node) or (vocabulary.aliases and not vocabulary.aliases.isdisjoint(node)):
        raise UnknownTermError("JSON-LD's keywords are not members of a credential", pointer=pointer)


_KEYWORDS = frozenset(
    {"@id", "@type", "@graph", "@included", "@reverse", "@nest", "@set", "@list", "@value", "@index", "@base", "@vocab"}
    | {"@language", "@direction", "@none", "@json", "@version", "@container", "@import", "@propagate", "@protected"}
)
