"""What holds for objects at any depth of a credential: texts with a language, and digests (VCDM 2.0 §5.3, §11.1)."""

from __future__ import annotations

from collections.abc import Iterable

from legation.errors import MalformedError, UnknownTermError
from legation.standards.strict_json import MAX_NESTING
from legation.standards.vc.identifiers import is_url
from legation.standards.vc.names import check_language_value
from legation.standards.vc.related_resources import FindBytes, check_digests
from legation.standards.vc.type_names import Node

_MARKED = frozenset({"@value", "digestSRI", "digestMultibase"})
_APART = frozenset({"@context", "relatedResource", "proof"})


def check_values(document: Node, find: FindBytes) -> None:
    """Check every value object, and every digest beside an ``id`` that is a URL, however deep; lists are looked into.

    Raises:
        MalformedError, UnknownTermError: as :func:`names.check_language_value` and
            :func:`related_resources.check_digests`; or nested too deep.
    """
    if not _MARKED.isdisjoint(document):
        _check_node(document, find)
    for name, value in document.items():
        # contexts are no values, related resources have more to keep, proofs are for their mechanism
        if type(value) is not str and isinstance(value, (dict, list)) and name not in _APART:
            _walk(value, find, MAX_NESTING - 1)


def _walk(node: dict[str, object] | list[object], find: FindBytes, left: int) -> None:
    if not left:
        raise MalformedError(f"the document is nested deeper than {MAX_NESTING}")
    if isinstance(node, dict):
        if not _MARKED.isdisjoint(node):
            _check_node(node, find)
        values: Iterable[object] = node.values()
    else:
        values = node
    for value in values:
        # most are texts, and this is the cheapest question
        if type(value) is not str and isinstance(value, (dict, list)):
            _walk(value, find, left - 1)


def _check_node(node: Node, find: FindBytes) -> None:
    if "@value" in node:
        if "@type" in node:
            # JSON-LD 1.1 §4.2.1: a typed value has no language
            if not node.keys() <= {"@value", "@type"}:
                raise UnknownTermError("a typed value has @value and @type, and nothing else")
        else:
            check_language_value(node, "")
    identifier = node.get("id")
    if isinstance(identifier, str) and is_url(identifier):
        check_digests(node, identifier, find, "")
