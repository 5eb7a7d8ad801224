"""Contexts that a document brings along: they may add terms, and change nothing that a pinned context says.

A signature over statements holds whatever the members are called that say them, so a context is where an attacker
turns words round (VC Data Integrity 1.0 §4.6; JSON-LD 1.1 §11). An object in ``@context``:

* holds terms, and beside them only ``@vocab``, ``@language``, ``@protected`` and ``@version``: no ``@base`` and
  ``@import``, which say elsewhere what this document means, no ``@propagate``, no ``@direction``;
* gives a term an absolute IRI, or one by a prefix: never a keyword (another alias of ``@id`` or ``@type`` than the
  usual ``id`` and ``type`` hides them from readers of the JSON), never null (which takes a term away);
* defines no term a second time: neither itself nor in a scoped context may it say otherwise than the contexts before;
* is no ``null``, which would take all terms away; has at most 256 terms, three levels, and texts of 2048 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from legation.errors import MalformedError, TooLargeError, UnknownTermError

MAX_ENTRIES = 16
MAX_TERMS = 256
MAX_SCOPES = 3
MAX_TEXT = 2048
_SETTINGS = frozenset({"@language", "@protected", "@version", "@vocab"})
_DEFINITION = frozenset({"@container", "@context", "@direction", "@id", "@language", "@prefix", "@protected", "@type"})
_TYPES = frozenset({"@id", "@json", "@none", "@vocab"})
# as every context of credentials has it; scoped contexts that others write say it once more
ALIASES = MappingProxyType({"id": "@id", "type": "@type"})


def list_entries(context: object) -> list[object]:
    """Return the entries of an ``@context``: of a whole context document that stands there, what it holds.

    Raises:
        MalformedError, TooLargeError: it is null, empty or too long.
    """
    return [_unwrap(entry) for entry in _list_entries(context)]


def _list_entries(context: object) -> list[object]:
    entries = context if isinstance(context, list) else [context]
    if not entries:
        raise _refusal("an @context is empty")
    if len(entries) > MAX_ENTRIES:
        raise TooLargeError(f"an @context has more than {MAX_ENTRIES} entries", pointer="/@context")
    for entry in entries:
        if not isinstance(entry, str | dict):
            raise _refusal("an @context is a URL, an object or an array of them")
    return entries


def _unwrap(entry: object) -> object:
    # the reference implementations read it so, and documents of the W3C's suites are written so
    inner = entry["@context"] if isinstance(entry, dict) and entry.keys() == {"@context"} else None
    return inner if inner and isinstance(inner, dict) else entry


def check_inline(context: Mapping[str, object]) -> tuple[int, frozenset[str], frozenset[str]]:
    """Check an object in ``@context`` by the rules of this module.

    Return how many terms it defines in all; the names of those in its scoped contexts; and which of
    :data:`ALIASES` stand there.

    Raises:
        MalformedError, UnknownTermError: it does more than add terms.
        TooLargeError: it is beyond a bound.
    """
    terms = list(_walk(context, 0))
    if len(terms) > MAX_TERMS:
        raise TooLargeError(f"an @context defines more than {MAX_TERMS} terms", pointer="/@context")
    scoped = frozenset(name for name, scope, usual in terms if scope and not usual)
    return len(terms), scoped, frozenset(name for name, scope, usual in terms if scope and usual)


def _walk(context: Mapping[str, object], scope: int) -> Iterator[tuple[str, int, bool]]:
    for name, value in context.items():
        _check_text(name)
        if name in _SETTINGS:
            _check_setting(name, value)
            continue
        if not name or name.startswith("@"):
            raise UnknownTermError(
                f"an @context in a document must not hold {name!r}",
                fix="Name a published context by its URL.",
                pointer="/@context",
            )
        usual = name in ALIASES and value == ALIASES[name]
        yield name, scope, usual
        if not usual:
            yield from _walk_definition(value, scope)


def _walk_definition(value: object, scope: int) -> Iterator[tuple[str, int, bool]]:
    if isinstance(value, str):
        _check_iri(value)
        return
    if not isinstance(value, dict):
        raise _refusal("a term is defined by a string or an object")
    if not value.keys() <= _DEFINITION:
        raise UnknownTermError("a term's definition holds what this version refuses", pointer="/@context")
    if "@id" in value:
        _check_iri(value["@id"])
    kind = value.get("@type", "@none")
    if not isinstance(kind, str) or kind not in _TYPES:
        _check_iri(kind)
    if "@context" in value:
        if scope >= MAX_SCOPES:
            raise TooLargeError(f"contexts in an @context are nested deeper than {MAX_SCOPES}", pointer="/@context")
        for entry in _list_entries(value["@context"]):
            if not isinstance(entry, dict):
                raise _refusal("a scoped context that a document brings along is an object")
            yield from _walk(entry, scope + 1)


def _check_setting(name: str, value: object) -> None:
    if name in ("@vocab", "@language"):
        _check_text(value)
    if name == "@vocab" and ":" not in str(value):
        raise _refusal("@vocab is not an absolute IRI")


def _check_iri(value: object) -> None:
    _check_text(value)
    if not value or str(value).startswith(("@", "_:")):
        raise _refusal("a term stands for an IRI, never for a keyword, a blank node or nothing")


def _check_text(value: object) -> None:
    if not isinstance(value, str):
        raise _refusal("an @context holds what should be a string")
    if len(value) > MAX_TEXT:
        raise TooLargeError(f"an @context holds a text of more than {MAX_TEXT} characters", pointer="/@context")


def _refusal(detail: str) -> MalformedError:
    return MalformedError(detail, pointer="/@context")
