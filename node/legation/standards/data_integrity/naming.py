"""One name for each thing that a verifier reads, where a signature covers statements and not names.

A signature over a graph holds whatever its members are called: ``validUntil`` may be renamed to its full IRI, or to a
word that a context of the document gives the same IRI, and whoever looks for ``validUntil`` in the JSON finds a
credential without end. So in the vocabularies that decide about trust, a member has the name that the pinned contexts
give it, and no other (VC Data Integrity 1.0 §2.4.1; VCDM 2.0 §4.1, ``id`` and ``type``); nor does a context of the
document give that name to something else. What members of a claim mean under such a context is for their reader to
judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from legation.errors import UnknownTermError
from legation.standards.data_integrity.proofs import USUAL

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

# credentials, their status, proofs and keys
GUARDED = (
    "https://www.w3.org/2018/credentials#",
    "https://w3id.org/security#",
    "https://www.w3.org/ns/credentials/status#",
    "https://w3id.org/vc/status-list#",
    "https://w3id.org/legation#",
)
_PROPERTIES = (GUARDED[0], "cred:")
# what a verifier looks for by these names, and would not find under another one that a pinned context has for it
_READ = USUAL | {
    "credentialSchema",
    "credentialStatus",
    "credentialSubject",
    "expirationDate",
    "holder",
    "issuanceDate",
    "issuer",
    "proof",
    "validFrom",
    "validUntil",
    "verifiableCredential",
}
_ENTRIES = 16


class _Pinned(NamedTuple):
    """Of a set of contexts: terms that a compact IRI could begin with, and properties that nothing else is called.

    ``aliases`` are second names for what is read by another: security/v2 calls ``expires`` of a proof ``expiration``.
    """

    prefixes: frozenset[str]
    properties: frozenset[str]
    aliases: frozenset[str]


_PINNED: dict[str, _Pinned] = {}


def check_names(document: Mapping[str, object], contexts: Contexts) -> None:
    """Refuse members, types and contexts of a document that give a guarded term another name.

    Raises:
        UnknownTermError: there is one, or ``@id`` or ``@type`` stands for ``id`` or ``type``.
    """
    pinned = _pinned(contexts)
    proofs = document.get("proof", [])
    for holder in (document, *(proofs if isinstance(proofs, list) else [proofs])):
        if isinstance(holder, dict) and not pinned.aliases.isdisjoint(holder):
            raise _refusal(min(pinned.aliases & holder.keys()))
    _check_value(document, pinned)


def _check_value(value: object, pinned: _Pinned) -> None:
    if type(value) is list:
        for item in value:
            if type(item) is dict or type(item) is list:
                _check_value(item, pinned)
    elif isinstance(value, dict):
        for name, member in value.items():
            if ":" in name or name[:1] == "@":
                if name == "@context":
                    _check_context(member, pinned.prefixes, pinned.properties)
                    continue
                _check_name(name, value, pinned.prefixes)
            elif name == "type":
                _check_types(member)
            if type(member) is dict or type(member) is list:
                _check_value(member, pinned)


def _check_name(name: str, holder: Mapping[str, object], prefixes: frozenset[str]) -> None:
    if name == "@id" or (name == "@type" and "@value" not in holder):
        raise _refusal(name)
    if name.startswith(GUARDED) or name.partition(":")[0] in prefixes:
        raise _refusal(name)


def _check_types(types: object) -> None:
    for name in types if isinstance(types, list) else [types]:
        if isinstance(name, str) and name.startswith(GUARDED):
            raise _refusal(name)


def _check_context(context: object, prefixes: frozenset[str], properties: frozenset[str] = frozenset()) -> None:
    for entry in context if isinstance(context, list) else [context]:
        if isinstance(entry, dict):
            if not properties.isdisjoint(entry):
                raise _refusal(", ".join(sorted(properties & entry.keys())))
            for term, definition in entry.items():
                _check_definition(term, definition, prefixes)


def _check_definition(term: str, definition: object, prefixes: frozenset[str]) -> None:
    if term[:1] == "@" and term != "@vocab":
        return  # settings
    iri = definition.get("@id", term) if isinstance(definition, dict) else definition
    if isinstance(iri, str) and not _is_type_by_its_name(term, iri):
        if iri and _meets_guarded(iri):
            raise _refusal(term)
        if ":" in iri and iri.partition(":")[0] in prefixes:
            raise _refusal(term)
    if isinstance(definition, dict) and "@context" in definition:
        _check_context(definition["@context"], prefixes)


def _is_type_by_its_name(term: str, iri: str) -> bool:
    """Say whether a term is the last part of its IRI, and a type: types begin with a capital, properties do not."""
    return term[:1].isupper() and any(iri == guarded + term for guarded in GUARDED)


def _meets_guarded(iri: str) -> bool:
    """Say whether an IRI is guarded, or could stand before a name so that both together are."""
    return iri.startswith(GUARDED) or any(guarded.startswith(iri) for guarded in GUARDED)


def _pinned(contexts: Contexts) -> _Pinned:
    found = _PINNED.get(contexts.digest)
    if found is None:
        if len(_PINNED) >= _ENTRIES:
            _PINNED.clear()
        defined = [pair for document in contexts.values() for pair in _definitions(document.value)]
        found = _PINNED[contexts.digest] = _Pinned(
            frozenset(term for term, iri in defined if _meets_guarded(iri)),
            frozenset(term for term, iri in defined if iri.startswith(_PROPERTIES) and term[0].islower()),
            _find_aliases(contexts),
        )
    return found


def _find_aliases(contexts: Contexts) -> frozenset[str]:
    names: dict[str, set[str]] = {}
    for document in contexts.values():
        defined = list(_definitions(document.value))
        prefixes = {term: iri for term, iri in defined if iri.startswith(GUARDED)}
        for term, iri in defined:
            prefix, _, rest = iri.partition(":")
            whole = prefixes[prefix] + rest if prefix in prefixes else iri
            if whole.startswith(GUARDED):
                names.setdefault(whole, set()).add(term)
    return frozenset(term for called in names.values() if called & _READ for term in called - _READ)


def _definitions(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for term, definition in value.items():
            iri = definition.get("@id") if isinstance(definition, Mapping) else definition
            if isinstance(iri, str) and ":" in iri and not term.startswith("@"):
                yield term, iri
            yield from _definitions(definition)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _definitions(item)


def _refusal(name: str) -> UnknownTermError:
    return UnknownTermError(
        f"{name[:100]!r} takes the place of a name under which a verifier reads something else",
        fix="Call everything what the published contexts call it.",
    )
