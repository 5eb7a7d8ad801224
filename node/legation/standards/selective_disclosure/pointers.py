"""JSON Pointers (RFC 6901) into a JSON-LD document, and the part of it that they select (vc-di-ecdsa §3.4.10-13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from legation.errors import MalformedError, TooLargeError

MAX_POINTERS = 512
MAX_CHARS = 1024
# what is always disclosed, or is no statement of the document
_NOT_SELECTED = frozenset({"@context", "proof"})
# §3.4.11: they say of every object on the way which one it is, and what its members mean
_IDENTITY = ("id", "@id", "type", "@type", "@context")
_BAD_ESCAPE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")

Path = tuple[str, ...]


class _Choice:
    """What of a value is selected: all of it, or some of its members."""

    __slots__ = ("members", "whole")

    def __init__(self) -> None:
        self.whole = False
        self.members: dict[str, _Choice] = {}


def parse_pointers(pointers: Iterable[object]) -> tuple[Path, ...]:
    """Read JSON Pointers into paths; the empty pointer, the whole document, is the empty path (§3.4.10).

    Raises:
        MalformedError: no JSON Pointer, or one to ``@context`` or ``proof``.
        TooLargeError: more than 512 pointers, or one of more than 1024 characters.
    """
    paths: list[Path] = []
    for pointer in pointers:
        if len(paths) == MAX_POINTERS:
            raise TooLargeError(f"there are more than {MAX_POINTERS} JSON pointers")
        paths.append(_parse(pointer))
    return tuple(paths)


def _parse(pointer: object) -> Path:
    if not isinstance(pointer, str):
        raise MalformedError("a JSON pointer is a string")
    if len(pointer) > MAX_CHARS:
        raise TooLargeError(f"a JSON pointer is longer than {MAX_CHARS} characters")
    if (pointer and pointer[0] != "/") or _BAD_ESCAPE.search(pointer):
        raise MalformedError("this is not a JSON pointer (RFC 6901)", pointer=pointer)
    path = tuple([step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]])
    if path and path[0] in _NOT_SELECTED:
        raise MalformedError("neither @context nor proof is disclosed by a pointer", pointer=pointer)
    return path


def name_members(document: Mapping[str, object], pointers: Iterable[str]) -> tuple[str, ...]:
    """Return the pointers with one for each member of the document in the place of the empty pointer."""
    members = [write_pointer((name,)) for name in document if name not in _NOT_SELECTED]
    return tuple([name for pointer in pointers for name in ([pointer] if pointer else members)])


def write_pointer(path: Path) -> str:
    """Write a path as a JSON Pointer (RFC 6901 §3)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def select(document: Mapping[str, object], paths: Iterable[Path]) -> dict[str, object]:
    """Return the part of a document that paths select, with the types and ids on the way to it (§3.4.13).

    Members and elements stand in the order of the document. ``@context`` is always in it, ``proof`` never.

    Raises:
        MalformedError: a path that leads nowhere; its pointer is named.
    """
    root = _Choice()
    for path in paths:
        _choose(root, document, path)
    part: dict[str, object] = {name: value for name, value in document.items() if name not in _NOT_SELECTED}
    part = part if root.whole else _take_members(part, root)
    return {"@context": document["@context"], **part} if "@context" in document else part


def _choose(choice: _Choice, value: object, path: Path) -> None:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.match(step) and int(step) < len(value):
            value = value[int(step)]
        else:
            raise MalformedError("the JSON pointer leads to nothing in the document", pointer=write_pointer(path))
        choice = choice.members.setdefault(step, _Choice())
    choice.whole = True


def _take(value: object, choice: _Choice) -> object:
    if choice.whole:
        return value
    if isinstance(value, list):
        # §3.4.13: what is left of an array closes up
        return [_take(value[index], choice.members[str(index)]) for index in sorted(map(int, choice.members))]
    return _take_members(value, choice) if isinstance(value, dict) else value


def _take_members(value: Mapping[str, object], choice: _Choice) -> dict[str, object]:
    members = {}
    for name, member in value.items():
        # §3.4.11: all types, also where a pointer names one of them
        if name in _IDENTITY:
            members[name] = member
        elif name in choice.members:
            members[name] = _take(member, choice.members[name])
    return members
