"""Types of credentials, presentations and objects in them: terms or URLs, each of which names a URL (VCDM 2.0 §4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.vc.contexts_rules import Vocabulary, check_members
from legation.standards.vc.identifiers import check_id, check_url

Node: TypeAlias = Mapping[str, object]
_MAX_ITEMS = 256


def read_types(node: Node, vocabulary: Vocabulary, pointer: str) -> tuple[str, ...]:
    """Return the types of an object, which must have one or more; each names an absolute URL through the contexts.

    Raises:
        MalformedError: none, no strings, or a type that a context maps to what is no URL.
        UnknownTermError: a type that no context defines.
    """
    value = node.get("type")
    types = tuple(value) if isinstance(value, list) else (value,)
    if value is None or not types or len(types) > _MAX_ITEMS:
        raise MalformedError("a type is missing", pointer=f"{pointer}/type")
    for name in types:
        if not isinstance(name, str) or vocabulary.find_url(name) is None:
            raise _refused(name, vocabulary, f"{pointer}/type")
    return types


def _refused(name: object, vocabulary: Vocabulary, pointer: str) -> LegationError:
    if not isinstance(name, str):
        return MalformedError("a type is a string", pointer=pointer)
    if vocabulary.definitions.expand(name) is None:
        return UnknownTermError("no context defines this type", pointer=pointer)
    return MalformedError("a type does not stand for an absolute URL", pointer=pointer)


def read_main_types(node: Node, vocabulary: Vocabulary, required: str) -> tuple[str, ...]:
    """Return the types of a credential or presentation, of which ``required`` is one (VCDM 2.0 §4.5).

    Raises:
        MalformedError, UnknownTermError, TooLargeError: as :func:`read_types`, or ``required`` is not among them, or
            the contexts of two types contradict each other.
    """
    types = read_types(node, vocabulary, "")
    if required not in types:
        raise MalformedError(f"one type must be {required}", pointer="/type")
    vocabulary.check_scopes(types)
    return types


def read_objects(node: Node, member: str) -> tuple[Node, ...]:
    """Return the one or more objects of a member; none where it is absent. Raises MalformedError, TooLargeError."""
    if member not in node:
        return ()
    value = node[member]
    items = value if isinstance(value, list) else [value]
    if not items:
        raise MalformedError("an empty list says nothing: leave it out", pointer=f"/{member}")
    if len(items) > _MAX_ITEMS:
        raise TooLargeError(f"a list has at most {_MAX_ITEMS} objects", pointer=f"/{member}")
    for item in items:
        if not isinstance(item, dict):
            raise MalformedError("this must be an object, or a list of them", pointer=f"/{member}")
    return tuple(items)


def read_typed(node: Node, member: str, vocabulary: Vocabulary, *, needs_id: bool = False) -> tuple[Node, ...]:
    """Return the objects of a member that must have a ``type`` and may, or must, have an ``id`` (VCDM 2.0 §4.5).

    Raises:
        MalformedError, UnknownTermError, TooLargeError: they have not.
    """
    items = read_objects(node, member)
    for item in items:
        pointer = f"/{member}"
        inner = vocabulary.within(item, pointer)
        check_members(item, inner, pointer)
        read_types(item, inner, pointer)
        if needs_id:
            check_url(item.get("id"), f"{pointer}/id")
        else:
            check_id(item, pointer)
    return items
